"""Optimisers against closed forms, a few lines of numpy, and PyTorch where it is."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.learning.optimiser import OptimiserOptions, make_optimiser
from neurosim.learning.optimisers import OPTIMISERS


def single(**options):
    return make_optimiser(OptimiserOptions(**{"rates": 0.1, "momentum": 0.0, **options}), {"w": 0.1, "b": 0.1},
                          {"w": np.zeros(2)}, {"b": np.zeros(1)})


def test_plain_descent():
    optimiser = make_optimiser(OptimiserOptions(momentum=0.0), {"w": 0.1, "b": 0.4}, {"w": np.zeros(2)},
                               {"b": np.zeros(1)})
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


@pytest.mark.parametrize("shape", [(4, 3), (4, 2, 3, 3)])
def test_centralised_gradients_move_no_weights_of_a_unit_together(shape):
    """Descent then keeps the sum over the fan-in, and moves differences of weights and biases as before."""
    rng = np.random.default_rng(0)
    gradients = {"w": rng.normal(1.0, 1.0, shape), "b": rng.normal(1.0, 1.0, 4)}
    given = {name: values.copy() for name, values in gradients.items()}
    changes, plain = (make_optimiser(OptimiserOptions(rates=0.1, momentum=0.0, centralise=centralise),
                                     {"w": 0.1, "b": 0.1}, {"w": np.zeros(shape)}, {"b": np.zeros(4)}
                                     ).step(gradients, {}) for centralise in (True, False))
    rows = changes["w"].reshape(4, -1)
    assert_allclose(rows.sum(1), 0, atol=1e-14)
    assert_allclose(np.diff(rows), np.diff(plain["w"].reshape(4, -1)))
    assert_array_equal(changes["b"], plain["b"])
    assert_array_equal(gradients["w"], given["w"])


def test_the_norm_is_limited_behind_centralising():
    """(3, 5) becomes (-1, 1), whose norm is the square root of 2."""
    options = OptimiserOptions(rates=1.0, momentum=0.0, centralise=True, clip_norm=1.0)
    optimiser = make_optimiser(options, {"w": 1.0, "b": 1.0}, {"w": np.zeros((1, 2))}, {"b": np.zeros(1)})
    changes = optimiser.step({"w": np.array([[3.0, 5.0]]), "b": np.zeros(1)}, {})
    assert_allclose(changes["w"], np.array([[1.0, -1.0]]) / np.sqrt(2))


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
    assert not np.shares_memory(change, optimiser.state["velocity"]["w"])


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_single_precision_stays_single(kind):
    options = OptimiserOptions(kind=kind, momentum=0.5, weight_decay=0.1, clip_norm=1.0)
    optimiser = make_optimiser(options, {"w": 0.1}, {"w": np.zeros(2, np.float32)}, {})
    change = optimiser.step({"w": np.ones(2, np.float32)}, {"w": np.ones(2, np.float32)}, scale=0.7)["w"]
    assert change.dtype == optimiser.state["velocity"]["w"].dtype == np.float32


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_a_memory_that_is_restored_continues(kind):
    straight, first, second = (single(kind=kind, momentum=0.7) for _ in range(3))
    gradients = [{"w": np.array([1.0, float(n)])} for n in range(4)]
    steps = [straight.step(g, {})["w"] for g in gradients]
    halves = [first.step(g, {})["w"] for g in gradients[:2]]
    for group, arrays in second.state.items():
        arrays["w"][...] = first.state[group]["w"]
    halves += [second.step(g, {})["w"] for g in gradients[2:]]
    assert_array_equal(steps, halves)


def test_adamw_steps_by_the_rate_under_a_constant_gradient():
    """Then m / (1 - b1^t) is g and the root |g|, at any t: the bias corrections are exact."""
    optimiser = single(kind="adamw", epsilon=1e-12)
    for _ in range(9):
        change = optimiser.step({"w": np.array([0.3, -20.0])}, {})["w"]
        assert_allclose(change, [-0.1, 0.1], rtol=1e-9)


def test_adamw_decays_apart_from_the_gradient():
    """W (1 - rate decay)^n, whatever the rates of averaging, for weights and biases by their own decays."""
    optimiser = single(kind="adamw", weight_decay=0.5, bias_decay=0.2)
    parameters = {"w": np.array([2.0, -4.0]), "b": np.array([3.0])}
    for _ in range(6):
        for name, change in optimiser.step({"w": np.zeros(2), "b": np.zeros(1)}, parameters, scale=0.8).items():
            parameters[name] += change
    assert_allclose(parameters["w"], np.array([2.0, -4.0]) * (1 - 0.08 * 0.5) ** 6)
    assert_allclose(parameters["b"], 3.0 * (1 - 0.08 * 0.2) ** 6)


def descents(options, steps=12):
    """Path of two weights and a bias under gradients that depend on them, float64 (steps, 3)."""
    rates = dict.fromkeys("wb", options.rates)
    optimiser = make_optimiser(options, rates, {"w": np.zeros(2)}, {"b": np.zeros(1)})
    parameters, path = {"w": np.array([1.0, -2.0]), "b": np.array([0.5])}, []
    for step in range(steps):
        gradients = {name: slope(values, step) for name, values in parameters.items()}
        for name, change in optimiser.step(gradients, parameters, options.scale(step // 4, step % 4 / 4, 3)).items():
            parameters[name] = parameters[name] + change
        path.append(np.concatenate([parameters["w"], parameters["b"]]))
    return np.array(path)


def slope(values, step):
    return values * (1 + step % 3) - np.cos(step)


CASES = {
    "nesterov": dict(rates=0.03, momentum=0.9, nesterov=True, weight_decay=0.02, bias_decay=0.02, clip_norm=1.0,
                     schedule="cosine-by-epoch", last=1e-3),
    "adamw": dict(kind="adamw", rates=0.05, betas=(0.8, 0.95), epsilon=1e-3, weight_decay=0.1, bias_decay=0.1,
                  schedule="constant"),
    "adamw, clipped": dict(kind="adamw", rates=0.05, weight_decay=0.1, bias_decay=0.1, clip_norm=0.3,
                           schedule="cosine-by-epoch"),
}


def by_hand(options, steps=12):
    """The same in a few lines of numpy, all parameters in one array."""
    x, m, q, path = np.array([1.0, -2.0, 0.5]), np.zeros(3), np.zeros(3), []
    for step in range(steps):
        g, decay = slope(x, step), options.weight_decay
        if options.clip_norm:
            g = g * min(1, options.clip_norm / np.linalg.norm(g))
        rate = options.rates
        if options.schedule == "cosine-by-epoch":
            lowest = options.last * options.rates
            rate = lowest + (options.rates - lowest) * (1 + math.cos(math.pi * (step // 4) / 3)) / 2
        if options.kind == "sgd":
            g = g + decay * x
            m = options.momentum * m + g
            x = x - rate * (g + options.momentum * m)
        else:
            (b1, b2), t = options.betas, step + 1
            m, q = b1 * m + (1 - b1) * g, b2 * q + (1 - b2) * g ** 2
            x = x - rate * decay * x
            x = x - rate * (m / (1 - b1 ** t)) / (np.sqrt(q / (1 - b2 ** t)) + options.epsilon)
        path.append(x)
    return np.array(path)


@pytest.mark.parametrize("case", CASES)
def test_paths_are_those_of_a_few_lines(case):
    options = OptimiserOptions(**CASES[case])
    path = descents(options)
    assert_allclose(path, by_hand(options), rtol=1e-12)
    assert np.ptp(path, axis=0).min() > 0.1


@pytest.mark.parametrize("case", CASES)
def test_paths_are_those_of_torch(case):
    """Limit of the norm, the optimiser with its decay, the schedule after every epoch, as in the paper's code."""
    torch = pytest.importorskip("torch")
    options = OptimiserOptions(**CASES[case])
    w, b = (torch.tensor(values, dtype=torch.float64, requires_grad=True) for values in ([1.0, -2.0], [0.5]))
    if options.kind == "sgd":
        optimiser = torch.optim.SGD([w, b], lr=options.rates, momentum=options.momentum, nesterov=options.nesterov,
                                    weight_decay=options.weight_decay)
    else:
        optimiser = torch.optim.AdamW([w, b], lr=options.rates, betas=options.betas, eps=options.epsilon,
                                      weight_decay=options.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 3, options.last * options.rates)
    path = []
    for step in range(12):
        for parameter in (w, b):
            parameter.grad = torch.as_tensor(slope(parameter.detach().numpy(), step))
        if options.clip_norm:
            torch.nn.utils.clip_grad_norm_([w, b], options.clip_norm)
        optimiser.step()
        if step % 4 == 3 and options.schedule == "cosine-by-epoch":
            schedule.step()
        path.append(np.concatenate([w.detach().numpy(), b.detach().numpy()]))
    assert_allclose(descents(options), path, rtol=1e-5)    # torch's limit has 1e-6 beside the norm


