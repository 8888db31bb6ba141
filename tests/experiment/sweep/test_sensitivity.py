"""Sobol' indices against closed forms, their intervals, and what is said where there are none."""

import dataclasses

import numpy as np
import pytest

from neurosim.experiment.sweep.axes import Axis, design, draw
from neurosim.experiment.sweep.sensitivity import sensitivity
from neurosim.experiment.sweep.table import SweepResults


def designed(function, axes, samples, seed=0):
    """Values of a function at the rows of Saltelli's design."""
    rows = np.array(draw(axes, "saltelli", samples, seed))
    return function(*rows.T)[design(axes, samples, seed)]


def ishigami(x, y, z, a=7.0, b=0.1):
    return np.sin(x) + a * np.sin(y) ** 2 + b * z ** 4 * np.sin(x)


def ishigami_indices(a=7.0, b=0.1):
    """First-order and total indices; Ishigami, Homma, ISUMA 1990, doi:10.1109/ISUMA.1990.151285."""
    alone = np.array([(1 + b * np.pi ** 4 / 5) ** 2 / 2, a ** 2 / 8, 0.0])
    both = 8 * b ** 2 * np.pi ** 8 / 225
    variance = alone.sum() + both
    return alone / variance, (alone + [both, 0, both]) / variance


ANGLES = [Axis(path=f"angle.{name}", scale="linear", low=-np.pi, high=np.pi) for name in "xyz"]


def test_indices_of_the_ishigami_function():
    found = sensitivity(designed(ishigami, ANGLES, 4096), "xyz")
    first, total = ishigami_indices()
    np.testing.assert_allclose(found.first, first, atol=0.02)
    np.testing.assert_allclose(found.total, total, atol=0.02)
    for value, (low, high) in zip((*first, *total), (*found.first_interval, *found.total_interval)):
        assert low < value < high and high - low < 0.1


def test_intervals_hold_the_truth_as_often_as_they_say():
    truth = np.concatenate(ishigami_indices())
    hits = []
    for seed in range(40):
        found = sensitivity(designed(ishigami, ANGLES, 128, seed), "xyz", resamples=200)
        low, high = np.concatenate([found.first_interval, found.total_interval]).T
        hits.append((low < truth) & (truth < high))
    assert np.mean(hits) > 0.9, "95 %, and more because Sobol' points are more even than random ones"


@pytest.mark.parametrize("samples, least, most", [(8, 0.89, 0.98), (64, 0.88, 0.98)])
def test_intervals_are_neither_wide_nor_narrow_where_noise_is_half_of_the_variance(samples, least, most):
    """Y = 3 x + 2 y + z + noise of every point: V_i = (9, 4, 1) / 12, and the noise is part of every total."""
    axes, alone, noise = [Axis(path=name, scale="linear", low=0.0, high=1.0) for name in "xyz"], [9, 4, 1], 12
    truth = np.array([*alone, *(one + noise for one in alone)]) / (sum(alone) + noise)
    hits = []
    for seed in range(60):
        values = designed(lambda x, y, z: 3 * x + 2 * y + z, axes, samples, seed)
        found = sensitivity(values + np.random.default_rng(seed).standard_normal(values.shape), "xyz", resamples=200)
        low, high = np.concatenate([found.first_interval, found.total_interval]).T
        hits.append((low < truth) & (truth < high))
    assert least < np.mean(hits) < most


def test_few_samples_are_said():
    values = designed(ishigami, ANGLES, 16)
    assert sensitivity(values, "xyz").remark.startswith("16 base samples are few")
    assert not sensitivity(designed(ishigami, ANGLES, 64), "xyz").remark


def test_axes_that_add_up_explain_all_variance_alone():
    axes = [Axis(path=name, scale="linear", low=0.0, high=1.0) for name in ("a", "b", "c")]
    found = sensitivity(designed(lambda x, y, z: 3 * x + 2 * y + 0 * z, axes, 1024), ("a", "b", "c"))
    np.testing.assert_allclose(found.first, [9 / 13, 4 / 13, 0], atol=0.03)
    np.testing.assert_allclose(found.total, [9 / 13, 4 / 13, 0], atol=0.03)
    assert found.names == ("a", "b", "c") and found.samples == 1024


def test_a_product_around_zero_explains_variance_through_interaction_alone():
    axes = [Axis(path=name, scale="linear", low=-1.0, high=1.0) for name in ("a", "b")]
    found = sensitivity(designed(np.multiply, axes, 1024), ("a", "b"))
    np.testing.assert_allclose(found.first, 0, atol=0.1)    # 3 standard errors of as many random samples
    np.testing.assert_allclose(found.total, 1, atol=0.1)


def test_one_axis_explains_everything_and_the_same_values_give_the_same_intervals():
    values = designed(np.exp, [Axis(path="a", scale="linear", low=0.0, high=1.0)], 1024)
    found, again = (sensitivity(values, ("a",), "test_error") for _ in range(2))
    assert found.first.shape == (1,) and found.first_interval.shape == (1, 2)
    np.testing.assert_allclose([found.first[0], found.total[0]], 1, atol=0.05)
    assert np.array_equal(found.first_interval, again.first_interval)


def test_lists_and_integers_share_points_and_keep_their_indices():
    axes = [Axis(path="a", values=(0.0, 1.0)), Axis(path="b", values=(0.0, 1.0, 5.0))]
    values = designed(lambda x, y: x + y, axes, 512)
    assert len(draw(axes, "saltelli", 512, 0)) == 6
    variances = np.array([np.var([0, 1]), np.var([0, 1, 5])])
    np.testing.assert_allclose(sensitivity(values, "ab").first, variances / variances.sum(), atol=0.02)


@pytest.fixture
def results():
    axes = {"a": np.zeros(8), "b": np.zeros(8), "seed": np.arange(3)}
    noise = np.array([0.0, 1.0, -1.0])    # of the seeds, gone from their mean
    error = np.arange(8.0)[:, None] ** 2 * (1 + noise * (np.arange(8) % 2)[:, None])
    return SweepResults("s", "saltelli", ("point", "seed"), axes, {"test_error": error}, np.full((8, 3), "done", "U6"),
                        np.full((8, 3), ""), {}, {}, np.arange(8).reshape(4, 2))


def test_seeds_are_averaged_first(results):
    found, exact = results.sensitivity(), sensitivity(np.arange(8.0).reshape(4, 2) ** 2, ("a", "b"), "test_error")
    for one, other in zip(vars(found).values(), vars(exact).values()):
        assert np.array_equal(one, other)


def test_what_is_missing_is_one_sentence(results):
    results.results["test_error"][2:4, 1] = np.nan
    with pytest.raises(ValueError, match="need all 24 points, 2 have no test_error; run the sweep again$"):
        results.sensitivity()
    results.states[2, 1] = "failed"
    with pytest.raises(ValueError, match="2 have no test_error, 1 of them failed; run .* with --retry-failed$"):
        results.sensitivity()
    with pytest.raises(ValueError, match="'test_eror': unknown; did you mean 'test_error'"):
        results.sensitivity("test_eror")
    with pytest.raises(ValueError, match='than method = "sobol"; use method = "saltelli"$'):
        dataclasses.replace(results, method="sobol", design=None).sensitivity()


def test_a_measure_that_does_not_vary_has_no_indices():
    with pytest.raises(ValueError, match="test_error is the same at all points"):
        sensitivity(np.ones((4, 8)), ("a", "b"), "test_error")
