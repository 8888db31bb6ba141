"""Wear: the sums over all devices, recounted from the pulses that each of them received."""

import numpy as np
import pytest

from neurosim.crossbar.devices import DeviceSynapses, Placement
from neurosim.crossbar.wear import EDGES, wear, wear_histogram
from plain_devices import SPAN, linear


@pytest.fixture(scope="module")
def worn_chip():
    weights = {"a": np.zeros((30, 40), np.float32), "b": np.full((10, 3, 2, 2), 0.1, np.float32)}
    placement = Placement(mapping="pair", programming="bidirectional", ranges={"a": 1.0, "b": 1.0}, rounds=20)
    device = linear(stuck_on=0.1, stuck_off=0.05, endurance=60, endurance_spread=0.3)
    synapses = DeviceSynapses(device, weights, placement, seed=1, threads=1)
    synapses.program({"a": np.arange(1200).reshape(30, 40) % 41 - 20})
    return synapses


def test_sums_are_those_of_the_devices(worn_chip):
    summary, arrays = wear(worn_chip), worn_chip.arrays()
    pulses = np.concatenate([array.pulses.reshape(2, -1) for array in arrays], axis=1)
    assert [summary["set_pulses"], summary["reset_pulses"]] == pulses.sum(axis=1).tolist()
    assert summary["pulses_per_weight"] == pulses.sum() / (1200 + 120)
    assert summary["devices"] == pulses.shape[1] == 2 * 1320
    for key in ("verify", "exposures", "refreshes"):
        name = {"verify": "verify_reads", "exposures": "half_select_exposures"}.get(key, key)
        assert summary[name] == sum(getattr(worn_chip.counts, key).values())


def test_stuck_and_worn_devices_are_told_apart(worn_chip):
    summary = wear(worn_chip)
    low, high, limits = (np.concatenate([take(array) for array in worn_chip.arrays()]) for take in (
        lambda a: a.cells.low, lambda a: a.cells.high, lambda a: a.cells.limit))
    pulses = np.concatenate([array.pulses.sum(axis=0).ravel() for array in worn_chip.arrays()])
    assert summary["worn"] == np.mean((pulses >= limits) & (low < high)) and 0.05 < summary["worn"] < 0.9
    assert summary["stuck"] == np.mean(low == high) and summary["stuck"] == pytest.approx(0.15, abs=0.03)


def test_range_used_is_that_of_nine_devices_in_ten(worn_chip):
    stored = np.concatenate([array.conductances().ravel() for array in worn_chip.arrays()])
    between = np.quantile(stored.astype(float), 0.95) - np.quantile(stored.astype(float), 0.05)
    assert wear(worn_chip)["range_used"] == pytest.approx(between / SPAN, rel=1e-5)


def test_the_histogram_holds_every_device_once(worn_chip):
    histogram = wear_histogram(worn_chip)
    for name, mapping in worn_chip.mappings.items():
        pulses = np.concatenate([array.pulses.sum(axis=0).ravel() for array in mapping.arrays.values()])
        ends = [*EDGES[1:], np.inf]
        assert histogram[name].tolist() == [int(((first <= pulses) & (pulses < last)).sum())
                                            for first, last in zip(EDGES, ends)]
        assert histogram[name].sum() == pulses.size
    assert EDGES[:6].tolist() == [0, 1, 3, 10, 32, 100]
