"""The sections of a configuration that belong to the experiment, and what they refuse together."""

import numpy as np
import pytest

from neurosim.crossbar.options import ArrayOptions, ReadoutOptions
from neurosim.experiment.config import Config, RecordOptions, TrainingOptions, load_config, parse_config
from neurosim.experiment.shipped import PRESETS
from neurosim.network.graph import Network
from neurosim.toml import to_toml


@pytest.mark.parametrize("name", PRESETS.names())
def test_presets_build_and_survive_the_way_through_toml(name):
    config = load_config(name)
    assert parse_config(to_toml(config), "the same") == config


def test_the_default_preset():
    config = load_config("mnist", ["training.epochs=3", "learning.beta=0.1"])
    assert (config.training.epochs, config.learning.beta, config.data.name) == (3, 0.1, "mnist")
    assert [layer.kind for layer in config.network.layers] == ["conv", "conv", "dense"]


def test_nothing_set_is_the_default():
    assert parse_config("", "nothing") == Config()


def test_data_of_ones_own_begin_the_section_again():
    """What a preset says of numbers of images, frames and shifts is about other images."""
    for name in ("own", '"own"', "events"):
        more = ["network.input=events", "data.normalise=unit"] if name == "events" else []
        data = load_config("cifar10-spiking", [f"data.name={name}", "data.path=x", "data.test_samples=5", *more]).data
        assert (data.crop, data.flip, data.validation_samples, data.test_samples) == (0, False, None, 5)
    assert load_config("cifar10-spiking", ["data.path=own"]).data.validation_samples == 5000


REFUSED = {
    "training.epochs = -1 is negative; give 0 to 1e+06": lambda: TrainingOptions(epochs=-1),
    "training.batch = 0 is below 1; give 1 to 1e+06": lambda: TrainingOptions(batch=0),
    "training.checkpoint_seconds = 0 s is below 1e-09 s; give 1e-09 to 1e+06 s":
        lambda: TrainingOptions(checkpoint_seconds=0.0),
    "training.checkpoint_seconds = nan is not a finite number; write one in s":
        lambda: TrainingOptions(checkpoint_seconds=float("nan")),
    "training.average = -1 is negative; give 0 to 100000": lambda: TrainingOptions(average=-1),
    "training.average = 1e+06 exceeds 100000, of which a weight of single precision does not feel one any more; give 0 "
    "to 100000": lambda: TrainingOptions(average=10 ** 6),
    "record.samples = 0 is below 1, and to record nothing record.layers is left empty; give 1 to 1e+06":
        lambda: RecordOptions(samples=0),
    'data.normalise: "standard" leaves [0, 1], which spikes cannot stand for; write "unit", or '
    'network.input = "analog"':
        lambda: load_config("mnist-whole-feedback", ["data.normalise=standard"]),
}


