"""Events that the data give: every step as in the reference, whatever follows the last frame, and what it is worth."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from bridge import assert_same_path, graph_of
from graphs import GRAPHS, RATE, SPIKING, build, events, loaded, parameters, samples
from neurosim.crossbar import Conversion, Readout, Tiling
from neurosim.engines import Nudge
from neurosim.learning.phases import Phases, run_phases
from neurosim.network.graph import Network, NetworkSpec, Neurons, dense
from neurosim.network.hopfield import energy

PHASES = [(11, 0.0), (6, 0.3), (6, -0.3)]
COUNTS = {"input": "events", "event_range": (-1, 3)}
AFTER = ["repeat", "hold", "stop"]


def engine_of(network, **options):
    return loaded(network, *parameters(network), **options)


def assert_follows(network, frames, **options):
    weights, biases = parameters(network)
    engine = loaded(network, weights, biases, **options)
    return assert_same_path(engine, graph_of(network, weights, biases), events(network, frames),
                            samples(network)[1], PHASES)


@pytest.mark.parametrize("neurons", [SPIKING, RATE], ids=["spiking", "rate"])
@pytest.mark.parametrize("name", GRAPHS)
def test_every_step_of_every_graph(name, neurons):
    _, truth = assert_follows(build(name, neurons, **COUNTS), 7)
    for layer in list(truth[0].x)[1:]:
        assert np.ptp(np.concatenate([now.x[layer] for now in truth])) > 0.01


@pytest.mark.parametrize("negative", ["two-sided", "two-cycles"])
@pytest.mark.parametrize("name", ["conv", "average", "max decoded", "skips"])
def test_every_step_in_tiles(name, negative):
    assert_follows(build(name, **COUNTS), 5, tiling=Tiling(size=6, negative=negative), sums="tiles")


@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("frames", [1, 4, 23, 40])
@pytest.mark.parametrize("neurons", [SPIKING, RATE], ids=["spiking", "rate"])
def test_frames_run_out_or_are_left_over(neurons, frames, after):
    assert_follows(build("average", neurons, **COUNTS, events=after), frames)


def test_what_follows_the_last_frame_matters():
    means = []
    for after in AFTER:
        network = build("dense", **COUNTS, events=after)
        engine = engine_of(network)
        means.append(engine.relax(engine.rest(2), events(network, 6), 12, window=3).mean)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(means[one] - means[other]).max() > 0.05


@pytest.mark.parametrize("average", ["state", "spikes"])
@pytest.mark.parametrize("name", ["conv", "average", "max decoded", "skips"])
def test_recorded_spikes_fed_as_events_make_the_same_states(name, average):
    """Whether a coder makes the spikes or the data bring them, nobody above can tell, bit for bit."""
    coded, images = build(name), samples(build(name))[0]
    nudge = Nudge(0.3, samples(coded)[1])
    engine, given = engine_of(coded, dtype=np.float32), engine_of(build(name, input="events"), dtype=np.float32)
    state, own = engine.rest(2), engine.slices["input"]
    frames = np.stack([state.s[:, own].copy() for steps, force in ((14, None), (9, nudge))
                       for _ in engine.follow(state, images, steps, nudge=force)], axis=1)
    frames = frames.reshape(2, 23, *coded.layers[0].shape)
    assert 0.2 < frames.mean() < 0.8
    records = []
    for one, values in ((engine, images), (given, frames.astype(np.uint8))):
        state = one.rest(2)
        free = one.relax(state, values, 14, window=5, average=average)
        records.append((state.copy(), free, one.relax(state, values, 9, window=4, nudge=nudge, average=average), state))
    for (was, free, nudged, end), (its, other, others, last) in zip(records[:1], records[1:]):
        above = slice(own.stop, None)
        for one, two in ((was, its), (end, last)):
            assert_array_equal(one.s, two.s)
            for field in "xdv":
                assert_array_equal(getattr(one, field)[:, above], getattr(two, field)[:, above])
        for one, two in ((free, other), (nudged, others)):
            assert_array_equal(one.mean[:, above], two.mean[:, above])
            assert_array_equal(one.sent, two.sent)
            assert engine.count(one) == given.count(two)


def test_the_clock_of_the_frames_goes_on_from_phase_to_phase():
    network = build("dense", **COUNTS)
    engine, frames = engine_of(network), events(network, 9)
    state, at_once = engine.rest(2), engine.rest(2)
    engine.relax(state, frames, 5)
    shifted = np.roll(frames, -5, axis=1)
    other = engine.rest(2)
    other.x[:], other.d[:], other.v[:], other.s[:] = state.x, state.d, state.v, state.s
    engine.relax(state, frames, 6)
    engine.relax(at_once, frames, 11)
    engine.relax(other, shifted, 6)
    assert_array_equal(state.x, at_once.x)
    assert_array_equal(state.x, other.x)


def test_samples_at_different_times_see_their_own_frames():
    """After an "auto" free phase, samples have made different numbers of steps."""
    network = build("dense", **COUNTS)
    engine, frames = engine_of(network), events(network, 9)
    state = engine.rest(2)
    alone = [engine.rest(1), engine.rest(1)]
    for i, steps in enumerate((3, 7)):
        engine.relax(alone[i], frames[i:i + 1], steps)
        for name in ("x", "d", "v", "s", "time"):
            getattr(state, name)[i] = getattr(alone[i], name)[0]
        engine.relax(alone[i], frames[i:i + 1], 4)
    engine.relax(state, frames, 4)
    assert_array_equal(state.x, np.concatenate([one.x for one in alone]))


def test_a_free_phase_settles_on_repeated_frames():
    network = build("dense", event_range=(0, 1), input="events")
    engine, frames = engine_of(network), events(network, 5, count=6, density=0.5)
    record = engine.relax(engine.rest(6), frames, 400, window=40, tolerance=0.05)
    assert (record.steps < 400).all()
    assert len(set(record.steps.tolist())) >= 1 and (record.steps % 40 == 0).all()


def test_state_of_the_input_is_what_the_layers_above_decode():
    """An identity connection: d of the layer above is x of the input, one step later."""
    network = Network(NetworkSpec(input="events", event_range=(-2, 2), layers=(dense(4),)), (4,), Neurons(lam=0.3))
    weights = {"input-output": np.eye(4)}
    engine = loaded(network, weights, {"output": np.zeros(4)})
    frames, state, before = events(network, 12, density=0.7), engine.rest(2), np.zeros((2, 4))
    for _ in engine.follow(state, frames, 12):
        assert_allclose(state.d[:, 4:], before, atol=1e-14)
        before = state.x[:, :4].copy()
    assert np.abs(before).max() > 0.1


def test_counts_of_signed_events():
    """A signal is an event that is not zero, whatever its size; it is counted when it is read."""
    network = build("conv", **COUNTS)
    engine, frames = engine_of(network, tiling=Tiling(size=8)), events(network, 10)
    counts = engine.count(engine.relax(engine.rest(2), frames, 10))
    read = np.count_nonzero(frames[:, :9])                  # the last frame is sent in step 10, and read in step 11
    assert counts.signals["input"] == read
    sizes = engine.count(engine.relax(engine.rest(2), np.sign(frames), 10))
    assert sizes.operations["input-conv1 forward"] == counts.operations["input-conv1 forward"]
    assert sizes.reads["input-conv1 forward"]["cell_reads"] == counts.reads["input-conv1 forward"]["cell_reads"]
    up = engine._census.fan_out["input-conv1 forward"][1]
    assert counts.operations["input-conv1 forward"] == int(
        np.count_nonzero(frames[:, :9], axis=(0, 1, 4)).ravel() @ up)


def test_noise_of_a_line_that_a_count_drives():
    """A line driven n times as far adds n^2 times the variance, and no variance is negative."""
    network = Network(NetworkSpec(input="events", event_range=(-3, 3), layers=(dense(2),)), (4,),
                      Neurons(epsilon=1.0, lam=1.0))
    variances = {"input-output": np.array([[1.0, 2.0, 3.0, 4.0], [4.0, 0.0, 1.0, 1.0]]) * 1e-4}
    tiling = Tiling(size=16)
    read = loaded(network, {"input-output": np.zeros((2, 4))}, {"output": np.zeros(2)}, tiling=tiling,
                  sums="tiles").layout.floorplans[0]
    conversions = {("input-output", True): Conversion.uniform(read.slices(True), read.lines(True))}
    readout = Readout(conversions=conversions, variances=variances, fresh=True, key=7919)
    engine = loaded(network, {"input-output": np.zeros((2, 4))}, {"output": np.full(2, 0.5)}, readout=readout,
                    tiling=tiling, sums="tiles")
    count, frame = 8000, np.array([3, -2, 0, -1], np.int8)
    state = engine.rest(count, np.arange(count))
    engine.relax(state, np.broadcast_to(frame, (count, 1, 4)), 2)
    found = state.x[:, 4:].var(axis=0)
    assert_allclose(found, variances["input-output"] @ np.square(frame.astype(float)), rtol=0.08)


def test_results_do_not_depend_on_threads_or_batches():
    network, phases = build("average", **COUNTS, events="stop"), Phases(free_steps=12, nudge_steps=6, window=4)
    frames, targets = events(network, 9, count=5), samples(network, 5)[1]
    whole = run_phases(engine_of(network, threads=1, dtype=np.float32), frames, targets, phases)
    parts = [run_phases(engine_of(network, threads=3, dtype=np.float32), frames[i:i + 2], targets[i:i + 2], phases)
             for i in range(0, 5, 2)]
    for name, record in whole.by_phase.items():
        assert_array_equal(record.mean, np.concatenate([part.by_phase[name].mean for part in parts]))


def test_energy_takes_events_for_what_they_are():
    network = build("dense", **COUNTS)
    engine = engine_of(network)
    states = engine.relax(engine.rest(2), events(network, 8, density=0.9), 8).mean
    doubled = states.copy()
    doubled[:, engine.slices["input"]] = 2.5
    assert not np.allclose(energy(engine, doubled), energy(engine, np.clip(doubled, 0, 1)))


@pytest.mark.parametrize("values, words", [
    (np.zeros((2, 0, 6), np.int8), "T >= 1"), (np.zeros((2, 6), np.int8), r"shape \(2, 6\)"),
    (np.zeros((3, 4, 6), np.int8), "the state has 2 samples"), (np.zeros((2, 4, 5), np.int8), "6 units"),
    (np.full((2, 4, 6), np.nan), "nan is not a whole number"), (np.full((2, 4, 6), 0.5), "0.5 is not a whole number"),
    (np.full((2, 4, 6), -1, np.int8), r"-1 lies outside .* write network.event_range = \[-1, 1\]"),
    (np.full((2, 4, 6), 200, np.uint8), "no event is larger than 127"),
    (np.full((2, 4, 6), np.inf), "inf lies outside"), (np.full((2, 4, 6), "1"), "are not numbers")])
def test_events_that_do_not_fit(values, words):
    engine = engine_of(build("dense", input="events"))
    with pytest.raises(ValueError, match=words) as error:
        engine.relax(engine.rest(2), values, 4)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("bounds", [(0, 0), (1, 2), (-200, 1), (0, 128), (-1, 0)])
def test_ranges_that_are_none(bounds):
    with pytest.raises(ValueError, match="network.event_range"):
        NetworkSpec(input="events", event_range=bounds, layers=(dense(2),))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int64, np.float32])
def test_types_of_events(dtype):
    network = build("dense", input="events")
    engine, frames = engine_of(network), events(network, 5)
    means = [engine.relax(engine.rest(2), values, 8).mean for values in (frames, frames.astype(dtype))]
    assert_array_equal(*means)
