"""Stochastic gradient descent against closed forms."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.learning.optimiser import Optimiser, OptimiserOptions


def single(**options):
    return Optimiser(OptimiserOptions(**{"rates": 0.1, "momentum": 0.0, **options}), {"w": 0.1, "b": 0.1},
                     {"w": np.zeros(2), "b": np.zeros(1)})


def test_plain_descent():
    optimiser = Optimiser(OptimiserOptions(momentum=0.0), {"w": 0.1, "b": 0.4}, {"w": np.zeros(2), "b": np.zeros(1)})
    changes = optimiser.step({"w": np.array([1.0, -2.0]), "b": np.array([0.5])}, {}, scale=0.5)
    assert_allclose(changes["w"], [-0.05, 0.1])
    assert_allclose(changes["b"], [-0.1])


def test_momentum_under_a_constant_gradient():
    """v_n = g (1 - m^n) / (1 - m)."""
    optimiser = single(momentum=0.8)
    for n in range(1, 9):
        change = optimiser.step({"w": np.array([1.0, 3.0])}, {})["w"]
        assert_allclose(change, -0.1 * np.array([1.0, 3.0]) * (1 - 0.8 ** n) / (1 - 0.8))


def test_nesterov_looks_ahead():
    """step g + m v_n with the same v_n."""
    optimiser = single(momentum=0.8, nesterov=True)
    for n in range(1, 9):
        change = optimiser.step({"w": np.array([1.0, 3.0])}, {})["w"]
        assert_allclose(change, -0.1 * np.array([1.0, 3.0]) * (1 + 0.8 * (1 - 0.8 ** n) / (1 - 0.8)))


def test_decay_shrinks_weights_alone():
    optimiser, weights, biases = single(weight_decay=0.5), {"w": np.array([2.0, -4.0])}, np.array([3.0])
    for _ in range(6):
        changes = optimiser.step({"w": np.zeros(2), "b": np.zeros(1)}, weights)
        weights["w"] += changes["w"]
        biases += changes["b"]
    assert_allclose(weights["w"], np.array([2.0, -4.0]) * (1 - 0.1 * 0.5) ** 6)
    assert biases == 3.0


def test_clipping_bounds_the_norm_of_all_gradients_together():
    gradients = {"w": np.array([3.0, 0.0]), "b": np.array([4.0])}
    changes = single(clip_norm=1.0).step(gradients, {})
    assert_allclose(changes["w"], [-0.06, 0])
    assert_allclose(changes["b"], [-0.08])
    unclipped = single(clip_norm=5.1).step(gradients, {})
    assert_allclose(unclipped["b"], [-0.4])
    assert_array_equal(single(clip_norm=1.0).step({"w": np.zeros(2)}, {})["w"], [0, 0])


def test_gradients_are_not_changed_and_velocity_is_not_handed_out():
    optimiser, g = single(momentum=0.9, weight_decay=0.1, clip_norm=0.1), np.array([1.0, 2.0])
    change = optimiser.step({"w": g}, {"w": np.ones(2)})["w"]
    assert_array_equal(g, [1.0, 2.0])
    assert not np.shares_memory(change, optimiser.velocity["w"])


def test_single_precision_stays_single():
    options = OptimiserOptions(momentum=0.5, weight_decay=0.1, clip_norm=1.0)
    optimiser = Optimiser(options, {"w": 0.1}, {"w": np.zeros(2, np.float32)})
    change = optimiser.step({"w": np.ones(2, np.float32)}, {"w": np.ones(2, np.float32)}, scale=0.7)["w"]
    assert change.dtype == optimiser.velocity["w"].dtype == np.float32


def test_a_velocity_that_is_restored_continues():
    straight, first, second = single(momentum=0.7), single(momentum=0.7), single(momentum=0.7)
    gradients = [{"w": np.array([1.0, float(n)])} for n in range(4)]
    steps = [straight.step(g, {})["w"] for g in gradients]
    halves = [first.step(g, {})["w"] for g in gradients[:2]]
    second.velocity["w"][...] = first.velocity["w"]
    halves += [second.step(g, {})["w"] for g in gradients[2:]]
    assert_array_equal(steps, halves)


@pytest.mark.parametrize("progress", [0, 0.25, 0.5, 1])
def test_cosine_falls_to_the_last_rate(progress):
    options = OptimiserOptions(schedule="cosine", last=0.1)
    assert_allclose(options.scale(7, progress), 0.1 + 0.9 * (1 + math.cos(math.pi * progress)) / 2)
    assert (options.scale(0, 0), options.scale(0, 1)) == (1, 0.1)


def test_steps_and_constant():
    step = OptimiserOptions(schedule="step", factor=0.5, every=3)
    assert [step.scale(epoch, 0.9) for epoch in range(7)] == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    assert OptimiserOptions(schedule="constant").scale(9, 0.9) == 1


@pytest.mark.parametrize("options, sentence", [
    ({"rates": -0.1}, "optimiser.rates = -0.1 is negative; give 0 to 1000"),
    ({"rates": (0.1, float("nan"))}, "optimiser.rates = nan is not a finite number; write one"),
    ({"momentum": 1.0}, "optimiser.momentum: 1 is outside [0, 1)"),
    ({"momentum": -0.1}, "optimiser.momentum: -0.1 is outside [0, 1)"),
    ({"weight_decay": -1.0}, "optimiser.weight_decay = -1 is negative; give 0 to 1"),
    ({"clip_norm": -1.0}, "optimiser.clip_norm = -1 is negative; give 0 or 0.0001 to 1e+06"),
    ({"last": -1.0}, "optimiser.last = -1 is negative; give 0 to 1"),
    ({"factor": -1.0}, "optimiser.factor = -1 is negative; give 0 to 1"),
    ({"every": 0}, "optimiser.every = 0 is below 1; give 1 to 1e+06"),
])
def test_impossible_options(options, sentence):
    with pytest.raises(ValueError) as caught:
        OptimiserOptions(**options)
    assert str(caught.value) == sentence
