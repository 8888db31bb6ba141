"""Golden vectors: the eight presets of aihwkit whose noise-free steps its equations give, in units of its weights.

Conductances of the card are mapped back linearly to the weights of the preset. The numbers were computed from the
equations of aihwkit's manual, in weights, without this package.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import IMPERFECTIONS, load_device
from neurosim.memristor.response import DOWN, UP, Response

NOISE_FREE = {key: 0 for key in IMPERFECTIONS if key not in ("asymmetry", "drift_start", "temperature")}
PULSES = [1, 10, 50, 100, 500, 1000]
WEIGHTS = {"gong-2018-reram-es": (-1, 1), "gong-2018-reram-sb": (-0.75, 1.25), "li-2018-capacitor": (-1, 1),
           "tang-2018-ecram": (-0.8276, 1.1724), "kim-2019-ecram-mo": (-0.8286, 1.1714),
           "gokmen-2016-idealized": (-1, 1), "gokmen-2016-rpu": (-1, 1), "nandakumar-2020-pcm": (0, 2)}
UPWARDS = {
    "gong-2018-reram-es": [-.997051, -.971023, -.864756, -.747824, -.054225, .655580],
    "gong-2018-reram-sb": [-.746800, -.718229, -.596114, -.454069, .351918, .846724],
    "li-2018-capacitor": [-.994750, -.947559, -.739101, -.481444, 1, 1],
    "tang-2018-ecram": [-.825437, -.805991, -.719980, -.613414, .202413, 1.135942],
    "kim-2019-ecram-mo": [-.828235, -.824952, -.810394, -.792280, -.650577, -.481238],
    "gokmen-2016-idealized": [-.9998, -.998, -.99, -.98, -.9, -.8],
    "gokmen-2016-rpu": [-.9984, -.984, -.92, -.84, -.2, .6],
    "nandakumar-2020-pcm": [.282350, .924401, 1.729690, 2, 2, 2],
}
DOWNWARDS = {
    "gong-2018-reram-es": [.986920, .884253, .594183, .377377, -.406993, -.998150],
    "gong-2018-reram-sb": [1.244667, 1.197302, 1.000035, .781311, -.223744, -.611527],
    "tang-2018-ecram": [1.168959, 1.138183, 1.005444, .848443, -.113479, -.808814],
    "kim-2019-ecram-mo": [1.170825, 1.165657, 1.142826, 1.114607, .901118, .662597],
    "nandakumar-2020-pcm": [0] * 6,
    **{stem: [-w for w in UPWARDS[stem]] for stem in ("li-2018-capacitor", "gokmen-2016-idealized", "gokmen-2016-rpu")},
}


def to_weights(device, conductances):
    low, high = WEIGHTS[device.stem]
    return low + (high - low) * (np.asarray(conductances, float) - device["g_min"]) / device.span


def to_conductance(device, weight):
    low, high = WEIGHTS[device.stem]
    return device["g_min"] + device.span * (weight - low) / (high - low)


@pytest.mark.parametrize("stem", WEIGHTS)
@pytest.mark.parametrize("direction, golden", [(UP, UPWARDS), (DOWN, DOWNWARDS)], ids=["up", "down"])
def test_trains_of_pulses_reach_the_golden_weights(stem, direction, golden):
    device = load_device(stem)
    path = Response(device).walk(direction, PULSES[-1])
    assert_allclose(to_weights(device, path[PULSES]), golden[stem], rtol=0, atol=1e-5)


@pytest.mark.parametrize("stem", WEIGHTS)
def test_an_array_walks_the_golden_vectors_both_ways(stem):
    array = DeviceArray(load_device(stem, NOISE_FREE), (len(PULSES),), threads=1)
    array.pulse(PULSES)
    assert_allclose(to_weights(array.device, array.conductances()), UPWARDS[stem], rtol=0, atol=2e-4)
    array.cells.g[:] = array.cells.high
    array.pulse(np.negative(PULSES))
    assert_allclose(to_weights(array.device, array.conductances()), DOWNWARDS[stem], rtol=0, atol=2e-4)


def test_steps_of_the_exponential_preset_at_weight_zero():
    device = load_device("gong-2018-reram-es")
    up, down = (Response(device).step(direction, to_conductance(device, 0)) for direction in (UP, DOWN))
    assert_allclose(np.array([up, down]) * 2 / device.span, [.00148125, -.00199144], rtol=0, atol=1e-8)


@pytest.mark.parametrize("stem, step", [("gong-2022-reram-om", .0949), ("gong-2022-reram-hfo2", .4622)])
def test_steps_of_the_array_presets_at_weight_zero(stem, step):
    device = load_device(stem)
    steps = [Response(device).step(direction, device["g_min"] + device.span / 2) for direction in (UP, DOWN)]
    assert_allclose(np.array(steps) * 2 / device.span, [step, -step], rtol=1e-8)


@pytest.mark.parametrize("stem, key, weights", [
    ("gong-2018-reram-es", "write_noise", 75 * .00135), ("gong-2018-reram-sb", "write_noise", 56 * .002),
    ("gong-2018-reram-sb", "c2c_scaled", 3.75 * .002), ("li-2018-capacitor", "c2c_scaled", .3 * .005),
    ("nandakumar-2020-pcm", "c2c_additive", .6 * .042), ("gong-2022-reram-om", "write_noise", 1.4113 * .0949),
    ("gong-2022-reram-om", "c2c_scaled", .4158 * .0949), ("gong-2022-reram-hfo2", "write_noise", .5841 * .4622),
    ("gong-2022-reram-hfo2", "c2c_scaled", .2174 * .4622)])
def test_noise_of_a_card_is_that_of_the_preset_in_weights(stem, key, weights):
    device = load_device(stem)
    low, high = WEIGHTS.get(stem, (-1, 1))
    assert_allclose(device[key] / device.span * (high - low), weights, rtol=1e-8)


@pytest.mark.parametrize("stem, low, high", [
    ("gong-2018-reram-es", .3, .3), ("gong-2018-reram-sb", .3, .3), ("li-2018-capacitor", .07, .07),
    ("tang-2018-ecram", .05 * .8276, .05 * 1.1724), ("kim-2019-ecram-mo", .05 * .8286, .05 * 1.1714),
    ("gokmen-2016-rpu", .3, .3), ("nandakumar-2020-pcm", 0, .2), ("gong-2022-reram-om", .5695, .3499),
    ("gong-2022-reram-hfo2", .5990, .4295)])
def test_spread_of_the_range_is_that_of_the_preset_in_weights(stem, low, high):
    device = load_device(stem)
    width = np.diff(WEIGHTS.get(stem, (-1, 1)))[0]
    assert_allclose([device["g_min_spread"] * width, device["g_max_spread"] * width], [low, high], rtol=1e-6)


@pytest.mark.parametrize("stem, weight", [("gong-2018-reram-es", -0.21723), ("gong-2018-reram-sb", 0.0),
                                          ("tang-2018-ecram", 0.0), ("kim-2019-ecram-mo", 0.0)])
def test_the_symmetry_point_is_where_set_and_reset_undo_each_other(stem, weight):
    device = load_device(stem)
    g = to_conductance(device, np.linspace(-0.7, 0.9, 16001))
    response = Response(device)
    balance = [response.step(UP, at) + response.step(DOWN, at) for at in g]
    crossing = np.flatnonzero(np.diff(np.sign(balance)))
    assert_allclose(to_weights(device, g[crossing]).mean(), weight, rtol=0, atol=1.1e-4)


def test_pairs_of_opposite_pulses_end_at_the_symmetry_point():
    array = DeviceArray(load_device("gong-2018-reram-es", NOISE_FREE), (2,), threads=1)
    array.pulse([0, 1000])
    for _ in range(4000):
        array.pulse([1, 1])
        array.pulse([-1, -1])
    assert_allclose(to_weights(array.device, array.conductances()), -0.21723, rtol=0, atol=2e-3)
