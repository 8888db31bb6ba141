"""Drift and relaxation between pulses: a pulse starts from the conductance that time has left.

    G -> G max(1, t / t0)^-nu exp(s ln(1 + t / t0) xi)   in the time t since the last pulse, then the step, then t = 0
"""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import load_device
from plain_devices import HIGH, LOW, SPAN, linear, placed

STEP = SPAN / 100
NU, START = 0.05, 2.0


def drifting(**changes):
    return linear(**{"drift": NU, "drift_start": START, **changes})


def faded(seconds, nu=NU, start=START):
    return max(seconds / start, 1.0) ** -nu


def pulsed_at(array, *train):
    """Send (seconds since the last, pulses) in turn; the array is MUTATED and returned."""
    for seconds, pulses in train:
        array.time += seconds
        array.pulse(np.full(array.shape, pulses))
    return array


def test_phase_change_memory_goes_on_from_where_it_has_drifted():
    """10 uS, a million seconds, and a set pulse of the published law; all noise and spread left out."""
    quiet = {"c2c": 0, "c2c_additive": 0, "c2c_slope": 0, "step_spread": 0, "asymmetry_spread": 0, "g_max_spread": 0,
             "drift_spread": 0}
    array = DeviceArray(load_device("nandakumar-2020-pcm", quiet), (3,), threads=1)
    array.cells.g[:] = 10e-6
    array.time = 1e6
    there = 10e-6 * (1e6 / 20) ** -0.049
    assert there == pytest.approx(5.89e-6, abs=5e-9)
    assert_allclose(array.conductances(), there, rtol=1e-6)
    array.pulse([1, 0, 1])
    step = 1.2375e-7 * (1 + 27.235 * math.exp(-5 * (there - 2.5e-7) / 2.475e-5))
    assert_allclose(array.conductances(), [there + step, there, there + step], rtol=1e-6)


@pytest.mark.parametrize("pulses", [1, -1, 7])
def test_drift_and_pulses_in_turn_have_a_closed_form(pulses):
    array = placed(drifting(drift=0.02), 0.6)
    waits, g = (40.0, 3.0, 1e4, 0.5, 7e5), LOW + 0.6 * SPAN
    for seconds in waits:
        pulsed_at(array, (seconds, pulses))
        g = g * faded(seconds, 0.02) + pulses * STEP
    assert_allclose(array.conductances(), g, rtol=1e-6)
    array.time += 1e3
    assert_allclose(array.conductances(), g * faded(1e3, 0.02), rtol=1e-6)


def test_a_pulse_changes_a_read_by_its_step_and_nothing_else():
    """Whatever a read found just before: drift of every device, and relaxation of every pulse."""
    array = placed(drifting(drift=0.02, drift_spread=0.01, relaxation=0.01), 0.5, 500)
    pulsed_at(array, (10.0, 3), (500.0, -2))
    array.time += 1e4
    before = array.conductances().astype(float)
    array.pulse(np.resize([1, -1, 0, 2], 500))
    assert_allclose(array.conductances(), before + np.resize([1, -1, 0, 2], 500) * STEP, rtol=1e-6)
    assert LOW + STEP < before.min() and before.max() < HIGH - 2 * STEP and before.std() > 5 * STEP


def test_pulses_at_one_time_do_not_drift_in_between():
    once, often = (placed(drifting(relaxation=0.02, c2c=0.3), 0.5, 50) for _ in range(2))
    for array, train in ((once, [(1e5, 6)]), (often, [(1e5, 1)] + 5 * [(0.0, 1)])):
        pulsed_at(array, *train)
    assert_array_equal(once.cells.g, often.cells.g)
    assert_array_equal(once.conductances(), often.conductances())


def test_write_noise_and_levels_are_read_and_not_stored():
    """The offset of a read and its rounding fade with what they belong to, and pulses find neither."""
    shown, plain = (placed(drifting(**changes), 0.5, 400) for changes in ({"write_noise": 5e-8, "levels": 30}, {}))
    for array in (shown, plain):
        pulsed_at(array, (10.0, 1), (1e4, 3))
    assert_array_equal(shown.cells.g, plain.cells.g)
    at_once = shown.conductances().astype(float)
    shown.time += 1e6
    assert_allclose(shown.conductances(), at_once * faded(1e6), rtol=1e-6)


def test_pulses_do_not_wind_up_the_clock_of_a_device_that_they_cannot_move():
    """Stuck and worn devices drift as ever from the last pulse that moved them."""
    array = placed(drifting(stuck_anywhere=0.3, endurance=4), 0.5, 300)
    array.cells.g[array.stuck] = array.cells.low[array.stuck]
    pulsed_at(array, (10.0, 4))
    start = array.conductances().astype(float)
    assert (array.worn | array.stuck).all() and array.worn.any() and array.stuck.any()
    pulsed_at(array, *[(100.0, 1), (100.0, -1)] * 10)
    fresh = np.where(array.stuck, array.cells.low * faded(2010.0), start * faded(2000.0))
    assert_allclose(array.conductances(), fresh, rtol=1e-6)


@pytest.mark.parametrize("pulses", [1, -1])
def test_a_pulse_leaves_a_device_in_its_range(pulses):
    """A device that has drifted below its lowest state is in it again after a reset pulse."""
    array = placed(drifting(), 0.0, 5)
    array.time = 1e6
    assert (array.conductances() < LOW - 5 * STEP).all()
    array.pulse(np.full(5, pulses))
    assert_allclose(array.conductances(), LOW, rtol=1e-6)


def test_a_stored_array_remembers_what_has_drifted():
    device = drifting(relaxation=0.03, drift_spread=0.02, c2c=0.2)
    whole, first, second = (placed(device, 0.5, 60) for _ in range(3))
    pulsed_at(whole, (10.0, 2), (1e3, -1), (50.0, 1))
    pulsed_at(first, (10.0, 2), (1e3, -1))
    second.load({name: np.array(values) for name, values in first.stored().items()})
    second.time = first.time
    pulsed_at(second, (50.0, 1))
    assert_array_equal(whole.cells.g, second.cells.g)
    assert_array_equal(whole.conductances(), second.conductances())
