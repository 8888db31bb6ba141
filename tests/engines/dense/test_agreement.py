"""The dense engine beside the engine "events": the same spikes, states, counts and weight changes on every graph."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from bridge import assert_same_path, graph_of
from dense_engines import assert_same, dense_engine, inputs, phases
from graphs import ANNEALED, GRADED, GRAPHS, RATE, RATE6, SPIKING, TERNARY, build, loaded, mixed, parameters, states
from neurosim.crossbar import Tiling
from neurosim.engines import State
from neurosim.losses import CROSS_ENTROPY

#: name -> function of the name of a graph to the network
KINDS = {
    "spiking": build,
    "annealed": lambda name: build(name, ANNEALED),
    "ternary": lambda name: build(name, TERNARY, "ternary"),
    "graded": lambda name: build(name, GRADED),
    "rate": lambda name: build(name, RATE),
    "rate up to 6": lambda name: build(name, RATE6),
    "spiking, analog": lambda name: build(name, SPIKING, "analog"),
    "rate, spiking": lambda name: mixed(name, ["rate", "spiking"]),
    "spiking, linear": lambda name: mixed(name, ["spiking", "linear"], "analog"),
    "graded, rate": lambda name: mixed(name, ["graded", "rate"], "ternary"),
    "events": lambda name: build(name, SPIKING, "events", event_range=(-1, 2)),
    "rate, alternating": lambda name: build(name, replace(RATE6, order="alternating")),
    "spiking, alternating": lambda name: build(name, replace(SPIKING, order="alternating")),
    "events, rate": lambda name: build(name, RATE, "events", events="stop"),
}
#: Those that the reference steps through as well.
REFERENCES = ("annealed", "rate, alternating", "graded, rate")


def both(network, **options):
    """The dense engine and the one of compiled loops, with the same weights."""
    return [make(network, *parameters(network), **options) for make in (dense_engine, loaded)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", GRAPHS)
def test_same_spikes_counts_and_weight_changes(name, kind):
    network = KINDS[kind](name)
    negative = "two-cycles" if "graded" in kind else "two-sided"
    assert_same(*both(network, tiling=Tiling(size=8, negative=negative)), *inputs(network))


@pytest.mark.parametrize("kind", REFERENCES)
@pytest.mark.parametrize("name", GRAPHS)
def test_every_step_is_that_of_the_reference(name, kind):
    network = KINDS[kind](name)
    weights, biases = parameters(network)
    images, targets = inputs(network, 2)
    assert_same_path(dense_engine(network, weights, biases), graph_of(network, weights, biases), images, targets,
                     [(15, 0.0), (8, 0.4)])


@pytest.mark.parametrize("name", ["skips", "max decoded", "average"])
def test_cross_entropy_and_means_of_spikes(name):
    network = build(name, RATE6 if name == "skips" else SPIKING)
    assert_same(*both(network), *inputs(network), loss=CROSS_ENTROPY,
                **({} if name == "skips" else {"average": "spikes"}))


@pytest.mark.parametrize("kind, tolerance", [("annealed", 0.03), ("rate", 0.03), ("events", 0.2)])
def test_samples_settle_one_by_one_and_go_on_from_where_they_are(kind, tolerance):
    """Every sample then has a time of its own, on which its factors and its events depend."""
    network = KINDS[kind]("skips")
    images, targets = inputs(network, 9)
    ends = []
    for engine in both(network, tiling=Tiling(size=8)):
        state = engine.rest(9)
        record = engine.relax(state, images, 60, window=4, tolerance=tolerance)
        later = engine.relax(state, images, 6, window=2)
        ends.append((record, later, state, engine.count(record), engine.count(later)))
    (record, later, state, *counts), (expected, after, truth, *events) = ends
    assert len(set(expected.steps)) > 1 and expected.steps.max() <= 60
    assert_array_equal(record.steps, expected.steps)
    assert_array_equal(state.time, truth.time)
    assert_allclose(record.mean, expected.mean, rtol=0, atol=1e-12)
    assert_allclose(later.mean, after.mean, rtol=0, atol=1e-12)
    assert counts == events


@pytest.mark.parametrize("kind", ["spiking", "rate"])
@pytest.mark.parametrize("name", ["max decoded", "skips", "groups, average"])
def test_a_state_goes_from_one_engine_to_the_other(name, kind):
    network = KINDS[kind](name)
    images, _ = inputs(network)
    dense, events = both(network)
    ends = []
    for first, second in ((dense, events), (events, dense), (events, events)):
        start = first.rest(len(images))
        first.relax(start, images, 9)
        state = State(*(np.array(getattr(start, field)) for field in ("x", "d", "v", "s", "time", "names")))
        second.relax(state, images, 7)
        ends.append(state)
    for state in ends[:2]:
        for field in "xvs":
            assert_allclose(getattr(state, field)[:, :dense.units], getattr(ends[2], field)[:, :dense.units], rtol=0,
                            atol=1e-12)
        assert_array_equal(state.time, ends[2].time)


def test_following_makes_the_same_steps_one_by_one():
    network = build("max decoded")
    images, _ = inputs(network)
    dense, _ = both(network)
    path, state = [], dense.rest(len(images))
    made = []
    for t in dense.follow(state, images, 11):
        made.append(t)
        path.append(state.s)
    whole = dense.rest(len(images))
    record = dense.relax(whole, images, 11, window=11, average="spikes")
    assert made == list(range(1, 12))
    assert_array_equal(state.x, whole.x)
    assert_array_equal(state.time, 11)
    assert_allclose(np.mean(path, axis=0)[:, :dense.units], record.mean, rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", GRAPHS)
def test_operators_outside_the_loop(name):
    network = build(name)
    dense, events = both(network)
    at, signals = states(network, 3, 1), states(network, 3, 2)
    assert_allclose(dense.currents(signals, at), events.currents(signals, at), rtol=0, atol=1e-12)
    assert_allclose(dense.currents(signals), events.currents(signals), rtol=0, atol=1e-12)
    assert_array_equal(dense.unit_biases(), events.unit_biases())
    for connection in network.connections:
        for one, other in zip(*(engine.outer_products(connection.name, at) for engine in (dense, events))):
            assert_allclose(one, other, rtol=0, atol=1e-15)


@pytest.mark.parametrize("count", [1, 40])
def test_numbers_do_not_depend_on_threads(count):
    network = build("skips", RATE)
    images, targets = inputs(network, count)
    ends = []
    for threads in (1, 3):
        engine = dense_engine(network, *parameters(network), dtype=np.float32, threads=threads)
        state = engine.rest(count)
        mean = engine.relax(state, images, 20, window=5).mean
        ends.append((mean, engine.correlate(mean, mean[::-1])))
    assert_array_equal(ends[0][0], ends[1][0])
    for one, other in zip(*(products.weights.values() for _, products in ends)):
        assert_array_equal(one, other)


def test_single_precision_keeps_states_to_one_part_in_a_hundred_thousand():
    network = build("skips", RATE6)
    images, targets = inputs(network)
    single = dense_engine(network, *parameters(network), dtype=np.float32)
    double = loaded(network, *parameters(network))
    (own, _), (truth, _) = (phases(one, images, targets) for one in (single, double))
    for here, there in zip(own, truth):
        assert np.abs(here.mean - there.mean).max() < 1e-5 * np.abs(there.mean).max()
