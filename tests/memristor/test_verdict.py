"""What a fit is called, and whether the measurement that it advises does what it says."""

import re

import numpy as np
import pytest

from neurosim.measurements.types import PulseTrains
from neurosim.memristor.fitting import fit
from neurosim.memristor.fitting.measured import judged
from neurosim.memristor.fitting.verdict import advice, goodness

PULSES = 60


def trains(cycles, seed=0, slow=0.0, noise=0.02):
    """Soft bounds from 1 to 11 uS; slow : of residuals that continue from pulse to pulse."""
    rng, rise = np.random.default_rng(seed), 1 - np.exp(-np.arange(1, PULSES + 1) / 20)

    def read(course):
        white = rng.standard_normal(PULSES)
        wander = np.array([white[max(k - 8, 0):k + 1].mean() for k in range(PULSES)])
        return 1e-6 + 1e-5 * (course + noise * white + slow * wander)
    return PulseTrains(up=[read(rise) for _ in range(cycles)], source="made",
                       down=[read(rise[-1] * (1 - rise)) for _ in range(cycles)])


@pytest.fixture(scope="module")
def found():
    return {cycles: fit(trains(cycles), laws=["soft-bounds"], folds=2)[0] for cycles in (2, 8)}


def test_a_fit_is_called_what_its_residuals_are(found):
    assert re.match(r"good: the noise-free curve of soft-bounds follows the trains to \d.* and what is left over looks",
                    goodness(found[2]))
    bent = fit(PulseTrains(up=[np.where(np.arange(60) % 30 < 15, 5e-6, 6e-6) + 1e-8 * np.arange(60)], source="made",
                           down=[7e-6 - 1e-8 * np.arange(60) + 5e-7 * np.sin(np.arange(60) / 4)]),
               laws=["linear"], folds=2)[0]
    assert goodness(bent).startswith(("fair", "poor"))


def test_four_times_the_trains_halve_the_interval_as_advised(found):
    """The advice names three times as many trains again, and the interval of that number halves with them."""
    said = advice(found[2])
    count, side, pulses, key = re.match(r"(\d+) more (.+) trains of (\d+) pulses would halve the interval of (\w+),",
                                        said).groups()
    assert int(pulses) == PULSES and int(count) == (12 if side == "set and reset" else 6)
    few, many = (np.ptp(found[cycles].intervals[key]) for cycles in (2, 8))
    assert 1.6 < few / many < 2.5


def test_residuals_are_good_where_they_are_white_and_poor_where_they_go_on():
    rng = np.random.default_rng(0)
    white = [0.02 * rng.standard_normal(100) for _ in range(8)]
    assert judged(white, "it").startswith("good: it leaves 2 % over")
    white[3][50] = 0.5
    assert "1 of 800 points lie farther off" in judged(white, "it")
    slow = [np.cumsum(each) for each in white]
    assert judged(slow, "it").startswith("poor") and judged([*white, slow[0]], "it").startswith("fair")
