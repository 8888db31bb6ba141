"""The panels of a report show the numbers that they are given."""

import numpy as np
import pytest

from neurosim.plots.report_runs import (conductances_figure, pulses_figure, raster_figure, rates_figure, shown_units,
                                        wear_figure, weights_figure)

RNG = np.random.default_rng(2)


def heights(outline):
    """Heights of the bins of a step histogram, drawn as a closed polygon."""
    corners = outline.get_xy()
    return corners[1:-1:2, 1]


def test_histograms_add_up_to_all_weights_before_and_after():
    before, after = ({"a-b": RNG.normal(0, spread, (20, 30))} for spread in (1.0, 2.0))
    axes = weights_figure(before, after).axes[0]
    outlines = {patch.get_label(): heights(patch) for patch in axes.patches}
    assert set(outlines) == {"before learning", "after"}
    for outline in outlines.values():
        np.testing.assert_allclose(outline.sum(), 100)
    assert outlines["after"].max() < outlines["before learning"].max()


def test_conductances_stand_between_the_bounds_of_the_device():
    before = {"a-b": {"plus": np.full(9, 7e-6), "minus": np.full(9, 1.5e-6)}}
    after = {"a-b": {"plus": np.full(9, 4e-6), "minus": np.full(9, 2e-6)}}
    axes = conductances_figure(before, after, 1e-6, 8e-6).axes[0]
    np.testing.assert_allclose([line.get_xdata()[0] for line in axes.lines], (1, 8))
    assert "µS" in axes.get_xlabel()
    peaks = {patch.get_label(): patch.get_xy()[1:-1:2, 0][heights(patch)[:60].argmax()] for patch in axes.patches}
    assert peaks == pytest.approx({"plus before": 7, "plus after": 4, "minus before": 1.5, "minus after": 2},
                                  abs=8 / 60)
    assert [patch.get_fill() for patch in axes.patches] == [True, False, True, False]


def test_conductances_before_learning_may_be_unknown():
    axes = conductances_figure({}, {"a-b": {"plus": np.full(9, 4e-6)}}, 1e-6, 8e-6).axes[0]
    assert [patch.get_label() for patch in axes.patches] == ["plus"]


def test_pulses_are_lines_of_each_connection_and_direction():
    given = {"a-b": {"set": np.array([30.0, 2.0, 1.0]), "reset": np.array([3.0, 2.0, 0.5])}}
    axes = pulses_figure(given).axes[0]
    drawn = {line.get_label(): line.get_ydata() for line in axes.lines}
    assert {name: values.tolist() for name, values in drawn.items()} == {
        "a-b, set": [30, 2, 1], "a-b, reset": [3, 2, 0.5]}
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["initial", "1", "2"]


def test_wear_is_the_share_of_the_devices():
    axes = wear_figure(np.array([0, 1, 3, 10, 32]), {"a-b": np.array([0, 5, 15, 0, 0])}).axes[0]
    values, edges, _ = axes.patches[0].get_data()
    assert values.tolist() == [0, 25, 75, 0][:len(values)] and edges[1:4].tolist() == [1, 3, 10]


def test_bars_are_the_rates():
    axes = rates_figure({"test": {"a": 0.1, "b": 0.2}, "free": {"a": 0.3, "b": 0.4}}).axes[0]
    np.testing.assert_allclose([[bar.get_height() for bar in bars] for bars in axes.containers], [[10, 20], [30, 40]])


def test_a_raster_shows_units_by_time_steps():
    free, plus = RNG.random((20, 300)) < 0.2, RNG.random((8, 300)) < 0.2
    figure = raster_figure({"conv1": {"free": free, "plus": plus}})
    left, right = (axes.images[0].get_array() for axes in figure.axes)
    units = shown_units(300)
    np.testing.assert_array_equal(left, free[:, units].T)
    np.testing.assert_array_equal(right, plus[:, units].T)
    assert len(units) == 128 and {0, 299} < set(units.tolist())
    assert [axes.get_title() for axes in figure.axes] == ["free", "plus"]
    assert figure.axes[0].get_ylabel() == "conv1: 128 of 300 units"


def test_a_phase_without_steps_is_said_so():
    figure = raster_figure({"conv1": {"free": np.zeros((0, 4), bool), "plus": np.ones((2, 4), bool)}})
    assert [text.get_text() for text in figure.axes[0].texts] == ["no step"]
