"""Wear from long cycling: lives and lines of windows give back what devices were made of."""

import numpy as np
import pytest
from scipy.stats import chi2, t

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import load_device
from neurosim.memristor.fitting.endurance import Window, _Lives, _lognormal, endurance

CHECKPOINTS = np.unique(np.geomspace(10, 1e7, 60).round())
EXPERIMENTS = 20
STEEP = dict.fromkeys(("step_up", "step_down"), 1e-6)    #: steps that cross the range in a train [S]


def failing(rng, devices, sigma=0.6, median=1e5, last=1e7):
    """Windows that stay until lognormal lives are over."""
    pulses = CHECKPOINTS[CHECKPOINTS <= last]
    return [Window(pulses, 1e-5 * np.where(pulses < life, 1, 0.05) * (1 + 0.03 * rng.standard_normal(pulses.size)))
            for life in median * np.exp(sigma * rng.standard_normal(devices))]


def closing(rng, devices, sigma=0.4, median=1e6):
    """Windows that close in proportion to the pulses."""
    pulses = np.linspace(1e4, 6e5, 40)
    return [Window(pulses, 1e-5 * (np.maximum(1 - pulses / life, 0) + 0.03 * rng.standard_normal(pulses.size)))
            for life in median * np.exp(sigma * rng.standard_normal(devices))]


@pytest.mark.slow
@pytest.mark.parametrize("make, truth", [
    (lambda rng: failing(rng, 8), {"endurance": 1e5, "endurance_spread": 0.6}),
    (lambda rng: failing(rng, 16, last=1.5e5), {"endurance": 1e5, "endurance_spread": 0.6}),
    (lambda rng: closing(rng, 6), {"endurance": 1e6, "endurance_spread": 0.4}),
    (lambda rng: closing(rng, 1, 0.0), {"endurance": 1e6}),
])
def test_intervals_of_wear_hold_the_truth(make, truth):
    """Of 20 intervals of 95 %, 17 or more hold it."""
    held = dict.fromkeys(truth, 0)
    for seed in range(EXPERIMENTS):
        found = endurance(make(np.random.default_rng(seed)), "made")
        for key, value in truth.items():
            low, high = found.intervals[key]
            held[key] += low <= value <= high
    assert all(count >= 17 for count in held.values())


def test_where_all_lives_are_known_intervals_are_those_of_the_normal_distribution():
    """Student's of the mean of ln pulses, and that of chi^2 of their spread."""
    known = np.array([9.5, 10.0, 10.7, 11.1, 12.0])
    found = _lognormal(_Lives(known - 5e-4, known + 5e-4))
    middle, spread, count = known.mean(), known.std(ddof=1), len(known)
    half = t.ppf(0.975, count - 1) * spread / np.sqrt(count)
    ends = spread * np.sqrt((count - 1) / chi2.ppf([0.975, 0.025], count - 1))
    assert np.log(found["endurance"][0]) == pytest.approx(middle, abs=1e-3)
    np.testing.assert_allclose(np.log(found["endurance"][1]), [middle - half, middle + half], atol=5e-3)
    middle, limits = found["endurance_spread"]
    np.testing.assert_allclose([middle, *limits], [spread, *ends], rtol=5e-3)


def test_both_kinds_of_wear_are_told_apart():
    rng = np.random.default_rng(0)
    found = endurance(failing(rng, 8), "made")
    assert found.texts == {"worn": "sticks"} and found.goodness.startswith("good")
    assert "21" in found.advice or "24 more devices" in found.advice
    found = endurance(closing(rng, 8), "made")
    assert found.texts == {"worn": "shrinks"} and found.goodness.startswith("good")


def test_devices_that_outlive_the_test_lengthen_the_median():
    """Life tests that stop early must not say that all devices fail by then."""
    windows = failing(np.random.default_rng(1), 30, median=1e5, last=1.2e5)
    found = endurance(windows, "made")
    low, high = found.intervals["endurance"]
    assert low < 1e5 < high and "did not fail" in found.remarks[1] and "longer cycling" in found.advice


def test_windows_of_the_arrays_own_devices_are_found_again():
    """What `worn = "shrinks"` does to devices is the line that is fitted."""
    card = load_device("ideal-device", {"endurance": 4000, "endurance_spread": 0.3, **STEEP})
    array = DeviceArray(card.__class__(**{**card.__dict__, "worn": "shrinks"}), (12,), seed=3)
    states = []
    for _ in range(12):
        ends = []
        for sign in (1, -1):
            array.pulse(np.full(12, 70 * sign))
            ends.append(array.conductances().astype(float))
        states.append(ends)
    width = np.array([high - low for high, low in states])
    pulses = 140.0 * np.arange(1, 13) - 70
    found = endurance([Window(pulses, each) for each in width.T], "made")
    assert found.texts == {"worn": "shrinks"}
    low, high = found.intervals["endurance"]
    assert low < 4000 < high and found.intervals["endurance_spread"][0] < 0.3 < found.intervals["endurance_spread"][1]


@pytest.mark.parametrize("windows, sentence", [
    ([Window(CHECKPOINTS[:4], np.ones(4))], "a device has 4 checkpoints; give 6 or more"),
    ([Window(CHECKPOINTS, -np.ones(CHECKPOINTS.size))], "no window between its states"),
    (failing(np.random.default_rng(0), 4, last=1e3), "0 of 4 devices fail within"),
])
def test_what_tells_no_endurance_is_one_sentence(windows, sentence):
    with pytest.raises(ValueError, match=sentence):
        endurance(windows, "made")