def test_biases_decay_by_a_number_of_their_own():
    optimiser, biases = single(bias_decay=0.5), {"b": np.array([3.0])}
    for _ in range(6):
        biases["b"] += optimiser.step({"b": np.zeros(1)}, biases)["b"]
    assert_allclose(biases["b"], 3.0 * (1 - 0.1 * 0.5) ** 6)


@pytest.mark.parametrize("progress", [0, 0.25, 0.5, 1])
def test_cosine_falls_to_the_last_rate(progress):
    options = OptimiserOptions(schedule="cosine", last=0.1)
    assert_allclose(options.scale(0, progress, 1), 0.1 + 0.9 * (1 + math.cos(math.pi * progress)) / 2)
    assert (options.scale(0, 0, 9), options.scale(8, 1, 9)) == (1, 0.1)


def test_a_cosine_by_epoch_stays_within_an_epoch():
    whole, steps = (OptimiserOptions(schedule=schedule, last=0.1) for schedule in ("cosine", "cosine-by-epoch"))
    for epoch in range(4):
        assert {steps.scale(epoch, part, 4) for part in (0, 0.5, 1)} == {whole.scale(epoch, 0, 4)}


def test_steps_and_constant():
    step = OptimiserOptions(schedule="step", factor=0.5, every=3)
    assert [step.scale(epoch, 0.9, 7) for epoch in range(7)] == [1, 1, 1, 0.5, 0.5, 0.5, 0.25]
    assert OptimiserOptions(schedule="constant").scale(9, 0.9, 10) == 1


