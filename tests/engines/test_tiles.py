"""Reads of a chip of tiles against a chip that is read one window and one tile at a time: numbers and events."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import reference as ref
from bridge import graph_of, schedule
from graphs import GRAPHS, RATE, SPIKING, build, loaded, parameters, samples
from neurosim.counts import READ_EVENTS
from neurosim.crossbar import Conversion, Readout, Tiling
from neurosim.network.graph import Network, conv, dense
from tiled import Amplifiers, Chip

STEPS = 14
CODES = {"spikes": (SPIKING, "spikes"), "analog": (SPIKING, "analog"), "rate": (RATE, "analog")}
#: lines of a tile, devices of a weight, reference devices; parts of channels, odd sizes, and one tile for everything
TILES = [(4, 2, False), (5, 1, True), (6, 2, False), (128, 2, False)]


def random_siemens(network, seed=4):
    """Sums of the conductances of every row and column of each connection [S]; rows of groups follow one another."""
    random, found = np.random.default_rng(seed), {}
    for c in network.connections:
        rows = c.groups * c.weight_shape[1] * (c.kernel ** 2 if c.kind == "conv" else 1)
        found[c.name] = random.random(rows), random.random(c.weight_shape[0])
    return found


def by_tap(rows, connection):
    """Rows of groups that follow one another, in the order of taps and channels of the whole kernel."""
    return rows.reshape(connection.groups, -1, connection.weight_shape[1]).swapaxes(0, 1).ravel()


def random_conversions(network, graph, chip, rounding, seed=3):
    """Every slice has its own step and range, every line its own gain and offset: for neurosim, and for the chip."""
    random, own, others = np.random.default_rng(seed), {}, {}
    for i, forward in chip.events:
        slices, lines = len(chip.slices(i, forward)), chip.lines(i, forward)
        values = {"step": random.uniform(0.02, 0.08, slices), "low": random.uniform(-0.9, -0.4, slices),
                  "high": random.uniform(0.4, 0.9, slices), "gain": random.uniform(0.8, 1.2, (slices, lines)),
                  "offset": random.uniform(-0.02, 0.02, (slices, lines)), "rounding": rounding}
        own[network.connections[i].name, forward] = Conversion(variance_floor=np.zeros((slices, lines)), **values)
        others[i, forward] = Amplifiers(**values)
    return own, others


def names(network, events):
    return {f"{network.connections[i].name} {'forward' if forward else 'backward'}": values
            for (i, forward), values in events.items()}


class Case:
    """A network on a chip, relaxed by neurosim and by the reference, with whatever stands behind the lines."""

    def __init__(self, name, code, tile, rounding=None, count=1):
        self.network = network = build(name, *CODES[code])
        weights, biases = parameters(network)
        self.images, _ = samples(network, count)
        size, devices, reference = tile
        self.graph, self.siemens = graph_of(network, weights, biases), random_siemens(network)
        by_number = {i: (by_tap(rows, c), columns) for i, c in enumerate(network.connections)
                     for rows, columns in [self.siemens[c.name]]}
        self.chip = Chip(self.graph, size, devices, reference, siemens=by_number)
        conversions = {}
        if rounding is not None:
            conversions, self.chip.amplifiers = random_conversions(network, self.graph, self.chip, rounding)
        self.options = {"tiling": Tiling(size=size, devices=devices, reference=reference)}
        self.engine = loaded(network, weights, biases, readout=Readout(conversions=conversions), sums="tiles",
                             **self.options)
        self.plain = loaded(network, weights, biases, **self.options)

    def relaxed(self, engine, steps=STEPS):
        state = engine.rest(len(self.images))
        return engine.relax(state, self.images, steps), state

    def reference(self, monkeypatch, steps=STEPS):
        """States of the reference after the last step, one per image; the chip counts."""
        monkeypatch.setattr(ref, "edge_currents", self.chip.edge_currents)
        neurons, found = self.network.neurons, []
        for image in self.images:
            now = ref.rest(self.graph)
            for eps, lam in zip(schedule(neurons.epsilon, steps), schedule(neurons.lam, steps)):
                now = ref.step(self.graph, now, image, eps, lam)
            found.append(now)
        return found

    def positions(self, record):
        """Reads of each slice, as the chip names them."""
        plan, found = self.engine.layout.plan, {}
        for i, read in enumerate(self.engine.layout.reads):
            own = slice(*plan.read_slices[i:i + 2])
            found[read.connection, read.forward] = record.slices[:, own].sum(axis=0)
        return found


@pytest.mark.parametrize("rounding", [0.5, 0.0], ids=["nearest", "whole"])
@pytest.mark.parametrize("tile", TILES, ids=str)
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", GRAPHS)
def test_every_sum_of_every_tile_is_converted_by_itself(name, code, tile, rounding, monkeypatch):
    """Own step, range, gain and offset, window by window and before pooling; events and firings with it."""
    case = Case(name, code, tile, rounding)
    record, state = case.relaxed(case.engine)
    expected, = case.reference(monkeypatch)
    for layer, own in case.engine.slices.items():
        assert_allclose(state.x[0, own], expected.x[layer], rtol=0, atol=1e-11, err_msg=layer)
        assert_array_equal(state.s[0, own] != 0, expected.s[layer] != 0, err_msg=layer)
    positions, counts = case.positions(record), case.engine.count(record, case.siemens)
    for read in case.chip.events:
        assert_array_equal(positions[read], case.chip.positions[read], err_msg=str(read))
    for read, events in names(case.network, case.chip.events).items():
        assert counts.reads[read] == {kind: events[kind] for kind in READ_EVENTS}, read
        assert_allclose(counts.siemens[read], events["siemens"], rtol=1e-12)
    ideal, _ = case.relaxed(case.plain)
    assert np.abs(ideal.mean - record.mean).max() > 1e-3


@pytest.mark.parametrize("tile", TILES, ids=str)
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", GRAPHS)
def test_events_do_not_depend_on_where_sums_are_made(name, code, tile):
    """Ideal converters: the same spikes, so the same events, of whole sums with folded pooling and of tiles."""
    case = Case(name, code, tile, count=2)
    (whole, state), (tiled, other) = (case.relaxed(engine) for engine in (case.plain, case.engine))
    assert_allclose(state.x[:, :whole.mean.shape[1]], other.x[:, :whole.mean.shape[1]], rtol=0, atol=1e-12)
    assert_array_equal(whole.sent, tiled.sent)
    assert_array_equal(whole.slices, tiled.slices)
    counts = [engine.count(record, case.siemens)
              for engine, record in ((case.plain, whole), (case.engine, tiled))]
    assert counts[0] == counts[1]
    assert all(events["tile_reads"] > 0 and events["cell_reads"] > 0 for events in counts[0].reads.values())


def test_an_analog_image_is_read_once_also_in_front_of_maximum_pooling():
    case = Case("max on spikes", "analog", (128, 2, False))
    record, _ = case.relaxed(case.engine)
    assert case.positions(record)[0, True] <= 6 * 5 - 6


def test_a_sum_that_nothing_drives_is_not_read():
    """An offset moves only what is read: without signals in its rows a tile gives nothing."""
    network = Network([dense(3), dense(2)], (4,), RATE, "analog")
    weights, biases = {c.name: np.zeros(c.weight_shape) for c in network.connections}, network.initial_biases(float)
    tiles = Tiling(size=2, devices=1)
    conversion = Conversion(**{**vars(Conversion.uniform(2, 3)), "offset": np.array([[0.25] * 3, [0.5] * 3])})
    engine = loaded(network, weights, biases, readout=Readout(conversions={("input-dense1", True): conversion}),
                    tiling=tiles, sums="tiles")
    for image, expected in (([0, 0, 0, 0], 0.0), ([1, 0, 0, 0], 0.25), ([0, 0, 0, 1], 0.5), ([1, 0, 0, 1], 0.75)):
        state = engine.rest(1)
        engine.relax(state, np.array([image], float), 60)
        assert_allclose(state.x[0, engine.slices["dense1"]], expected, rtol=1e-12)


def test_silence_costs_nothing():
    network = build("skips")
    weights, biases = parameters(network, bias=0.0)
    engine = loaded(network, weights, biases, tiling=Tiling(size=6), sums="tiles")
    record = engine.relax(engine.rest(2), np.zeros((2, 6, 6, 1)), 20)
    counts = engine.count(record, random_siemens(network))
    assert not any(number for events in counts.reads.values() for number in events.values())
    assert not any(counts.siemens.values())


@pytest.mark.parametrize("sums", ["whole", "tiles"])
def test_twice_the_steps_are_twice_the_reads(sums):
    """Rate neurons at rest in their fixed point send the same in every step."""
    network = build("average", RATE)
    engine = loaded(network, *parameters(network), tiling=Tiling(size=6), sums=sums)
    images, _ = samples(network, 1)
    state = engine.rest(1)
    engine.relax(state, images, 200)
    once, twice = (engine.count(engine.relax(state, images, steps), random_siemens(network))
                   for steps in (5, 10))
    for read, events in once.reads.items():
        factor = 1 if read.startswith("input") else 2    # the image is read once however long a phase is
        assert twice.reads[read] == {kind: factor * number for kind, number in events.items()}
        assert_allclose(twice.siemens[read], factor * once.siemens[read], rtol=1e-12)


def test_positions_that_pooling_drops_are_not_read():
    """Of an 11 x 9 input, 2 x 2 kernels with stride 2 and padding 1 make 6 x 5 positions; 3 x 3 pooling keeps 6 x 3."""
    case = Case("average over 3 x 3", "analog", (128, 2, False))
    record, _ = case.relaxed(case.engine)
    rows, columns, _ = case.network.connections[0].map_shape
    assert (rows, columns) == (6, 5)
    assert case.positions(record)[0, True] <= 6 * 3


def one_step_of_an_analog_image(observe):
    """Record of one step, and the sums gain (patch @ weights) + offset of each slice in front of its converters."""
    network = Network([conv(5, kernel=2), dense(2)], (5, 4, 3), SPIKING, "analog")
    weights, biases = parameters(network)
    images, _ = samples(network, 1)
    chip = Chip(graph_of(network, weights, biases), 8, 2)
    slices, lines = len(chip.slices(0, True)), chip.lines(0, True)
    random = np.random.default_rng(1)
    values = {"gain": random.uniform(0.5, 1.5, (slices, lines)), "offset": random.uniform(-0.1, 0.1, (slices, lines))}
    conversion = Conversion(**{**vars(Conversion.uniform(slices, lines, step=0.01, low=-0.02, high=0.02)), **values})
    engine = loaded(network, weights, biases, tiling=Tiling(size=8), sums="tiles",
                    readout=Readout(conversions={("input-conv1", True): conversion}))
    record = engine.relax(engine.rest(1), images, 1, observe=observe)
    patches = np.array([images[0, y:y + 2, x:x + 2].ravel() for y in range(4) for x in range(3)])
    matrix = weights["input-conv1"].transpose(2, 3, 1, 0).reshape(12, 5)
    sums = [values["gain"][place] * (patches[:, own] @ matrix[own]) + values["offset"][place]
            for place, own in enumerate(chip.slices(0, True))]
    place = [(read.connection, read.forward) for read in engine.layout.reads].index((0, True))
    return record, slice(*engine.layout.plan.read_slices[place:place + 2]), sums


def test_observed_sums_are_those_in_front_of_the_converters():
    """Window by window and slice by slice, before the quantiser clips them; bins are those of numpy's histogram."""
    record, own, sums = one_step_of_an_analog_image(observe=True)
    positive = 2.0 ** -40 * np.append(np.ravel([2.0 ** octave * np.linspace(1, 2, 8, endpoint=False)
                                                for octave in range(64)]), 2.0 ** 64)
    assert record.sums[0, own].shape == (2, 1024) and len(sums) == 2
    for counts, values in zip(record.sums[0, own], sums):
        assert_array_equal(counts[:512], np.histogram(values, positive)[0])
        assert_array_equal(counts[512:], np.histogram(-values, positive)[0])
        assert counts.sum() == 12 * 5


