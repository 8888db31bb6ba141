"""Counted operations against the non-zero entries of connection matrices and the signals of every step."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import reference as ref
from bridge import graph_of
from graphs import ANNEALED, GRAPHS, RATE, SPIKING, build, loaded, parameters, samples
from neurosim.crossbar import Tiling
from neurosim.network.graph import Network, conv, dense


def synapses(edge, shape):
    """Non-zero entries of the connection behind each lower unit, and behind each upper unit, before pooling.

    Forwards those too whose result pooling drops: NeuroBench hooks the convolution, which does not know what follows.
    """
    plain = dataclasses.replace(edge, pool="none", F=1)
    present = ref.connection_matrix(plain, shape) != 0
    if edge.pool == "none":
        return present.sum(axis=0), present.sum(axis=1)
    before = ref.unpooled_shape(edge, shape)
    units = np.eye(np.prod(before)).reshape(-1, *before)
    pooled = np.stack([ref.average_pool(unit, edge.F).ravel() for unit in units]) != 0
    joined = pooled.T.astype(int) @ present.astype(int)        # (pooled units, lower units)
    return present.sum(axis=0), joined.sum(axis=1)


def brute_force(network, graph, engine, images, steps):
    """Signals, operations and dense operations, unit by unit and step by step; an analog image is read once."""
    state = engine.rest(len(images))
    sent = {name: 0 for name in engine.slices}
    for t in range(steps):
        for name, own in engine.slices.items():
            image = name == "input" and network.input == "analog"
            if not (image and t > 0):
                signals = images.reshape(len(images), -1) if image else state.s[:, own]
                sent[name] = sent[name] + (signals != 0).sum(axis=0)
        engine.relax(state, images, 1)
    operations, dense_count = {}, {}
    for connection, edge in zip(network.connections, graph.edges):
        up, down = synapses(edge, graph.layers[edge.lower].shape)
        for direction, layer, fan in (("forward", edge.lower, up), ("backward", edge.upper, down)):
            if direction == "backward" and edge.lower == "input":
                continue
            once = layer == "input" and network.input == "analog"
            operations[f"{connection.name} {direction}"] = int(sent[layer] @ fan)
            dense_count[f"{connection.name} {direction}"] = int(fan.sum()) * len(images) * (1 if once else steps)
    return {name: int(total.sum()) for name, total in sent.items()}, operations, dense_count


CODES = {"spikes": (SPIKING, "spikes"), "annealed": (ANNEALED, "spikes"), "analog": (SPIKING, "analog"),
         "rate": (RATE, "analog")}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", GRAPHS)
def test_counts(name, code):
    network = build(name, *CODES[code])
    weights, biases = parameters(network)
    images, _ = samples(network, 3)
    engine = loaded(network, weights, biases)
    counts = engine.count(engine.relax(engine.rest(3), images, 12))
    signals, operations, dense_count = brute_force(network, graph_of(network, weights, biases), engine, images, 12)
    assert (counts.samples, counts.steps) == (3, 36)
    assert counts.signals == signals and min(signals.values()) > 0
    assert counts.operations == operations
    assert counts.dense == dense_count
    assert all(operations[name] <= dense_count[name] for name in operations)


def test_counts_do_not_depend_on_where_sums_are_made():
    network = build("average")
    images, _ = samples(network)
    counts = []
    for sums in ("whole", "tiles"):
        engine = loaded(network, *parameters(network), tiling=Tiling(size=4), sums=sums)
        counts.append(engine.count(engine.relax(engine.rest(2), images, 9)))
    assert counts[0] == counts[1]


def test_signals_are_counted_by_unit():
    network = Network([conv(20, kernel=2), conv(3, kernel=2), dense(2)], (5, 4, 1), SPIKING)
    engine = loaded(network, *parameters(network))
    images, _ = samples(network)
    record = engine.relax(engine.rest(2), images, 15)
    state, sent = engine.rest(2), 0
    for _ in range(15):
        sent = sent + state.s
        engine.relax(state, images, 1)
    assert_array_equal(record.sent, sent)


def test_rows_that_pooling_drops_count_forwards_alone():
    """The default network: 26 x 26 positions of 9 x 32, then 11 x 11 (10 x 10 are pooled) of 288 x 64, per step.

    NeuroBench hooks the convolutions, which compute all 121; nobody sends backwards from the 21 that are dropped.
    """
    network = Network([conv(32, kernel=3, pool="average"), conv(64, kernel=3, pool="average"), dense(10)], (28, 28, 1))
    fans = {name: int(fan.sum()) * layer.map_shape[2]
            for name, (layer, fan) in loaded(network, *parameters(network))._census.fan_out.items()}
    assert fans["input-conv1 forward"] == 26 * 26 * 9 * 32
    assert fans["conv1-conv2 forward"] == 121 * 288 * 64 and 40 * fans["conv1-conv2 forward"] == 89_210_880
    assert fans["conv1-conv2 backward"] == 100 * 288 * 64 and 40 * fans["conv1-conv2 backward"] == 73_728_000
