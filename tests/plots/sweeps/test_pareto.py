"""The Pareto front holds the points that no other beats."""

import numpy as np

from neurosim.plots.sweeps.pareto import front, pareto_figure
from neurosim.plots.sweeps.points import points_of
from neurosim.streams import stream


def test_the_front_is_what_comparing_all_pairs_finds():
    first, second = stream(3, "a test").integers(0, 12, (2, 80)).astype(float)    # with ties
    second[5] = first[7] = np.nan
    found = front(first, second)

    def beaten(i):
        return any(first[j] <= first[i] and second[j] <= second[i] and (first[j], second[j]) != (first[i], second[i])
                   for j in range(80))
    expected = {(first[i], second[i]) for i in range(80) if np.isfinite(first[i] + second[i]) and not beaten(i)}
    assert [(first[i], second[i]) for i in found] == sorted(expected)
    assert len(expected) > 2


def test_the_figure_names_the_points_of_the_front_by_what_differs(grid_of):
    error = np.array([[[0.3], [0.2]], [[0.1], [0.25]]])
    joules = np.array([[[1e-9], [2e-9]], [[4e-9], [5e-9]]])
    results = grid_of({"readout.bits": [4, 8], "array.tile": [64, 128]}, test_error=error, joules_per_inference=joules)
    figure = pareto_figure(results, points_of(results, "joules_per_inference"), points_of(results, "test_error"))
    axes, table = figure.axes
    np.testing.assert_allclose(axes.lines[-1].get_xydata(), [(1, 30), (2, 20), (4, 10)])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("energy per inference [nJ]", "test error [%]")
    assert table.texts[0].get_text().split("\n") == ["On the front", "1  bits 4, tile 64", "2  bits 4, tile 128",
                                                     "3  bits 8, tile 64"]
    results.results["test_error"][1] = 0.9
    figure = pareto_figure(results, points_of(results, "joules_per_inference"), points_of(results, "test_error"))
    assert figure.axes[1].texts[0].get_text() == "On the front, all at bits 4\n1  tile 64\n2  tile 128"


def test_numbers_of_neighbours_do_not_collide(grid_of):
    error = np.linspace(0.1, 0.0995, 8)[:, None]
    joules = np.linspace(1e-9, 1.001e-9, 8)[:, None]
    error, joules = np.append(error, [[0.5]], axis=0), np.append(joules, [[9e-9]], axis=0)
    results = grid_of({"array.tile": range(9)}, test_error=error, joules_per_inference=joules)
    figure = pareto_figure(results, points_of(results, "joules_per_inference"), points_of(results, "test_error"))
    figure.canvas.draw()
    axes = figure.axes[0]
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(boxes) == 8
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