def test_nothing_is_observed_unasked():
    assert one_step_of_an_analog_image(observe=False)[0].sums.size == 0


@pytest.mark.parametrize("options", [{"threads": 3}, {"together": 4}], ids=str)
def test_observation_changes_no_bit_and_does_not_depend_on(options):
    network = build("skips")
    images, _ = samples(network, 9)

    def relaxed(observe, threads=1, together=1):
        engine = loaded(network, *parameters(network), tiling=Tiling(size=8), sums="tiles", threads=threads)
        engine.together = together
        return engine.relax(engine.rest(9), images, 12, window=3, observe=observe)

    plain, one, other = relaxed(False), relaxed(True), relaxed(True, **options)
    assert_array_equal(plain.mean, one.mean)
    assert_array_equal(one.sums, other.sums)
    assert (one.sums.sum(axis=(0, 2)) > 0).all()


def test_whole_sums_refuse_a_readout():
    network = build("average")
    conversions = {("input-conv1", True): Conversion.uniform(1, 3, step=0.05, low=-1, high=1)}
    for readout in (Readout(conversions=conversions), Readout(key=5)):
        with pytest.raises(ValueError) as caught:
            loaded(network, *parameters(network), readout=readout, tiling=Tiling())
        assert str(caught.value) == ('readout: tiles convert their sums before pooling; make the EventsEngine with '
                                     'sums = "tiles"')
