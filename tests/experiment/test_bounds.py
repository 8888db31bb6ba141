"""Every number of a configuration has bounds, and what has no effect is said."""

import dataclasses
import typing

import pytest

from neurosim.crossbar.options import ArrayOptions, ReadoutOptions
from neurosim.crossbar.placement import Placement
from neurosim.crossbar.tiling import Tiling
from neurosim.datasets.options import DataOptions
from neurosim.energy.options import EnergyOptions
from neurosim.engines import EngineOptions
from neurosim.experiment.config import Config, RecordOptions, SynapseOptions, TrainingOptions, load_config
from neurosim.experiment.remarks import doubtful_settings, idle_settings
from neurosim.experiment.model import Model
from neurosim.experiment.shipped import PRESETS, STUDIES
from neurosim.experiment.sweep.spec import read_sweep
from neurosim.learning.optimiser import OptimiserOptions
from neurosim.learning.phases import Phase, Phases
from neurosim.memristor.device import IMPERFECTIONS, RANGE, load_device
from neurosim.memristor.laws import LAWS
from neurosim.network.graph import Network
from neurosim.network.spec import ConnectionSpec, LayerSpec, NetworkSpec, Neurons
from neurosim.neurons.schedules import Schedule

SECTIONS = (ArrayOptions, ReadoutOptions, DataOptions, EnergyOptions, RecordOptions, SynapseOptions, TrainingOptions,
            OptimiserOptions, Phases, NetworkSpec, Neurons, Schedule, LayerSpec, ConnectionSpec)
MORE_SECTIONS = (EngineOptions, Phase, Placement, Tiling)    #: without numbers that all have bounds
#: What a section needs beside the key that is tried.
NEEDED = {LayerSpec: {"units": 10}, ConnectionSpec: {"source": "input", "target": "output"}, Schedule: {"a": 0.5},
          Phase: {"weight": 1.0}, Placement: {"mapping": "pair", "programming": "bidirectional", "ranges": {}}}
KEYS = {"source": "from", "target": "to"}    #: of fields that TOML calls otherwise


def numbers():
    """(section, key, whether a list) of every number."""
    for section in SECTIONS:
        kinds = typing.get_type_hints(section)
        for field in dataclasses.fields(section):
            members = {member for kind in (kinds[field.name], *typing.get_args(kinds[field.name]))
                       for member in (kind, *typing.get_args(kind))}
            if members & {int, float} and typing.get_origin(kinds[field.name]) is not dict:
                yield section, field.name, typing.get_args(kinds[field.name]) in ((float, float), (int, int))


NUMBERS = list(numbers())


HUGE = [1e300, -1e300, float("nan"), float("inf"), 10 ** 30, -10 ** 30]


@pytest.mark.parametrize("value", HUGE)
def test_parameters_of_neurons_have_bounds(value):
    for neurons, layer in (({"parameters": {"bits": value}}, {}), ({}, {"parameters": {"bits": value}})):
        with pytest.raises(ValueError) as caught:
            Network([LayerSpec(units=10, **layer)], (4,), Neurons(kind="graded", **neurons))
        assert "bits" in str(caught.value) and len(str(caught.value)) < 300


@pytest.mark.parametrize("value", HUGE)
@pytest.mark.parametrize("section, key, pair", NUMBERS, ids=lambda item: getattr(item, "__name__", str(item)))
def test_no_number_is_without_bounds(section, key, pair, value):
    with pytest.raises(ValueError) as caught:
        section(**{**NEEDED.get(section, {}), key: (0.0, value) if pair else value})
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


@pytest.mark.parametrize("section, key", [(section, field.name) for section in (Config, *SECTIONS, *MORE_SECTIONS)
                                          for field in dataclasses.fields(section) if field.init])
def test_every_field_is_checked_when_its_section_is_made(section, key):
    """Also those that are words: a wrong kind of readout is not found out after minutes of training."""
    with pytest.raises(ValueError, match=f"^[a-z_.: ]*{KEYS.get(key, key)}[: ]") as caught:
        section(**{**NEEDED.get(section, {}), key: object()})
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_the_numbers_were_found():
    assert len(NUMBERS) > 60 and {key for _, key, _ in NUMBERS} > {"beta", "rates", "bits", "word_line"}


@pytest.mark.parametrize("seed", [2 ** 63, -1, 10 ** 400, 1.5, True, "1"])
def test_seeds_fit_a_run_file(seed):
    with pytest.raises(ValueError, match="^seed: "):
        Config(seed=seed)
    assert Config(seed=2 ** 53).seed == 2 ** 53


