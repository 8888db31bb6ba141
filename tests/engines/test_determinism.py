"""Bits depend on nothing but the numbers: not on threads, batches, the way of multiplying, or where a phase was cut."""


import numpy as np
import pytest
from numpy.testing import assert_array_equal

from graphs import ANNEALED, RATE, SPIKING, build, loaded, parameters, samples
from neurosim.engines import Nudge
from neurosim.crossbar import Tiling
from neurosim.learning.phases import Phases, run_phases
from neurosim.learning.rule import gradient
from neurosim.engines.events import engine as engine_module
from neurosim.network.graph import ConnectionSpec, Network, conv, dense

CODES = {"spikes": (ANNEALED, "spikes"), "analog": (SPIKING, "analog"), "rate": (RATE, "analog")}
LAYERS = [conv(19, kernel=3, padding=1, pool="average"), conv(35, kernel=3, pool="max"), dense(21), dense(5)]
SETTLED = 0.05
SKIPS = [ConnectionSpec(source="conv1", target="output")]


def network(code="spikes"):
    neurons, entry = CODES[code]
    return Network(LAYERS, (12, 13, 2), neurons, entry, SKIPS)


def ready(code="spikes", dtype=np.float32, **options):
    net = network(code)
    return loaded(net, *parameters(net, dtype=dtype), dtype, tiling=Tiling(size=24), **options)


def bits(array):
    return np.ascontiguousarray(array).view(np.uint8)


def assert_same_bits(left, right):
    assert left.dtype == right.dtype
    assert_array_equal(bits(left), bits(right))


def run(engine, images, targets):
    """All that a free and a nudged phase leave behind."""
    state = engine.rest(len(images))
    free = engine.relax(state, images, 20, window=5)
    nudged = engine.relax(state, images, 9, window=4, nudge=Nudge(0.25, targets))
    return [free.mean, nudged.mean, free.sent, nudged.sent, free.slices, nudged.slices,
            state.x, state.d, state.v, state.s]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("threads", [2, 3])
def test_threads(threads, code):
    images, targets = samples(network(code), 13)
    one, many = (run(ready(code, threads=number), images, targets) for number in (1, threads))
    for left, right in zip(one, many):
        assert_same_bits(left, right)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_of_the_gradient(threads):
    images, targets = samples(network(), 7)
    phases = Phases(free_steps=12, nudge_steps=6, window=4)
    one, many = (gradient(engine, run_phases(engine, images, targets, phases))
                 for engine in (ready(threads=1), ready(threads=threads)))
    for group in ("weights", "biases"):
        for name, values in getattr(one, group).items():
            assert_same_bits(values, getattr(many, group)[name])


@pytest.mark.parametrize("cuts", [(1,), (4, 5), (1, 2, 3, 4, 5, 6)])
def test_parts_of_a_batch(cuts):
    images, targets = samples(network(), 7)
    engine = ready()
    whole = run(engine, images, targets)
    parts = [run(engine, *part) for part in zip(np.split(images, cuts), np.split(targets, cuts))]
    for array, pieces in zip(whole, zip(*parts)):
        assert_same_bits(array, np.concatenate(pieces))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("together", [2, 7])
def test_samples_in_lockstep(code, together):
    """Samples that settle at different times, and then start from different times, do as each does alone."""
    images, targets = samples(network(code), 7)
    results = []
    for number in (1, together):
        engine = ready(code, threads=1)
        engine.together = number
        state = engine.rest(7)
        settled = engine.relax(state, images * np.linspace(0.1, 1, 7)[:, None, None, None], 60, window=4,
                               tolerance=SETTLED)
        nudged = engine.relax(state, images, 9, window=4, nudge=Nudge(0.25, targets))
        results.append([settled.steps, settled.mean, nudged.mean, settled.sent, nudged.sent,
                        settled.slices, nudged.slices, state.x, state.d, state.v, state.s])
    assert len(set(results[0][0])) > 1
    for alone, lockstep in zip(*results):
        assert_same_bits(alone, lockstep)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("code", CODES)
