"""Error-triggered learning: who is near enough to what it should be is not nudged, and teaches nothing."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from graphs import ANNEALED, RATE, SPIKING, build, loaded, parameters, samples
from neurosim.engines.protocol import Record
from neurosim.learning.phases import Phases, one_hot, run_phases
from neurosim.learning.rule import gradient

PHASES = Phases(beta=0.3, free_steps=18, nudge_steps=9, window=6, targets=(-2.0, 2.0))    # room for thresholds
NETS = {"spikes": ("average", ANNEALED, "spikes"), "rates": ("skips", RATE, "analog"),
        "max": ("max decoded", SPIKING, "spikes")}


def case(net, count=5):
    name, neurons, code = NETS[net]
    network = build(name, neurons, code)
    engine = loaded(network, *parameters(network))
    images, targets = samples(network, count)
    return engine, images, one_hot(np.arange(count) % targets.shape[1], targets.shape[1], dtype=targets.dtype.type)


def largest_errors(engine, images, targets):
    outputs = run_phases(engine, images, targets, PHASES).free.mean[:, engine.slices["output"]]
    return np.abs(outputs - targets).max(axis=1)


@pytest.mark.parametrize("options", [{}, {"estimator": "one-sided"}, {"estimator": "one-sided",
                                                                      "reference": "continued"}])
@pytest.mark.parametrize("net", NETS)
def test_the_gradient_is_that_of_the_samples_beyond_the_threshold(net, options):
    engine, images, targets = case(net)
    errors = largest_errors(engine, images, targets)
    phases = replace(PHASES, error_threshold=float(np.median(errors)), **options)
    records = run_phases(engine, images, targets, phases)
    beyond = errors > phases.error_threshold
    assert_array_equal(records.taught, np.flatnonzero(beyond))
    assert 0 < beyond.sum() < len(images) == len(records)
    alone = run_phases(engine, images[beyond], targets[beyond], replace(phases, error_threshold=0.0))
    own, other = gradient(engine, records), gradient(engine, alone, len(images))
    for found, wanted in ((own.weights, other.weights), (own.biases, other.biases)):
        for name in wanted:
            assert_allclose(found[name], wanted[name], rtol=1e-12, atol=1e-15, err_msg=name)
    assert max(np.abs(values).max() for values in own.weights.values()) > 1e-4


def test_samples_one_by_one_make_the_same_gradient():
    engine, images, targets = case("spikes")
    for threshold in (0.0, float(np.median(largest_errors(engine, images, targets)))):
        records = run_phases(engine, images, targets, replace(PHASES, error_threshold=threshold))
        whole, singles = gradient(engine, records), [gradient(engine, one, len(images)) for one in records.singly()]
        assert len(singles) == len(records.taught)
        for name, wanted in whole.weights.items():
            assert_allclose(sum(one.weights[name] for one in singles), wanted, rtol=1e-10, atol=1e-13)


def test_where_all_are_near_nothing_is_nudged_and_nothing_learnt():
    engine, images, targets = case("spikes")
    largest = float(largest_errors(engine, images, targets).max())
    records = run_phases(engine, images, targets, replace(PHASES, error_threshold=largest))
    assert not len(records.taught)
    assert not any(values.any() for values in gradient(engine, records).weights.values())
    free = run_phases(engine, images, targets, PHASES).free
    for name in vars(free):
        assert_array_equal(getattr(records.free, name), getattr(free, name))
    for name in ("nudge+", "nudge-"):
        assert isinstance(records.by_phase[name], Record) and not records.by_phase[name].steps.sum()


def test_states_that_go_on_are_those_of_each_sample_behind_its_own_last_phase():
    engine, images, targets = case("max")
    errors = largest_errors(engine, images, targets)
    whole = run_phases(engine, images, targets, PHASES)
    records = run_phases(engine, images, targets, replace(PHASES, error_threshold=float(np.median(errors))))
    beyond = np.zeros(len(images), bool)
    beyond[records.taught] = True
    assert_array_equal(records.end.time, np.where(beyond, 18 + 9, 18))
    assert_array_equal(records.end.x[beyond], whole.end.x[beyond])
    assert np.abs(records.end.x[~beyond] - whole.end.x[~beyond]).max() > 0


@pytest.mark.parametrize("options, sentence", [
    ({"error_threshold": -0.5}, "learning.error_threshold = -0.5 is negative; give 0 to 200"),
    ({"error_threshold": 0.5, "targets": (0.25, 0.75)},
     "learning.error_threshold: 0.5 is no less than the 0.5 between the targets, so that hardly a sample would teach "
     "anything; write for example 0.15"),
    ({"error_threshold": 0.3, "rule": "bptt"}, 'learning.error_threshold: 0.3 spares samples their nudged phases, and '
                                               'learning.rule = "bptt" has none; write 0')])
def test_what_cannot_be(options, sentence):
    with pytest.raises(ValueError) as caught:
        Phases(**options)
    assert str(caught.value) == sentence
