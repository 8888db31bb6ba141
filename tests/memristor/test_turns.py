"""Long trains are walked in turns: no call of the kernel lasts, and nothing else changes."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurosim.memristor import array as arrays
from neurosim.memristor.array import DeviceArray
from plain_devices import linear

COUNTS = np.random.default_rng(5).integers(-400, 400, 700)


def pulsed(counts=COUNTS, **options):
    array = DeviceArray(linear(c2c=0.3, step_spread=0.1), counts.shape, seed=4, **{"threads": 1, **options})
    array.pulse(counts)
    return array


@pytest.mark.parametrize("turn", [1, 500, 40_000])
def test_turns_change_no_bit(monkeypatch, turn):
    whole = pulsed()
    monkeypatch.setattr(arrays, "TURN", turn)
    parts = pulsed(threads=2)
    assert_array_equal(parts.stored()["g"], whole.stored()["g"])
    assert_array_equal(parts.pulses, whole.pulses)


@pytest.mark.parametrize("longest", [3, 10_000, 10 ** 6, -10 ** 6, 10 ** 9])
def test_no_turn_takes_long(monkeypatch, longest):
    """A device takes a pulse in a few nanoseconds, so that TURN of them last less than a second."""
    calls, array = [], DeviceArray(linear(), (50_000,), threads=1)
    monkeypatch.setattr(array, "_loop", lambda counts, *rest: calls.append(np.abs(counts[rest[-2]:rest[-1]]).sum()))
    array.pulse(np.full(50_000, longest))
    assert max(calls) <= max(arrays.TURN, abs(longest)) and sum(calls) == 50_000 * abs(longest)
    assert len(calls) <= 2 + 2 * sum(calls) / arrays.TURN


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf, 1e300, 0.9, -1.5])
def test_what_is_no_number_of_pulses_is_refused(number):
    array = DeviceArray(linear(), (3,), name="a", threads=1)
    with pytest.raises(ValueError, match="array a: .* is not a number of pulses; give whole numbers"):
        array.pulse(np.array([1.0, number, 2.0]))
    assert not array.pulses.any()


def test_whole_numbers_of_any_type_are_numbers_of_pulses():
    array = DeviceArray(linear(), (3,), name="a", threads=1)
    for counts in ([1.0, -2.0, 3.0], [1, -2, 3], np.array([True, False, True])):
        array.pulse(counts)
    assert array.pulses.tolist() == [[3, 0, 7], [0, 4, 0]]
    with pytest.raises(ValueError, match="array a: <U1 is not a type of numbers of pulses; give whole numbers"):
        array.pulse(np.array(["1", "2", "3"]))
    with pytest.raises(ValueError, match="array a: shape: 2.5 is not a whole number; give 0 or more"):
        DeviceArray(linear(), (2.5,), name="a")
