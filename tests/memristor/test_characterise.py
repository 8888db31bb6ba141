"""Trains of pulses and samples of fabricated devices follow the laws of their cards."""

import numpy as np
import pytest

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.characterise import (MOST, ageing, fabricated_train, noise_free_step, noise_free_train,
                                             steps_at, travel)
from neurosim.memristor.device import load_device
from neurosim.memristor.laws.neurosim import curve, time_constant
from neurosim.memristor.response import DOWN, UP


@pytest.fixture
def epiram():
    return load_device("choi-2018-epiram")


@pytest.fixture
def soft():
    return load_device("gong-2022-reram-om", {"write_noise": 0.0, "asymmetry": 0.0})


def test_the_noise_free_train_is_neurosims_curve(epiram):
    train = noise_free_train(epiram, 64, 64)
    part = np.arange(65) / 64
    up = curve(part, time_constant(epiram["nonlinearity_up"]))
    down = 1 - curve(part, -time_constant(epiram["nonlinearity_down"]))
    wanted = epiram["g_min"] + epiram.span * np.concatenate([up, down[1:]])
    np.testing.assert_allclose(train, wanted, rtol=1e-9)


def test_asymmetry_stretches_set_steps_and_shrinks_reset_steps(epiram):
    tilted = epiram.with_values({"asymmetry": 0.05})
    for direction, factor in ((UP, 1.05), (DOWN, 0.95)):
        assert noise_free_step(tilted, direction)(0.3) == \
            pytest.approx(factor * noise_free_step(epiram, direction)(0.3), rel=1e-12)


def test_an_array_without_imperfections_walks_along_the_noise_free_train(epiram):
    quiet = epiram.with_values({"c2c_range": 0.0, "asymmetry": 0.1})
    train = fabricated_train(quiet, 40, 30, devices=3)
    np.testing.assert_allclose(train.fabricated, np.repeat(train.noise_free[:, None], 3, axis=1), rtol=1e-5)
    assert train.pulses[-1] == 70 and train.up == 40


def test_pulses_over_the_range_are_those_of_the_card(epiram):
    assert travel(epiram, UP) == travel(epiram, DOWN) == (64, 1.0)


def test_soft_bounds_are_approached_and_counted_to_most_of_the_range(soft):
    share = soft["step_up"] / (soft.span * (1 - soft["anchor"]))
    found = travel(soft, UP)
    assert found.part == MOST
    assert found.pulses == int(np.ceil(np.log(1 - MOST) / np.log(1 - share)))


def test_a_law_that_stops_says_where():
    device = load_device("gong-2018-reram-es", {"amplitude_up": -1e-3, "rate_up": -float(np.log(1e3) / 0.1)})
    assert travel(device, UP).part == pytest.approx(0.6, abs=0.01)


def test_steps_have_the_mean_and_the_deviation_of_the_law(epiram):
    (up, down), = steps_at(epiram, [0.5], devices=4000)
    noise = epiram["c2c_range"] * epiram.span
    assert up.mean() == pytest.approx(epiram.span * noise_free_step(epiram, UP)(0.5), abs=4 * noise / 4000 ** 0.5)
    assert down.mean() == pytest.approx(-epiram.span * noise_free_step(epiram, DOWN)(0.5), abs=4 * noise / 4000 ** 0.5)
    assert up.std() == pytest.approx(noise, rel=0.05)


def test_steps_leave_stuck_devices_out(epiram):
    half = epiram.with_values({"stuck_off": 0.5, "c2c_range": 0.0})
    (up, _), = steps_at(half, [0.5], devices=400)
    assert 150 < up.size < 250 and np.all(up > 0)
    (up, down), = steps_at(epiram.with_values({"stuck_on": 1.0}), [0.5], devices=20)
    assert up.size == down.size == 20 and not up.any() and not down.any()


def test_ageing_is_the_power_law_of_the_card(epiram):
    drifting = epiram.with_values({"drift": 0.05, "drift_start": 10.0})
    aged = ageing(drifting, [0.5], [1.0, 10.0, 1e5], devices=2)[0, :, 0]
    assert aged[0] == aged[1] == pytest.approx(epiram["g_min"] + epiram.span / 2, rel=1e-5)
    assert aged[2] / aged[0] == pytest.approx(1e4 ** -0.05, rel=1e-5)


def test_the_devices_of_one_seed_are_the_same_ones(epiram):
    trains = [fabricated_train(epiram, 5, 5, devices=10, seed=seed).fabricated for seed in (1, 1, 2)]
    assert np.array_equal(trains[0], trains[1]) and not np.array_equal(trains[0], trains[2])
    assert DeviceArray(epiram, (1,)).cells.g[0] == pytest.approx(epiram["g_min"])
