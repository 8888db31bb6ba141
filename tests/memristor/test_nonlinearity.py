"""NeuroSim's curve: time constants and curves of its benchmark devices, exact inverses, and trains that walk it."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import IMPERFECTIONS, load_device
from neurosim.memristor.laws.neurosim import (LABEL_SCALE, curve, label, position, step_and_slope, time_constant,
                                              time_constants)
from neurosim.memristor.response import DOWN, UP, Response

NOISE_FREE = {key: 0 for key in IMPERFECTIONS if key not in ("drift_start", "temperature")}
# label: A' of the manual's table, normalised conductance after 1/4, 1/2 and 3/4 of the pulses
PUBLISHED = {2.4: (.4992, .4554, .7314, .8986), -4.88: (-.2003, .0170, .0761, .2822),
             1.85: (.6619, .4037, .6803, .8700), -1.79: (-.6855, .1333, .3253, .6018),
             3.68: (.3006, .5857, .8407, .9517), -6.76: (-.1003, .0005, .0068, .0826),
             1.94: (.6292, .4119, .6888, .8749), -0.61: (-2.0633, .2066, .4397, .7029),
             0.105: (12.0245, .2578, .5104, .7577), 0.5: (2.5199, .2883, .5494, .7859),
             -0.5: (-2.5199, .2141, .4506, .7117), 1.75: (.7021, .3945, .6709, .8644),
             1.46: (.8487, .3686, .6432, .8477), 0.04: (31.5668, .253, .504, .753),
             -0.63: (-1.9973, .2052, .4377, .7013)}
DEVICES = ["jo-2010-ag-asi", "gao-2015-taox-tio2", "wu-2018-taox-hfox", "park-2013-pcmo", "woo-2016-alox-hfo2",
           "kuzum-2011-gst", "choi-2018-epiram", "jerry-2017-hzo-fefet", "chen-2018-target"]
labels = st.floats(-9, 9)


@pytest.mark.parametrize("name, published", PUBLISHED.items())
def test_labels_of_benchmark_devices(name, published):
    shape = time_constant(name)
    assert_allclose(shape, published[0], rtol=1e-3)
    assert_allclose(curve([0.25, 0.5, 0.75], shape), published[1:], rtol=0, atol=1e-3)


@given(labels.filter(lambda size: abs(size) >= 0.01))
def test_a_time_constant_leads_back_to_its_label(size):
    shape = time_constant(size)
    assert math.copysign(1, shape) == math.copysign(1, size)
    assert_allclose(label(abs(shape)), abs(size), rtol=1e-9)


@pytest.mark.parametrize("size", [1e-6, 1e-4, 0.00999, 0.01, 0.01001])
def test_small_labels_follow_the_series(size):
    deviation = np.max(curve(np.linspace(0, 1, 100001), time_constant(size)) - np.linspace(0, 1, 100001))
    assert_allclose(LABEL_SCALE * deviation, size, rtol=1e-4)


@given(labels, st.floats(0, 1))
def test_the_label_is_the_largest_distance_from_the_straight_line(size, part):
    distance = curve(part, time_constant(size)) - part
    assert -1e-12 <= math.copysign(1, size) * distance <= (abs(size) + 1e-5) / LABEL_SCALE


@given(labels, st.floats(0, 1))
def test_conductance_to_pulses_to_conductance(size, conductance):
    shape = time_constant(size)
    assert abs(curve(position(conductance, shape), shape) - conductance) <= 1e-9


@given(st.floats(-7, 7), st.floats(0, 1))
def test_pulses_to_conductance_to_pulses(size, part):
    shape = time_constant(size)
    assert abs(position(curve(part, shape), shape) - part) <= 1e-9


def test_a_label_of_zero_is_a_straight_line():
    assert time_constant(0) == math.inf
    assert_allclose(curve([0.1, 0.9], math.inf), [0.1, 0.9])
    assert_allclose(position([0.1, 0.9], math.inf), [0.1, 0.9])
    assert_allclose(step_and_slope(64, math.inf), (1 / 64, 0))


def test_labels_beyond_the_largest_are_refused():
    with pytest.raises(ValueError, match=re.escape("nonlinearity = 9.5: labels lie between -9 and 9")):
        time_constant(9.5)


@given(labels, st.integers(2, 500), st.integers(0, 499))
def test_the_difference_of_two_pulses_is_linear_in_the_conductance(size, pulses, number):
    shape, number = time_constant(size), number % pulses
    before, after = curve(np.array([number, number + 1]) / pulses, shape)
    step, slope = step_and_slope(pulses, shape)
    assert_allclose(step * (1 - slope * before), after - before, rtol=1e-6, atol=1e-12)


def test_time_constants_of_many_labels():
    sizes = np.concatenate([np.linspace(-9, 9, 777), [0.005, -0.001, 1e-8]])
    sizes = sizes[sizes != 0]
    assert_allclose(time_constants(sizes), [time_constant(size) for size in sizes], rtol=1e-6)
    assert_allclose(time_constants(np.array([11.0, -30.0])), [time_constant(9), time_constant(-9)], rtol=1e-6)


def closed_form(device):
    """Conductances after 0, 1, ... set pulses from the bottom, and after 0, 1, ... reset pulses from the top [S]."""
    rising = np.arange(device["pulses_up"] + 1) / device["pulses_up"]
    falling = 1 - np.arange(device["pulses_down"] + 1) / device["pulses_down"]
    parts = curve(rising, time_constant(device["nonlinearity_up"])), curve(falling,
                                                                           time_constant(device["nonlinearity_down"]))
    return [device["g_min"] + device.span * part for part in parts]


@pytest.mark.parametrize("stem", DEVICES)
def test_the_response_of_a_device_is_the_closed_form(stem):
    device = load_device(stem)
    for direction, expected in zip((UP, DOWN), closed_form(device)):
        path = Response(device).walk(direction, expected.size - 1)
        assert_allclose(path, expected, rtol=0, atol=1e-9 * device.span)


@pytest.mark.parametrize("stem", DEVICES)
def test_trains_of_pulses_walk_the_closed_form(stem):
    device = load_device(stem, NOISE_FREE)
    rising, falling = closed_form(device)
    array = DeviceArray(device, rising.shape, threads=1)
    array.pulse(np.arange(rising.size))
    assert_allclose(array.conductances(), rising, rtol=0, atol=2e-5 * device.span)
    array = DeviceArray(device, falling.shape, threads=1)
    array.pulse(np.full(falling.size, 2 * rising.size))
    array.pulse(-np.arange(falling.size))
    assert_allclose(array.conductances(), falling, rtol=0, atol=2e-5 * device.span)


def test_a_spread_of_labels_gives_every_device_the_curve_of_its_own_label():
    device = load_device("choi-2018-epiram")
    deviation = np.array([[-0.4, 0.0, 0.7, 3.0], [0.1, -2.0, 0.3, 0.2]])
    response = Response(device, deviation=deviation)
    for direction, side, sign in ((UP, "up", 1), (DOWN, "down", -1)):
        for i, size in enumerate(device[f"nonlinearity_{side}"] + deviation[direction]):
            step, slope = step_and_slope(64, sign * time_constant(size))
            assert_allclose(response.scales[direction][i], device.span * step, rtol=1e-6)
            assert_allclose(response.shapes[direction, 0, i], slope, rtol=1e-6)
