"""The energy of a network and its slopes are those of exact sums, whatever converters and noise the chip has."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import reference as ref
from bridge import assert_same_gradient, graph_of
from graphs import GRAPHS, RATE, SPIKING, build, forces, loaded, parameters, states
from neurosim.crossbar import Conversion, Readout, Tiling
from neurosim.network.hopfield import apply, apply_adjoint, energy

TILING = Tiling(size=6)


def coarse(network, weights, biases):
    """An engine behind converters that spoil everything: few codes, gains, offsets, fresh noise, coarse drivers."""
    layout = loaded(network, weights, biases, tiling=TILING, sums="tiles").layout
    random, conversions = np.random.default_rng(9), {}
    for read in layout.reads:
        plan = layout.floorplans[read.connection]
        shape = plan.slices(read.forward), plan.lines(read.forward)
        ideal = Conversion.uniform(*shape, step=0.3, low=-0.6, high=0.6)
        conversions[network.connections[read.connection].name, read.forward] = Conversion(**{
            **vars(ideal), "gain": random.uniform(0.5, 1.5, shape), "offset": random.uniform(-0.2, 0.2, shape),
            "variance_floor": np.full(shape, 0.01)})
    readout = Readout(conversions=conversions, key=0x9E3779B97F4A7C15, dac_step=0.25, dac_range=1.0,
                      variances={name: np.full(values.shape, 0.01) for name, values in weights.items()})
    return loaded(network, weights, biases, readout=readout, tiling=TILING, sums="tiles")


def case(name, neurons):
    network = build(name, neurons)
    weights, biases = parameters(network)
    rows = np.clip(states(network, 3, 6), 0, 1)
    engine = coarse(network, weights, biases)
    return network, engine, graph_of(network, weights, biases), rows


def by_layer(engine, row):
    return {name: row[own] for name, own in engine.slices.items()}


NEURONS = pytest.mark.parametrize("neurons", [SPIKING, RATE], ids=["spiking", "rate"])


@NEURONS
@pytest.mark.parametrize("name", GRAPHS)
def test_energy_leaves_converters_out(name, neurons):
    _, engine, graph, rows = case(name, neurons)
    expected = [ref.energy(graph, by_layer(engine, row)) for row in rows]
    assert_allclose(energy(engine, rows), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in GRAPHS if name != "average, alpha 1"])
def test_forces_are_the_slope_of_the_energy(name):
    """Central differences of numpy's energy in the states of rate neurons, away from where maxima change places."""
    network, engine, graph, rows = case(name, RATE)
    found, h = forces(engine, rows[:1])[0], 1e-6
    first = network.layers[0].units
    for place in np.unique(np.random.default_rng(3).integers(first, rows.shape[1], 12)):
        ends = []
        for shift in (h, -h):
            moved = rows[0].copy()
            moved[place] += shift
            ends.append(ref.energy(graph, by_layer(engine, moved)))
        assert -(ends[0] - ends[1]) / (2 * h) == pytest.approx(found[place], abs=1e-7)


@pytest.mark.parametrize("name", ["max on spikes", "max decoded", "skips", "average"])
def test_hebbian_products_route_max_pooling_by_exact_sums(name):
    network, engine, graph, rows = case(name, SPIKING)
    plus, minus = rows, np.clip(states(network, 3, 8), 0, 1)
    expected = {key: 0 for key in ref.parameters(graph)}
    for sign, group in ((1, plus), (-1, minus)):
        for row in group:
            products = ref.hebbian(graph, by_layer(engine, row))
            expected = {key: expected[key] + sign * products[key] for key in expected}
    assert_same_gradient(network, engine.correlate(plus, minus), expected, 1e-12)
    exact = loaded(network, *parameters(network), tiling=TILING, sums="tiles")
    for connection in network.connections:
        found, expected = (one.outer_products(connection.name, rows) for one in (engine, exact))
        assert_array_equal(found[0], expected[0])
        assert_array_equal(found[1], expected[1])


@NEURONS
@pytest.mark.parametrize("name", GRAPHS)
def test_both_directions_are_adjoint(name, neurons):
    """<A x, y> = <x, A^T y> but for an alpha of its own, and repeated reads give the same bits."""
    network, engine, _, rows = case(name, neurons)
    for connection in network.connections:
        if not connection.symmetric or network.index(connection.lower) == 0:
            continue
        lower, upper = (rows[:, engine.slices[end]] for end in (connection.lower, connection.upper))
        ahead = np.sum(apply(engine, connection.name, lower) * upper)
        assert ahead == pytest.approx(np.sum(apply_adjoint(engine, connection.name, upper, lower) * lower))
    assert_array_equal(engine.currents(rows), engine.currents(rows))
