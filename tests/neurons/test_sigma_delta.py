"""The spiking neuron against its closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import reference as ref
from neurosim.neurons.sigma_delta import THRESHOLD, advance_spiking

LAMBDAS = (1.0, 0.6, 0.25)


def neurons(count):
    return tuple(np.zeros(count) for _ in range(4))


def advance(state, phi, direct, eps=1.0, lam=0.5, low=0.0, high=1.0):
    count = state[0].size
    spread = (np.broadcast_to(np.asarray(value, float), count).copy() for value in (phi, direct))
    advance_spiking(*state, *spread, np.float64(eps), np.float64(lam), (np.float64(low), np.float64(high)), np.zeros(1))


def clamped(values, lam, steps):
    """Spikes (steps, units) of neurons held at `values`, and their last V."""
    state, spikes = neurons(len(values)), []
    for _ in range(steps):
        advance(state, 0.0, values, lam=lam)
        spikes.append(state[3].copy())
    return np.array(spikes), state[2]


@pytest.mark.parametrize("x, lam, expected", ref.SPIKE_TRAINS)
def test_spike_trains_worked_by_hand(x, lam, expected):
    spikes, _ = clamped(np.array([x]), lam, len(expected))
    assert "".join(str(int(s)) for s in spikes[:, 0]) == expected


@given(x=st.floats(0, 1), lam=st.floats(0.05, 1), steps=st.integers(1, 200))
def test_rate_of_a_clamped_neuron(x, lam, steps):
    """The codes add up to x steps + (1 / lam - 1) x, the spikes to as much but V (ep.md, check 9)."""
    spikes, v = clamped(np.array([x]), lam, steps)
    count = spikes.sum()
    assert_allclose(count + v[0], x * steps + (1 / lam - 1) * x, rtol=1e-9, atol=1e-9)
    assert abs(count / steps - x) <= (1 / lam + abs(v[0])) / steps


@pytest.mark.parametrize("lam", LAMBDAS)
def test_first_code_is_x_over_lam(lam):
    """V after one step is x / lam minus the spike that it may have sent."""
    x = np.array([0.0, 0.1, 0.4, 0.9])
    spikes, v = clamped(x, lam, 1)
    assert_allclose(v + spikes[0], x / lam, rtol=1e-14)
    assert_array_equal(spikes[0], x / lam > THRESHOLD)


def test_threshold_is_strict_and_resets_by_one():
    spikes, v = clamped(np.array([0.5, np.nextafter(0.5, 1)]), 1.0, 1)
    assert_array_equal(spikes[0], [0, 1])
    assert_allclose(v, [0.5, -0.5], rtol=1e-12)


@pytest.mark.parametrize("lam", LAMBDAS)
def test_decoded_signal(lam):
    """What a decoder of the same lam hears of a clamped neuron stays within lam of x, without bias (check 10)."""
    x = np.linspace(0.013, 0.987, 41)
    spikes, _ = clamped(x, lam, 3000)
    decoded, heard = np.zeros(41), []
    for s in spikes:
        decoded = (1 - lam) * decoded + lam * s
        heard.append(decoded)
    error = np.array(heard[50:]) - x
    assert np.abs(error).max() <= lam
    assert np.abs(error.mean(axis=0)).max() < 1e-3


def test_decoder_is_a_low_pass_of_phi_and_direct_bypasses_it():
    state = neurons(1)
    for t in range(1, 6):
        advance(state, 0.4, 0.3, eps=1.0, lam=0.25)
        assert_allclose(state[1], 0.4 * (1 - 0.75 ** t), rtol=1e-13)
        assert_allclose(state[0], 0.4 * (1 - 0.75 ** t) + 0.3, rtol=1e-13)


def test_state_leaks():
    """x = target (1 - (1 - eps)^t) under a constant drive."""
    state = neurons(1)
    for t in range(1, 8):
        advance(state, 0.0, 0.7, eps=0.3)
        assert_allclose(state[0], 0.7 * (1 - 0.7 ** t), rtol=1e-13)


def test_state_may_leave_what_spikes_can_say():
    """An output with the range [-1, 2] goes there; its spikes stand for clip(x, 0, 1)."""
    x = np.array([-5.0, -0.3, 1.7, 9.0])
    state, spikes = neurons(4), []
    for _ in range(50):
        advance(state, 0.0, x, lam=1.0, low=-1.0, high=2.0)
        spikes.append(state[3].copy())
    assert_array_equal(state[0], [-1.0, -0.3, 1.7, 2.0])
    assert_array_equal(np.mean(spikes, axis=0), [0, 0, 1, 1])


@pytest.mark.parametrize("low, high", [(0.0, 1.0), (-1.0, 2.0)])
def test_moving_states_match_the_reference(low, high):
    random = np.random.default_rng(3)
    drives = random.normal(0.4, 0.8, (60, 7))
    state, x = neurons(7), np.zeros(7)
    trace, spikes = [], []
    for drive in drives:
        advance(state, 0.0, drive, eps=0.6, lam=0.37, low=low, high=high)
        x = np.clip(0.4 * x + 0.6 * drive, low, high)
        trace.append(np.clip(x, 0, 1))
        spikes.append(state[3].copy())
    for unit in range(7):
        expected, v, _ = ref.sigma_delta([now[unit] for now in trace], 0.37)
        assert_array_equal([now[unit] for now in spikes], expected)
        assert_allclose(state[2][unit], v[-1], rtol=0, atol=1e-12)
