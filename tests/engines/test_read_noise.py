"""Read noise in the time loop: its variance and law, what it repeats on, and what it never depends on."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm

import reference as ref
from graphs import RATE, SPIKING, build, loaded, parameters, samples
from neurosim.engines import Nudge
from neurosim.crossbar import Conversion, Readout, Tiling
from neurosim.learning.phases import Phase, Phases, run_phases
from neurosim.network.graph import ConnectionSpec, Network, Neurons, conv, dense
from plain_devices import assert_follows

KEY = 0x9E3779B97F4A7C15
#: One step takes the currents as they are: no memory in decoder and state.
DIRECT = Neurons(epsilon=1.0, lam=1.0)
DIRECT_RATE = Neurons(kind="rate", epsilon=1.0)
DIRECT_GRADED = Neurons(kind="graded", epsilon=1.0, lam=1.0, parameters={"bits": 3})
MIDDLE = 0.5          # bias of the layer that is looked at, in the middle of its clip
SPREAD = 0.02         # largest noise of a weight
SMALL = Tiling(size=10)


def noisy(network, variances, floors=0.0, tiling=SMALL, weights=None, fresh=True, bias=MIDDLE, dtype=np.float64):
    """A EventsEngine whose reads are noisy and not quantised; floors is the variance of every line of every slice."""
    none = {c.name: np.zeros(c.weight_shape) for c in network.connections}
    biases = {layer.name: np.full(layer.biases, bias) for layer in network.layers[1:]}
    layout = loaded(network, none, biases, tiling=tiling, sums="tiles").layout
    conversions = {}
    for read in layout.reads:
        plan = layout.floorplans[read.connection]
        shape = plan.slices(read.forward), plan.lines(read.forward)
        conversions[network.connections[read.connection].name, read.forward] = Conversion(
            **{**vars(Conversion.uniform(*shape)), "variance_floor": np.full(shape, floors)})
    readout = Readout(conversions=conversions, variances=variances, fresh=fresh, key=KEY)
    return loaded(network, weights or none, biases, dtype, readout, tiling=tiling, sums="tiles")


def drawn_variances(network, seed=2):
    random = np.random.default_rng(seed)
    return {c.name: random.uniform(0, SPREAD ** 2, c.weight_shape) / c.fan_in for c in network.connections}


def one_step(engine, layer, signals, looked_at, count, **options):
    """What the units of a layer receive in one step in which one other layer sends, `count` samples alike."""
    state = engine.rest(count, np.arange(count))
    state.s[:, engine.slices[layer]] = np.ravel(signals)
    images = np.zeros((count, *engine.network.layers[0].shape))
    if engine.network.input == "analog" and layer == "input":
        images[:] = np.reshape(signals, images.shape[1:])
    engine.relax(state, images, 1, **options)
    return state.x[:, engine.slices[looked_at]] - MIDDLE


def signals_of(network, layer, seed=5):
    """A third silent; spikes, those of -3 to 3 where they have signs and sizes, or states of either size."""
    sender = network.layers[network.index(layer)]
    shape = sender.map_shape
    random = np.random.default_rng(seed)
    if sender.negative:
        return random.integers(-3, 4, shape).astype(float)
    values = random.uniform(0.3, 1, shape) if network.sends_states(layer) else np.ones(shape)
    return values * (random.random(shape) > 0.34)


def assert_noise(found, variance):
    """Standard normal once divided by the spread: variance within 2 %, no bias, Kolmogorov-Smirnov."""
    assert np.mean(variance > 0) > 0.5 and not found[:, variance == 0].any()
    z = (found / np.sqrt(np.where(variance > 0, variance, 1)))[:, variance > 0]
    assert z.size > 40000
    assert np.var(z) == pytest.approx(1, abs=0.02)
    assert abs(z.mean()) < 8 / np.sqrt(z.size)                               # up to four units hear one number
    assert_follows(z[np.arange(len(z)), np.arange(len(z)) % z.shape[1]], norm)


CODES = {"spikes": (DIRECT, "spikes"), "states": (DIRECT_RATE, "analog"),
         "spikes of both signs": (DIRECT_GRADED, "ternary")}
#: Layers, shape of the input, and from and to which layer a read goes.
READS = {
    "dense forward": ([dense(60), dense(5)], (23,), "input", "dense1"),
    "dense backward": ([dense(60), dense(17)], (4,), "output", "dense1"),
    "conv forward": ([conv(7, kernel=3, padding=1), dense(2)], (6, 5, 4), "input", "conv1"),
    "average forward": ([conv(7, kernel=2, pool="average"), dense(2)], (9, 8, 3), "input", "conv1"),
    "conv backward": ([conv(5, kernel=1), conv(13, kernel=2, stride=2, padding=1), dense(2)], (5, 6, 1),
                      "conv2", "conv1"),
    "average backward": ([conv(5, kernel=1), conv(13, kernel=2, padding=1, pool="average"), dense(2)], (5, 6, 1),
                         "conv2", "conv1"),
    "alpha backward": ([conv(5, kernel=1), conv(13, kernel=2, padding=1, pool="average", alpha=2.0), dense(2)],
                       (5, 6, 1), "conv2", "conv1"),
}


def expected_variance(network, connection, variances, power, forward):
    """Variances add like currents, over squared signals; a mean over F^2 sums divides theirs by F^4."""
    lower = network.layers[network.index(connection.lower)].map_shape
    if connection.kind == "dense":
        return (variances @ power.ravel() if forward else variances.T @ power.ravel())
    size = connection.pool_size if connection.pool == "average" else 1
    if forward:
        sums = ref.conv2d(power, variances, connection.stride, connection.padding)
        return (ref.average_pool(sums, size) / size ** 2).ravel()
    share = (connection.alpha or size ** 2) ** 2 if size > 1 else 1
    sent = ref.average_unpool(power, size, connection.map_shape, share) if size > 1 else power
    return ref.conv2d_adjoint(sent, variances, lower, connection.stride, connection.padding).ravel()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", READS)
def test_variance_is_that_of_the_driven_devices(name, code):
    layers, shape, source, target = READS[name]
    network = Network(layers, shape, *CODES[code])
    forward = source == "input"
    connection = next(c for c in network.connections if {c.lower, c.upper} == {source, target})
    variances, signals = drawn_variances(network), signals_of(network, source)
    expected = expected_variance(network, connection, variances[connection.name], signals ** 2, forward)
    found = one_step(noisy(network, variances), source, signals, target, 200000 // np.count_nonzero(expected))
    assert_noise(found, expected)


@pytest.mark.parametrize("forward", [True, False], ids=["forward", "backward"])
def test_a_floor_comes_with_every_tile_that_is_read(forward):
    """Thermal noise of all devices on a line: as often as there are slices with a driven line, whatever is driven."""
    network = Network([dense(60), dense(17)], (23,), DIRECT)
    source = "input" if forward else "output"
    signals = np.zeros(network.layers[network.index(source)].map_shape)
    signals.flat[[0, 1, -1]] = 1            # two of the slices have a driven line
    engine = noisy(network, drawn_variances(network), floors=1e-4)
    quiet = {name: 0 * values for name, values in drawn_variances(network).items()}
    found = one_step(noisy(network, quiet, floors=1e-4), source, signals, "dense1", 900)
    assert_noise(found, np.full(60, 2e-4))
    name = "input-dense1" if forward else "dense1-output"
    matrix = drawn_variances(network)[name]
    driven = (matrix if forward else matrix.T) @ signals.ravel()
    assert_noise(one_step(engine, source, signals, "dense1", 900), driven + 2e-4)


def test_numbers_of_different_lines_and_reads_do_not_hang_together():
    network = Network([dense(30), dense(3)], (8,), DIRECT)
    z = one_step(noisy(network, drawn_variances(network)), "input", np.ones(8), "dense1", 4000)
    correlation = np.corrcoef(z.T) - np.eye(30)
    assert np.abs(correlation).max() < 5 / np.sqrt(4000)


def test_noise_comes_before_the_quantiser():
    """A step of ten sigma with the sum on a threshold: the code is 0 or 1, each half of the time, nothing between."""
    network = Network([dense(40), dense(2)], (1,), DIRECT)
    weights = {c.name: np.zeros(c.weight_shape) for c in network.connections}
    weights["input-dense1"][:] = 0.1
    conversion = Conversion.uniform(1, 40, step=0.2, low=-1, high=1)
    readout = Readout(conversions={("input-dense1", True): conversion}, key=KEY,
                      variances={name: np.full(values.shape, 4e-4) for name, values in weights.items()})
    biases = {layer.name: np.full(layer.biases, MIDDLE) for layer in network.layers[1:]}
    engine = loaded(network, weights, biases, readout=readout, tiling=Tiling(), sums="tiles")
    found = one_step(engine, "input", [1.0], "dense1", 500)
    assert_allclose(np.unique(np.round(found, 12)), [0, 0.2])
    assert np.mean(found > 0.1) == pytest.approx(0.5, abs=0.02)


# ---- what noise repeats on ----
def sequence(engine, image, steps, names=None, start=0, **options):
    """States after each of some steps in which the input sends the same spikes; (steps, samples, units)."""
    state = engine.rest(len(image), np.arange(len(image)) if names is None else names)
    state.time[:] = start
    if "beta" in options:
        options["nudge"] = Nudge(options.pop("beta"), np.zeros((len(image), 3)))
    found = []
    for _ in range(steps):
        state.s[:, engine.slices["input"]] = image
        engine.relax(state, np.zeros_like(image), 1, **options)
        found.append(state.x[:, engine.slices["dense1"]] - MIDDLE)
    return np.array(found)


def two_lines():
    network = Network([dense(50), dense(3)], (9,), DIRECT)
    return network, {**drawn_variances(network), "dense1-output": np.zeros((3, 50))}


def test_frozen_noise_repeats_exactly_and_differs_from_line_to_line():
    """The same number in every step, phase and sample; only what is driven changes it."""
    network, variances = two_lines()
    engine = noisy(network, variances, fresh=False)
    image = np.repeat([[1.0] * 9], 4, axis=0)
    found = sequence(engine, image, 5)
    assert (found == found[0, 0]).all() and len(set(found[0, 0])) == 50
    for options in ({"start": 100}, {"names": np.arange(7, 11)}, {"beta": 0.3}, {"beta": -0.3}):
        assert_array_equal(sequence(engine, image, 1, **options), found[:1])
    assert_follows(found[0, 0] / np.sqrt(variances["input-dense1"].sum(axis=1)), norm)
    fewer = sequence(engine, np.repeat([[1.0] * 5 + [0.0] * 4], 4, axis=0), 1)[0, 0]
    ratio = variances["input-dense1"][:, :5].sum(axis=1) / variances["input-dense1"].sum(axis=1)
    assert_allclose(fewer, found[0, 0] * np.sqrt(ratio), rtol=1e-12)     # one tile: the number of a line is its own


def test_frozen_noise_differs_from_window_to_window():
    network = Network([conv(6, kernel=2), dense(3)], (5, 5, 1), DIRECT)
    engine = noisy(network, drawn_variances(network), fresh=False)
    found = one_step(engine, "input", np.ones(25), "conv1", 2)
    assert_array_equal(found[0], found[1])
    assert len(set(found[0])) == 4 * 4 * 6


def test_fresh_noise_differs_from_step_to_step_phase_to_phase_and_sample_to_sample():
    network, variances = two_lines()
    engine = noisy(network, variances)
    image = np.repeat([[1.0] * 9], 4, axis=0)
    runs = [sequence(engine, image, 5, **options) for options in (
        {}, {"beta": 0.3}, {"beta": -0.3}, {"start": 5}, {"names": np.arange(4, 8)})]
    everything = np.stack(runs)                         # (runs, steps, samples, units)
    assert len(np.unique(everything)) == everything.size
    z = everything / np.sqrt(variances["input-dense1"].sum(axis=1))
    assert np.var(z) == pytest.approx(1, abs=4 * np.sqrt(2 / z.size))
    assert_array_equal(sequence(engine, image, 5), runs[0])


def test_a_sample_is_known_by_its_name():
    """The same name, step and phase give the same bits wherever the sample lies in a batch."""
    network, variances = two_lines()
    engine, image = noisy(network, variances), np.ones((6, 9))
    names = np.array([3, 2 ** 63, 5, 3, 11, 5], np.uint64)
    found = sequence(engine, image, 3, names)
    for i, j in ((0, 3), (2, 5)):
        assert_array_equal(found[:, i], found[:, j])
    assert_array_equal(found[:, ::-1], sequence(engine, image, 3, names[::-1]))
    assert len({row.tobytes() for row in found[0]}) == 4


# ---- what noise never depends on ----
LAYERS = [conv(9, kernel=3, padding=1, pool="average"), conv(12, kernel=3, pool="max"), dense(11), dense(5)]


def ready(code, threads=1, together=None, fresh=True):
    network = Network(LAYERS, (10, 9, 2), *code, [ConnectionSpec(source="conv1", target="output")])
    weights, biases = parameters(network, dtype=np.float32)
    layout = loaded(network, weights, biases, np.float32, tiling=Tiling(size=16), sums="tiles").layout
    conversions = {}
    for read in layout.reads:
        plan = layout.floorplans[read.connection]
        name = network.connections[read.connection].name
        conversions[name, read.forward] = Conversion.uniform(plan.slices(read.forward), plan.lines(read.forward),
                                                             step=0.02, low=-1.0, high=1.0)
    readout = Readout(conversions=conversions, fresh=fresh, key=KEY,
                      variances={c.name: np.full(c.weight_shape, 0.01 / c.fan_in) for c in network.connections})
    engine = loaded(network, weights, biases, np.float32, readout, tiling=Tiling(size=16), sums="tiles",
                    threads=threads)
    engine.together = together or engine.together
    return engine


def phases_of(engine, images, targets, names):
    records = run_phases(engine, images, targets, Phases(free_steps=9, nudge_steps=5, window=3), names=names)
    return [array for record in records.by_phase.values() for array in vars(record).values()]


@pytest.mark.parametrize("fresh", [True, False], ids=["fresh", "frozen"])
def test_many_phases_with_one_nudge_differ_by_their_fresh_noise_alone(fresh):
    """More phases than two bits distinguish; frozen noise is the same in all of them."""
    engine, count = ready((SPIKING, "spikes"), fresh=fresh), 7
    images, targets = samples(engine.network, 3)
    phases = (Phase(name="free", weight=-count), *(Phase(name=f"n{k}", beta=0.2, weight=1) for k in range(count)))
    learning = Phases(phases=phases, free_steps=9, nudge_steps=5, window=3)
    records = run_phases(engine, images, targets, learning, names=np.arange(100, 103)).by_phase
    ends = [records[f"n{k}"].mean[:, 180:].tobytes() for k in range(count)]
    assert len(set(ends)) == (count if fresh else 1)


@pytest.mark.parametrize("fresh", [True, False], ids=["fresh", "frozen"])
@pytest.mark.parametrize("code", [(SPIKING, "spikes"), (SPIKING, "analog")], ids=["spikes", "analog"])
@pytest.mark.parametrize("options", [{"threads": 2}, {"threads": 3}, {"together": 4}, {"cuts": (1, 5)}], ids=str)
def test_bits_do_not_depend_on(options, code, fresh):
    images, targets = samples(ready(code).network, 9)
    names = np.arange(100, 109)
    alone = phases_of(ready(code, fresh=fresh), images, targets, names)
    cuts = options.get("cuts", ())
    engine = ready(code, **{key: value for key, value in options.items() if key != "cuts"}, fresh=fresh)
    split = (np.split(values, cuts) for values in (images, targets, names))
    parts = [phases_of(engine, *part) for part in zip(*split)]
    for whole, pieces in zip(alone, zip(*parts)):
        assert_array_equal(whole.view(np.uint8), np.concatenate(pieces).view(np.uint8))


def test_noise_changes_what_a_network_does():
    network = build("skips")
    weights, biases = parameters(network)
    images, _ = samples(network)
    quiet = loaded(network, weights, biases, tiling=SMALL, sums="tiles")
    loud = noisy(network, drawn_variances(network), weights=weights, bias=0.2)
    means = [engine.relax(engine.rest(2, np.arange(2)), images, 15).mean for engine in (quiet, loud)]
    assert np.abs(means[0] - means[1]).max() > 1e-3


def test_a_half_sweep_draws_the_noise_of_what_the_other_has_just_sent():
    """Without weights the hidden layer sends its bias, exactly in the first step: what it drives is noisy at once."""
    network = Network([dense(6), dense(5)], (4,), replace(DIRECT_RATE, order="alternating"), "analog")
    variances, count = drawn_variances(network), 4000
    engine = noisy(network, variances)
    state, deviations = engine.rest(count, np.arange(count)), []
    for _ in range(2):
        engine.relax(state, np.zeros((count, 4)), 1)
        deviations.append(state.x[:, engine.slices["output"]] - MIDDLE)
        if len(deviations) == 1:
            assert_array_equal(state.x[:, engine.slices["dense1"]], MIDDLE)
    expected = (variances["dense1-output"] * MIDDLE ** 2).sum(axis=1)
    assert_allclose(deviations[0].var(axis=0), expected, rtol=0.12)
    assert_allclose(deviations[1].var(axis=0), expected, rtol=0.12)
    for one, other in zip(deviations[0].T, deviations[1].T):
        assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(count)


def test_samples_without_names_would_share_their_noise_from_batch_to_batch():
    """Refused where noise is redrawn; frozen noise and a quiet chip know no names."""
    engine = ready((SPIKING, "spikes"))
    images, targets = samples(engine.network, 3)
    phases = Phases(free_steps=9, nudge_steps=5, window=3)
    with pytest.raises(ValueError) as caught:
        run_phases(engine, images, targets, phases)
    assert str(caught.value).startswith("read noise is redrawn for every sample under its name; give `names`, one")
    parts = [run_phases(engine, images[i:i + 1], targets[i:i + 1], phases, names=np.array([7 + i], np.uint64))
             for i in range(3)]
    whole = run_phases(engine, images, targets, phases, names=np.arange(7, 10))
    assert_array_equal(np.concatenate([part.free.mean for part in parts]), whole.free.mean)
    frozen = ready((SPIKING, "spikes"), fresh=False)
    assert len(run_phases(frozen, images, targets, phases)) == 3


@pytest.mark.parametrize("fresh", [True, False], ids=["fresh", "frozen"])
@pytest.mark.parametrize("code", [(SPIKING, "spikes"), (SPIKING, "analog"), (RATE, "analog"),
                                  (replace(SPIKING, order="alternating"), "spikes")],
                         ids=["spikes", "analog", "rate", "alternating"])
@pytest.mark.parametrize("beta", [0.0, 0.4, -0.4])
def test_a_relaxation_that_is_followed_step_by_step_has_the_bits_of_a_whole_one(code, fresh, beta):
    """Its last states, and the mean of them all; what an analog input drives is read, and its noise drawn, once."""
    engine, names = ready(code, fresh=fresh), np.arange(50, 54)
    images, targets = samples(engine.network, 4)
    start = engine.rest(4, names)
    engine.relax(start, images, 5)
    whole, steps, seen = start.copy(), start.copy(), []
    record = engine.relax(whole, images, 8, window=8, nudge=Nudge(beta, targets))
    for made in engine.follow(steps, images, 8, nudge=Nudge(beta, targets)):
        seen.append(steps.x.copy())
        assert made == len(seen) and (steps.time == 5 + made).all()
    for name, values in vars(whole).items():
        assert_array_equal(values, getattr(steps, name), err_msg=name)
    own = slice(0, engine.layout.units)
    assert_array_equal(record.mean, np.mean([x[:, own] for x in seen], axis=0, dtype=np.float32))
