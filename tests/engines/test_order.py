"""Alternating order: layers 1, 3, ... move first, and 2, 4, ... from what those have just sent."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import reference as ref
from bridge import assert_same_path, graph_of
from graphs import ANNEALED, GRADED, GRAPHS, RATE, RATE6, SPIKING, TERNARY, build, loaded, mixed, parameters, samples
from neurosim.crossbar import Tiling
from neurosim.engines import Nudge
from neurosim.network.graph import ConnectionSpec, Network, Neurons, dense
from neurosim.network.hopfield import energy

PHASES = [(9, 0.0), (5, 0.3), (5, -0.3)]
CODES = {"spikes": (SPIKING, "spikes"), "annealed": (ANNEALED, "spikes"), "analog input": (SPIKING, "analog"),
         "rate": (RATE, "analog"), "rate up to 6": (RATE6, "analog"), "ternary": (TERNARY, "ternary"),
         "graded": (GRADED, "spikes")}
#: Deep enough that each half sweep has layers that do not meet, and with skips that join both halves.
DEEP = [dense(6), dense(5), dense(7), dense(4), dense(3)]
BETWEEN = (ConnectionSpec(source="input", target="dense2"), ConnectionSpec(source="dense1", target="dense4"))


def alternating(neurons):
    return replace(neurons, order="alternating")


def assert_follows(network, **options):
    weights, biases = parameters(network)
    engine = loaded(network, weights, biases, **options)
    images, targets = samples(network)
    return assert_same_path(engine, graph_of(network, weights, biases), images, targets, PHASES)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", GRAPHS)
def test_every_step_of_every_graph(name, code):
    neurons, enters = CODES[code]
    assert_follows(build(name, alternating(neurons), enters))


@pytest.mark.parametrize("code, tiling", [
    ("spikes", Tiling(size=4)), ("rate", Tiling(size=6, devices=1)),
    ("graded", Tiling(size=6, negative="two-cycles")),
])
@pytest.mark.parametrize("name", GRAPHS)
def test_every_step_of_every_graph_in_tiles(name, code, tiling):
    neurons, enters = CODES[code]
    assert_follows(build(name, alternating(neurons), enters), tiling=tiling, sums="tiles")


@pytest.mark.parametrize("name", GRAPHS)
def test_every_step_of_layers_of_different_kinds(name):
    assert_follows(mixed(name, ("ternary", "rate", "spiking"), "spikes", order="alternating"))


def test_half_sweeps_count_from_the_input():
    network = Network(DEEP, (4,), alternating(RATE), "analog")
    assert network.sweeps == ((1, 3, 5), (2, 4))
    assert Network(DEEP, (4,), RATE, "analog").sweeps == ((1, 2, 3, 4, 5),)
    assert Network([dense(3)], (4,), alternating(RATE), "analog").sweeps == ((1,),)


def test_a_network_without_hidden_layers_does_not_care():
    ends = []
    for neurons in (SPIKING, alternating(SPIKING)):
        network = Network([dense(3)], (4,), neurons)
        engine = loaded(network, *parameters(network))
        state = engine.rest(2)
        engine.relax(state, samples(network)[0], 20)
        ends.append(state)
    assert_array_equal(ends[0].x, ends[1].x)


def energies(network, gain, steps=40):
    """Energy of every sample after every step, float (steps + 1, samples)."""
    engine = loaded(network, *parameters(network, gain=gain))
    images, _ = samples(network, 6)
    state = engine.rest(6)
    found = []
    for _ in engine.follow(state, images, steps):
        found.append(energy(engine, state.x[:, :engine.units]))
    return np.array(found)


@pytest.mark.parametrize("neurons", [
    Neurons(kind="rate", epsilon=1.0), Neurons(kind="rate", epsilon=1.0, bound=6.0, output_range=(-9.0, 9.0)),
    Neurons(kind="linear", epsilon=1.0)], ids=["clipped at 1", "clipped at 6", "linear"])
def test_alternating_order_never_raises_the_energy_and_synchronous_order_does(neurons):
    """Each half sweep puts its layers, which do not meet, where E is least for what the others are.

    Linear units need weights small enough for E to have a minimum.
    """
    gain = 0.7 if neurons.kind == "linear" else 4.0
    halves, whole = (energies(Network(DEEP, (4,), each, "analog", BETWEEN), gain)
                     for each in (alternating(neurons), neurons))
    assert np.diff(halves, axis=0).max() <= 1e-12 * np.abs(halves).max()
    assert (halves[0] - halves[-1]).min() > 1e-6
    if neurons.kind == "rate":
        assert np.diff(whole, axis=0).max() > 1e-3 * np.abs(whole).max()


def test_each_signal_counts_once_when_it_is_first_read():
    network = Network(DEEP, (4,), alternating(SPIKING), connections=BETWEEN)
    weights, biases = parameters(network)
    engine, graph = loaded(network, weights, biases, tiling=Tiling(size=3)), graph_of(network, weights, biases)
    images, _ = samples(network, 1)
    record = engine.relax(engine.rest(1), images, 12)
    states = [ref.rest(graph)]
    for _ in range(12):
        states.append(ref.step(graph, states[-1], images[0], 0.9, 0.23))
    for place, layer in enumerate(network.layers):
        read = states[1:] if place % 2 else states[:-1]
        expected = np.sum([state.s[layer.name] for state in read], axis=0)
        assert_array_equal(record.sent[0, engine.slices[layer.name]], expected, err_msg=layer.name)


@pytest.mark.parametrize("name", ["conv", "average", "max decoded", "skips"])
def test_a_network_at_rest_reads_as_much_in_either_order(name):
    """At a fixed point signals stay, and a time step reads every connection once each way, whatever moves first."""
    counts = []
    for order in ("synchronous", "alternating"):
        network = build(name, Neurons(kind="rate", epsilon=0.7, order=order))
        engine = loaded(network, *parameters(network, gain=0.5), tiling=Tiling(size=6))
        images, _ = samples(network)
        state = engine.rest(2)
        engine.relax(state, images, 400)
        counts.append(engine.count(engine.relax(state, images, 7)))
    assert counts[0] == counts[1]
    assert sum(counts[0].operations.values()) > 0


@pytest.mark.parametrize("name", ["max on spikes", "max decoded", "skips"])
def test_phases_of_many_steps_are_those_of_single_steps(name):
    """What returns through a map is routed by the currents that it holds, also in the first step of a phase."""
    network = build(name, alternating(SPIKING))
    engine = loaded(network, *parameters(network))
    images, targets = samples(network, 12)
    nudge, ends = Nudge(0.3, targets), []
    for parts in ((20,), (3, 10, 7), (1,) * 20):
        state = engine.rest(12)
        for steps in parts:
            engine.relax(state, images, steps, nudge=nudge)
        ends.append(state)
    for end in ends[1:]:
        for variable in "xdvs":
            assert_array_equal(getattr(end, variable), getattr(ends[0], variable))


def test_samples_that_relax_together_are_those_that_relax_alone():
    network = build("skips", alternating(SPIKING))
    weights, biases = parameters(network)
    images, targets = samples(network, 7)
    ends = []
    for together, threads in ((1, 1), (5, 1), (3, 2)):
        engine = loaded(network, weights, biases, threads=threads)
        engine.together = together
        state = engine.rest(7)
        engine.relax(state, images, 15, nudge=Nudge(0.2, targets))
        ends.append(state.x)
    assert_array_equal(ends[0], ends[1])
    assert_array_equal(ends[0], ends[2])


def test_the_gradient_is_that_of_either_order():
    """Both orders settle at the same fixed points."""
    found = []
    for order in ("synchronous", "alternating"):
        network = build("skips", Neurons(kind="rate", epsilon=0.8, order=order))
        engine = loaded(network, *parameters(network, gain=0.7))
        images, targets = samples(network)
        state = engine.rest(2)
        free = engine.relax(state, images, 200)
        nudged = engine.relax(state, images, 200, nudge=Nudge(0.1, targets))
        found.append(engine.correlate(nudged.mean, free.mean))
    for name, products in found[0].weights.items():
        assert_allclose(found[1].weights[name], products, rtol=0, atol=1e-10)