@pytest.mark.parametrize("assignment, words", [
    ("learning.targets=[5,6]", "lie outside neurons.output_range = [-1, 2], where no output can reach them"),
    ("neurons.output_range=[0.4,0.41]", "learning.targets: [0, 1] lie outside neurons.output_range = [0.4, 0.41]"),
    ("learning.targets=[1.2,1.8]", "lie on one side of [0, 1], the states that spikes stand for"),
    ("learning.targets=[0.5,0.5000001]", "are closer than 0.01"),
    ("optimiser.clip_norm=1e-12", "optimiser.clip_norm = 1e-12 is below 0.0001, where a weight cannot express"),
    ("readout.seconds=1e300", "readout.seconds = 1e+300 s exceeds 1 s, the longest read of a device; give 1e-12 to"),
    ("readout.gain=7", "readout.gain = 7 exceeds 0.5"), ("readout.offset=1e6", "readout.offset = 1e+06 exceeds 100"),
    ("optimiser.last=1e6", "optimiser.last = 1e+06 exceeds 1"),
    ("learning.beta=1e-30", "learning.beta: |1e-30| is below"),
    ("learning.free_steps=70000", "learning.free_steps = 70000 exceeds 65535"),
    ("network.gains=-1", "network.gains = -1 is negative"), ("neurons.lam={a=0.5,b=9}", "neurons.lam"),
    ("synapses.transfer_rate=0", "synapses.transfer_rate = 0 is below 1e-06"),
    ("network.layers.0.kernel=7", "network.kernel = 7: a dense connection joins all units with all and has no kernel"),
    ("network.layers.0.stride=2", "network.stride = 2: a dense connection"),
])
def test_values_that_make_no_sense(assignment, words):
    with pytest.raises(ValueError) as caught:
        load_config("mnist-small", [assignment])
    assert words in str(caught.value)


def test_gains_of_zero_need_ideal_synapses():
    config = load_config("mnist-small", ["network.gains=0"])
    Model.build(config, (28, 28, 1), 10, threads=1)
    with pytest.raises(ValueError, match="network.gains: 0 leaves input-dense1 without a range"):
        Model.build(load_config("mnist-small", ["network.gains=0", "synapses.device=choi-2018-epiram"]), (28, 28, 1),
                    10, 1)


CARDS = {"ideal-device": "linear", "gong-2022-reram-om": "soft-bounds", "choi-2018-epiram": "neurosim",
         "gong-2018-reram-es": "exponential"}


@pytest.mark.parametrize("card, key", [(card, key) for card, law in CARDS.items()
                                       for key in (*RANGE, *LAWS[law].keys, *IMPERFECTIONS)])
@pytest.mark.parametrize("value", [1e300, -1e300, float("nan"), 10 ** 30])
def test_no_number_of_a_device_is_without_bounds(card, key, value):
    with pytest.raises(ValueError):
        load_device(card, {key: value})


@pytest.mark.parametrize("changes, words", [
    ({"set_voltage": 0}, "set_voltage = 0 V: pulses without a voltage would cost nothing"),
    ({"reset_voltage": 1e-9}, "reset_voltage = 1e-09 V: pulses without a voltage"),
    ({"write_noise": 0.01}, "write_noise = 0.01 S exceeds 0.5 of the range"),
    ({"c2c_additive": 1e-4}, "c2c_additive = 0.0001 S exceeds 1 of the range"),
    ({"c2c": 12}, "device.c2c = 12 exceeds 10, twice that of the noisiest device here"),
    ({"g_min": 1e-5, "g_max": 1.000001e-5}, "differ by less than a thousandth"),
])
def test_numbers_of_a_device_that_do_not_fit_its_range(changes, words):
    with pytest.raises(ValueError) as caught:
        load_device("choi-2018-epiram", changes)
    assert words in str(caught.value)


#: Devices, plain descent, and spikes in all layers.
PAIRS = ("synapses.device=choi-2018-epiram", "synapses.ranges=[2.0, 4.0, 4.0]")


