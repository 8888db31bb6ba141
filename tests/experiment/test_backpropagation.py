"""Trainings by backpropagation: same loop, checkpoints and outcomes; what they cannot do is said."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from digits import config_of, write_digits
from neurosim.experiment.changes import restored
from neurosim.experiment.config import load_config
from neurosim.experiment.pricing import workloads
from neurosim.experiment.remarks import idle_settings
from neurosim.experiment.training import Training
from neurosim.learning.backpropagation import backpropagate
from neurosim.learning.phases import Phases

needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
BPTT = ("engine.kind=dense", "engine.device=cpu", "learning.rule=bptt")
NORMALISED = ('neurons.kind="rate"', 'network.input="analog"', "network.feedforward=true", "network.batch_norm=true",
              "learning.free_steps=1", "learning.window=1")
RATE = ('neurons.kind="rate"', 'network.input="analog"')


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("digits"))


class StopAfter:
    """Observer that stops after so many batches."""

    def __init__(self, batches):
        self.left = batches

    def batch(self, training, samples):
        self.left -= 1

    def epoch(self, training):
        pass

    def saved(self, training):
        pass

    def stop(self):
        return self.left == 0


@needs_torch
@pytest.mark.parametrize("more", [(), RATE, ("learning.truncation=4", "learning.surrogate=straight-through",
                                             "learning.window=4"), NORMALISED],
                         ids=["spiking", "rate", "truncated", "feedforward, batch norm"])
def test_training_goes_on_where_it_was_stopped(digits, tmp_path, more):
    config = config_of(digits, *BPTT, *more)
    whole = Training(config, tmp_path / "whole.h5", threads=1)
    assert whole.run()
    Training(config, tmp_path / "parts.h5", threads=1).run(StopAfter(7))
    parts = Training(config, tmp_path / "parts.h5", threads=1, resume=True)
    assert parts.progress.batch and parts.run()
    for name, values in whole.model.synapses.weights.items():
        assert values.tobytes() == parts.model.synapses.weights[name].tobytes()
        assert np.abs(values - whole.model.network.initial_weights(config.seed)[name]).max() > 1e-3
    for name, values in whole.model.biases.items():
        assert values.tobytes() == parts.model.biases[name].tobytes()
        assert name == "output" or np.abs(values - whole.model.network.initial_biases()[name]).max() > 1e-5
    assert {*whole.progress.history[0]["counts"]} == {"free"}
    first, last = (entry["train_error"] for entry in whole.progress.history)
    assert last < first


@needs_torch
def test_what_was_learnt_is_evaluated_anywhere(digits, tmp_path):
    training = Training(config_of(digits, *BPTT), tmp_path / "run.h5")
    training.run()
    training.save()
    again, _ = restored(tmp_path / "run.h5", ("engine.kind=events",))
    chip, said = restored(tmp_path / "run.h5", ("engine.kind=events", "synapses.device=ideal-device"))
    assert "rewritten" in said[0]
    data = training.data
    found = [one.evaluate(data.test_images, data.test_labels).outputs for one in (training, again, chip)]
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)
    assert np.abs(found[2] - found[0]).max() < 0.3
    assert workloads(tmp_path / "run.h5")["training"] is None


@pytest.mark.parametrize("settings, words", [
    (("learning.rule=bptt",), 'engine.kind = "dense"'),
    (("learning.rule=bptt", "engine.kind=dense", "synapses.device=ideal-device"), "products of phases"),
    (("learning.rule=bptt", "engine.kind=dense", "synapses.update=sample"), 'update = "batch"')])
def test_what_backpropagation_cannot_teach_is_said(digits, settings, words):
    if "engine.kind=dense" in settings and importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch is not installed")
    with pytest.raises(ValueError, match=words):
        Training(config_of(digits, *settings)).run()


@pytest.mark.parametrize("settings, words", [
    ({"free_steps": "auto"}, "a number of steps of its own"), ({"truncation": 51}, "more than the 50"),
    ({"truncation": -1}, "truncation"), ({"sharpness": 0.0}, "sharpness"), ({"window": 51}, "do not fit")])
def test_numbers_that_do_not_fit(settings, words):
    with pytest.raises(ValueError, match=words):
        Phases(rule="bptt", **settings)


def test_phases_of_the_estimator_are_none():
    phases = Phases(rule="bptt", nudge_steps=1, window=10)
    assert phases.listed() == phases.later() == () and phases.names == ("free",)
    assert replace(phases, rule="ep", nudge_steps=10).names == ("free", "nudge+", "nudge-")


def test_an_engine_that_cannot_go_back():
    from neurosim.engines.events.engine import EventsEngine
    from neurosim.network.graph import Network, dense
    engine = EventsEngine(Network([dense(3)], (2,)))
    with pytest.raises(ValueError, match='write engine.kind = "dense"'):
        backpropagate(engine, np.zeros((1, 2)), np.zeros((1, 3)), Phases(rule="bptt"))


def test_settings_without_effect():
    def told(*settings):
        return " ".join(idle_settings(load_config("mnist-small", settings)))

    assert "learning.truncation = 5 has no effect" in told("learning.truncation=5")
    assert "learning.beta = 0.3 has no effect" in told(*BPTT, "learning.beta=0.3")
    assert "learning.surrogate" in told(*BPTT, *RATE, "learning.surrogate=fast-sigmoid")
    assert "learning.surrogate" not in told(*BPTT, "learning.surrogate=fast-sigmoid")
    assert "learning.sharpness" in told(*BPTT, "learning.surrogate=straight-through", "learning.sharpness=3.0")
