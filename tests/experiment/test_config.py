"""The sections of a configuration that belong to the experiment, and what they refuse together."""

import pytest

from neurosim.experiment.config import Config, RecordOptions, TrainingOptions, load_config, parse_config
from neurosim.experiment.presets import preset_names
from neurosim.toml import to_toml


@pytest.mark.parametrize("name", preset_names())
def test_presets_build_and_survive_the_way_through_toml(name):
    config = load_config(name)
    assert parse_config(to_toml(config), "the same") == config


def test_the_default_preset():
    config = load_config("mnist", ["training.epochs=3", "learning.beta=0.1"])
    assert (config.training.epochs, config.learning.beta, config.data.name) == (3, 0.1, "mnist")
    assert [layer.kind for layer in config.network.layers] == ["conv", "conv", "dense"]


def test_nothing_set_is_the_default():
    assert parse_config("", "nothing") == Config()


REFUSED = {
    "training.epochs: 0 is below 1": lambda: TrainingOptions(epochs=0),
    "training.batch: 0 is below 1": lambda: TrainingOptions(batch=0),
    "training.checkpoint_seconds: 0 is not positive": lambda: TrainingOptions(checkpoint_seconds=0.0),
    "training.checkpoint_seconds: nan is not positive": lambda: TrainingOptions(checkpoint_seconds=float("nan")),
    "record.samples: 0 is below 1; to record nothing leave record.layers empty": lambda: RecordOptions(samples=0),
    'data.normalise: "standard" leaves [0, 1], which spikes cannot stand for; write "unit", or '
    'network.input = "analog"':
        lambda: load_config("mnist", ["data.normalise=standard"]),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_impossible_sections(sentence):
    with pytest.raises(ValueError) as caught:
        REFUSED[sentence]()
    assert str(caught.value) == sentence


@pytest.mark.parametrize("assignment, words", [
    ("learning.beta=0", "learning.beta: 0 makes no nudge"), ("learning.betta=0.1", "did you mean 'beta'"),
    ("training.epochs=many", "training.epochs"), ("network.layers.0.kernel=0", "network.kernel: 0 is below 1"),
    ("synapses.pulses=shouting", "synapses.pulses"), ("neurons.lam=2", "neurons.lam: 2 is outside")])
def test_refusals_of_lower_floors_reach_the_user(assignment, words):
    with pytest.raises(ValueError) as caught:
        load_config("mnist", [assignment])
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_standardised_pixels_enter_as_currents():
    assert load_config("mnist", ["data.normalise=standard", "network.input=analog"]).network.input == "analog"