@pytest.mark.parametrize("options, sentence", [
    ({"rates": -0.1}, "optimiser.rates = -0.1 is negative; give 0 to 1000"),
    ({"rates": (0.1, float("nan"))}, "optimiser.rates = nan is not a finite number; write one"),
    ({"momentum": 1.0}, "optimiser.momentum: 1 is outside [0, 1)"),
    ({"momentum": -0.1}, "optimiser.momentum: -0.1 is outside [0, 1)"),
    ({"weight_decay": -1.0}, "optimiser.weight_decay = -1 is negative; give 0 to 1"),
    ({"clip_norm": -1.0}, "optimiser.clip_norm = -1 is negative; give 0 or 0.0001 to 1e+06"),
    ({"bias_decay": 1.5},
     "optimiser.bias_decay = 1.5 exceeds 1, so that weights decay within a few updates; give 0 to 1"),
    ({"betas": (0.9, 1.0)}, "optimiser.betas: 1 is outside [0, 1)"),
    ({"epsilon": 0.0}, "optimiser.epsilon = 0 is below 1e-12, where rounding decides about the step; give 1e-12 to 1"),
    ({"kind": "adam"}, "optimiser.kind: 'adam' is unknown; did you mean 'adamw'?"),
    ({"last": -1.0}, "optimiser.last = -1 is negative; give 0 to 1"),
    ({"factor": -1.0}, "optimiser.factor = -1 is negative; give 0 to 1"),
    ({"every": 0}, "optimiser.every = 0 is below 1; give 1 to 1e+06"),
])
def test_impossible_options(options, sentence):
    with pytest.raises(ValueError) as caught:
        OptimiserOptions(**options)
    assert str(caught.value) == sentence
