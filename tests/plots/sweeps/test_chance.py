"""The F test of points against seeds."""

import numpy as np
import pytest
from scipy.stats import f_oneway, ttest_rel

from neurosim.plots.sweeps.chance import chance
from neurosim.streams import stream


def test_two_points_are_a_paired_t_test():
    found = stream(1, "a test").random((2, 6)) + np.arange(6)
    assert chance(found) == pytest.approx(ttest_rel(*found).pvalue, rel=1e-9)


def test_what_a_seed_does_to_all_points_is_taken_off():
    found = stream(2, "a test").random((5, 4))
    assert chance(found + 100 * np.arange(4)) == pytest.approx(chance(found), rel=1e-6)
    assert f_oneway(*(found + 100 * np.arange(4))).pvalue > 0.999, "which an unpaired test would drown in"


def test_chance_is_chance():
    """Of points with one mean, 5 % of all sweeps have a probability below 5 %."""
    random = stream(3, "a test")
    below = np.mean([chance(random.standard_normal((6, 3))) < 0.05 for _ in range(2000)])
    assert 0.035 < below < 0.065


@pytest.mark.parametrize("found", [np.ones((3, 1)), np.ones((1, 3)), np.full((3, 3), np.nan), [[1, np.nan], [2, 3]]])
def test_what_cannot_be_tested_is_not_a_number(found):
    assert np.isnan(chance(np.array(found, float)))


def test_points_without_any_scatter():
    assert chance(np.array([[1.0, 1.0], [2.0, 2.0]])) == 0.0 and chance(np.ones((3, 3))) == 1.0
