"""Paired differences over seeds and images, against closed forms and by simulation."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.special import digamma

from neurosim.experiment.improvement.statistics import differences, holm, prior_of, seeds_needed


def crossed(draw, seeds, images, of_seeds=0.0, of_images=0.0, rest=1.0):
    """delta[s, i] as a sum of what seeds, images and both bring; float."""
    return (draw.normal(0, of_seeds, (seeds, 1)) + draw.normal(0, of_images, images)
            + draw.normal(0, rest, (seeds, images)))


def one(delta):
    found, = differences([(delta, np.zeros_like(delta))], 2)
    return found


def test_seeds_alone_are_a_paired_t_test():
    """Images that are all alike add nothing, so that the means of seeds decide."""
    means = np.array([0.02, 0.05, 0.03, 0.07])
    found = one(np.repeat(means[:, None], 50, axis=1))
    expected = stats.ttest_1samp(means, 0)
    assert_allclose((found.mean, found.p, found.holm), (means.mean(), expected.pvalue, expected.pvalue), rtol=1e-9)
    assert_allclose((found.low, found.high), expected.confidence_interval(), rtol=1e-9)
    assert found.images == 0 and found.scatter == pytest.approx(means.std(ddof=1))


def test_images_alone_are_a_t_test_over_images():
    """Seeds that all make the same mistakes say nothing of other images."""
    wrong = np.arange(200) % 5 == 0
    found = one(np.repeat(wrong[None], 3, axis=0).astype(float))
    expected = stats.ttest_1samp(wrong.astype(float), 0)
    assert_allclose((found.mean, found.p), (0.2, expected.pvalue), rtol=1e-9)
    assert_allclose((found.low, found.high), expected.confidence_interval(), rtol=1e-9)


def test_both_add_up_as_in_a_crossed_design():
    delta = crossed(np.random.default_rng(3), 4, 60, 0.3, 0.8, 1.0)
    n, m = delta.shape
    squares = {"seeds": m * np.var(delta.mean(axis=1), ddof=1), "images": n * np.var(delta.mean(axis=0), ddof=1)}
    left = delta - delta.mean(axis=1, keepdims=True) - delta.mean(axis=0) + delta.mean()
    rest = np.sum(left ** 2) / ((n - 1) * (m - 1))
    parts = squares["seeds"] / (n * m), (squares["images"] - rest) / (n * m)
    error, freedom = np.sqrt(sum(parts)), sum(parts) ** 2 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (m - 1))
    found = one(delta)
    assert_allclose(found.high - found.mean, stats.t.ppf(0.975, freedom) * error, rtol=1e-9)
    assert_allclose(found.p, 2 * stats.t.sf(abs(delta.mean()) / error, freedom), rtol=1e-9)


def test_what_changes_no_answer_costs_nothing():
    same = np.random.default_rng(0).random((3, 40)) < 0.3
    found = one(same)
    nothing, = differences([(same, same)], 2)
    assert (nothing.mean, nothing.low, nothing.high, nothing.p) == (0, 0, 0, 1) and not nothing.told
    assert found.mean > 0


def test_limits_of_holm_by_hand():
    assert_allclose(holm([0.03, 0.01, 0.04, 0.9]), [0.09, 0.04, 0.09, 0.9])
    assert_allclose(holm([0.2, 0.5]), [0.4, 0.5])
    assert holm([0.7, 0.8]) == [1.0, 1.0]


def test_a_common_value_is_found_in_many_variances():
    """Variances of 6 degrees of freedom, true values scaled inverse chi-squared around 0.04 with 10."""
    draw = np.random.default_rng(1)
    true = 0.04 * 10 / draw.chisquare(10, 20000)
    prior, common = prior_of(true * draw.chisquare(6, 20000) / 6, 6)
    assert prior == pytest.approx(10, rel=0.05) and common == pytest.approx(0.04, rel=0.02)
    alike, common = prior_of([0.04] * 300, 6)
    assert np.isinf(alike) and common == pytest.approx(0.04 * 3 / np.exp(digamma(3)))


@pytest.mark.parametrize("size, seeds", [(0.5, 34), (0.8, 15), (1.0, 10), (1.5, 6)])
def test_seeds_that_are_needed_are_those_of_tables(size, seeds):
    """Paired t-test, two-sided, 5 %, power 80 %: the sizes of Cohen (1988) as G*Power gives them."""
    assert seeds_needed(size * 0.01, 0.01) == seeds


def test_more_comparisons_and_fewer_images_need_more_seeds():
    assert seeds_needed(0.01, 0.01, comparisons=10) > seeds_needed(0.01, 0.01)
    assert seeds_needed(0.01, 0.01, images=(0.002) ** 2) > seeds_needed(0.01, 0.01)
    assert seeds_needed(0.01, 0.01, images=0.01 ** 2) is None
    assert seeds_needed(0.01, 0.0) == 2


@pytest.mark.slow
@pytest.mark.parametrize("seeds, spread", [(2, 1.0), (3, 4.0)])
def test_families_without_any_effect_name_none_19_times_of_20(seeds, spread):
    """Chips that scatter by other factors from seed to seed, all compared with the same two."""
    draw = np.random.default_rng(2)
    named, inside = 0, []
    for _ in range(200):
        common = draw.normal(0, 1, 60)

        def chip(factor):
            return common + crossed(draw, seeds, 60, 0.01 * factor, 0.0, 0.03)
        everything, nothing = chip(1), chip(1)
        scales = spread ** draw.normal(0, 1, (6, 2))
        found = differences([pair for first, second in scales for pair in ((everything, chip(first)),
                                                                           (chip(second), nothing))], 14)
        named += any(each.told for each in found)
        inside += [each.low <= 0 <= each.high for each in found]
    assert named / 200 <= 0.075 and 0.94 < np.mean(inside)


def test_one_seed_tells_nothing():
    with pytest.raises(ValueError, match="1 seed and 10 images cannot show what is due to chance"):
        differences([(np.zeros((1, 10)), np.ones((1, 10)))], 2)
