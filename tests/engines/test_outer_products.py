"""Outer products of single samples and positions add up to the Hebbian product."""

import pytest
from numpy.testing import assert_allclose, assert_array_equal

from graphs import GRAPHS, RATE, SPIKING, build, loaded, parameters, states
from neurosim.crossbar import Tiling
from neurosim.learning.stochastic_pulses import weights_of_lines


def summed(engine, connection, values):
    lower, upper = engine.outer_products(connection.name, values)
    assert len(lower) == len(upper)
    return weights_of_lines(upper.T @ lower, connection.weight_shape)


@pytest.mark.parametrize("sums", ["whole", "tiles"])
@pytest.mark.parametrize("neurons", [SPIKING, RATE], ids=["spiking", "rate"])
@pytest.mark.parametrize("name", GRAPHS)
def test_terms_add_up_to_the_hebbian_product(name, neurons, sums):
    """Every kind of connection: padding, strides, odd sizes, average pooling folded or not, max pooling."""
    network = build(name, neurons)
    engine = loaded(network, *parameters(network), tiling=Tiling(size=4), sums=sums)
    plus, minus = states(network, 3, 1), states(network, 3, 2)
    expected = engine.correlate(plus, minus).weights
    for connection in network.connections:
        found = summed(engine, connection, plus) - summed(engine, connection, minus)
        assert_allclose(found, expected[connection.name], rtol=1e-12, atol=1e-12, err_msg=connection.name)


def test_a_dense_connection_has_one_term_per_sample():
    network = build("dense")
    engine, values = loaded(network, *parameters(network)), states(network, 4, 1)
    lower, upper = engine.outer_products(network.connections[0].name, values)
    assert_array_equal(lower, values[:, engine.slices["input"]])
    assert_array_equal(upper, values[:, engine.slices["dense1"]])


def test_a_convolution_has_one_term_per_sample_and_position_of_its_map():
    network = build("average")
    engine, connection = loaded(network, *parameters(network)), network.connections[0]
    lower, upper = engine.outer_products(connection.name, states(network, 4, 1))
    rows, columns, channels = connection.map_shape
    assert lower.shape == (4 * rows * columns, connection.fan_in) and upper.shape == (4 * rows * columns, channels)
