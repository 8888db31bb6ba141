"""Neurons whose spikes have a sign or a size, against their closed forms and against spikes of 0 and 1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.neurons import GRADED, SPIKING, TERNARY
from neurosim.neurons.graded import largest

LAWS = {"ternary": (TERNARY, ()), "graded 3": (GRADED, (3.0,)), "graded 6": (GRADED, (6.0,))}


def spikes_of(law, parameters, path, lam):
    """Spikes (steps, units) of neurons whose states follow `path` (steps, units), and their last V."""
    units = path.shape[1]
    x, d, v, s = (np.zeros(units) for _ in range(4))
    values, heard, spikes = np.array([*parameters, 0.0]), np.zeros(units), []
    for now in path:
        law.advance(x, d, v, s, heard, now.copy(), np.float64(1), np.float64(lam), (-99.0, 99.0), values)
        spikes.append(s.copy())
    return np.array(spikes), v


@given(law=st.sampled_from(list(LAWS)), part=st.floats(-1, 1), lam=st.floats(0.05, 1), steps=st.integers(1, 200))
def test_rate_of_a_clamped_neuron_is_its_state(law, part, lam, steps):
    """Check 9 of the checks that any implementation must pass, over the whole range that spikes stand for."""
    law, parameters = LAWS[law]
    x = part * law.range_of(parameters)[1]
    spikes, v = spikes_of(law, parameters, np.full((steps, 1), x), lam)
    count = spikes.sum()
    assert_allclose(count + v[0], x * steps + (1 / lam - 1) * x, rtol=1e-9, atol=1e-9)
    assert abs(count / steps - x) <= (1 / lam * max(1, abs(x)) + abs(v[0])) / steps


@pytest.mark.parametrize("law", LAWS)
def test_decoded_signal(law):
    """What a decoder hears stays within lam of the state, without bias (check 10)."""
    law, parameters = LAWS[law]
    x, lam = law.range_of(parameters)[1] * np.linspace(-0.787, 0.787, 41), 0.25
    spikes, _ = spikes_of(law, parameters, np.tile(x, (3000, 1)), lam)
    decoded, heard = np.zeros(41), []
    for s in spikes:
        decoded = (1 - lam) * decoded + lam * s
        heard.append(decoded)
    error = np.array(heard[100:]) - x
    assert np.abs(error).max() <= lam
    assert np.abs(error.mean(axis=0)).max() < 1e-3


def test_a_falling_state_is_said_at_once():
    """From 0.9 to 0.1: the negative code is sent in a few steps; spikes of 0 and 1 pay for it in silence."""
    path, lam = np.concatenate([np.full((60, 1), 0.9), np.full((60, 1), 0.1)]), 0.2
    plain, ternary, graded = (spikes_of(law, values, path, lam)[0][60:, 0] for law, values in
                              ((SPIKING, ()), (TERNARY, ()), (GRADED, (4.0,))))
    assert not plain[:22].any() and ternary[:4].sum() <= -3 and graded[0] <= -3
    heard = [0.9 * 0.8 ** 3 + lam * (0.8 ** 2 * spikes[0] + 0.8 * spikes[1] + spikes[2])
             for spikes in (plain, ternary, graded)]
    error = np.abs(np.array(heard) - 0.1)
    assert error[0] > 0.3 and error[1] < error[0] / 2 and error[2] < error[0] / 10


def test_two_bits_are_ternary_spikes():
    path = np.random.default_rng(1).normal(0, 1, (200, 9))
    for first, second in zip(spikes_of(TERNARY, (), path, 0.37), spikes_of(GRADED, (2.0,), path, 0.37)):
        assert_array_equal(first, second)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_spikes_are_whole_numbers_of_so_many_bits(bits):
    path = np.random.default_rng(2).normal(0, 2 ** bits, (50, 20))
    spikes, _ = spikes_of(GRADED, (float(bits),), path, 0.3)
    most = largest(bits)
    assert set(np.unique(spikes)) <= set(range(-most, most + 1))
    assert spikes.max() == most == 2 ** (bits - 1) - 1 and spikes.min() == -most


def test_halves_are_rounded_towards_zero():
    path = np.array([[-1.5, -0.5, 0.5, 1.5, 2.5, -2.5]])
    spikes, v = spikes_of(GRADED, (4.0,), path, 1.0)
    assert_array_equal(spikes[0], [-1, 0, 0, 1, 2, -2])
    assert_array_equal(v, path[0] - spikes[0])
