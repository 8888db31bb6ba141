"""Signals of both signs on a chip: what is counted, what converters make of them, and laws of a user in the loop."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from graphs import GRADED, TERNARY, build, loaded, parameters, samples
from neurosim.cards import Entry
from neurosim.crossbar import Conversion, Readout, Tiling
from neurosim.neurons import Law, kernel, register

TILES = {negative: Tiling(size=6, negative=negative) for negative in ("two-sided", "two-cycles")}


def counts(name, neurons, sums, negative, input="ternary"):
    network = build(name, neurons, input)
    engine = loaded(network, *parameters(network), tiling=TILES[negative], sums=sums)
    record = engine.relax(engine.rest(2), samples(network)[0], 20)
    return engine.count(record), record


@pytest.mark.parametrize("sums", ["whole", "tiles"])
@pytest.mark.parametrize("name", ["dense", "conv", "average", "max decoded"])
def test_a_second_cycle_is_read_where_a_sign_is_sent(name, sums):
    """Lines are driven once, whatever their sign; a window with both signs is read and converted twice, no other."""
    one, two = (counts(name, TERNARY, sums, negative)[0] for negative in TILES)
    assert (one.signals, one.operations, one.dense) == (two.signals, two.operations, two.dense)
    for read, events in one.reads.items():
        assert {key: events[key] for key in ("row_activations", "cell_reads", "hops")} == \
            {key: two.reads[read][key] for key in ("row_activations", "cell_reads", "hops")}
        for key in ("tile_reads", "conversions"):
            assert events[key] <= two.reads[read][key] <= 2 * events[key]
    assert any(two.reads[read]["conversions"] > events["conversions"] for read, events in one.reads.items())


def test_spikes_of_one_sign_take_no_second_cycle():
    network = build("conv")
    layouts = [loaded(network, *parameters(network), tiling=tiling).layout for tiling in TILES.values()]
    assert len(layouts[0].reads) == len(layouts[1].reads)


def test_every_cycle_is_converted_by_itself():
    """A positive and a negative sum of 0.6 steps each: rounded to one step each, and taken off one another: 0."""
    network = build("dense", dataclasses.replace(TERNARY, lam=1.0, epsilon=1.0), "ternary")
    weights = {name: np.zeros_like(values) for name, values in parameters(network)[0].items()}
    weights["input-dense1"][0, :3] = 0.6, 0.9, 0.3
    biases = {layer.name: np.zeros(layer.biases) for layer in network.layers[1:]}
    found = []
    for tiling in TILES.values():
        engine = loaded(network, weights, biases, tiling=tiling, sums="tiles")
        read = engine.layout.floorplans[0]
        offset = np.zeros((read.slices(True), read.lines(True)))
        offset[:, 1] = 1.0
        conversion = Conversion(**{**vars(Conversion.uniform(read.slices(True), read.lines(True), 1.0, -8, 8)),
                                   "offset": offset})
        engine.load(type("Effective", (), {"forward": weights, "backward": weights}), biases,
                    Readout(conversions={("input-dense1", True): conversion}))
        state = engine.rest(2)
        state.s[0, :2] = 1, -1
        state.s[1, 2] = -1
        engine.relax(state, np.zeros((2, 6)), 1)
        found.append(state.d[:, engine.slices["dense1"]][:, :2].copy())
    assert_array_equal(found[0], [[0, 1], [0, 1]])      # 0.6 - 0.9 rounds to 0, and a converter of 1 step too much
    assert_array_equal(found[1], [[0, 0], [0, -1]])     # 1 - 1, and errors of both cycles that cancel


def test_rate_is_state_in_a_settled_network():
    """Check 9 of ep.md over 250 steps, every layer; mean states near those of spikes of 0 and 1."""
    for neurons in (TERNARY, dataclasses.replace(GRADED, bound=1.0)):
        network = build("average", dataclasses.replace(neurons, lam=0.23))
        engine = loaded(network, *parameters(network))
        state, images = engine.rest(2), samples(network)[0]
        engine.relax(state, images, 100)
        record = engine.relax(state, images, 250, window=250)
        state = engine.rest(2)
        engine.relax(state, images, 100)
        spikes = engine.relax(state, images, 250, window=250, average="spikes")
        assert np.abs(record.mean - spikes.mean).max() < (1 / 0.23 + 1) / 250


@kernel
def advance_twin(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    low, high = bounds
    one, size = x.dtype.type(1), parameters[1]
    for j in range(x.size):
        before = min(max(x[j], -one), one)
        d[j] = (one - lam) * d[j] + lam * phi[j]
        x[j] = min(max((one - eps) * x[j] + eps * (d[j] + direct[j]), low), high)
        v[j] += (min(max(x[j], -one), one) - (one - lam) * before) * (one / lam)
        s[j] = size if v[j] > parameters[0] else (-size if v[j] < -parameters[0] else 0)
        v[j] -= s[j]


@pytest.mark.slow
def test_a_law_of_ones_own_runs_in_the_loop():
    """The twin of ternary neurons has their bits, and other bits with another threshold."""
    limits = {name: Entry("1", 0.1, 10) for name in ("threshold", "size")}
    register(Law(name="twin", advance=advance_twin, range=(-1, 1), parameters=limits, defaults={"size": 1.0}))
    found = {}
    for threshold in (0.5, 0.9):
        neurons = dataclasses.replace(TERNARY, kind="twin", parameters={"threshold": threshold})
        network = build("max decoded", neurons, "ternary")
        assert [layer.law.name for layer in network.layers] == ["ternary", "twin", "twin", "twin"]
        engine = loaded(network, *parameters(network))
        state = engine.rest(2)
        found[threshold] = engine.relax(state, samples(network)[0], 30, window=7), state
    network = build("max decoded", TERNARY, "ternary")
    engine = loaded(network, *parameters(network))
    state = engine.rest(2)
    engine.relax(state, samples(network)[0], 30, window=7)
    for name in ("x", "d", "v", "s"):
        assert_allclose(getattr(found[0.5][1], name), getattr(state, name), rtol=0, atol=1e-12)
    assert found[0.9][0].sent.sum() < found[0.5][0].sent.sum()
