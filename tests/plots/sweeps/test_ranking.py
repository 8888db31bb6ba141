"""Rankings: changes of one axis alone, seed by seed, and Sobol' indices as bars."""

import numpy as np
import pytest

from neurosim.experiment.sweep.sensitivity import Sensitivity
from neurosim.plots.sweeps.points import points_of
from neurosim.plots.sweeps.ranking import base_point, changes, leaders, ranking_figure, sensitivity_figure


@pytest.fixture
def additive(grid_of):
    """Error that adds up over three axes; each seed shifts all points alike, and one axis by a little more."""
    beta, kind, c2c = np.meshgrid([0.02, 0.0, 0.05], [0.0, 0.01], [0.1, 0.0], indexing="ij")
    seeds = np.array([0.0, 0.3, -0.1])
    error = (0.2 + beta + kind + c2c)[..., None] + seeds + 0.1 * c2c[..., None] * np.array([0, 1, -1])
    return grid_of({"learning.beta": [0.1, 0.2, 0.3], "synapses.device": ["a", "b"], "device.c2c": [0.5, 0.0]},
                   test_error=error)


def test_bars_start_at_the_best_point_and_end_at_the_worst_value_of_one_axis(additive):
    points = points_of(additive, "test_error")
    assert points.at(base_point(points)) == {"learning.beta": 0.2, "synapses.device": "a", "device.c2c": 0.0}
    found = changes(points)
    assert [(change.key, change.base, change.worst) for change in found] == [
        ("device.c2c", 0.0, 0.5), ("learning.beta", 0.2, 0.3), ("synapses.device", "a", "b")]
    # what a seed shifts everywhere cancels; what it does to one axis is its bar
    np.testing.assert_allclose([(change.mean, change.low, change.high) for change in found],
                               [(0.1, 0.09, 0.11), (0.05, 0.05, 0.05), (0.01, 0.01, 0.01)], atol=1e-12)


def test_the_figure_shows_the_changes_in_percentage_points(additive):
    figure = ranking_figure(additive, points_of(additive, "test_error"))
    axes = figure.axes[0]
    np.testing.assert_allclose([bar.get_width() for bar in axes.patches], [10, 5, 1])
    np.testing.assert_allclose(axes.collections[0].get_segments()[0][:, 0], [9, 11])
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        "noise of a step over the step itself\n0 → 0.5", "nudging factor β\n0.2 → 0.3", "device\na → b"]
    assert axes.get_xlabel() == "change of the test error\n[percentage points]"
    assert "cannot be told" not in figure.get_supxlabel()


def test_axes_whose_seeds_overlap_are_no_winners(grid_of):
    """The bars of one axis lie on both sides of 0, those of two others on each other."""
    error = 0.2 * np.ones((2, 2, 2, 3))
    error[1] += np.array([0.03, 0.01, 0.02])
    error[:, 1] += np.array([0.02, 0.03, 0.02])
    error[:, :, 1] += np.array([-0.001, 0.002, 0.001])
    results = grid_of({"learning.beta": [0, 1], "readout.bits": [8, 4], "array.tile": [64, 32]}, test_error=error)
    points = points_of(results, "test_error")
    assert [change.key for change in leaders(changes(points))] == ["readout.bits", "learning.beta"]
    figure = ranking_figure(results, points)
    assert "cannot be distinguished by these seeds: resolution of converters, nudging factor β" in \
        figure.get_supxlabel().replace("\n", " ")
    colours = [bar.get_facecolor() for bar in figure.axes[0].patches]
    assert colours[0] == colours[1] != colours[2] and "grey: not significant" in figure.get_supxlabel()


def test_a_zip_that_changes_one_value_at_a_time_is_ranked_from_its_middle(points_at):
    error = np.array([[0.05], [0.04], [0.09], [0.06], [0.5]])
    results = points_at("zip", {"device.c2c": [0, 0.1, 0, 0, 0.1], "readout.bits": [8, 8, 4, 8, 4],
                                "synapses.device": ["a", "a", "a", "b", "b"]}, test_error=error)
    points = points_of(results, "test_error")
    assert base_point(points) == (0,), "not the best, but what the others differ from"
    found = changes(points)
    assert [change.key for change in found] == ["readout.bits", "synapses.device", "device.c2c"]
    np.testing.assert_allclose([change.mean for change in found], [0.04, 0.01, -0.01], atol=1e-12)


def test_points_without_partners_have_no_ranking(points_at):
    results = points_at("zip", {"device.c2c": [0, 0.1], "readout.bits": [8, 4]}, test_error=np.array([[0.1], [0.2]]))
    assert changes(points_of(results, "test_error")) == []


def test_indices_are_bars_with_their_intervals_the_largest_total_on_top(grid_of):
    found = Sensitivity("test_error", 64, ("x", "y"), np.array([0.2, 0.5]), np.array([0.3, 0.7]),
                        np.array([[0.1, 0.4], [0.45, 0.6]]), np.array([[0.2, 0.35], [0.6, 0.9]]))
    axes = sensitivity_figure(grid_of({}, test_error=np.ones(1)), found).axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["y", "x"]
    np.testing.assert_allclose([bar.get_width() for bar in axes.patches], [0.5, 0.2, 0.7, 0.3])
    segments = [segment[:, 0] for bars in axes.collections for segment in bars.get_segments()]
    np.testing.assert_allclose(segments, [(0.45, 0.6), (0.1, 0.4), (0.6, 0.9), (0.2, 0.35)])
    assert axes.get_xlabel() == "share of the variance of the test error [1]"
