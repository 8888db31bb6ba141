"""Weights through resistive wires, tile by tile, while devices move."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import reference as ref
from neurosim.crossbar.devices import DeviceSynapses, Electrics, Placement
from neurosim.crossbar.ir_drop import IRDrop, path_resistance, wires_of
from neurosim.crossbar.options import ArrayOptions
from neurosim.crossbar.tiling import Floorplan, Tiling
from neurosim.crossbar.wires import Wires, effective_conductances
from plain_devices import LOW, SPAN, linear
from tiled import cut

MAPPINGS = ("pair", "reference", "offset")
#: 2 x 2 kernels of 3 to 10 channels and 12 to 9 units, in tiles of 8 lines: several tiles in both directions.
SHAPES = {"conv": (10, 3, 2, 2), "dense": (9, 12)}
SIZE = 8
#: Of the order of a hundredth of a device over a tile: 8 x 100 ohm against 200 kohm.
STRONG = {"word_line": 100.0, "bit_line": 150.0, "driver": 300.0, "sense": 700.0}


def tiling(mapping):
    return Tiling(size=SIZE, devices=2 if mapping == "pair" else 1, reference=mapping == "reference")


def floorplans(mapping):
    return {"conv": Floorplan(tiling=tiling(mapping), taps=4, lower=3, upper=10),
            "dense": Floorplan(tiling=tiling(mapping), taps=1, lower=12, upper=9)}


def chip(mapping="pair", device=None, seed=2, **array):
    random = np.random.default_rng(1)
    weights = {name: random.uniform(-0.8, 0.8, shape).astype(np.float32) for name, shape in SHAPES.items()}
    placement = Placement(mapping=mapping, programming="bidirectional", ranges=dict.fromkeys(SHAPES, 1.0), tile=SIZE)
    electrics = Electrics(floorplans=floorplans(mapping), array=ArrayOptions(tile=SIZE, **array))
    return DeviceSynapses(device or linear(), weights, placement, seed=seed, threads=1, electrics=electrics)


def as_matrix(values):
    """Rows (tap, lower channel), columns upper channels."""
    return values.transpose(2, 3, 1, 0).reshape(-1, len(values)) if values.ndim == 4 else values.T


def effective_by_hand(synapses, name, wires, direction):
    """Weights of one connection, from each tile solved by itself; rows and columns."""
    mapping, kind = synapses.mappings[name], synapses.placement.mapping
    g = {role: as_matrix(values.astype(float)) for role, values in mapping.conductances().items()}
    channels, columns = SHAPES[name][1], SIZE // (2 if kind == "pair" else 1)
    weights = np.zeros(g["plus"].shape)
    for rows in cut(len(weights) // channels, channels, SIZE, columns):
        for tile, own in enumerate(cut(1, SHAPES[name][0], columns, columns)):
            lines = [g["plus"][rows, own]]
            if kind == "pair":
                lines = [g[role][rows, j:j + 1] for j in range(own.start, own.stop) for role in ("plus", "minus")]
            elif kind == "reference":
                lines.append(g["reference"][rows, tile:tile + 1])
            solved = effective_conductances(np.concatenate(lines, axis=1), wires, direction)
            if kind == "pair":
                weights[rows, own] = solved[:, 0::2] - solved[:, 1::2]
            elif kind == "reference":
                weights[rows, own] = solved[:, :-1] - solved[:, -1:]
            else:
                weights[rows, own] = solved - (LOW + SPAN / 2)
    return weights / mapping.scale.unit


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_every_tile_is_solved_by_itself_in_both_directions(mapping):
    synapses = chip(mapping, **STRONG)
    found, plain = synapses.effective(), synapses.weights
    for name in SHAPES:
        for direction, weights in (("forward", found.forward[name]), ("backward", found.backward[name])):
            expected = effective_by_hand(synapses, name, Wires(**STRONG), direction)
            assert_allclose(as_matrix(weights), expected, rtol=1e-5, atol=2e-7, err_msg=f"{name} {direction}")
        assert np.abs(found.forward[name] - plain[name]).max() > 0.01


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_wires_that_hardly_resist_leave_the_weights_alone(mapping):
    found = chip(mapping, word_line=1e-6, bit_line=1e-6).effective()
    for name, weights in chip(mapping).effective().forward.items():
        assert_allclose(found.forward[name], weights, rtol=0, atol=1e-6)
        assert_allclose(found.backward[name], weights, rtol=0, atol=1e-6)


def test_no_resistance_is_exact():
    plan = floorplans("pair")["conv"]
    g = np.random.default_rng(3).uniform(LOW, LOW + SPAN, (plan.rows, plan.bit_lines)).astype(np.float32)
    for effective in IRDrop(Wires(), plan, SPAN, 0.01, 1).effective(g):
        assert_array_equal(effective, g.astype(float))


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_forward_and_backward_agree_where_both_terminals_are_alike(mapping):
    """Reciprocity: bit for bit where driver = sense; one ohm of difference is seen."""
    alike = chip(mapping, **{**STRONG, "sense": STRONG["driver"]}).effective()
    other = chip(mapping, **{**STRONG, "sense": STRONG["driver"] + 100}).effective()
    for name in SHAPES:
        assert_array_equal(alike.forward[name], alike.backward[name])
        assert np.abs(other.forward[name] - other.backward[name]).max() > 1e-4


# ---- between two solutions ----
TOLERANCE = 0.02
LARGE = Floorplan(tiling=Tiling(size=32, devices=1), taps=1, lower=32, upper=32)
COPPER = Wires(word_line=20.0, bit_line=20.0, driver=100.0, sense=100.0)


@pytest.mark.parametrize("way", ["all the same way", "at random"])
def test_the_error_between_two_solutions_is_bounded(way):
    """While nothing is solved anew, effective conductances are off by less than tolerance x span x largest loss.

    The loss 1 - T / G is kept from the last solution. It changes by its own order times the relative change of the
    conductances, so that the error of T is of second order: the product of what wires take and how far devices moved.
    """
    drop = IRDrop(COPPER, LARGE, SPAN, TOLERANCE, 1)
    random = np.random.default_rng(4)
    g = random.uniform(LOW + 0.1 * SPAN, LOW + 0.8 * SPAN, (32, 32)).astype(np.float32)
    first, _ = drop.effective(g)
    loss, before, errors = (1 - first / g).max(), drop.solved.copy(), []
    moves = np.ones(g.shape) if way == "all the same way" else random.choice([-1.0, 1.0], g.shape)
    for part in (0.1, 0.4, 0.7, 0.99):
        now = (g + part * TOLERANCE * SPAN * moves).astype(np.float32)
        found, _ = drop.effective(now)
        assert_array_equal(drop.solved, before)
        exact = effective_conductances(now.astype(float), COPPER)
        errors.append(np.sqrt(np.mean((found - exact) ** 2)))
    assert 0.02 < loss < 0.2
    assert 0 < max(errors) < TOLERANCE * SPAN * loss


def test_a_tile_is_solved_anew_when_its_own_devices_have_moved_too_far():
    plan = Floorplan(tiling=Tiling(size=4, devices=1), taps=1, lower=8, upper=4)
    drop = IRDrop(Wires(word_line=500.0), plan, SPAN, TOLERANCE, 1)
    g = np.full((8, 4), LOW + SPAN / 2, np.float32)
    drop.effective(g)
    little, much = g.copy(), g.copy()
    little[:] += np.float32(0.9 * TOLERANCE * SPAN)
    much[:4] += np.float32(0.9 * TOLERANCE * SPAN)
    much[4:] += np.float32(1.1 * TOLERANCE * SPAN)
    drop.effective(little)
    assert_array_equal(drop.solved, g)
    found, _ = drop.effective(much)
    assert_array_equal(drop.solved[:4], g[:4])
    assert_array_equal(drop.solved[4:], much[4:])
    assert_array_equal(found[4:], effective_conductances(much[4:].astype(float), drop.wires) / much[4:] * much[4:])


def test_refresh_0_is_exact_after_every_pulse():
    synapses = chip(**STRONG, refresh=0.0)
    synapses.effective()
    for count in (1, -1, 1):
        synapses.program({name: np.where(np.arange(np.prod(shape)).reshape(shape) == 7, count, 0)
                          for name, shape in SHAPES.items()})
        found, fresh = synapses.effective(), {}
        for name, mapping in synapses.mappings.items():
            plan = synapses.electrics.floorplans[name]
            drop = IRDrop(Wires(**STRONG), plan, SPAN, 0.0, 1)
            fresh[name] = [mapping.from_lines(lines, plan)
                           for lines in drop.effective(mapping.lines(mapping.conductances(), plan))]
            assert_array_equal(found.forward[name], fresh[name][0])
            assert_array_equal(found.backward[name], fresh[name][1])


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_a_stored_chip_reads_the_same_bits(mapping):
    """Ratios that are older than the devices are stored with them."""
    device = linear(c2c=0.2, step_spread=0.1)
    whole, other = chip(mapping, device, **STRONG), chip(mapping, device, **STRONG)
    whole.effective()
    ones = {name: np.where(np.arange(np.prod(shape)).reshape(shape) % 3, 1, 0) for name, shape in SHAPES.items()}
    whole.program(ones)
    before = whole.effective()
    assert any((drop.solved != whole.mappings[name].lines(whole.mappings[name].conductances(), drop.floorplan)).any()
               for name, drop in whole.circuits._drops.items())
    other.load({key: np.array(values) for key, values in whole.stored().items()})
    for program in (False, True):
        for synapses in (whole, other):
            if program:
                synapses.program(ones)
        mine, yours = whole.effective(), other.effective()
        for name in SHAPES:
            assert_array_equal(mine.forward[name], yours.forward[name])
            assert_array_equal(mine.backward[name], yours.backward[name])
            assert program or (mine.forward[name] == before.forward[name]).all()


# ---- pulses through wires ----
@pytest.mark.parametrize("mapping", MAPPINGS)
def test_a_path_is_what_a_current_to_one_device_alone_meets(mapping):
    """By Kirchhoff: one device of a tile closed, all others open, driven at both ends."""
    plan, wires = floorplans(mapping)["conv"], Wires(**STRONG)
    found, g, references = path_resistance(plan, wires), 4e-6, int(mapping == "reference")
    devices, columns = (2, 4) if mapping == "pair" else (1, 8)
    left = 0
    for own in cut(1, 10, columns, columns):
        width = (own.stop - own.start) * devices + references
        for rows in cut(4, 3, SIZE, columns):
            height = rows.stop - rows.start
            for i, j in ((0, 0), (0, width - 1), (height - 1, 0), (height - 2, 1)):
                alone = np.zeros((height, width))
                alone[i, j] = g
                _, currents, _ = ref.kirchhoff(alone, wires.word_line, wires.bit_line, wires.driver, wires.driver,
                                               np.ones(height), np.zeros(width))
                assert_allclose(1 / currents[j] - 1 / g, found[rows.start + i, left + j], rtol=1e-6)
        left += width
    assert found.shape == (12, left)


def test_local_pulses_move_devices_less_the_farther_they_are_from_the_drivers():
    """dG = step / (1 + R G): far from the drivers are the first word line and the last bit line of a tile."""
    full, local = (chip("offset", refresh=0.0, pulses=pulses, **STRONG) for pulses in ("full", "local"))
    plan, device = full.electrics.floorplans["dense"], full.device
    steps, paths = {}, path_resistance(plan, wires_of(full.electrics.array))
    for key, synapses in (("full", full), ("local", local)):
        array = synapses.mappings["dense"].arrays["plus"]
        array.cells.g[:] = LOW + SPAN / 2
        synapses.program({"dense": np.ones(SHAPES["dense"], int)})
        steps[key] = as_matrix(array.cells.g.reshape(SHAPES["dense"])) - (LOW + SPAN / 2)
    assert_allclose(steps["full"], device["step_up"], rtol=1e-6)
    assert_allclose(steps["local"], steps["full"] / (1 + paths * (LOW + SPAN / 2)), rtol=1e-6)
    first = steps["local"][:8, :8]      # the first tile
    assert (np.diff(first, axis=0) > 0).all() and (np.diff(first, axis=1) < 0).all()


def test_steps_that_grow_with_the_voltage_fall_with_what_wires_take_of_it():
    """dG = step exp(-(1 - p) |V| / V0) with the part p of the voltage, that of set and of reset pulses each."""
    synapses = chip("offset", refresh=0.0, pulses="local", **STRONG)
    circuits, device = synapses.circuits, synapses.device
    counts = np.where(np.arange(108).reshape(SHAPES["dense"]) % 2, 1, -1)
    part = circuits.strength("dense", "plus", counts)
    circuits.device = device.with_values({"step_voltage": 0.4, "set_voltage": 2.0, "reset_voltage": -3.0})
    found = circuits.strength("dense", "plus", counts)
    volts = np.where(counts.reshape(found.shape) > 0, 2.0, 3.0)
    assert_allclose(found, np.exp((part * volts - volts) / 0.4), rtol=1e-9)
    assert (found < part).all() and (found[counts.reshape(found.shape) > 0] < 1).all()


def test_wires_are_those_of_the_options():
    assert wires_of(ArrayOptions(**STRONG)) == Wires(**STRONG)
    assert not ArrayOptions().wired and all(ArrayOptions(**{name: 1.0}).wired for name in STRONG)
