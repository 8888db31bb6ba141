"""Panels show means and ends over seeds, quantiles over what is not shown, and medians of drawn points."""

import numpy as np
import pytest

from neurosim.plots.sweeps.panels import axes_figure
from neurosim.plots.sweeps.points import points_of
from neurosim.streams import stream


def panels(results):
    return axes_figure(results, points_of(results, "test_error")).axes


def test_a_line_is_the_mean_and_its_bars_are_the_ends_over_seeds(grid_of):
    error = np.array([[0.10, 0.10, 0.16], [0.2, np.nan, np.nan], [0.30, 0.32, 0.31]])
    axes, = panels(grid_of({"device.c2c": [0.1, 0.001, 0.01]}, test_error=error))
    line = axes.containers[0]
    np.testing.assert_allclose(line[0].get_xydata(), [(0.001, 20), (0.01, 31), (0.1, 12)])
    np.testing.assert_allclose([segment[:, 1] for segment in line[2][0].get_segments()], [(20, 20), (30, 32), (10, 16)])
    assert (axes.get_xscale(), axes.get_xlabel(), axes.get_ylabel()) == (
        "log", "noise of a step over the step itself [1]", "test error [%]")
    assert "smallest and largest of 3 seeds; missing points: 2 of 9" in axes.figure.get_supxlabel()


def test_of_two_axes_each_panel_has_a_line_for_each_value_of_the_other(grid_of):
    error = np.arange(6.0).reshape(3, 2, 1) / 100
    first, second = panels(grid_of({"readout.bits": [4, 5, 6], "synapses.device": ["a", "b"]}, test_error=error))
    assert [line.get_label() for line in first.containers] == ["a", "b"]
    np.testing.assert_allclose([line[0].get_ydata() for line in first.containers], [(0, 2, 4), (1, 3, 5)])
    assert [line.get_label() for line in second.containers] == ["4", "5", "6"]
    np.testing.assert_allclose([line[0].get_ydata() for line in second.containers], [(0, 1), (2, 3), (4, 5)])
    assert second.containers[0][0].get_linestyle() == "None", "words have no order to join"


def test_of_many_axes_a_panel_shows_quantiles_over_the_others(grid_of):
    error = stream(1, "a test").random((3, 4, 5, 2))
    axes = panels(grid_of({"readout.bits": [4, 5, 6], "learning.beta": [0.1, 0.2, 0.3, 0.4],
                           "learning.window": [3, 4, 5, 6, 7]}, test_error=error))[1]
    mean = 100 * np.moveaxis(error.mean(-1), 1, 0).reshape(4, -1)
    np.testing.assert_allclose(axes.lines[0].get_ydata(), np.median(mean, axis=1))
    np.testing.assert_allclose(axes.lines[1].get_ydata(), mean.min(axis=1))
    for band, (low, high) in zip(axes.collections, ((0, 1), (0.25, 0.75))):
        heights = band.get_paths()[0].vertices[:, 1]
        assert heights.max() == pytest.approx(np.quantile(mean, high, axis=1).max())
        assert heights.min() == pytest.approx(np.quantile(mean, low, axis=1).min())


def test_drawn_points_have_a_median_for_each_value_that_many_share(points_at):
    error = stream(2, "a test").random((60, 1))
    window, beta = np.repeat([3, 4, 5], 20), np.linspace(0.1, 0.9, 60)
    shared, running = panels(points_at("random", {"learning.window": window, "learning.beta": beta}, test_error=error))
    np.testing.assert_allclose(shared.lines[-1].get_xydata(),
                               [(value, 100 * np.median(error[window == value])) for value in (3, 4, 5)])
    found = running.lines[-1].get_xydata()
    assert len(found) == 60 - 12 + 1
    np.testing.assert_allclose(found[0], (np.median(beta[:12]), 100 * np.median(error[:12])))


def test_error_bars_of_neighbours_stand_beside_each_other(grid_of):
    error = np.arange(18.0).reshape(3, 2, 3) / 100
    first, _ = panels(grid_of({"device.c2c": [0.001, 0.01, 0.1], "readout.bits": [4, 6]}, test_error=error))
    left, right = (line[0].get_xdata() for line in first.containers)
    np.testing.assert_allclose(np.log10(right) - np.log10(left), 0.02 * 2)    # of two decades
    np.testing.assert_allclose(np.sqrt(left * right), [0.001, 0.01, 0.1])
