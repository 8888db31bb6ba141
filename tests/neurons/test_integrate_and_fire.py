"""Leaky integrators with and without spikes, in networks whose signals flow up alone, against plain loops."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from graphs import loaded, parameters, samples
from neurosim.network.graph import Network, NetworkSpec, Neurons, conv, dense
from reference import average_pool, conv2d

CUBA = {"synapse": 0.5, "membrane": 0.75, "gain": 0.5, "threshold": 0.3, "reset": -0.1}
PLAIN = {"synapse": 0.0, "membrane": 1.0, "gain": 1.0, "threshold": 0.6, "reset": 0.0}
LEAK = {"synapse": 0.25, "membrane": 0.5, "gain": 0.5}
LAYERS = (conv(3, kernel=3, pool="average", neurons="lif", parameters=CUBA),
          conv(4, kernel=2, neurons="lif", parameters=PLAIN), dense(5, neurons="lif"), dense(3, neurons="li",
                                                                                             parameters=LEAK))
STEPS = 12


def network(feedforward=True, input="analog", layers=LAYERS):
    spec = NetworkSpec(input=input, feedforward=feedforward, layers=layers)
    return Network(spec, (9, 8, 1), Neurons(kind="linear", epsilon=1.0, lam=1.0))


def integrate(currents, parameters):
    """Signals of one layer from its currents, (steps, units)."""
    synapse, membrane, gain = (parameters[key] for key in ("synapse", "membrane", "gain"))
    threshold, reset = parameters.get("threshold", np.inf), parameters.get("reset", 0.0)
    current, potential, sent = np.zeros(currents.shape[1]), np.zeros(currents.shape[1]), []
    for now in currents:
        current = synapse * current + now
        potential = membrane * potential + gain * current
        fired = potential > threshold
        sent.append(fired.astype(float) if "threshold" in parameters else potential)
        potential = np.where(fired, reset, potential)
    return np.array(sent)


def expected(net, weights, biases, image):
    """Signals of all layers but the input, list of (steps, units): every layer moves after all below it."""
    signals, found = np.repeat(image.reshape(1, -1), STEPS, axis=0), []
    for c, layer in zip(net.connections, net.layers[1:]):
        currents = []
        for row in signals:
            if c.kind == "dense":
                now = weights[c.name] @ row
            else:
                now = conv2d(row.reshape(c.low_shape), weights[c.name])
                now = average_pool(now, 2) if c.pool == "average" else now
            currents.append((now + biases[layer.name]).ravel())
        signals = integrate(np.array(currents), dict(zip(layer.law.parameters, layer.parameters)))
        found.append(signals)
    return found


@pytest.mark.parametrize("kind", ["events", "dense"])
def test_feedforward_integrators_follow_their_equations(kind):
    make = loaded
    if kind == "dense":
        pytest.importorskip("torch")
        from dense_engines import dense_engine as make
    net = network()
    images, _ = samples(net)
    weights, biases = parameters(net, gain=1.5)
    engine = make(net, weights, biases)
    counted = engine.relax(engine.rest(2), images, STEPS, window=STEPS, average="spikes")
    for image, mean in zip(images, counted.mean):
        signals = expected(net, weights, biases, image)
        assert 0.05 < signals[0].mean() < 0.9 and 0.05 < signals[1].mean() < 0.9 and signals[2].any()
        for layer, sent in zip(net.layers[1:], signals):
            assert_allclose(mean[engine.slices[layer.name]], sent.mean(axis=0), atol=1e-12, err_msg=layer.name)
    assert all(read.endswith("forward") for read in engine.count(counted).operations)


def test_tiles_that_convert_without_loss_change_nothing():
    from neurosim.crossbar import Readout, Tiling
    net = network()
    images, _ = samples(net)
    weights, biases = parameters(net, gain=1.5)
    whole, tiles = loaded(net, weights, biases), loaded(net, weights, biases, readout=Readout(), tiling=Tiling(),
                                                        sums="tiles")
    records = [engine.relax(engine.rest(2), images, STEPS, window=STEPS, average="spikes")
               for engine in (whole, tiles)]
    assert_allclose(records[0].mean, records[1].mean, atol=1e-12)
    assert tiles.count(records[1]).reads["conv1-conv2 forward"]["tile_reads"] > 0


@pytest.mark.parametrize("input, values, sent", [("analog", np.ones((1, 1)), [1, 1, 1]),
                                                 ("events", np.array([[[1], [0], [1]]]), [0, 1, 0])])
def test_spikes_reach_the_top_within_one_step_and_events_one_step_later(input, values, sent):
    pytest.importorskip("torch")
    from dense_engines import dense_engine
    at_once = {"membrane": 0.0, "threshold": 0.5}
    layers = (*(dense(1, neurons="lif", parameters=at_once) for _ in range(2)),
              dense(1, neurons="li", parameters={"membrane": 0.0}))
    net = Network(NetworkSpec(input=input, feedforward=True, layers=layers), (1,), Neurons())
    weights, biases = ({name: np.full_like(values, value, float) for name, values in group.items()}
                       for group, value in zip(parameters(net), (1, 0)))
    engine = dense_engine(net, weights, biases)
    state, found = engine.rest(1), []
    for _ in sent:
        found.append(float(engine.relax(state, values, 1).mean[0, -1]))
    assert found == sent


def test_gradients_are_those_of_the_smooth_network():
    pytest.importorskip("torch")
    from dense_engines import dense_engine
    from neurosim.engines.dense import unrolled
    from neurosim.engines.protocol import Descent
    net = network()
    images, targets = samples(net)
    weights, biases = parameters(net, gain=1.5)
    descent = Descent(targets=targets, steps=6, window=6, average="spikes", surrogate="fast-sigmoid")
    smooth = dataclasses.replace(unrolled.Surrogate("fast-sigmoid"), smooth=True)

    def outcome(weights):
        from neurosim.engines.dense import engine as module
        engine, made = dense_engine(net, weights, biases), module.Surrogate
        module.Surrogate = lambda *given, **more: smooth
        try:
            record, found = engine.backpropagate(engine.rest(2), images, descent)
        finally:
            module.Surrogate = made
        outputs = record.mean[:, engine.slices["output"]]
        return descent.loss.value(outputs, targets).mean(), found

    _, found = outcome(weights)
    for name in ("input-conv1", "conv2-dense3"):
        place = np.unravel_index(np.abs(found.weights[name]).argmax(), weights[name].shape)
        sides = []
        for sign in (1, -1):
            moved = {**weights, name: weights[name].copy()}
            moved[name][place] += sign * 1e-6
            sides.append(outcome(moved)[0])
        assert_allclose(found.weights[name][place], (sides[0] - sides[1]) / 2e-6, rtol=1e-5)


def test_integrators_on_a_gpu_are_the_compiled_ones():
    torch = pytest.importorskip("torch")
    from neurosim.engines.dense.neurons import Cells, TensorLaws
    net, random = network(), np.random.default_rng(3)
    for index in (1, 4):
        layer = net.layers[index]
        cells = Cells.at_rest(layer, True, lambda units: torch.zeros(1, units, dtype=torch.float64))
        currents = random.uniform(-1, 1, (STEPS, layer.units))
        for now, sent in zip(currents, integrate(currents, dict(zip(layer.law.parameters, layer.parameters)))):
            TensorLaws(net, [True] * 5).advance(index, cells, [torch.tensor(now)[None]], [torch.zeros(1, layer.units)],
                                                1.0, 1.0)
            assert_array_equal(cells.s[0].numpy(), sent)
