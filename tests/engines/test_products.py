"""Hebbian products: the slope of the pair energy with respect to every weight and bias."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import reference as ref
from bridge import assert_same_gradient, graph_of
from graphs import GRAPHS, RATE, SPIKING, build, loaded, parameters, states
from neurosim.crossbar import Tiling


def by_layer(engine, row):
    return {name: row[own] for name, own in engine.slices.items()}


def assert_matches(network, tolerance=1e-12, **options):
    weights, biases = parameters(network)
    engine, graph = loaded(network, weights, biases, **options), graph_of(network, weights, biases)
    plus, minus = states(network, 3, 1), states(network, 3, 2)
    expected = {key: 0 for key in ref.parameters(graph)}
    for sign, rows in ((1, plus), (-1, minus)):
        for row in rows:
            h = ref.hebbian(graph, by_layer(engine, row))
            expected = {key: expected[key] + sign * h[key] for key in expected}
    assert_same_gradient(network, engine.correlate(plus, minus), expected, tolerance)


@pytest.mark.parametrize("neurons", [SPIKING, RATE], ids=["spiking", "rate"])
@pytest.mark.parametrize("name", GRAPHS)
def test_products_of_any_states(name, neurons):
    assert_matches(build(name, neurons))


@pytest.mark.parametrize("name", GRAPHS)
def test_products_in_tiles(name):
    assert_matches(build(name), tiling=Tiling(size=4), sums="tiles")


@pytest.mark.parametrize("name", ["dense", "stride and padding", "average", "max on spikes", "skips"])
def test_equal_states_leave_no_contrast(name):
    """Nothing but the rounding of sums whose terms cancel."""
    network = build(name)
    engine = loaded(network, *parameters(network))
    same = states(network, 5, 4)
    left, whole = engine.correlate(same, same.copy()), engine.correlate(abs(same), np.zeros_like(same))
    for group in ("weights", "biases"):
        for key, values in getattr(left, group).items():
            assert np.abs(values).max() <= 1e-14 * np.abs(getattr(whole, group)[key]).max()


@pytest.mark.parametrize("name", ["dense", "average", "max decoded"])
def test_exchanged_states_change_the_sign(name):
    network = build(name)
    engine = loaded(network, *parameters(network))
    plus, minus = states(network, 4, 1), states(network, 4, 2)
    there, back = engine.correlate(plus, minus), engine.correlate(minus, plus)
    for group in ("weights", "biases"):
        for key, values in getattr(there, group).items():
            assert_allclose(values, -getattr(back, group)[key], rtol=1e-12, atol=1e-13)


def test_single_precision():
    """Near-equal states, as after a nudge: the contrast of large products keeps a relative error below 1e-4."""
    network = build("average")
    weights, biases = parameters(network)
    minus = states(network, 20, 1)
    plus = minus + 0.02 * states(network, 20, 2)
    exact = loaded(network, weights, biases).correlate(plus, minus)
    single = loaded(network, weights, biases, np.float32).correlate(plus.astype(np.float32), minus.astype(np.float32))
    for name, values in exact.weights.items():
        assert single.weights[name].dtype == np.float32
        assert np.abs(single.weights[name] - values).max() < 1e-4 * np.abs(values).max()


def test_swapped_inputs_are_told_apart():
    """The product of a dense connection is the outer product, upper index first."""
    network = build("dense")
    engine = loaded(network, *parameters(network))
    plus = states(network, 1, 6)
    lower, upper = (plus[0, engine.slices[name]] for name in ("input", "dense1"))
    products = engine.correlate(plus, np.zeros_like(plus))
    assert_allclose(products.weights["input-dense1"], np.outer(upper, lower), rtol=1e-14)
    assert_allclose(products.biases["dense1"], upper, rtol=1e-14)
