"""Running means of what is learnt against sums written out."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.learning.averaging import Average


def of(values, span):
    average = Average(span, {"w": np.zeros(values[0].shape)})
    for value in values:
        average.add({"w": value})
    return average


def test_shares_fall_off_with_age_and_sum_to_one():
    """After t updates the share of the one that is n updates old goes as (1 - 1 / span)^n."""
    for updates in (1, 2, 7, 40):
        values = np.eye(updates)
        shares = (1 - 1 / 5) ** np.arange(updates)[::-1]
        assert_allclose(of(values, 5).mean["w"], shares / shares.sum())


def test_the_mean_of_what_stays_is_that_and_a_span_of_one_has_no_memory():
    assert_array_equal(of([np.array([0.3, -7.0])] * 9, 4).mean["w"], [0.3, -7.0])
    assert_array_equal(of([np.array([5.0]), np.array([2.0])], 1).mean["w"], [2.0])


def test_the_mean_of_noise_about_a_point_is_nearer_to_it():
    """Of independent values, by the root of the sum of squares of the shares, 1 / (2 span - 1)."""
    values = np.random.default_rng(1).standard_normal((400, 2000))
    assert_allclose(of(values, 20).mean["w"].std(), 1 / np.sqrt(39), rtol=0.1)


def test_it_begins_anew():
    average = of([np.array([5.0])], 3)
    average.forget()
    assert average.updates == 0
    average.add({"w": np.array([2.0])})
    assert average.updates == 1
    assert_allclose(average.mean["w"], 2.0)