@pytest.mark.parametrize("assignments, words", [
    (["readout.margin=2"], 'readout.margin = 2.0 has no effect, because readout.kind is "ideal"'),
    (["optimiser.schedule=step", "optimiser.last=0.1"], "optimiser.last = 0.1 has no effect"),
    (["optimiser.kind=adamw", "optimiser.momentum=0.5", "optimiser.nesterov=true"],
     "optimiser.nesterov = true has no effect, because optimiser.kind is \"adamw\""),
    (["optimiser.epsilon=1e-6"], "optimiser.epsilon = 1e-06 has no effect, because optimiser.kind is \"sgd\""),
    (["synapses.slots=9"], "synapses.slots = 9 has no effect, because synapses.pulses is 'accumulate'"),
    (["synapses.device=ideal", "synapses.mapping=offset"], "synapses.mapping = \"offset\" has no effect"),
    (["synapses.shelf_seconds=9"], "synapses.shelf_seconds = 9.0 has no effect, because choi-2018-epiram does not"),
    (["device.rtn_probability=0.2"], "device.rtn_probability = 0.2 has no effect, because device.rtn_amplitude is 0"),
    (["array.refresh=0.5"], "array.refresh = 0.5 has no effect, because no wire"),
    (["readout.dac_bits=4"], "readout.dac_bits = 4 has no effect, because all layers send spikes"),
    (["network.layers.0.pool=none", "network.layers.0.alpha=2"], "network.layers.0.alpha = 2.0 has no effect"),
    (["learning.tolerance=0.5"], 'learning.tolerance = 0.5 has no effect, because learning.free_steps is not "auto"'),
    (["data.mean=0.3"], 'data.mean = 0.3 has no effect, because data.normalise is "unit"'),
    (["data.crop_fill=edge"], 'data.crop_fill = "edge" has no effect, because data.crop is 0'),
    (["data.magnitude=5"], "data.magnitude = 5 has no effect, because data.randaugment is 0"),
    (["synapses.pulses=trains", "optimiser.weight_decay=0.1"], "optimiser.weight_decay = 0.1 has no effect, because "
     "synapses.pulses is 'trains', whose trains know the rate alone"),
    (["record.traces=true"], "record.traces = true has no effect, because record.layers is empty"),
])
def test_what_has_no_effect_is_said(assignments, words):
    sentence, = idle_settings(load_config("mnist-whole-feedback", [*PAIRS, *assignments]))
    assert sentence.startswith(words)


@pytest.mark.parametrize("assignments", [
    ["readout.kind=adc", "readout.margin=2", "readout.range=tile"], ["readout.bits=5"], ["optimiser.last=0.1"],
    ["synapses.pulses=tiki-taka", "synapses.transfer_every=3"], ["device.drift=0.1", "synapses.shelf_seconds=9"],
    ["array.word_line=1", "array.refresh=0.5", "array.pulses=local"], ["network.layers.0.alpha=2"],
    ["learning.free_steps=auto", "learning.tolerance=0.5"], ["data.randaugment=1", "data.magnitude=5"],
    ["data.crop=1", "data.crop_fill=edge"], ["synapses.pulses=trains", "optimiser.momentum=0.5"],
    ["synapses.pulses=two-phase", "optimiser.momentum=0.5", "optimiser.kind=adamw", "optimiser.betas=[0.8, 0.9]",
     "optimiser.clip_norm=1.0"]])
def test_what_has_an_effect_is_not(assignments):
    assert not list(idle_settings(load_config("mnist-whole-feedback", [*PAIRS, *assignments])))


@pytest.mark.parametrize("name", PRESETS.names())
def test_presets_have_no_idle_settings(name):
    assert not list(idle_settings(load_config(name)))


@pytest.mark.parametrize("assignment, told", [
    ("device.c2c=2", "device.c2c = 2 is 200%; if 2 % was meant, write 0.02"),
    ("device.asymmetry=-0.95", "device.asymmetry = -0.95 is 95%; if 0.95 % was meant, write -0.0095"),
    ("device.c2c=0.3", None), ("device.c2c_range=0.1", None)])
def test_shares_that_may_be_per_cents(assignment, told):
    assert list(doubtful_settings(load_config("mnist", [assignment]))) == ([told] if told else [])


@pytest.mark.parametrize("name", [name for name in STUDIES.names() if name != "stuck"])
def test_studies_have_no_idle_settings(name):
    sweep = read_sweep(STUDIES.path(name))
    for _, config in sweep.configurations(Config.__dataclass_fields__):
        assert not list(idle_settings(config))


SKIP = 'network.connections=[{from="dense1", to="dense3"}]'
FOUR = "network.layers=[{units=8}, {units=8}, {units=8}, {units=10}]"


def test_alternating_order_says_which_connections_stay_within_a_half_sweep():
    assignments = [FOUR, "neurons.order=alternating", "network.gains=1.0", "optimiser.rates=0.1", "synapses.ranges=4.0"]
    assert not list(doubtful_settings(load_config("mnist", assignments)))
    sentence, = doubtful_settings(load_config("mnist", [*assignments, SKIP]))
    assert sentence.startswith('neurons.order = "alternating": layers of one half sweep are joined by dense1-dense3; ')
    assert not list(doubtful_settings(load_config("mnist", [*assignments, SKIP, "neurons.order=synchronous"])))
