"""Schedules a / t^b."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.network.graph import Neurons
from neurosim.neurons import Schedule


def test_values():
    assert_allclose(Schedule(a=0.832, b=0.584).values(250, np.float64), 0.832 * np.arange(1, 251) ** -0.584, rtol=1e-15)
    assert_array_equal(Schedule(a=0.9).values(4, np.float64), [0.9] * 4)
    assert Schedule(a=0.5).values(3).dtype == np.float32


def test_a_longer_table_begins_with_the_shorter():
    schedule = Schedule(a=0.843, b=0.0923)
    assert_array_equal(schedule.values(400)[:73], schedule.values(73))


def test_neurons_tabulate_numbers_and_schedules():
    eps, lam = Neurons(epsilon=Schedule(a=0.8, b=1.0), lam=0.3).schedules(3, np.float64)
    assert_allclose(eps, [0.8, 0.4, 0.8 / 3])
    assert_array_equal(lam, [0.3] * 3)


@pytest.mark.parametrize("options, sentence", [
    ({"a": 0.0}, "schedule: a = 0 is below 0.001, where nothing moves in a thousand steps; give 0.001 to 1"),
    ({"a": 1.5}, "schedule: a = 1.5 exceeds 1, the whole way; give 0.001 to 1"),
    ({"a": float("nan")}, "schedule: a = nan is not a finite number; write one"),
    ({"a": 0.5, "b": -1.0}, "schedule: b = -1 is negative; give 0 to 2"),
])
def test_impossible_schedules(options, sentence):
    with pytest.raises(ValueError) as caught:
        Schedule(**options)
    assert str(caught.value) == sentence
