"""Noise of reads and drift from reads without pulses: intervals hold the truth as often as they say."""

import numpy as np
import pytest

from neurosim.memristor.fitting.ageing import drift, read_noise, stuck

EXPERIMENTS, TIMES = 200, np.geomspace(1, 1e4, 20)


@pytest.mark.parametrize("states, reads", [(1, 10), (5, 30), (20, 5)])
def test_intervals_of_read_noise_hold_the_truth(states, reads):
    rng, inside = np.random.default_rng([states, reads]), 0
    for _ in range(EXPERIMENTS):
        means = 10 ** rng.uniform(-7, -4, states)
        found = read_noise([mean * (1 + 0.03 * rng.standard_normal(reads)) for mean in means], "made")
        low, high = found.intervals["read_noise"]
        inside += low <= 0.03 <= high
    assert 0.90 <= inside / EXPERIMENTS <= 0.985


def decays(rng, devices, spread=0.01, noise=0.005):
    exponents = 0.05 + spread * rng.standard_normal(devices)
    return [(TIMES, 1e-5 * TIMES ** -nu * (1 + noise * rng.standard_normal(TIMES.size))) for nu in exponents]


@pytest.mark.parametrize("devices, spread, noise", [(1, 0.0, 0.005), (6, 0.01, 0.005), (20, 0.01, 0.005),
                                                    (20, 0.01, 0.1)])
def test_intervals_of_drift_hold_the_truth(devices, spread, noise):
    rng, inside = np.random.default_rng(devices), np.zeros(2, int)
    for _ in range(EXPERIMENTS):
        found = drift(decays(rng, devices, spread, noise), "made")
        for place, (key, truth) in enumerate((("drift", 0.05), ("drift_spread", spread))):
            if key in found.intervals:
                low, high = found.intervals[key]
                inside[place] += low <= truth <= high
    parts = inside[:2 if devices > 1 else 1] / EXPERIMENTS
    assert np.all(parts >= 0.90) and np.all(parts <= 0.985)


def driven(place, still, rng, pulses=40):
    """Reads of a device that moves over most of the range 1 to 11 uS, or stays at a place of it."""
    part = np.full(pulses, place) if still else np.linspace(0.1, 0.9, pulses)
    return 1e-6 + 1e-5 * (part + 0.01 * rng.standard_normal(pulses))


@pytest.mark.parametrize("fraction", [0.05, 0.2])
def test_intervals_of_stuck_fractions_hold_the_truth(fraction):
    rng, inside, count = np.random.default_rng(int(100 * fraction)), 0, 150
    for _ in range(EXPERIMENTS):
        devices = [driven(1.0, still, rng) for still in rng.random(count) < fraction]
        low, high = stuck(devices, 1e-6, 1.1e-5, "made").intervals.get("stuck_on", (0.0, 0.0))
        inside += low <= fraction <= high
    assert 0.90 <= inside / EXPERIMENTS <= 0.985


def test_stuck_devices_are_told_apart_by_their_place():
    rng = np.random.default_rng(0)
    devices = [driven(0.0, False, rng) for _ in range(14)]
    devices += [driven(place, True, rng) for place in (0, 0, 0.5, 1, 1, 1)]
    found = stuck(devices, 1e-6, 1.1e-5, "made")
    assert found.values == {"stuck_on": 0.15, "stuck_off": 0.1, "stuck_anywhere": 0.05} and found.remarks == []
    found = stuck(devices[:14], 1e-6, 1.1e-5, "made")
    assert found.values == {} and len(found.remarks) == 3 and "no device is stuck on" in found.remarks[0]
    with pytest.raises(ValueError, match="4 devices tell no fraction of stuck ones"):
        stuck(devices[:4], 1e-6, 1.1e-5, "made")


def test_what_wanders_is_no_white_noise():
    rng = np.random.default_rng(0)
    white = [1e-6 * (1 + 0.02 * rng.standard_normal(200)) for _ in range(4)]
    assert read_noise(white, "made").remarks == []
    slow = [1e-6 * (1 + 0.02 * np.cumsum(rng.standard_normal(200)) / 5) for _ in range(4)]
    assert read_noise(slow, "made").remarks[0].startswith("4 of 4 series wander")
    bent = [(TIMES, 1e-5 * np.exp(-TIMES / 3e3) * (1 + 0.002 * rng.standard_normal(20)))]
    assert "not straight lines" in drift(bent, "made").remarks[0]


def test_drift_begins_at_the_first_time_and_lines_are_what_fits():
    found = drift(decays(np.random.default_rng(1), 2, noise=0.0), "made")
    assert found.values["drift_start"] == 1.0
    assert found.courses[0].line[0] == 1
    assert np.allclose(found.courses[0].y, TIMES ** (np.log(found.courses[0].line[-1]) / np.log(1e4)), rtol=1e-9)


@pytest.mark.parametrize("times, values, sentence", [
    (TIMES - 1, TIMES ** -0.1, "give positive times after the last pulse"),
    (TIMES, TIMES ** 0.1, "conductances do not fall with time"), (TIMES[:3], TIMES[:3] ** -0.1, "a series has 3 reads"),
])
def test_what_is_no_drift_is_one_sentence(times, values, sentence):
    with pytest.raises(ValueError, match=sentence):
        drift([(times, 1e-5 * values)], "made")
