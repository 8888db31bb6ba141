"""What keeps a network from learning is named, with layer and likely reason; one that learns is left alone."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import binomtest

from digits import config_of, write_digits
from neurosim.counts import Counts
from neurosim.experiment.diagnosis import (HARDLY, SIGNIFICANT, LearningWarning, chance_signs, diagnose,
                                           input_signs, layer_signs, loss_signs)
from neurosim.experiment.evaluation import Evaluation
from neurosim.experiment.observer import Unwatched
from neurosim.experiment.training import Training
from neurosim.network.graph import Network, dense

NETWORK = Network([dense(4, name="dense1"), dense(3)], (5,))
QUIET = {"dense1": 0.0, "output": 0.0}
EPIRAM = ("synapses.device=choi-2018-epiram", "synapses.rounds=20")


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("digits"))


def evaluation(answers, labels, outputs=None, dead=QUIET, saturated=QUIET):
    outputs = np.full((len(labels), 3), 0.5) if outputs is None else outputs
    return Evaluation(np.array(answers), np.array(labels), outputs, None, QUIET, saturated, dead)


def test_layers_that_take_no_part_are_named():
    found = evaluation([0], [0], dead={"dense1": 0.515, "output": 1.0}, saturated={"dense1": 0.51, "output": 0.6})
    assert list(layer_signs(found, NETWORK)) == [
        'layer dense1 is mostly dead: 51.5% of its units leave 0 for no image; write network.initial = "centred" and '
        "optimiser.centralise = true, raise network.gains or learning.free_steps, or lower optimiser.rates",
        "layer dense1 is saturated: 51.0% of its units sit at their upper clip; lower network.gains or optimiser.rates",
        "layer output is saturated: 60.0% of its units sit at their upper clip; lower network.gains or optimiser.rates"]
    at_the_edge = evaluation([0], [0], dead={"dense1": 0.5, "output": 0}, saturated={"dense1": 0.5, "output": 0})
    assert list(layer_signs(at_the_edge, NETWORK)) == []


def test_output_units_that_never_spike_are_named():
    outputs = np.full((30, 3), 0.5)
    outputs[:, 1] = 0.004
    labels = np.repeat([0, 1, 2], 10)
    sentence, = layer_signs(evaluation(labels, labels, outputs), NETWORK)
    assert sentence.startswith("output unit 1 of layer output spikes for no image")
    outputs[17, 1] = 0.1
    assert not list(layer_signs(evaluation(labels, labels, outputs), NETWORK)), "once is enough"
    outputs[:, 1] = 0.0
    silence, = layer_signs(evaluation(labels, labels, np.zeros((30, 3))), NETWORK)
    assert silence.startswith("no unit of layer output spikes for any image")
    rare = np.repeat([0, 1, 2], [20, 1, 9])
    assert not list(layer_signs(evaluation(rare, rare, outputs), NETWORK)), "its class hardly occurs"


@pytest.mark.parametrize("right", range(0, 41, 4))
def test_chance_is_the_most_frequent_class(right):
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    answers = np.where(np.arange(100) < right, labels, (labels + 1) % 3)
    hits = int((answers == labels).sum())
    found = list(chance_signs(evaluation(answers, labels), "test", False))
    chance = binomtest(hits, 100, 0.5, alternative="greater").pvalue > SIGNIFICANT
    told = chance or 1 - hits / 100 > HARDLY * 0.5
    assert bool(found) == told
    if told:
        assert found[0].startswith(f"the answers are {'no' if chance else 'hardly'} better than chance")
        assert f"{1 - hits / 100:.1%} of the 100 test images are wrong, and 50.0% would be" in found[0]


def test_better_than_chance_is_no_sign():
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    answers = np.where(np.arange(100) % 10 < 7, labels, (labels + 1) % 3)
    assert not list(chance_signs(evaluation(answers, labels), "test", False))
    always, = chance_signs(evaluation([1] * 100, labels), "test", False)
    assert "every one is answered with 1" in always


def history(*errors, samples=1000):
    return [{"train_error": error, "counts": {"free": Counts(samples=samples)}} for error in errors]


@pytest.mark.parametrize("errors, told", [((0.9,), False), ((0.9, 0.9), True), ((0.9, 0.89, 0.92), True),
                                          ((0.9, 0.7, 0.9), False), ((0.1, 0.12), False)])
def test_a_loss_that_never_fell(errors, told):
    assert bool(list(loss_signs(history(*errors)))) == told


@pytest.mark.parametrize("low, high, told", [(0, 255, ""), (0, 100, "never reach 1"), (100, 255, "never reach 0"),
                                             (120, 130, "0.471 and 0.51")])
def test_inputs_of_little_contrast(digits, tmp_path, low, high, told):
    training = Training(config_of(digits), tmp_path / "run.h5")
    training.data = SimpleNamespace(train_images=np.linspace(low, high, 28 * 28).astype(np.uint8)
                                    .reshape(1, 28, 28, 1))
    found = list(input_signs(training))
    assert bool(found) == bool(told) and all(told in sentence for sentence in found)


@pytest.mark.parametrize("changes, told", [
    (("optimiser.rates=1e-9",), "no weight of input-conv1, conv1-output has changed"),
    (("optimiser.rates=1e-9", *EPIRAM), "too small to fire a pulse"),
    (("optimiser.rates=[0.0, 1e-9]",), "no weight of conv1-output has changed")])
def test_weights_that_do_not_move_are_named(digits, tmp_path, changes, told):
    training = Training(config_of(digits, *changes, "training.epochs=1"), tmp_path / "run.h5")
    assert training.run(Unwatched())
    assert any(told in sentence for sentence in diagnose(training, training.validation))


def test_devices_at_one_end_are_named(digits, tmp_path):
    training = Training(config_of(digits, *EPIRAM, "training.epochs=1"), tmp_path / "run.h5")
    assert training.run(Unwatched())
    assert not any("conductance" in sentence for sentence in diagnose(training, training.validation))
    for array in training.model.synapses.mappings["conv1-output"].arrays.values():
        array.pulse(np.full(array.shape, 10000))
    assert any("of the devices of conv1-output are at their highest conductance" in sentence
               for sentence in diagnose(training, training.validation))


def test_python_is_warned_unless_somebody_watches(digits, tmp_path, recwarn):
    import warnings
    config = config_of(digits, "optimiser.rates=1e-9", "training.epochs=1")
    warnings.simplefilter("always", LearningWarning)
    Training(config, tmp_path / "watched.h5").run(Unwatched())
    assert not recwarn.list
    Training(config, tmp_path / "run.h5").run()
    assert any("no weight of" in str(one.message) for one in recwarn.list)
    assert {one.category for one in recwarn.list} == {LearningWarning}
