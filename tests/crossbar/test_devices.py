"""Synapses of devices: what is written is read, what programming costs is counted, whole chips can be stored."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.crossbar import IdealSynapses
from neurosim.crossbar.devices import DeviceSynapses, Electrics, Placement
from neurosim.crossbar.options import ArrayOptions
from neurosim.crossbar.tiling import Floorplan, Tiling
from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import load_device
from plain_devices import LOW, SPAN, linear, soft_bounds

SHAPES = {"conv": (4, 3, 2, 2), "dense": (5, 7)}
PLACES = [("pair", "bidirectional"), ("reference", "bidirectional"), ("offset", "bidirectional"), ("pair", "one-sided")]
NOISY = {"c2c": 0.2, "step_spread": 0.1, "g_min_spread": 0.01}


def weights_of(seed=1, largest=0.5):
    random = np.random.default_rng(seed)
    return {name: random.uniform(-largest, largest, shape).astype(np.float32) for name, shape in SHAPES.items()}


def chip(device=None, weights=None, mapping="pair", programming="bidirectional", **options):
    """Synapses whose largest weight is 1, with the tallies of an independent observer."""
    weights = weights or weights_of()
    placement = Placement(mapping=mapping, programming=programming, ranges=dict.fromkeys(weights, 1.0), **options)
    return DeviceSynapses(device or linear(), weights, placement, seed=2, threads=1)


def tolerance(synapses, name):
    """Of a weight: half a step for every device that carries it."""
    devices = {"offset": 1}.get(synapses.placement.mapping, 2)
    return devices * 0.5 * synapses.granularity[name] * (1 + 1e-4)


@pytest.mark.parametrize("device", [linear(), soft_bounds(400), linear(c2c=0.2, step_spread=0.1)],
                         ids=["linear", "soft", "noisy"])
@pytest.mark.parametrize("mapping, programming", PLACES)
def test_written_weights_are_read_to_the_tolerance(mapping, programming, device):
    weights = weights_of(largest=0.4)
    synapses = chip(device, weights, mapping, programming)
    for name, values in weights.items():
        assert np.abs(synapses.weights[name] - values).max() < tolerance(synapses, name)
    effective = synapses.effective()
    assert_array_equal(effective.forward["conv"], effective.backward["conv"])


def test_a_finer_tolerance_is_kept_by_a_device_that_can():
    weights = weights_of()
    synapses = chip(linear(c2c=0.3), weights, tolerance=0.1)
    for name, values in weights.items():
        assert np.abs(synapses.weights[name] - values).max() < 0.2 * synapses.granularity[name]


@pytest.mark.parametrize("mapping", ["pair", "reference", "offset"])
def test_a_pulse_changes_a_weight_by_its_granularity(mapping):
    synapses = chip(mapping=mapping)
    before = synapses.weights
    counts = {name: np.resize([3, -2, 0, 1, -5], shape) for name, shape in SHAPES.items()}
    synapses.program(counts)
    for name, number in counts.items():
        assert_allclose(synapses.weights[name] - before[name], number * synapses.granularity[name], atol=1e-6)


# ---- costs ----
class Recount:
    """Counts pulses and reads where they happen: in the arrays of devices."""

    def __init__(self, monkeypatch):
        self.set, self.reset, self.reads = {}, {}, {}
        pulse, read = DeviceArray.pulse, DeviceArray.conductances

        def counted_pulse(array, counts, *strength):
            counts = np.asarray(counts)
            self._add(self.set, array, counts[counts > 0].sum())
            self._add(self.reset, array, -counts[counts < 0].sum())
            pulse(array, counts, *strength)

        def counted_read(array):
            self._add(self.reads, array, 1)
            return read(array)

        monkeypatch.setattr(DeviceArray, "pulse", counted_pulse)
        monkeypatch.setattr(DeviceArray, "conductances", counted_read)

    @staticmethod
    def _add(counter, array, number):
        name = array.name.split()[0]
        counter[name] = counter.get(name, 0) + int(number)


@pytest.mark.parametrize("mapping, programming", PLACES)
def test_counts_are_those_of_an_independent_recount(mapping, programming, monkeypatch):
    recount = Recount(monkeypatch)
    synapses = chip(linear(**NOISY), mapping=mapping, programming=programming)
    random = np.random.default_rng(3)
    for _ in range(12):
        synapses.program({name: random.integers(-9, 10, shape) for name, shape in SHAPES.items()})
    assert synapses.counts.set == recount.set and synapses.counts.reset == recount.reset
    for name in SHAPES:
        received = sum(array.pulses.sum(axis=tuple(range(1, array.pulses.ndim)))
                       for array in synapses.mappings[name].arrays.values())
        assert_array_equal(received, [recount.set[name], recount.reset[name]])
        rows, weights = {"conv": (12, 4), "dense": (7, 5)}[name]
        lines = rows + {"pair": 2 * weights, "reference": weights + 1, "offset": weights}[mapping]
        assert synapses.counts.exposures[name] == (recount.set[name] + recount.reset[name]) * (lines - 2)


@pytest.mark.parametrize("mapping", ["pair", "reference", "offset"])
def test_every_device_is_verified_once_and_once_more_after_each_pulse_burst(mapping, monkeypatch):
    """A device is read before its first burst of pulses and after each; those that are right at once cost one read."""
    bursts, pulse = {}, DeviceArray.pulse
    monkeypatch.setattr(DeviceArray, "pulse", lambda array, counts, *strength: (
        bursts.update({array.name: bursts.get(array.name, 0) + np.count_nonzero(counts)}),
        pulse(array, counts, *strength)))
    synapses = chip(mapping=mapping)
    for name, own in synapses.mappings.items():
        devices = sum(array.stuck.size for array in own.arrays.values())
        burst = sum(number for label, number in bursts.items() if label.startswith(name))
        assert synapses.counts.verify[name] == devices + burst


def test_half_selected_devices_lie_on_the_two_lines_of_a_pulse_within_a_tile():
    shapes = {"small": (3, 5), "wide": (3, 200), "large": (300, 2, 10, 10)}
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    synapses = chip(weights=weights, mapping="offset", tile=128)
    before = dict(synapses.counts.exposures)
    counts = {name: np.zeros(shape, int) for name, shape in shapes.items()}
    for values in counts.values():
        values.flat[:2] = 4, -1
    synapses.program(counts)
    found = {name: synapses.counts.exposures[name] - before[name] for name in shapes}
    assert found == {"small": 5 * (4 + 2), "wide": 5 * (127 + 2), "large": 5 * (127 + 127)}


@pytest.mark.parametrize("mapping, beside", [("offset", 2), ("pair", 5), ("reference", 3)])
def test_half_selected_devices_of_a_tile_that_is_not_full_are_those_that_it_has(mapping, beside):
    """200 rows take tiles of 128 and of 72; three weights take as many bit lines, or twice as many, or one more."""
    synapses = chip(weights={"wide": np.zeros((3, 200), np.float32)}, mapping=mapping, tile=128)
    before, counts = synapses.counts.exposures["wide"], np.zeros((3, 200), int)
    counts[1, [0, 199]] = 2 if mapping == "pair" else 1    # which a pair shares
    synapses.program({"wide": counts})
    assert synapses.counts.exposures["wide"] - before == (127 + beside + 71 + beside) * (2 if mapping == "pair" else 1)


# ---- one-sided programming ----
def test_one_sided_programming_only_sets_until_it_refreshes():
    synapses = chip(mapping="pair", programming="one-sided", weights=weights_of(largest=0.2))
    resets = dict(synapses.counts.reset)
    random, before, total = np.random.default_rng(4), synapses.weights, dict.fromkeys(SHAPES, 0)
    for _ in range(8):
        counts = {name: random.integers(-4, 5, shape) for name, shape in SHAPES.items()}
        synapses.program(counts)
        total = {name: total[name] + counts[name] for name in SHAPES}
    assert synapses.counts.reset == resets and not any(synapses.counts.refreshes.values())
    for name in SHAPES:
        assert_allclose(synapses.weights[name] - before[name], total[name] * synapses.granularity[name], atol=1e-6)


def test_refresh_keeps_the_weights_and_makes_room():
    synapses = chip(mapping="pair", programming="one-sided", weights=weights_of(largest=0.2))
    before, resets = synapses.weights, sum(synapses.counts.reset.values())
    ones = {name: np.ones(shape, int) for name, shape in SHAPES.items()}
    for _ in range(85):
        synapses.program(ones)
        synapses.program({name: -values for name, values in ones.items()})
    assert sum(synapses.counts.refreshes.values()) > 50 and sum(synapses.counts.reset.values()) > resets
    for name in SHAPES:
        change = np.abs(synapses.weights[name] - before[name]).max()
        assert 0 < change < 4 * tolerance(synapses, name)
        for array in synapses.mappings[name].arrays.values():
            assert (array.conductances() - LOW).max() <= (0.9 + 0.01) * SPAN


def test_a_refresh_touches_and_reads_tired_pairs_only():
    weights = {"dense": np.array([[0.0, 0.3, -0.2]], np.float32)}
    synapses = chip(mapping="pair", programming="one-sided", weights=weights)
    start = synapses.weights["dense"].copy()
    for _ in range(91):
        synapses.program({"dense": np.array([[1, 0, 0]])})
        synapses.program({"dense": np.array([[-1, 0, 0]])})
    assert synapses.counts.refreshes["dense"] == 1
    assert_array_equal(synapses.weights["dense"][0, 1:], start[0, 1:])
    assert synapses.weights["dense"][0, 0] == pytest.approx(start[0, 0], abs=2 * tolerance(synapses, "dense"))
    assert set(synapses.mappings["dense"].arrays["plus"].pulses[1].ravel()[1:]) == {0}
    fresh = chip(mapping="pair", programming="one-sided", weights=weights)
    assert 4 <= synapses.counts.verify["dense"] - fresh.counts.verify["dense"] <= 2 * 12


def test_a_weight_near_its_largest_is_not_refreshed_again_and_again():
    """Nothing is won where only one device of the pair is full."""
    synapses = chip(mapping="pair", programming="one-sided", weights={"dense": np.array([[0.95]], np.float32)})
    for _ in range(5):
        synapses.program({"dense": np.zeros((1, 1), int)})
    assert not any(synapses.counts.refreshes.values())


# ---- against ideal synapses ----
@pytest.mark.parametrize("mapping, programming", PLACES)
def test_an_ideal_device_follows_ideal_synapses_to_a_step(mapping, programming):
    weights = weights_of(largest=0.3)
    synapses = chip(load_device("ideal-device"), weights, mapping, programming)
    ideal = IdealSynapses({name: values.copy() for name, values in synapses.weights.items()})
    random = np.random.default_rng(5)
    for _ in range(6):
        counts = {name: random.integers(-200, 201, shape) for name, shape in SHAPES.items()}
        synapses.program(counts)
        ideal.program({name: np.float32(synapses.granularity[name]) * number for name, number in counts.items()})
    for name in SHAPES:
        assert np.abs(synapses.weights[name] - ideal.weights[name]).max() < synapses.granularity[name]
        assert synapses.granularity[name] == pytest.approx({"pair": 1e-4}.get(mapping, 2e-4), rel=1e-6)


# ---- storing ----
@pytest.mark.parametrize("mapping, programming", PLACES)
def test_a_stored_chip_goes_on_as_if_never_interrupted(mapping, programming):
    device = linear(**NOISY, write_noise=1e-8, drift=0.05, drift_start=1e-3)
    counts = [{name: np.random.default_rng(n).integers(-9, 10, shape) for name, shape in SHAPES.items()}
              for n in (1, 2)]
    whole, other = (chip(device, mapping=mapping, programming=programming) for _ in range(2))
    whole.set_time(1.0)
    whole.program(counts[0])
    stored = {key: np.array(values) for key, values in whole.stored().items()}
    other.load(stored)
    assert other.time == 1.0 and other.counts == whole.counts
    for synapses in (whole, other):
        synapses.set_time(2.0)
        synapses.program(counts[1])
        synapses.set_time(50.0)
    for name in SHAPES:
        assert_array_equal(other.weights[name], whole.weights[name])
    assert other.counts == whole.counts
    assert set(whole.stored()) == set(other.stored())


def test_stuck_devices_do_not_keep_the_others_from_their_weights():
    weights = weights_of(largest=0.4)
    synapses = chip(linear(stuck_on=0.05, stuck_off=0.05), weights, rounds=30)
    for name, values in weights.items():
        own = synapses.mappings[name].arrays
        free = ~(own["plus"].stuck | own["minus"].stuck)
        assert 0 < (~free).sum() < free.sum()
        assert np.abs(synapses.weights[name] - values)[free].max() < tolerance(synapses, name)


# ---- time ----
@pytest.mark.parametrize("wired", [False, True])
def test_pulses_meet_and_are_priced_at_the_conductance_that_has_drifted(wired):
    """Mean of the conductance before, as a read finds it, and after each burst; wires take their part of it too."""
    tiling = Tiling(size=128, devices=1)
    electrics = Electrics(floorplans={"w": Floorplan(tiling=tiling, taps=1, lower=6, upper=4)},
                          array=ArrayOptions(word_line=200.0, pulses="local") if wired else ArrayOptions())
    placement = Placement(mapping="offset", programming="bidirectional", ranges={"w": 1.0})
    weights = {"w": np.random.default_rng(2).uniform(0, 0.5, (4, 6)).astype(np.float32)}
    synapses = DeviceSynapses(linear(drift=0.03, drift_start=2.0), weights, placement, threads=1, electrics=electrics)
    counts, array = np.resize([3, -2, 0, 1], (4, 6)), synapses.arrays()[0]
    synapses.set_time(1e4)
    spent = {kind: getattr(synapses.counts, kind)["w"] for kind in ("set_siemens", "reset_siemens")}
    before = array.conductances().astype(float)
    synapses.program({"w": counts})
    path = 200.0 * (np.arange(4)[:, None] + 1) if wired else 0
    after = before + counts * SPAN / 100 / (1 + path * before)
    assert_allclose(array.conductances(), after, rtol=1e-6)
    for kind, sign in (("set_siemens", 1), ("reset_siemens", -1)):
        met = (np.maximum(sign * counts, 0) * (before + after) / 2).sum()
        assert getattr(synapses.counts, kind)["w"] - spent[kind] == pytest.approx(met, rel=1e-6)
