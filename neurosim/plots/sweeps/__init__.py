"""Figures of a sweep: the measure against each axis, over two of them, against energy, and what matters most."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.plots.style import draw_panel
from neurosim.plots.sweeps.maps import draw_map, map_figure, mapped_keys
from neurosim.plots.sweeps.panels import axes_figure, draw_axis
from neurosim.plots.sweeps.pareto import ENERGY, draw_pareto, pareto_figure
from neurosim.plots.sweeps.points import points_of
from neurosim.plots.sweeps.ranking import (changes, draw_ranking, draw_sensitivity, ranking_figure,
                                           sensitivity_figure)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from neurosim.plots.sweeps.points import Points
    from neurosim.plots.sweeps.swept import Indices, Swept

__all__ = ["sweep_figures", "sweep_panel"]

TOLERANCE = 0.01    #: loss beyond the best mean error that is tolerated by default


def sweep_panel(results: Swept, panel: str, ax: Axes | None = None, width: float | None = None, *,
                measure: str = "test_error", tolerance: float = TOLERANCE, energy: str = ENERGY) -> Axes:
    """Draw one panel of a sweep: the key of an axis, "map", "pareto", "ranking" or "sensitivity".

    ax, width : axes to draw on, or the width of a figure of its own [inches], see `neurosim.plots.style.draw_panel`
    results, measure, tolerance, energy : as in `sweep_figures`
    returns : the axes
    raises : ValueError for a panel that the sweep does not allow, and offers those that it does
    """
    points = points_of(results, measure)
    panels: dict[str, Any] = {key: partial(draw_axis, results=results, points=points, key=key) for key in points.keys}
    if mapped_keys(points):
        panels["map"] = partial(draw_map, results=results, points=points, tolerance=tolerance)
    if _has(results, measure, energy):
        panels["pareto"] = partial(draw_pareto, results=results, energies=points_of(results, energy), points=points)
    if _ranked(results, points):
        panels["ranking"] = partial(draw_ranking, results=results, points=points)
    if results.method == "saltelli" and (found := _indices(results, measure)) is not None:
        panels["sensitivity"] = partial(draw_sensitivity, results=results, found=found)
    return draw_panel(panels, panel, ax, width)


def sweep_figures(results: Swept, measure: str = "test_error", tolerance: float = TOLERANCE,
                  energy: str = ENERGY) -> dict[str, Figure]:
    """Draw the figures that a sweep allows.

    results : SweepResults; measure : name of one of its results
    tolerance : error beyond the smallest mean error that is tolerated, a fraction
    energy : name of the result that "pareto" draws the measure against
    returns : dict from name to Figure, in this order: "axes", the measure against each axis; "map", over two numeric
        axes of a grid; "pareto", against an energy; "ranking", change of the measure when each axis
        of a grid or a zip alone goes to its worst value; "sensitivity", Sobol' indices of a Saltelli design that is
        complete
    raises : ValueError when no point is done, or there is no such measure
    """
    points = points_of(results, measure)
    if energy != ENERGY:
        points_of(results, energy)
    figures = {"axes": axes_figure(results, points)}
    if mapped_keys(points):
        figures["map"] = map_figure(results, points, tolerance)
    if _has(results, measure, energy):
        figures["pareto"] = pareto_figure(results, points_of(results, energy), points)
    if _ranked(results, points):
        figures["ranking"] = ranking_figure(results, points)
    if results.method == "saltelli" and (found := _indices(results, measure)) is not None:
        figures["sensitivity"] = sensitivity_figure(results, found)
    return figures


def _has(results: Swept, measure: str, energy: str) -> bool:
    """Return whether any point has both, and they are two."""
    return measure != energy and bool(
        np.isfinite(results.results.get(energy, np.nan) + results.results[measure]).any())


def _ranked(results: Swept, points: Points) -> bool:
    return results.method in ("grid", "zip") and len(points.keys) > 1 and bool(changes(points))


def _indices(results: Swept, measure: str) -> Indices | None:
    try:
        return results.sensitivity(measure)
    except ValueError:    # points are missing; whoever wants to know why calls `sensitivity`
        return None
