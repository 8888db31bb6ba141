"""Figures of a sweep: the measure against each axis, over two of them, against energy, and what matters most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.plots.sweeps.map import map_figure, mapped_keys
from neurosim.plots.sweeps.panels import axes_figure
from neurosim.plots.sweeps.pareto import ENERGY, pareto_figure
from neurosim.plots.sweeps.points import points_of
from neurosim.plots.sweeps.ranking import changes, ranking_figure, sensitivity_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from neurosim.plots.sweeps.swept import Swept

__all__ = ["sweep_figures"]

TOLERANCE = 0.01    #: loss beyond the best mean error that is tolerated by default


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
    if measure != energy and np.isfinite(results.results.get(energy, np.nan) + results.results[measure]).any():
        figures["pareto"] = pareto_figure(results, points_of(results, energy), points)
    if results.method in ("grid", "zip") and len(points.keys) > 1 and changes(points):
        figures["ranking"] = ranking_figure(results, points)
    if results.method == "saltelli":
        figures |= _sensitivity(results, measure)
    return figures


def _sensitivity(results: Any, measure: str) -> dict[str, Figure]:
    try:
        return {"sensitivity": sensitivity_figure(results, results.sensitivity(measure))}
    except ValueError:    # points are missing; whoever wants to know why calls `sensitivity`
        return {}
