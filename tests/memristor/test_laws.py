"""Laws of response: each is its formula, has its limits and its mirror image, and no pulse leaves the range."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import IMPERFECTIONS, Device
from neurosim.memristor.laws import LAWS
from neurosim.memristor.laws.table import SCORES
from neurosim.memristor.response import DOWN, UP, Response

G_MIN, G_MAX = 1e-6, 2.1e-5
SPAN = G_MAX - G_MIN
NUMBERS = {
    "linear": {"step_up": 4e-7, "step_down": 5e-7, "slope_up": 0.4, "slope_down": -0.7},
    "soft-bounds": {"step_up": 1e-6, "step_down": 2e-6},
    "exponential": {"step_up": 1e-7, "step_down": 2e-7, "amplitude_up": 3.0, "amplitude_down": -2.0, "rate_up": 2.0,
                    "rate_down": 3.0},
    "power": {"step_up": 5e-7, "step_down": 6e-7, "power_up": 1.5, "power_down": 0.0},
    "neurosim": {"pulses_up": 30, "pulses_down": 40, "nonlinearity_up": 2.0, "nonlinearity_down": -3.0},
    "piecewise": {"nodes_up": (8e-7, 6e-7, 1e-7), "nodes_down": (3e-7, 9e-7)},
}
places = st.floats(0, 1)


def device(law, **changes):
    """A device of one law; imperfections that are not named are off."""
    values = {"g_min": G_MIN, "g_max": G_MAX, "set_voltage": 1.0, "set_width": 1e-6, "reset_voltage": -1.0,
              "reset_width": 1e-6, "read_voltage": 0.1, **dict.fromkeys(IMPERFECTIONS, 0.0), "drift_start": 1.0,
              "temperature": 300.0, **NUMBERS[law], **changes}
    return Device(stem="test", name="test", law=law, citation="chosen", values=values, sources={})


def column(*numbers):
    return np.array(numbers, float)[:, None]


def test_every_law_but_the_table_is_tested_here():
    assert {law: set(numbers) for law, numbers in NUMBERS.items()} == {
        name: set(law.keys) for name, law in LAWS.items() if not law.tabular}


@given(places, st.floats(-5, 1))
def test_linear(x, slope):
    assert_allclose(LAWS["linear"].step(x, 0.0, column(slope), 0), 1 - slope * x, rtol=1e-12, atol=1e-15)


@given(places, st.floats(-20, 20), st.floats(-5, 5))
def test_the_exponential_step_never_turns_back(x, amplitude, rate):
    step = LAWS["exponential"].step(x, 0.0, column(amplitude, rate), 0)
    assert step >= 0
    assert_allclose(step, max(1 + amplitude * math.exp(-rate * x), 0), rtol=1e-12)


@given(places, st.floats(0, 10))
def test_power(x, power):
    assert_allclose(LAWS["power"].step(x, 0.0, column(power), 0), (1 - x) ** power, rtol=1e-12)
    assert LAWS["power"].step(x, 0.0, column(0.0), 0) == 1
    assert_allclose(LAWS["power"].step(x, 0.0, column(1.0), 0), LAWS["linear"].step(x, 0.0, column(1.0), 0), rtol=1e-12)


@given(places, st.lists(st.floats(0, 10), min_size=2, max_size=9))
def test_piecewise_runs_straight_from_node_to_node(x, nodes):
    expected = np.interp(x, np.linspace(0, 1, len(nodes)), nodes)
    assert_allclose(LAWS["piecewise"].step(x, 0.0, column(*nodes), 0), expected, rtol=1e-9, atol=1e-9)


@given(places, st.floats(-6, 6))
def test_a_table_is_interpolated_over_conductance_and_score(x, z):
    steps = np.array([[1.0, 2.0, 0.5], [3.0, 5.0, 0.7], [4.0, 9.0, 2.0]])     # scores x nodes
    scores, nodes = np.linspace(-SCORES, SCORES, 3), np.linspace(0, 1, 3)
    rows = [np.interp(x, nodes, row) for row in steps]
    expected = np.interp(z, scores, rows)                                    # beyond the last score: the last row
    assert_allclose(LAWS["table"].step(x, z, column(3, *steps.ravel()), 0), expected, rtol=1e-9)
    assert_allclose(LAWS["table"].step(x, z, column(1, *steps[1]), 0), rows[1], rtol=1e-9)


def test_soft_bounds_approach_the_bound_geometrically():
    path = Response(device("soft-bounds")).walk(UP, 60)
    left = (1 - 1e-6 / SPAN) ** np.arange(61)
    assert_allclose(path, G_MAX - SPAN * left, rtol=1e-12)


def test_steps_of_constant_size_add_up_and_stop_at_the_bound():
    path = Response(device("linear", slope_up=0.0)).walk(UP, 60)
    assert_allclose(path, np.minimum(G_MIN + 4e-7 * np.arange(61), G_MAX), rtol=1e-12)


def test_a_power_step_follows_the_solution_of_its_equation():
    """dx/dn = s (1 - x)^p has the solution 1 - x = (1 + (p - 1) s n)^(-1 / (p - 1)); fine steps follow it."""
    path = Response(device("power", step_up=SPAN * 1e-4)).walk(UP, 20000)
    expected = 1 - (1 + 0.5 * 1e-4 * np.arange(20001)) ** -2.0
    assert_allclose((path - G_MIN) / SPAN, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("law", NUMBERS)
def test_reset_mirrors_set_where_both_have_the_same_parameters(law):
    ups = {key: value for key, value in NUMBERS[law].items() if key.endswith("_up")}
    mirrored = {key.replace("_up", "_down"): -value if key.startswith("nonlinearity") else value
                for key, value in ups.items()}
    response = Response(device(law, **mirrored))
    assert_allclose(response.walk(UP, 25) - G_MIN, G_MAX - response.walk(DOWN, 25), rtol=1e-9, atol=1e-18)


@pytest.mark.parametrize("law", NUMBERS)
def test_an_array_follows_the_response(law):
    """Set pulses from the bottom, then reset pulses from wherever each device is."""
    one = device(law)
    array, response = DeviceArray(one, (30,), threads=1), Response(one)
    array.pulse(np.arange(30))
    up = response.walk(UP, 29)
    assert_allclose(array.conductances(), up, rtol=0, atol=1e-6 * SPAN)
    array.pulse(np.full(30, -7))
    expected = [response.walk(DOWN, 7, start)[-1] for start in up]
    assert_allclose(array.conductances(), expected, rtol=0, atol=1e-5 * SPAN)


@pytest.mark.parametrize("law", NUMBERS)
def test_asymmetry_strengthens_set_and_weakens_reset(law):
    array, skewed = (DeviceArray(device(law, asymmetry=a), (1,), threads=1) for a in (0.0, 0.05))
    for count, factor in ((1, 1.05), (-1, 0.95)):
        for each in (array, skewed):
            each.cells.g[:] = G_MIN + SPAN / 2
            each.pulse([count])
        moved = [each.conductances()[0] - (G_MIN + SPAN / 2) for each in (array, skewed)]
        assert_allclose(moved[1] / moved[0], factor, rtol=1e-3)


FOLLOWED = {"own range": lambda a, low, high: (low, high), "own end": lambda a, low, high: (a, high),
            "own width": lambda a, low, high: (a, a + high - low), "card range": lambda a, low, high: (a, G_MAX)}


@pytest.mark.parametrize("law", ["linear", "soft-bounds", "exponential", "power"])
@pytest.mark.parametrize("follows", FOLLOWED)
def test_steps_follow_what_the_card_says(law, follows):
    """x is 0 at the first and 1 at the second conductance of FOLLOWED; for reset pulses everything mirrored."""
    anchor = {} if follows == "own range" else {"anchor": 0.4}
    spread = {"g_min_spread": 0.1, "g_max_spread": 0.1}
    one = replace(device(law, **spread), steps_follow=follows)
    one = replace(one, values={**one.values, **anchor})
    array, start = DeviceArray(one, (200,), seed=4, threads=1), G_MIN + 0.5 * SPAN
    low, high = (ends.astype(float) for ends in (array.cells.low, array.cells.high))
    shapes = {"linear": ["slope"], "soft-bounds": [], "exponential": ["amplitude", "rate"], "power": ["power"]}[law]
    for sign, side in ((1, "up"), (-1, "down")):
        x_0, x_1 = FOLLOWED[follows](G_MIN + 0.4 * SPAN, low, high)
        if sign < 0:      # mirrored about the middle of the card's range
            mirrored = (2 * G_MIN + SPAN - ends for ends in (G_MIN + 0.4 * SPAN, high, low))
            x_0, x_1 = (2 * G_MIN + SPAN - place for place in FOLLOWED[follows](*mirrored))
        x = np.broadcast_to((start - x_0) / (x_1 - x_0), 200)
        numbers = column(*([one[f"{name}_{side}"] for name in shapes] or [1.0]))
        expected = sign * one[f"step_{side}"] * np.array([LAWS[law].step(part, 0.0, numbers, 0) for part in x])
        array.cells.g[:] = start
        array.pulse(np.full(200, sign), np.full(200, 1e-3))
        assert_allclose((array.cells.g - start) * 1e3, expected, rtol=1e-4)


@pytest.mark.parametrize("follows", FOLLOWED)
def test_without_an_anchor_the_law_begins_where_pulses_do(follows):
    one = replace(device("exponential"), steps_follow=follows)
    for direction in (UP, DOWN):
        assert_array_equal(Response(one).walk(direction, 25), Response(device("exponential")).walk(direction, 25))


def test_a_shrinking_range_stretches_steps_only_where_they_follow_it():
    """After half of its pulses the range is half as wide: soft bounds that follow it stop there, others are cut off."""
    for follows, share in (("own range", 0.5), ("card range", 0.75)):
        one = replace(device("soft-bounds", endurance=1000.0), steps_follow=follows, worn="shrinks")
        array = DeviceArray(one, (1,), threads=1)
        array.cells.pulses[0] = 499
        array.pulse([1])
        array.cells.g[:] = start = G_MIN + 0.25 * SPAN
        array.pulse([1])
        assert_allclose(array.cells.g - start, share * 1e-6, rtol=1e-2)
        assert_allclose(array.cells.high, G_MIN + SPAN / 2, rtol=2e-2)


NOISES = {"c2c": 0.8, "c2c_additive": 2e-7, "c2c_range": 0.02, "c2c_slope": 0.05, "write_noise": 3e-7,
          "step_spread": 0.5, "step_spread_log": 0.3, "asymmetry_spread": 0.3, "g_min_spread": 0.2,
          "g_max_spread": 0.2, "shape_spread": 0.3, "stuck_on": 0.1, "stuck_off": 0.1, "stuck_anywhere": 0.1,
          "stuck_value": 0.1, "stuck_conductance": 3e-5, "endurance": 60.0, "endurance_spread": 0.5}
QUICK = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("law", NUMBERS)
@QUICK
@given(trains=st.lists(st.lists(st.integers(-40, 40), min_size=12, max_size=12), min_size=1, max_size=6),
       seed=st.integers(0, 1000))
def test_no_pulse_leaves_the_range_of_a_device(law, trains, seed):
    array = DeviceArray(device(law, **NOISES), (12,), seed=seed, threads=1)
    for counts in trains:
        array.pulse(counts)
        assert np.all(array.cells.low <= array.cells.g) and np.all(array.cells.g <= array.cells.high)
        assert np.isfinite(array.conductances()).all() and np.all(array.conductances() >= 0)
    assert_array_equal(array.pulses[0] - array.pulses[1], np.sum(trains, axis=0))


@pytest.mark.parametrize("law", NUMBERS)
@QUICK
@given(trains=st.lists(st.lists(st.integers(-9, 9), min_size=5, max_size=5), min_size=1, max_size=5),
       worn=st.sampled_from(["sticks", "shrinks"]))
def test_zero_pulses_change_nothing_not_even_later_noise(law, trains, worn):
    noisy = Device(**{**vars(device(law, **NOISES, drift=0.05, drift_spread=0.02, relaxation=0.02)), "worn": worn})
    plain, interrupted = (DeviceArray(noisy, (5,), seed=3, threads=1) for _ in range(2))
    for now, counts in enumerate(trains):
        plain.time = interrupted.time = 10.0 * now
        before = interrupted.conductances()
        interrupted.pulse(np.zeros(5, int))
        assert_array_equal(interrupted.conductances(), before)
        plain.pulse(counts)
        interrupted.pulse(counts)
    assert_array_equal(interrupted.conductances(), plain.conductances())
    assert_array_equal(interrupted.pulses, plain.pulses)
