"""Statistics over seeds, and the labels and scales of axes."""

from dataclasses import replace

import numpy as np
import pytest

from neurosim.plots.sweeps.points import (along_an_axis, key_quantity, measure_quantity, point_words, points_of,
                                          value_words)


def test_statistics_are_over_the_seeds_that_are_done(grid_of):
    error = np.array([[0.1, 0.3, 0.2], [np.nan, 0.5, 0.1], [np.nan] * 3])
    points = points_of(grid_of({"learning.beta": [0.1, 0.2, 0.3]}, test_error=error), "test_error")
    np.testing.assert_allclose(points.mean, [0.2, 0.3, np.nan])
    np.testing.assert_allclose(points.low, [0.1, 0.1, np.nan])
    np.testing.assert_allclose(points.high, [0.3, 0.5, np.nan])
    assert points.seeds == 3 and points.at(points.best) == {"learning.beta": 0.1}


def test_a_seed_that_is_an_axis_is_no_axis_of_the_figures(grid_of):
    error = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    results = grid_of({"learning.beta": [0.1, 0.2]}, test_error=error)
    points = points_of(replace(results, dims=("seed", "learning.beta"), results={"test_error": error.T}), "test_error")
    assert points.keys == ("learning.beta",)
    np.testing.assert_allclose(points.mean, [0.2, 0.5])


def test_where_only_the_seed_varies_it_is_the_axis(grid_of):
    points = points_of(grid_of({}, test_error=np.array([0.1, 0.2, np.nan])), "test_error")
    assert points.keys == ("seed",) and points.seeds == 1
    np.testing.assert_allclose(points.mean, [0.1, 0.2, np.nan])


@pytest.mark.parametrize("values, given, scale", [
    ([0.001, 0.01, 0.05], "log", "log"), ([1, 2, 3], "log", "log"), ([1.0, 100.0], "linear", "linear"),
    ([0.01, 0.03, 0.4], "", "log"), ([0.01, 0.02, 0.05, 0.1, 0.2], "", "log"), ([16, 32, 64], "", "log"),
    ([0, 0.01, 0.1], "", "symlog"), ([0, 0.1, 0.2], "", "linear"), ([2, 3, 4, 6, 8], "", "linear"),
    ([-1.0, 0.1, 100.0], "", "linear"), ([5.0], "", "linear"), (list(range(1, 50)), "", "linear"),
    ([0.1, 0.2, 0.3], "", "linear"), (["a", "b"], "", "text")])
def test_an_axis_has_the_scale_on_which_its_values_are_told_apart(grid_of, values, given, scale):
    results = grid_of({"learning.beta": values}, {"learning.beta": given}, test_error=np.ones((len(values), 1)))
    assert key_quantity(results, "learning.beta", results.axes["learning.beta"]).scale == scale


@pytest.mark.parametrize("key, values, label, places", [
    ("device.g_max", [1e-6, 2e-6], "device.g_max [µS]", [1, 2]),
    ("array.word_line", [0.5, 2000.0], "array.word_line [kΩ]", [0.0005, 2]),
    ("synapses.step_seconds", [1e-9, 5e-9], "synapses.step_seconds [ns]", [1, 5]),
    ("device.c2c", [0.01, 0.02], "device.c2c [1]", [0.01, 0.02]),
    ("readout.bits", [4, 8], "readout.bits [bits]", [4, 8]),
    ("synapses.device", ["b", "a"], "synapses.device", [0, 1])])
def test_axes_carry_units(grid_of, key, values, label, places):
    results = grid_of({key: values}, test_error=np.ones((2, 1)))
    quantity = key_quantity(results, key, results.axes[key])
    assert quantity.label == label
    np.testing.assert_allclose(quantity.positions(results.axes[key]), places)


@pytest.mark.parametrize("name, values, label, factor", [
    ("test_error", [0.1], "test error [%]", 0.01),
    ("joules_per_inference", [3e-9, np.nan, 4e-8], "energy per inference [nJ]", 1e-9),
    ("chip_seconds_per_inference", [2e-5], "time per inference on chip [µs]", 1e-6),
    ("spikes_per_inference", [4e3], "spikes per inference [1]", 1)])
def test_measures_carry_units(grid_of, name, values, label, factor):
    results = grid_of({}, **{name: np.array(values)})
    quantity = measure_quantity(results, name, values)
    assert (quantity.label, quantity.factor) == (label, pytest.approx(factor, rel=1e-12))


def test_values_in_words(grid_of):
    results = grid_of({"device.g_max": [1e-5], "readout.bits": [6], "readout.dac_bits": [4], "array.driver": [0.5],
                       "device.levels": [64.0], "synapses.device": ["a-card"]}, test_error=np.ones((1,) * 7))
    assert value_words(results, "device.g_max", 1e-5) == "10 µS"
    assert point_words(results, {key: values[0] for key, values in results.axes.items() if key != "seed"}) == (
        "g_max 10 µS, bits 6, dac_bits 4, driver 500 mΩ, levels 64, device a-card")
    assert point_words(results, {"device.stuck_on, device.stuck_off": 0.1}) == "stuck_on/stuck_off 0.1"
    assert point_words(results, {"readout.gain": 0.1, "learning.gain": 2}) == "readout.gain 0.1, learning.gain 2"


def test_what_cannot_be_drawn_is_one_sentence(grid_of):
    empty = grid_of({"learning.beta": [0.1]}, test_error=np.full((1, 2), np.nan))
    with pytest.raises(ValueError, match="^sweep a sweep: no point is done yet"):
        points_of(empty, "test_error")
    with pytest.raises(ValueError, match="measure 'test_eror': unknown; did you mean 'test_error'"):
        points_of(grid_of({"learning.beta": [0.1]}, test_error=np.ones((1, 2))), "test_eror")
    some = grid_of({"learning.beta": [0.1]}, test_error=np.ones((1, 1)), train_error=np.full((1, 1), np.nan))
    with pytest.raises(ValueError, match="no point has a train_error"):
        points_of(some, "train_error")


@pytest.mark.parametrize("values, numeric", [
    ([1e-320, 1.0], False), ([5e-324, 0.0], False), ([-1e300, 1.0], False), ([0.0, 1e-12, 1e12], True)])
def test_numbers_that_no_scale_can_hold_are_words_along_an_axis(values, numeric):
    shown = along_an_axis(values)
    assert (shown.dtype.kind == "f") == numeric
    assert numeric or shown.tolist() == [str(value) for value in values]
