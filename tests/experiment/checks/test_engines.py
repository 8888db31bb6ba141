"""neurosim check engines: what it measures, and that it notices an engine that computes something else."""

import dataclasses
import importlib.util

import numpy as np
import pytest

from graphs import RATE, SPIKING, build, parameters, samples
from neurosim.experiment.checks import CheckCase, check_engines
from neurosim.experiment.checks import engines as module
from neurosim.learning.phases import Phases

pytestmark = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs PyTorch")


def case(neurons):
    network = build("skips", neurons)
    images, targets = samples(network, 6)
    return CheckCase(name="skips", network=network, weights=parameters(network)[0], biases=parameters(network)[1],
                     phases=Phases(free_steps=20, nudge_steps=6, window=5), images=images, targets=targets)


@pytest.mark.parametrize("neurons", [RATE, SPIKING])
def test_both_engines_pass(neurons):
    seen = []
    result = check_engines(case(neurons), lambda done, total: seen.append((done, total)))
    assert result.passed and not result.reasons, result.lines()
    assert [phase.phase for phase in result.phases] == ["free", "nudge+", "nudge-"]
    assert all(phase.sent > 0 and phase.spikes == 0 for phase in result.phases)
    assert set(result.gradients) == {*parameters(build("skips"))[0], "a", "b", "c", "output"}
    assert result.spiking == (neurons is SPIKING) and set(result.seconds) == {"dense", "events"}
    assert seen == [(1, 3), (2, 3), (3, 3)]
    text = "\n".join(result.lines())
    assert "engines: passed" in text and "times as fast" in text


def test_an_engine_that_computes_something_else_fails(monkeypatch):
    made = module.make_engine

    def twisted(network, options, **more):
        engine = made(network, options, **more)
        if options.kind == "dense":
            load = engine.load
            engine.load = lambda effective, biases, readout=None: load(
                effective, {name: values + 1e-3 for name, values in biases.items()}, readout)
        return engine

    monkeypatch.setattr(module, "make_engine", twisted)
    result = check_engines(case(RATE))
    assert not result.passed
    assert any("phase free" in reason for reason in result.reasons) and any("float32" in one for one in result.reasons)


def test_a_phase_passes_only_with_the_same_spikes_and_counts():
    one = module.Compared(phase="free", states=0.0, spikes=0, sent=5, counts=True)
    assert one.passed
    for change in ({"states": 1e-6}, {"spikes": 1}, {"counts": False}, {"states": np.nan}):
        assert not dataclasses.replace(one, **change).passed
