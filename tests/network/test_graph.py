"""Building networks: names, shapes, initial weights, and one sentence for every impossible graph."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.network.graph import (ConnectionSpec, Edge, LayerSpec, Network, NetworkSpec, Neurons, conv, dense,
                                    per_connection)


def test_shapes_of_the_paper():
    """2C2FC on 28 x 28: 28 - 26 - 13 - 11 - 5 with 3 x 3 kernels and pooling that drops the odd row."""
    network = Network([conv(128, pool="average"), conv(256, pool="average"), dense(500), dense(10)], (28, 28, 1))
    assert [layer.shape for layer in network.layers] == [(28, 28, 1), (13, 13, 128), (5, 5, 256), (500,), (10,)]
    assert [c.map_shape for c in network.connections] == [(26, 26, 128), (11, 11, 256), (1, 1, 500), (1, 1, 10)]
    assert [c.weight_shape for c in network.connections] == [(128, 1, 3, 3), (256, 128, 3, 3), (500, 6400), (10, 500)]
    assert [layer.biases for layer in network.layers[1:]] == [128, 256, 500, 10]


def test_names_and_places():
    network = Network([conv(2, name="eye"), conv(3, pool="max"), dense(7), dense(10)], (12, 12, 1))
    assert [layer.name for layer in network.layers] == ["input", "eye", "conv2", "dense3", "output"]
    assert [c.name for c in network.connections] == ["input-eye", "eye-conv2", "conv2-dense3", "dense3-output"]
    assert network.index("dense3") == 3


def test_hidden_states_and_outputs_have_their_own_clips():
    network = Network([dense(4), dense(3)], (5,), Neurons(kind="rate", bound=6.0), input="analog")
    assert [(layer.low, layer.high) for layer in network.layers] == [(0, 1), (0, 6), (-1, 2)]


def test_a_specification_builds_the_same_network():
    skips = (ConnectionSpec(source="input", target="output"),)
    spec = NetworkSpec(input="analog", layers=(conv(2), dense(3)), connections=skips)
    one, other = Network(spec, (6, 6, 1)), Network([conv(2), dense(3)], (6, 6, 1), None, "analog", spec.connections)
    assert one.layers == other.layers and one.connections == other.connections and one.spec == other.spec


@pytest.mark.parametrize("connection, symmetric, factor", [
    (conv(2, pool="average"), True, 1), (conv(2, pool="average", alpha=4.0), True, 1),
    (conv(2, pool="average", alpha=1.0), False, 4), (conv(2, pool="max"), True, 1), (conv(2), True, 1)])
def test_an_alpha_beside_the_adjoint_breaks_the_symmetry(connection, symmetric, factor):
    first = Network([connection, dense(2)], (8, 8, 1)).connections[0]
    assert (first.symmetric, first.adjoint_factor) == (symmetric, factor)


def test_initial_weights():
    network = Network([conv(40, pool="average"), dense(200), dense(10)], (12, 12, 3))
    weights = network.initial_weights(3, gains=(1.0, 0.5, 2.0))
    for c, gain in zip(network.connections, (1.0, 0.5, 2.0)):
        bound = gain / np.sqrt(np.prod(c.weight_shape[1:]))
        values = weights[c.name]
        assert values.shape == c.weight_shape and values.dtype == np.float32
        assert 0.99 * bound < np.abs(values).max() <= bound * (1 + 1e-6)
        assert_allclose(values.std(), bound / np.sqrt(3), rtol=0.05)
    first, second = (weights[c.name].ravel()[:9] * np.sqrt(c.fan_in) / gain
                     for c, gain in zip(network.connections, (1.0, 0.5)))
    assert np.abs(first - second).min() > 1e-3          # every connection has its own stream
    assert_array_equal(weights["input-conv1"], network.initial_weights(3)["input-conv1"])
    assert np.any(weights["input-conv1"] != network.initial_weights(4)["input-conv1"])
    assert not any(values.any() for values in network.initial_biases().values())


def test_centred_weights_are_the_drawn_ones_less_the_mean_of_their_unit():
    """An input that is the same everywhere then says nothing to any unit; a unit with one weight keeps it."""
    layers = (conv(6, kernel=3), conv(6, kernel=1, groups=6), dense(5), dense(3))
    drawn, centred = (Network(NetworkSpec(layers=layers, initial=initial), (6, 6, 2))
                      .initial_weights(1, None, np.float64) for initial in ("drawn", "centred"))
    for name in ("input-conv1", "conv2-dense3", "dense3-output"):
        assert_allclose(centred[name].reshape(len(centred[name]), -1).sum(1), 0, atol=1e-14)
        moved = (drawn[name] - centred[name]).reshape(len(drawn[name]), -1)
        assert_allclose(moved, np.broadcast_to(moved[:, :1], moved.shape), atol=1e-15)
        assert np.abs(moved).max() > 1e-3
    assert_array_equal(centred["conv1-conv2"], drawn["conv1-conv2"])


def test_biases_are_drawn_within_the_fan_in_of_the_own_connection():
    """Not of a skip into the same layer, whose kernel is smaller."""
    skip = ConnectionSpec(kind="conv", source="input", target="conv2", kernel=1, stride=1)
    spec = NetworkSpec(layers=(conv(300, kernel=3, padding=1), conv(400, kernel=3, padding=1), dense(500)),
                       connections=(skip,), bias_gain=0.5)
    network = Network(spec, (2, 2, 4))
    drawn = network.initial_biases(np.float64, seed=1)
    for name, fan_in in (("conv1", 9 * 4), ("conv2", 9 * 300), ("output", 4 * 400)):
        limit = 0.5 / np.sqrt(fan_in)
        assert 0.95 * limit < np.abs(drawn[name]).max() <= limit and abs(drawn[name].mean()) < 0.1 * limit
    assert_array_equal(drawn["conv2"], network.initial_biases(np.float64, seed=1)["conv2"])
    assert np.any(drawn["conv2"] != network.initial_biases(np.float64, seed=2)["conv2"])


def test_weights_of_a_connection_do_not_depend_on_the_others():
    shared = Network([dense(4), dense(3)], (5,)), Network([dense(4), dense(9), dense(3)], (5,))
    assert_array_equal(*(network.initial_weights(0)["input-dense1"] for network in shared))


def test_numbers_per_connection():
    connections = Network([dense(4), dense(3)], (5,)).connections
    assert per_connection("rates", 2, connections) == (2.0, 2.0)
    assert per_connection("rates", (1, 3), connections) == (1.0, 3.0)


def chain(*layers, shape=(8, 8, 1), neurons=None, input="spikes", connections=()):
    return lambda: Network(layers, shape, neurons, input, connections)


def skip(**options):
    return ConnectionSpec(**{"source": "input", "target": "output", **options})


REFUSED = {
    "network.kernel = 0 is below 1; give 1 to 1000": lambda: conv(2, kernel=0),
    "network.stride = 0 is below 1; give 1 to 1000": lambda: conv(2, stride=0),
    "network.padding = -1 is negative; give 0 to 1000": lambda: conv(2, padding=-1),
    "network.pool_size = 0 is below 1; give 1 to 1000": lambda: conv(2, pool_size=0),
    "network.alpha = -1 is negative; give 0 or 0.001 to 1e+06": lambda: conv(2, alpha=-1.0),
    "network.alpha = nan is not a finite number; write one": lambda: conv(2, alpha=float("nan")),
    'network.pool: a dense connection cannot be followed by max pooling; use kind = "conv"':
        lambda: LayerSpec(units=2, pool="max"),
    'network.pool_on: "decoded" concerns max pooling; averaging commutes with decoding':
        lambda: conv(2, pool="average", pool_on="decoded"),
    "network.layers: a dense layer needs units >= 1 and no channels, got units = 0, channels = 0":
        lambda: dense(0),
    "network.layers: a conv layer needs channels >= 1 and no units, got units = 3, channels = 2":
        lambda: LayerSpec(kind="conv", channels=2, units=3),
    "network.layers: a dense layer needs units >= 1 and no channels, got units = 0, channels = 4":
        lambda: LayerSpec(channels=4),
    "neurons.epsilon = 0 is below 0.001, where nothing moves in a thousand steps; give 0.001 to 1":
        lambda: Neurons(epsilon=0.0),
    "neurons.lam = 1.5 exceeds 1, the whole way; give 0.001 to 1": lambda: Neurons(lam=1.5),
    "neurons.bound = 0 is below 0.001, so that no state could leave 0; give 0.001 to 1000":
        lambda: Neurons(kind="rate", bound=0.0),
    'neurons.bound: 6 does not fit spiking neurons, whose spikes stand for [0, 1]; use 1, or neurons.kind = "rate"':
        lambda: Neurons(bound=6.0),
    "neurons.output_range: [1.0, 1.0] is empty; write [low, high]": lambda: Neurons(output_range=(1.0, 1.0)),
    "network.layers: the last layer must be dense, with one unit per class": chain(conv(2)),
    'network.input: rate neurons send states; write input = "analog" beside neurons.kind = "rate"':
        chain(dense(2), neurons=Neurons(kind="rate")),
    "network.connections: a -> input does not lead upwards; exchange `from` and `to`, the connection is symmetric":
        chain(dense(3, name="a"), dense(2), connections=[skip(source="a", target="input")]),
    "network: no layer is called 'hidden'; there are input, dense1, output":
        chain(dense(3), dense(2), connections=[skip(target="hidden")]),
    "network.layers: 'two words' is not a new name of at most 40 letters, digits and underscores":
        chain(dense(3, name="two words"), dense(2)),
    "network.layers: 'a' is not a new name of at most 40 letters, digits and underscores":
        chain(dense(3, name="a"), dense(2, name="a")),
    "network.layers: 'input' is not a new name of at most 40 letters, digits and underscores":
        chain(dense(3, name="input"), dense(2)),
    "network.layers: conv1: max pooling over 7 x 7 leaves nothing of a 6 x 6 map; use a smaller pool_size":
        chain(conv(2, pool="max", pool_size=7), dense(2)),
    "network.connections: input and output are joined twice; add the two kernels into one connection":
        chain(dense(2), connections=[skip()]),
    "network.connections: input-conv2 gives a map of (7, 7) positions, but conv2 has shape (4, 4, 3); choose kernel, "
    "stride, padding and pooling that fit":
        chain(conv(2), conv(3), dense(2), connections=[skip(kind="conv", kernel=2, target="conv2")]),
    "network.layers: dense1-conv2: a convolution needs a map below it, but dense1 is dense":
        chain(dense(4), conv(2, name="conv2", source="input"), dense(2),
              connections=[skip(kind="conv", source="dense1", target="conv2")]),
    "network.layers: conv2: a convolution needs a map below it, but dense1 is dense":
        chain(dense(4), conv(2), dense(2)),
    "network.layers: conv1: a 3 x 3 kernel does not fit the 2 x 2 map of input with padding 0; use a smaller kernel or "
    "more padding":
        chain(conv(2), dense(2), shape=(2, 2, 1)),
    "network.gains: 3 values for 2 connections (input-dense1, dense1-output); give one number, or one each":
        lambda: Network([dense(3), dense(2)], (4,)).initial_weights(0, gains=(1.0, 2.0, 3.0)),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_impossible_graphs(sentence):
    with pytest.raises(ValueError) as caught:
        REFUSED[sentence]()
    assert str(caught.value) == sentence


@pytest.mark.parametrize("option, value", [("kernel", 7), ("stride", 2), ("padding", 1), ("pool_size", 3),
                                           ("alpha", 4.0), ("pool_on", "decoded")])
def test_a_dense_connection_has_nothing_of_a_map(option, value):
    with pytest.raises(ValueError, match=f"network.{option} = .*: a dense connection joins all units with all"):
        LayerSpec(units=10, **{option: value})
    assert LayerSpec(units=10, **{option: Edge.__dataclass_fields__[option].default}) == dense(10)


@pytest.mark.parametrize("beside", [{"input": "analog"}, {"input": "spikes"}, {"connections": [skip()]}])
def test_a_specification_says_everything(beside):
    spec = NetworkSpec(layers=(dense(3), dense(2)), input="analog")
    with pytest.raises(ValueError, match="the NetworkSpec says already what its input and its connections are"):
        Network(spec, (4,), **beside)
    assert Network(spec, (4,)).input == "analog" and Network(spec.layers, (4,)).input == "spikes"
