"""Which figures a sweep has, and that all of them can be read."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from neurosim.plots.sweeps import sweep_figures
from neurosim.streams import stream

LONG = {"synapses.device": ["choi-2018-epiram", "jang-2015-pcmo", "a-card-of-my-own"],
        "array.word_line": [0.0, 1.0, 10.0, 100.0], "device.stuck_on": [0.001, 0.01, 0.1], "learning.beta": [0.1, 0.2]}


def numbers(*shape):
    return {"test_error": 0.02 + 0.1 * stream(4, "a test").random(shape),
            "joules_per_inference": 1e-9 * (1 + 30 * stream(5, "a test").random(shape))}


@pytest.mark.parametrize("keys, expected", [
    (["array.word_line"], ["axes", "pareto"]),
    (["synapses.device", "learning.beta"], ["axes", "pareto", "ranking"]),
    (list(LONG), ["axes", "map", "pareto", "ranking"])])
def test_a_grid_has_the_figures_that_its_axes_allow_and_no_text_runs_out_of_them(grid_of, keys, expected):
    axes = {key: LONG[key] for key in keys}
    found = numbers(*map(len, axes.values()), 3)
    found["test_error"].flat[::7] = np.nan
    figures = sweep_figures(grid_of(axes, **found))
    assert list(figures) == expected
    for name, figure in figures.items():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        inside = figure.bbox
        for part in (*figure.axes, *figure.texts, figure._suptitle, figure._supxlabel):
            box = part.get_tightbbox(canvas.get_renderer())
            assert inside.x0 <= box.x0 <= box.x1 <= inside.x1 and inside.y0 <= box.y0 <= box.y1 <= inside.y1, name


def test_sobol_indices_are_drawn_when_all_points_are_there(points_at):
    design = np.arange(16).reshape(4, 4)
    axes = {"learning.beta": np.linspace(0.1, 0.9, 16), "device.c2c": np.geomspace(0.001, 0.1, 16)}
    results = points_at("saltelli", axes, design=design, **numbers(16, 1))
    assert list(sweep_figures(results)) == ["axes", "pareto", "sensitivity"]
    results.results["test_error"][3] = np.nan
    assert list(sweep_figures(results)) == ["axes", "pareto"]
    assert list(sweep_figures(results, "joules_per_inference")) == ["axes", "sensitivity"]


def test_energy_that_no_point_shares_with_the_measure_is_left_out(grid_of):
    found = numbers(2, 1)
    found["test_error"][0], found["joules_per_inference"][1] = np.nan, np.nan
    assert list(sweep_figures(grid_of({"learning.beta": [0.1, 0.2]}, **found))) == ["axes"]
