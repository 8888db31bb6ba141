"""The continuous neuron against its closed forms."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.neurons import LINEAR, RATE
from neurosim.neurons.rate import advance_rate


def advance(x, drive, eps, low=0.0, high=1.0, steps=1):
    s = np.full_like(x, np.nan)
    for _ in range(steps):
        advance_rate(x, *(np.zeros_like(x) for _ in range(2)), s, drive.copy(), np.zeros_like(x), np.float64(eps),
                     np.float64(1), (np.float64(low), np.float64(high)), np.zeros(1))
    return s


def test_full_step_is_a_clipped_relu():
    for bound in (1.0, 6.0):
        x, drive = np.full(5, 0.2), np.array([-3.0, 0.0, 0.75, 4.5, 9.0])
        s = advance(x, drive, 1.0, high=bound)
        assert_array_equal(x, np.clip(drive, 0, bound))
        assert_array_equal(s, x)


def test_fractional_step_leaks():
    x = np.zeros(1)
    advance(x, np.array([0.8]), 0.25, steps=9)
    assert_allclose(x, 0.8 * (1 - 0.75 ** 9), rtol=1e-14)


def test_a_state_at_the_edge_comes_back():
    """rho' is 1 on the closed interval: 0 is not a trap."""
    x = np.zeros(1)
    advance(x, np.array([-1.0]), 0.5, steps=3)
    assert x[0] == 0
    advance(x, np.array([0.6]), 0.5)
    assert_allclose(x, 0.3)


def test_currents_and_bias_add_up():
    x, d, v, s = (np.zeros(2) for _ in range(4))
    one, bounds = np.float64(1), (np.float64(0), np.float64(1))
    advance_rate(x, d, v, s, np.array([0.1, 0.2]), np.array([0.3, -0.1]), one, one, bounds, np.zeros(1))
    assert_allclose(x, [0.4, 0.1], rtol=1e-15)


def test_what_spikes_carry_is_decoded():
    x, d, v, s = (np.zeros(1) for _ in range(4))
    for t in range(1, 6):
        advance_rate(x, d, v, s, np.array([0.4]), np.array([0.3]), np.float64(1), np.float64(0.25), (-1.0, 1.0),
                     np.zeros(1))
        assert_allclose(s, 0.4 * (1 - 0.75 ** t) + 0.3, rtol=1e-13)


def test_a_linear_neuron_is_a_rate_neuron_that_nothing_clips():
    assert LINEAR.advance is RATE.advance
    x = np.zeros(3)
    advance(x, drive := np.array([-700.0, 0.2, 900.0]), 0.5, low=-np.inf, high=np.inf, steps=60)
    assert_allclose(x, drive, rtol=1e-15)