def test_events_and_dense_products(code, dtype):
    """With a threshold of density below 0 every read is a dense product, above 1 every read goes by events."""
    images, targets = samples(network(code), 3)
    results = []
    for density in (-1.0, 2.0):
        results.append(run(ready(code, dtype, dense_above=density), images, targets))
    for dense_way, event_way in zip(*results):
        assert_same_bits(dense_way, event_way)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("first", [1, 7, 19])
def test_one_relaxation_in_two(code, first):
    images, _ = samples(network(code), 2)
    engine = ready(code)
    whole, halves = engine.rest(2), engine.rest(2)
    engine.relax(whole, images, 20)
    engine.relax(halves, images, first)
    engine.relax(halves, images, 20 - first)
    for name in ("x", "d", "v", "s", "time"):
        assert_same_bits(getattr(whole, name), getattr(halves, name))


def test_a_fresh_simulator_takes_the_schedule_up_where_the_other_left_it():
    images, _ = samples(network(), 2)
    state, other = ready().rest(2), ready().rest(2)
    ready().relax(state, images, 31)
    for _ in range(31):
        ready().relax(other, images, 1)
    assert_same_bits(state.x, other.x)
    assert (state.time == 31).all()


@pytest.mark.parametrize("code", CODES)
def test_restored_states(code):
    """Free, +beta, restore, -beta, restore, free again: the bits of a straight free run (ep.md, check 15)."""
    images, targets = samples(network(code), 3)
    engine = ready(code)
    state = engine.rest(3)
    engine.relax(state, images, 15)
    kept = state.copy()
    for beta in (0.4, -0.4):
        engine.relax(kept.copy(), images, 8, nudge=Nudge(beta, targets))
    engine.relax(kept, images, 8)
    straight = engine.rest(3)
    engine.relax(straight, images, 23)
    for name in ("x", "d", "v", "s", "time"):
        assert_same_bits(getattr(kept, name), getattr(straight, name))


def test_a_phase_leaves_the_images_and_the_copy_alone():
    images, targets = samples(network(), 3)
    images, targets = images.astype(np.float32), targets.astype(np.float32)
    before = images.copy(), targets.copy()
    engine = ready()
    state = engine.rest(3)
    copy = state.copy()
    engine.relax(state, images, 5, nudge=Nudge(0.4, targets))
    assert_array_equal(images, before[0])
    assert_array_equal(targets, before[1])
    assert not copy.x.any() and not copy.time.any() and state.x.any()


def test_samples_do_not_meet():
    images, _ = samples(network(), 6)
    engine = ready()
    alone = engine.relax(engine.rest(6), images, 20).mean
    shuffled = engine.relax(engine.rest(6), images[::-1], 20).mean
    assert_same_bits(alone, shuffled[::-1])


def test_loading_anew_replaces_everything():
    net = build("skips")
    images, _ = samples(net)
    weights, biases = parameters(net, dtype=np.float32)
    fresh = loaded(net, weights, biases, np.float32)
    used = loaded(net, *parameters(net, seed=5, dtype=np.float32), np.float32)
    used.relax(used.rest(2), images, 5)
    used.load(type("Effective", (), {"forward": weights, "backward": weights})(), biases)
    assert_same_bits(fresh.relax(fresh.rest(2), images, 12).mean, used.relax(used.rest(2), images, 12).mean)


@pytest.mark.parametrize("tolerance", [0.0, SETTLED])
@pytest.mark.parametrize("code", CODES)
def test_parts_of_a_relaxation(code, tolerance, monkeypatch):
    """Many calls of the kernel, between which signals are heard, do what one does, where samples settle apart too."""
    images, targets = samples(network(code), 7)
    results = []
    for work in (engine_module.WORK, 1):
        monkeypatch.setattr(engine_module, "WORK", work)
        engine = ready(code, threads=1)
        state = engine.rest(7)
        free = engine.relax(state, images * np.linspace(0.1, 1, 7)[:, None, None, None], 60, window=4,
                            tolerance=tolerance)
        nudged = engine.relax(state, images, 9, window=4, nudge=Nudge(0.25, targets))
        results.append([*vars(free).values(), *vars(nudged).values(), *vars(state).values()])
    assert (len(set(results[0][1])) > 1) == bool(tolerance)
    for once, often in zip(*results):
        assert_same_bits(once, often)
