"""Grouped and depthwise convolutions equal dense ones whose kernel is zero between groups, and compute no zeros."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import graphs
from bridge import gathered, spread
from digits import config_of
from neurosim.counts import Counts
from neurosim.crossbar.devices import DeviceSynapses
from neurosim.crossbar.electrics import Electrics
from neurosim.crossbar.ir_drop import IRDrop, wires_of
from neurosim.crossbar.options import ArrayOptions, ReadoutOptions
from neurosim.crossbar.placement import Placement
from neurosim.crossbar.tiling import Floorplan, Tiling
from neurosim.experiment.model import Model
from neurosim.experiment.pricing import chip_of
from neurosim.learning.phases import run_phases
from neurosim.learning.stochastic_pulses import weights_of_lines
from neurosim.memristor.device import load_device
from neurosim.network.graph import ConnectionSpec, LayerSpec, Network, conv, dense
from neurosim.network.hopfield import apply, apply_adjoint

#: name -> (options of the convolution in the middle, channels below, channels above)
KINDS = {"groups": (dict(kernel=3, padding=1, stride=2, groups=2), 4, 6),
         "depthwise": (dict(kernel=3, padding=1, groups=5), 5, 5),
         "depth multiplier": (dict(kernel=2, groups=3), 3, 6),
         "average": (dict(kernel=3, groups=2, pool="average"), 4, 4),
         "average, stride and padding": (dict(kernel=2, groups=4, stride=2, padding=1, pool="average"), 8, 4),
         "max": (dict(kernel=2, groups=4, pool="max"), 4, 8),
         "max decoded": (dict(kernel=3, groups=2, pool="max", pool_on="decoded"), 4, 4)}
ALL = pytest.mark.parametrize("name", KINDS)
SUMS = pytest.mark.parametrize("sums, size", [("whole", 8), ("tiles", 8), ("tiles", 128)])
NEURONS = pytest.mark.parametrize("neurons", [graphs.SPIKING, graphs.RATE], ids=["spiking", "rate"])


def pair_of(name, neurons=graphs.SPIKING, sums="whole", size=8):
    """Engines of the same network with groups and without, in float64."""
    options, below, above = KINDS[name]
    engines, skips = [], (ConnectionSpec(source="a", target="output"),)
    for groups in (options["groups"], 1):
        layers = [conv(below, kernel=2, name="a"), conv(above, name="b", **{**options, "groups": groups}), dense(3)]
        network = Network(layers, (9, 8, 2), neurons, "spikes" if neurons is graphs.SPIKING else "analog", skips)
        if groups > 1:
            weights, biases = graphs.parameters(network)
        else:
            weights = {**weights, "a-b": spread(weights["a-b"], options["groups"])}
        engines.append(graphs.loaded(network, weights, biases, tiling=Tiling(size=size), sums=sums))
    return engines


@ALL
@SUMS
@NEURONS
def test_dynamics_and_products_are_those_of_the_block_diagonal_kernel(name, neurons, sums, size):
    (images, _), found = graphs.samples(pair_of(name)[0].network), []
    for engine in pair_of(name, neurons, sums, size):
        state = engine.rest(len(images))
        record = engine.relax(state, images, 15, window=5)
        found.append((engine, record, engine.correlate(record.mean[:1], record.mean[1:]).weights,
                      engine.outer_products("a-b", record.mean)))
    (grouped, one, products, terms), (_, other, whole, all_terms) = found
    assert_allclose(one.mean, other.mean, rtol=0, atol=1e-12)
    assert_array_equal(one.sent, other.sent)
    groups = KINDS[name][0]["groups"]
    assert_allclose(products["a-b"], gathered(whole["a-b"], groups), rtol=0, atol=1e-12)
    assert np.abs(products["a-b"]).max() > 1e-3
    for values, expected in zip(terms, all_terms):
        assert_allclose(values, expected, rtol=0, atol=1e-12)
    crossed = weights_of_lines(terms[1].T @ terms[0], products["a-b"].shape)
    assert_allclose(crossed, grouped.correlate(one.mean, 0 * one.mean).weights["a-b"], rtol=0, atol=1e-12)


@ALL
@SUMS
def test_both_directions_are_adjoint(name, sums, size):
    engine, _ = pair_of(name, sums=sums, size=size)
    random = np.random.default_rng(2)
    x, y = (random.standard_normal((3, engine.slices[layer].stop - engine.slices[layer].start)) for layer in "ab")
    ahead = apply(engine, "a-b", x)
    assert_allclose((ahead * y).sum(axis=1), (x * apply_adjoint(engine, "a-b", y, at=x)).sum(axis=1), rtol=1e-10)


@ALL
def test_only_synapses_that_exist_are_stored_and_counted(name):
    groups = KINDS[name][0]["groups"]
    images, _ = graphs.samples(pair_of(name)[0].network)
    counts, cells = [], []
    for engine in pair_of(name):
        record = engine.relax(engine.rest(len(images)), images, 15)
        counts.append(engine.count(record))
        read = next(read for read in engine.layout.reads if engine.network.connections[read.connection].name == "a-b")
        cells.append(read.weights)
    assert cells[1] == groups * cells[0]
    for direction in ("forward", "backward"):
        own, dense_own = (count.operations[f"a-b {direction}"] for count in counts)
        assert dense_own == groups * own > 0
        assert counts[1].dense[f"a-b {direction}"] == groups * counts[0].dense[f"a-b {direction}"]


def test_every_group_lies_on_tiles_of_its_own():
    network = Network([conv(8, kernel=1), conv(8, kernel=3, groups=4), dense(3)], (6, 6, 1))
    plan = network.connection("conv1-conv2").floorplan(Tiling(size=8))
    assert (plan.rows, plan.upper, plan.row_tiles, plan.column_tiles) == (4 * 18, 2, 4 * 3, 1)
    assert plan.slices(True) == 12 and plan.slices(False) == 4 and plan.lines(False) == 18
    assert plan.weight_edges.tolist() == [0, 2, 4, 6, 8]
    values = np.random.default_rng(0).standard_normal((8, 2, 3, 3))
    matrix = plan.matrix(values)
    assert matrix.shape == (72, 2) and matrix[18 + 4 * 2 + 1, 0] == values[2, 1, 1, 1]
    assert_array_equal(plan.unmatrix(matrix, values.shape), values)
    assert_allclose(plan.column_sums(matrix), values.sum(axis=(1, 2, 3)))
    assert_allclose(plan.sums_of_slices(True, matrix).sum(axis=0), matrix.sum(axis=0))
    assert_allclose(plan.sums_of_slices(False, matrix)[1], matrix[18:36].sum(axis=1))


REFUSED = {
    "network.groups = 3 of conv1-conv2 divides not both the 4 channels of conv1 and the 6 of conv2; give a divisor of "
    "both": lambda: Network([conv(4), conv(6, groups=3), dense(2)], (9, 9, 1)),
    "network.groups = 4 of conv1-conv2 divides not both the 4 channels of conv1 and the 6 of conv2; give a divisor of "
    "both": lambda: Network([conv(4), conv(6, groups=4), dense(2)], (9, 9, 1)),
    "network.groups = 2: a dense connection joins all units with all and has no groups; omit it, or use kind = "
    '"conv"': lambda: LayerSpec(units=3, groups=2),
    "network.groups = 0 is below 1; give 1 to 100000": lambda: conv(4, groups=0),
}


@pytest.mark.parametrize("message", REFUSED)
def test_groups_that_do_not_fit_are_refused(message):
    with pytest.raises(ValueError) as refusal:
        REFUSED[message]()
    assert str(refusal.value) == message


CHIP = ["synapses.device=choi-2018-epiram", "readout.kind=adc", "readout.bits=6", "readout.noise=fresh",
        "readout.range=1.0", "array.word_line=1", "array.bit_line=1", "array.tile=16", "optimiser.rates=5.0"]


@pytest.mark.parametrize("more", [["synapses.pulses=accumulate"], ["synapses.pulses=trains"],
                                  ["synapses.pulses=accumulate", "synapses.mapping=reference"]], ids=str)
def test_a_chip_with_wires_noise_and_converters_learns_in_groups(more, tmp_path):
    """Every device has variance floors and an attenuation; pulses reach what exists, and all is priced."""
    layers = ('network.layers=[{kind = "conv", channels = 4, kernel = 5, stride = 4}, {kind = "conv", channels = 4, '
              'kernel = 3, groups = 2, pool = "average"}, {kind = "dense", units = 10}]')
    config = config_of(tmp_path, layers, *CHIP, *more)
    model = Model.build(config, (28, 28, 1), 10)
    images, targets = graphs.samples(model.network, 8)
    effective = model.synapses.effective()
    assert_allclose(effective.forward["conv1-conv2"], model.synapses.weights["conv1-conv2"], rtol=0, atol=0.02)
    names = np.arange(len(images), dtype=np.uint64)
    records = run_phases(model.engine, images.astype(np.float32), targets.astype(np.float32), config.learning,
                         names=names)
    before = {name: values.copy() for name, values in model.synapses.weights.items()}
    model.learn(records, 1.0)
    moved = model.synapses.weights["conv1-conv2"] != before["conv1-conv2"]
    assert moved.shape == (4, 2, 3, 3) and all(moved[own].any() for own in (slice(2), slice(2, 4)))
    counts = sum((model.count(record) for record in records.by_phase.values()), Counts())
    assert counts.siemens["conv1-conv2 backward"] > 0 and counts.reads["conv1-conv2 forward"]["hops"] > 0
    array = chip_of(config, model.network).array("conv1-conv2")
    assert array.weights == 4 * 2 * 9 and array.tiles == 2 * 2    # 18 rows in 16 lines, twice


def test_a_group_is_attenuated_as_if_it_were_alone():
    device, random = load_device("choi-2018-epiram"), np.random.default_rng(0)
    weights = random.uniform(-0.1, 0.1, (4, 2, 3, 3)).astype(np.float32)

    def chip(values, groups):
        plan = Floorplan(tiling=Tiling(size=16), taps=9, lower=2, upper=len(values) // groups, groups=groups)
        electrics = Electrics(floorplans={"a": plan}, array=ArrayOptions(word_line=20.0, bit_line=20.0, tile=16),
                              readout=ReadoutOptions(kind="adc", noise="fresh"))
        placement = Placement(mapping="pair", programming="bidirectional", ranges={"a": 0.1}, tile=16)
        synapses = DeviceSynapses(device, {"a": values}, placement, electrics=electrics)
        return synapses, plan

    (whole, plan), (part, own) = chip(weights, 2), chip(weights[2:], 1)
    g = whole.mappings["a"].lines(whole.mappings["a"].conductances(), plan)[own.rows:]
    alone = IRDrop(wires_of(whole.electrics.array), own, device.span, 0.0, 1).effective(g)
    for together, separate in zip((whole.effective().forward, whole.effective().backward), alone):
        assert_allclose(together["a"][2:], part.mappings["a"].from_lines(separate, own), rtol=1e-4)
    floors = whole.effective().variance_floors
    assert floors["a", True].shape == (plan.slices(True), 2) and floors["a", False].shape == (2, 18)


def test_fan_in_is_that_of_a_group():
    network = Network([conv(6, kernel=3, groups=3), dense(2)], (8, 8, 3))
    assert network.connections[0].fan_in == 9 and network.connections[0].describe() == "conv depthwise 3x3"
    assert np.abs(network.initial_weights(0)["input-conv1"]).max() > 1 / 3 * 0.9
