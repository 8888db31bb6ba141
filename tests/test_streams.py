"""Named random streams: functions of their name alone."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurosim.streams import stream


def test_the_same_name_gives_the_same_numbers():
    assert_array_equal(stream(3, "order", 1).random(5), stream(3, "order", 1).random(5))
    assert_array_equal(stream(np.int64(3), "order", np.int32(1)).random(5), stream(3, "order", 1).random(5))


def test_numbers_are_those_of_every_machine():
    """Pinned: a change of these would change every published run."""
    assert_array_equal(stream(0, "order", 0).permutation(10), [9, 6, 8, 3, 7, 1, 2, 5, 0, 4])
    assert_array_equal(stream(7, "weights", "a-b").integers(1000, size=4), [839, 239, 798, 562])


@pytest.mark.parametrize("one, other", [
    ((0, "order", 0), (0, "order", 1)), ((0, "order", 0), (1, "order", 0)), ((0, "order", 0), (0, "sign", 0)),
    ((0, "order"), (0, "order", 0)), ((0, "order", 1, 12), (0, "order", 11, 2)), ((0, "order", "1"), (0, "order", 1)),
    ((1, "0", 1), (10, "", 1)), ((0, "a", "b", "c"), (0, "a", "b, c"))])
def test_other_names_give_other_numbers(one, other):
    assert np.any(stream(*one).integers(2 ** 62, size=4) != stream(*other).integers(2 ** 62, size=4))


def test_neighbouring_streams_are_not_correlated():
    values = np.array([stream(0, "noise", index).standard_normal(2000) for index in range(20)])
    correlation = np.corrcoef(values)[np.triu_indices(20, 1)]
    assert np.abs(correlation).max() < 5 / np.sqrt(2000)
