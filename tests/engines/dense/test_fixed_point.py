"""At a fixed point equilibrium propagation and backpropagation through the steps to it are the same gradient."""

import numpy as np
import pytest

from dense_engines import dense_engine
from neurosim.learning.backpropagation import backpropagate
from neurosim.learning.phases import Phases, run_phases
from neurosim.learning.rule import gradient
from neurosim.network.graph import ConnectionSpec, Network, NetworkSpec, Neurons, conv, dense

BLOCK = {"kernel": 3, "padding": 1}
RESIDUAL = 1e-11


def resnet(width, order, epsilon=1.0, size=16, classes=10):
    """The thirteen weighted edges of Hopfield-Resnet13: four pairs of convolutions, skips, ReLU_6, linear outputs.

    ../shared/notes/hopfield-resnet.md, from the code of arXiv:2509.26003.
    """
    layers, skips = [], []
    for block, channels in enumerate((width, 2 * width, 4 * width, 4 * width)):
        below = f"b{block - 1}" if block else "input"
        layers += [conv(channels, name=f"a{block}", **BLOCK), conv(channels, name=f"b{block}", stride=2, **BLOCK)]
        skips.append(ConnectionSpec(kind="conv", source=below, target=f"b{block}", kernel=1, stride=2))
    layers.append(dense(classes, neurons="linear"))
    spec = NetworkSpec(input="analog", layers=tuple(layers), connections=tuple(skips),
                       gains=(*(0.6,) * 8, 0.8, *(0.7,) * 4))
    return Network(spec, (size, size, 3), Neurons(kind="rate", epsilon=epsilon, bound=6.0, order=order))


def case(network, samples=2, seed=0):
    random = np.random.default_rng(seed)
    weights = network.initial_weights(seed, dtype=np.float64)
    biases = {layer.name: random.uniform(-0.1, 0.3, layer.biases) for layer in network.layers[1:]}
    images = random.standard_normal((samples, *network.layers[0].shape))
    return dense_engine(network, weights, biases), images, np.eye(10)[random.integers(10, size=samples)]


def cosines(one, other):
    """Cosine of the angle between two Products in every parameter, dict."""
    pairs = {**{name: (values, other.weights[name]) for name, values in one.weights.items()},
             **{name: (values, other.biases[name]) for name, values in one.biases.items()}}
    return {name: (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()) for name, (a, b) in pairs.items()}


@pytest.mark.slow
@pytest.mark.parametrize("order, epsilon, steps, loss", [
    ("alternating", 1.0, 600, "squared-error"), ("synchronous", 0.5, 2000, "squared-error"),
    ("alternating", 1.0, 600, "cross-entropy")])
def test_both_rules_agree_in_every_layer_of_a_residual_network(order, epsilon, steps, loss):
    network = resnet(4, order, epsilon)
    assert len(network.connections) == 13 and len(network.layers) == 10
    engine, images, targets = case(network)
    phases = Phases(free_steps=steps, nudge_steps=steps, window=1, beta=1e-4, loss=loss)
    ends = run_phases(engine, images, targets, phases)
    free = engine.relax(state := engine.rest(len(images)), images, steps).mean
    assert np.abs(engine.relax(state, images, 1).mean - free).max() < RESIDUAL
    found = cosines(gradient(engine, ends), backpropagate(engine, images, targets, phases).products)
    assert len(found) == 13 + 9
    assert min(found.values()) > 0.999, found
