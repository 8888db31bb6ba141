"""Noise of reads, from physical parameters in SI units to the variance of a sum in units of weights."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from neurosim.crossbar.read_noise import driven_variance, thermal_variance
from plain_devices import linear

#: 0.2 V, 10 ns: a noise bandwidth of 50 MHz; a conductance of 2 uS stands for a weight of 1.
VOLTAGE, SECONDS, BANDWIDTH, UNIT = 0.2, 10e-9, 50e6, 2e-6
CONDUCTANCES = np.array([0.0, 1e-6, 2.5e-6, 5e-6])


def device(**changes):
    return linear(read_voltage=VOLTAGE, **changes)


def amperes(variance):
    """Variance of a current [A^2] from the variance of a weight."""
    return variance * (VOLTAGE * UNIT) ** 2


def test_shot_noise():
    """2 q I B: 1 uS at 0.2 V carries 0.2 uA; its shot noise in 50 MHz is 1.79 nA rms."""
    found = amperes(driven_variance(device(), CONDUCTANCES, UNIT, SECONDS))
    assert_allclose(found, 2 * 1.602176634e-19 * CONDUCTANCES * VOLTAGE * BANDWIDTH, rtol=1e-12)
    assert math.sqrt(found[1]) == pytest.approx(1.7901e-9, rel=1e-4)


def test_thermal_noise():
    """4 k T B sum G: 128 devices of 5 uS at 300 K in 50 MHz give 23.0 nA rms."""
    sums = np.array([[128 * 5e-6, 1e-6]])
    found = amperes(thermal_variance(device(temperature=300), sums, UNIT, SECONDS))
    assert_allclose(found, 4 * 1.380649e-23 * 300 * BANDWIDTH * sums, rtol=1e-12)
    assert math.sqrt(found[0, 0]) == pytest.approx(23.026e-9, rel=1e-4)
    cold = amperes(thermal_variance(device(temperature=77), sums, UNIT, SECONDS))
    assert_allclose(cold * 300 / 77, found, rtol=1e-12)


def extra(**changes):
    """Variance beside shot noise [A^2]."""
    return amperes(driven_variance(device(**changes), CONDUCTANCES, UNIT, SECONDS)
                   - driven_variance(device(), CONDUCTANCES, UNIT, SECONDS))


def test_relative_noise():
    assert_allclose(extra(read_noise=0.03), (0.03 * CONDUCTANCES * VOLTAGE) ** 2, rtol=1e-9)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.8, 1.0])
def test_random_telegraph_noise_has_the_variance_of_two_states(share):
    """Two currents, a part apart: p (1 - p) a^2, none where one state is never taken."""
    states, chances = np.array([0.0, 0.2]), np.array([1 - share, share])
    variance = chances @ states ** 2 - (chances @ states) ** 2
    found = extra(rtn_amplitude=0.2, rtn_probability=share)
    assert_allclose(found, variance * (CONDUCTANCES * VOLTAGE) ** 2, rtol=1e-9, atol=1e-30)


def test_flicker_noise_is_the_integral_of_its_density():
    """S(f) / I^2 = flicker / f from 1 Hz to 50 MHz."""
    f = np.geomspace(1, BANDWIDTH, 100001)
    density = 1e-5 / f
    integral = np.sum((density[1:] + density[:-1]) / 2 * np.diff(f))
    assert_allclose(extra(flicker=1e-5), integral * (CONDUCTANCES * VOLTAGE) ** 2, rtol=1e-6)
    slow = driven_variance(device(flicker=1e-5), CONDUCTANCES, UNIT, 2.0)    # 0.25 Hz: nothing above 1 Hz is passed
    assert_allclose(slow, driven_variance(device(), CONDUCTANCES, UNIT, 2.0), rtol=1e-12)


def test_independent_causes_add_their_variances():
    together = extra(read_noise=0.03, rtn_amplitude=0.2, rtn_probability=0.3, flicker=1e-5)
    assert_allclose(together, extra(read_noise=0.03) + extra(rtn_amplitude=0.2, rtn_probability=0.3)
                    + extra(flicker=1e-5), rtol=1e-9)


def test_a_longer_read_is_quieter():
    """White noise falls with the bandwidth, and what is proportional to the current does not."""
    short, long = (driven_variance(device(), CONDUCTANCES, UNIT, seconds) for seconds in (1e-9, 1e-7))
    assert_allclose(short, 100 * long, rtol=1e-12)
    short, long = (thermal_variance(device(), np.ones(1), UNIT, seconds) for seconds in (1e-9, 1e-7))
    assert_allclose(short, 100 * long, rtol=1e-12)