NAN = float("nan")
REFUSED |= {
    "array.tile: 1 lines are outside 2 ... 65536": lambda: ArrayOptions(tile=1),
    "array.mux = 0 is below 1; give 1 to 65536": lambda: ArrayOptions(mux=0),
    "array.word_line = -1 ohm is negative; give 0 or 1e-06 to 1e+06 ohm": lambda: ArrayOptions(word_line=-1.0),
    "array.bit_line = nan is not a finite number; write one in ohm": lambda: ArrayOptions(bit_line=NAN),
    "array.driver = inf is not a finite number; write one in ohm": lambda: ArrayOptions(driver=float("inf")),
    "array.sense = 1e+07 ohm exceeds 1e+06 ohm, that of an open line; give 0 or 1e-06 to 1e+06 ohm":
        lambda: ArrayOptions(sense=1e7),
    "array.refresh = -0.01 is negative; give 0 to 1": lambda: ArrayOptions(refresh=-0.01),
    "array.refresh = nan is not a finite number; write one": lambda: ArrayOptions(refresh=NAN),
    "readout.bits = 0 is below 1; give 1 to 16": lambda: ReadoutOptions(bits=0),
    "readout.bits = 17 exceeds 16; give 1 to 16": lambda: ReadoutOptions(bits=17),
    "readout.dac_bits = 17 exceeds 16; give 0 to 16": lambda: ReadoutOptions(dac_bits=17),
    "readout.range = 0 is below 0.001, a part of the largest weight; give 0.001 to 10000":
        lambda: ReadoutOptions(range=0.0),
    "readout.range = 1e+300 exceeds 10000, more than the sum of all rows of a tile; give 0.001 to 10000":
        lambda: ReadoutOptions(range=1e300),
    "readout.range = nan is not a finite number; write one": lambda: ReadoutOptions(range=NAN),
    "readout.margin = 0 is below 0.01; give 0.01 to 100": lambda: ReadoutOptions(margin=0.0),
    "readout.seconds = -1e-09 s is negative; give 1e-12 to 1 s": lambda: ReadoutOptions(seconds=-1e-9),
    "readout.offset = -1 is negative; give 0 to 100": lambda: ReadoutOptions(offset=-1.0),
    "readout.leak = 1 exceeds 0.99, which leaves nothing to read; give 0 to 0.99": lambda: ReadoutOptions(leak=1.0),
    "readout.noise: ideal synapses have no noise; write \"off\", or name a device card with synapses.device, for "
    "example ideal-device":
        lambda: parse_config("", "nothing", ["readout.noise=fresh"]),
    "price.adc_rat: unknown price; did you mean 'adc_rate' or 'adc_bits' or 'adc_area'?":
        lambda: parse_config("", "nothing", ["price.adc_rat=1e8"]),
    "price.adc_rate = 0 Hz is below 1 Hz; give 1 to 1e+12 Hz":
        lambda: parse_config("", "nothing", ["price.adc_rate=0"]),
    "array: ideal synapses have no wires; write resistances of 0, or name a device card with synapses.device, for "
    "example ideal-device":
        lambda: parse_config("", "nothing", ["array.word_line=1"]),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_impossible_sections(sentence):
    with pytest.raises(ValueError) as caught:
        REFUSED[sentence]()
    assert str(caught.value) == sentence


@pytest.mark.parametrize("assignment, words", [
    ("learning.beta=0", "learning.beta: 0 makes no nudge"),
    ("learning.reference=continued", 'learning.reference: "continued" means nothing to the centred estimator'),
    ("learning.betta=0.1", "did you mean 'beta'"),
    ("training.epochs=many", "training.epochs"), ("network.layers.0.kernel=0", "network.kernel = 0 is below 1"),
    ("synapses.pulses=shouting", "synapses.pulses"), ("readout.kind=flash", "readout.kind"),
    ("readout.range=often", "readout.range"), ("array.word_line=-1", "array.word_line = -1 ohm is negative"),
    ("readout.bits=17", "readout.bits = 17 exceeds 16"), ("array.pulses=remote", "array.pulses"),
    ("neurons.lam=2", "neurons.lam = 2 exceeds 1")])
def test_refusals_of_lower_floors_reach_the_user(assignment, words):
    with pytest.raises(ValueError) as caught:
        load_config("mnist", [assignment])
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_ideal_synapses_may_have_converters():
    config = parse_config("", "nothing", ["readout.kind=adc", "readout.bits=4", "array.tile=64"])
    assert not config.readout.exact and not config.array.wired and Config().readout.exact


def test_standardised_pixels_enter_as_currents():
    assert load_config("mnist", ["data.normalise=standard", "network.input=analog"]).network.input == "analog"


DRAWN = """
neurons = {kind = "rate", bound_between = [1.0, 10.0]}
optimiser = {rates = 0.1}
[network]
input = "analog"
layers = [{units = 5}, {units = 5, bound = 6}, {units = 5, neurons = "linear"}, {units = 5}, {units = 10}]
"""


def bounds(config):
    return [layer.bound for layer in config.network.layers]


def test_bounds_are_drawn_once_and_kept_with_the_configuration():
    config = parse_config(DRAWN, "here")
    first, second, third, fourth, output = bounds(config)
    assert 1 <= first <= 10 and 1 <= fourth <= 10 and first != fourth
    assert (second, third, output) == (6, None, None)
    kept = to_toml(config)
    assert parse_config(kept, "a run file") == config == parse_config(DRAWN, "here")
    assert bounds(parse_config(kept, "a run file", ["seed=7"])) == bounds(config)
    assert bounds(parse_config(DRAWN, "here", ["seed=7"]))[0] != first
    assert [layer.high for layer in Network(config.network, (4,), config.neurons).layers[1:3]] == [first, 6]


def test_bounds_are_drawn_evenly():
    drawn = np.array([bounds(parse_config(DRAWN, "here", [f"seed={seed}"]))[0] for seed in range(200)])
    assert 1 <= drawn.min() < 1.5 and 9.5 < drawn.max() <= 10
    assert abs(drawn.mean() - 5.5) < 3 * 9 / np.sqrt(12 * 200)


@pytest.mark.parametrize("neurons, sentence", [
    ('kind = "rate", bound_between = [5, 2]', "neurons.bound_between: [5, 2] is empty; write [low, high]"),
    ('kind = "rate", bound_between = [0, 2]',
     "neurons.bound_between = 0 is below 0.001, so that no state could leave 0; give 0.001 to 1000"),
    ("bound_between = [1, 2]", "neurons.bound_between: spiking neurons have no clip that could be anywhere; omit it, "
                               'or write neurons.kind = "rate"'),
])
def test_bounds_that_cannot_be_drawn(neurons, sentence):
    with pytest.raises(ValueError) as caught:
        parse_config(f"neurons = {{{neurons}}}", "here")
    assert str(caught.value) == sentence
