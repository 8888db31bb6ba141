"""Backpropagation through time: finite differences of the same relaxation, and of the smoothed one where spikes are."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

torch = pytest.importorskip("torch")

from dense_engines import dense_engine, inputs    # noqa: E402
from graphs import ANNEALED, GRADED, GRAPHS, RATE, RATE6, SPIKING, TERNARY, build, mixed, parameters    # noqa: E402
from neurosim.engines.dense import engine as engine_module    # noqa: E402
from neurosim.engines.dense.loop import Relaxation    # noqa: E402
from neurosim.engines.dense.outcome import Outcome    # noqa: E402
from neurosim.engines.dense.surrogate import Surrogate    # noqa: E402
from neurosim.engines.dense.unrolled import UnrolledGraph, unroll    # noqa: E402
from neurosim.engines.protocol import Backpropagating, Descent    # noqa: E402
from neurosim.losses import CROSS_ENTROPY, SQUARED_ERROR    # noqa: E402

STEPS, WINDOW, SIZE = 9, 4, 1e-6
WHOLE = list(GRAPHS)
CURVED = ["average, alpha 1", "max decoded", "max on spikes", "skips", "groups, average"]


def descended(targets, **options):
    return Descent(**{"targets": targets, "steps": STEPS, "window": WINDOW, **options})


def gradient_of(network, weights, biases, images, descent):
    engine = dense_engine(network, weights, biases)
    return engine.backpropagate(engine.rest(len(images)), images, descent)[1]


def loss_of(network, weights, biases, images, descent, before=None):
    """Mean loss of what inference reads; before : a state that the last steps begin from in place of rest."""
    engine = dense_engine(network, weights, biases)
    state, steps = (engine.rest(len(images)), descent.steps) if before is None else (before.copy(), descent.last)
    record = engine.relax(state, images, steps, window=descent.window, average=descent.average)
    return descent.loss.value(record.mean[:, engine.slices["output"]], descent.targets).mean()


def smoothed_loss_of(network, weights, biases, images, descent):
    """The same of the network whose neurons send the smooth function that stands for their spikes."""
    engine = dense_engine(network, weights, biases)
    graph = UnrolledGraph(engine.graph, Surrogate(descent.surrogate, descent.sharpness, smooth=True))
    with torch.no_grad():
        entering = engine._entering(engine.rest(len(images)), images, descent.steps, None)
        part = Relaxation(graph, engine.rest(len(images)).copy(), entering, descent.steps)
        outputs = unroll(part, replace(descent, last=0), Outcome.empty(graph, len(images), 0))
    return descent.loss.value(outputs.numpy(), descent.targets).mean()


def assert_slopes(network, images, descent, loss=loss_of, tolerance=1e-6, **options):
    """Compare the gradient with finite differences of a loss, along a random direction of every parameter."""
    weights, biases = parameters(network)
    found, random = gradient_of(network, weights, biases, images, descent), np.random.default_rng(5)
    for group, gradients in ((weights, found.weights), (biases, found.biases)):
        for name, values in list(group.items()):
            direction = random.standard_normal(values.shape)
            losses = []
            for sign in (1, -1):
                group[name] = values + sign * SIZE * direction
                losses.append(loss(network, weights, biases, images, descent, **options))
            group[name] = values
            expected = (losses[0] - losses[1]) / (2 * SIZE)
            assert gradients[name].shape == values.shape
            assert_allclose((gradients[name] * direction).sum(), expected, rtol=tolerance, atol=1e-9, err_msg=name)
    largest = max(np.abs(values).max() for values in (*found.weights.values(), *found.biases.values()))
    assert largest > 1e-3


@pytest.mark.parametrize("name", WHOLE)
def test_states_are_gone_back_through_exactly(name):
    network = build(name, RATE)
    images, targets = inputs(network, 3)
    assert_slopes(network, images, descended(targets))


@pytest.mark.parametrize("name", CURVED)
def test_half_sweeps_are_gone_back_through(name):
    network = build(name, replace(RATE, order="alternating"))
    images, targets = inputs(network, 3)
    assert len(network.sweeps) == 2
    assert_slopes(network, images, descended(targets))


@pytest.mark.parametrize("name", CURVED)
def test_gains_bounds_and_logits(name):
    network = build(name, replace(RATE6, output_range=(-50, 50)), feedback=0.4)
    images, targets = inputs(network, 3)
    assert_slopes(network, images, descended(targets, loss=CROSS_ENTROPY, window=1))


@pytest.mark.parametrize("name", ["conv", "max decoded", "skips"])
def test_truncation_leaves_alone_what_came_before(name):
    network = build(name, RATE)
    images, targets = inputs(network, 3)
    descent = descended(targets, last=WINDOW + 1)
    engine = dense_engine(network, *parameters(network))
    engine.relax(state := engine.rest(len(images)), images, STEPS - WINDOW - 1)
    assert_slopes(network, images, descent, before=state)
    whole = gradient_of(network, *parameters(network), images, descended(targets))
    cut = gradient_of(network, *parameters(network), images, descent)
    assert max(np.abs(whole.weights[c] - cut.weights[c]).max() for c in cut.weights) > 1e-4


def smooth_network(name, kind):
    neurons = {"spiking": SPIKING, "annealed": ANNEALED, "ternary": TERNARY, "graded": GRADED}
    return mixed(name, ["ternary", "rate", "graded"]) if kind == "mixed" else build(name, neurons[kind])


@pytest.mark.parametrize("surrogate", ["arctan", "fast-sigmoid", "straight-through"])
@pytest.mark.parametrize("kind", ["spiking", "annealed", "ternary", "graded", "mixed"])
@pytest.mark.parametrize("name", ["average", "max decoded", "skips"])
def test_surrogate_is_the_gradient_of_the_smoothed_network(name, kind, surrogate, monkeypatch):
    network = smooth_network(name, kind)
    images, targets = inputs(network, 3)
    monkeypatch.setattr(engine_module, "Surrogate", lambda kind, sharpness: Surrogate(kind, sharpness, smooth=True))
    for average in ("state", "spikes"):
        descent = descended(targets, surrogate=surrogate, sharpness=1.5, average=average)
        assert_slopes(network, images, descent, smoothed_loss_of, tolerance=3e-6)


def test_events_are_gone_back_through():
    network = build("skips", TERNARY, "events", event_range=(-1, 2), events="repeat")
    images, targets = inputs(network, 3)
    engine = dense_engine(network, *parameters(network))
    found = engine.backpropagate(engine.rest(len(images)), images, descended(targets))[1]
    assert all(np.isfinite(values).all() and np.abs(values).max() > 0 for values in found.weights.values())


@pytest.mark.parametrize("name, neurons, input", [
    ("skips", SPIKING, "spikes"), ("max decoded", TERNARY, "ternary"), ("average", GRADED, "spikes"),
    ("branches", RATE, "analog"), ("max decoded", replace(SPIKING, order="alternating"), "spikes"),
    ("max on spikes", SPIKING, "events")])
def test_relaxes_as_inference_does(name, neurons, input):
    network = build(name, neurons, input)
    images, targets = inputs(network, 3)
    engine = dense_engine(network, *parameters(network))
    states = engine.rest(len(images)), engine.rest(len(images))
    assert isinstance(engine, Backpropagating)
    record, _ = engine.backpropagate(states[0], images, descended(targets))
    expected = engine.relax(states[1], images, STEPS, window=WINDOW)
    for one, other in zip(vars(record).values(), vars(expected).values()):
        assert_allclose(one, other, rtol=0, atol=1e-13)
    for name in ("x", "d", "v", "s", "time"):
        assert_allclose(getattr(states[0], name), getattr(states[1], name), rtol=0, atol=1e-13)
    assert engine.relax(states[0], images, 3).sent.any()


def test_numbers_do_not_depend_on_threads():
    network = build("skips", SPIKING)
    images, targets = inputs(network, 40)
    found = []
    for threads in (1, 2):
        engine = dense_engine(network, *parameters(network, dtype=np.float32), dtype=np.float32, threads=threads)
        found.append(engine.backpropagate(engine.rest(40), images, descended(targets))[1])
    for name, values in found[0].weights.items():
        assert values.dtype == np.float32
        assert_array_equal(values, found[1].weights[name])


def test_mean_over_the_batch():
    network = build("average", SPIKING)
    images, targets = inputs(network, 6)
    weights, biases = parameters(network)
    whole = gradient_of(network, weights, biases, images, descended(targets))
    parts = [gradient_of(network, weights, biases, images[i:i + 1], descended(targets[i:i + 1])) for i in range(6)]
    for name, values in whole.biases.items():
        assert_allclose(values, np.mean([part.biases[name] for part in parts], axis=0), rtol=1e-10, atol=1e-14)


def test_losses_have_their_gradient():
    random = np.random.default_rng(0)
    outputs, targets = random.standard_normal((3, 4)), np.eye(4)[[1, 2, 0]]
    from neurosim.engines.dense.loop import FORCES
    for loss in (SQUARED_ERROR, CROSS_ENTROPY):
        force = FORCES[loss.name](torch.tensor(outputs), torch.tensor(targets)).numpy()
        assert_allclose(force, -loss.gradient(outputs, targets), rtol=1e-12)
