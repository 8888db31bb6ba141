"""Energy against error: all points, and those that no other beats in both."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.plots.style import COLOURS, GREY, finish, literal
from neurosim.plots.sweeps.frame import caption, cloud, measure_scale
from neurosim.plots.sweeps.points import bars, measure_quantity, point_words, progress_words, seeds_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from neurosim.plots.sweeps.points import Points
    from neurosim.plots.sweeps.swept import Swept

ENERGY = "joules_per_inference"    #: what the measure is drawn against by default
_LISTED = 10    #: points of the front that are named
_WIDTH = 96    #: letters of a line below the axes


def front(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Indices of the points that no other beats in one number without losing in the other, by rising `first`.

    first, second : (points,) numbers of which smaller ones are better; a point with NaN is not on the front
    """
    found, lowest = [], np.inf
    for index in np.lexsort((second, first)):
        if np.isfinite(first[index]) and second[index] < lowest:
            found.append(int(index))
            lowest = second[index]
    return np.array(found, int)


def pareto_figure(results: Swept, energies: Points, points: Points) -> Figure:
    """Draw the measure against an energy; returns Figure.

    results : SweepResults; energies, points : Points of the two
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    across, up = (measure_quantity(results, some.name, some.found) for some in (energies, points))
    x, y = energies.mean.ravel() / across.factor, points.mean.ravel() / up.factor
    chosen = front(x, y)
    with rc_context({"font.size": 9}):
        listed = chosen if len(chosen) <= _LISTED else \
            chosen[np.linspace(0, len(chosen) - 1, _LISTED).round().astype(int)]
        lines = _lines(results, points, listed)
        below = 0.1 + 0.14 * len(lines)
        figure = Figure(figsize=(6.2, 4.2 + below), layout="constrained")
        axes, table = figure.subplots(2, 1, height_ratios=(3.5, below))
        table.set_axis_off()
        table.text(0, 1, "\n".join(lines), va="top", fontsize=8, transform=table.transAxes)
        there = np.isfinite(x) & np.isfinite(y)
        lengths = [bars(some, quantity.factor).reshape(2, -1)[:, there]
                   for some, quantity in ((points, up), (energies, across)) if points.seeds > 1]
        barred = cloud(axes, x[there], y[there], lengths, GREY, "all points")
        axes.plot(x[chosen], y[chosen], "-o", color=COLOURS[5], markersize=6, linewidth=1.4, label="Pareto front",
                  zorder=5)
        measure_scale(axes.xaxis, x[there])
        measure_scale(axes.yaxis, y[there])
        axes.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0)
        axes.set(xlabel=across.label, ylabel=up.label)
        finish(axes)
        for number, index in enumerate(listed, 1):
            axes.annotate(str(number), (x[index], y[index]), (5, 5), textcoords="offset points", fontsize=8,
                          color=COLOURS[5], zorder=6)
        caption(figure, results.name, seeds_words(points, barred), progress_words(points))
    return literal(figure)


def _lines(results: Any, points: Points, listed: Any) -> list[str]:
    """Lines of text that name points of the front by what differs among them."""
    chosen = [points.at(np.unravel_index(index, points.mean.shape)) for index in listed]
    common = {key: value for key, value in chosen[0].items()
              if len(chosen) > 1 and all(other[key] == value for other in chosen)}
    lines = [f"On the front{f', all at {point_words(results, common)}' if common else ''}"]
    for number, values in enumerate(chosen, 1):
        lines.append(f"{number}  {point_words(results, {k: v for k, v in values.items() if k not in common})}")
    return [part for line in lines for part in textwrap.wrap(line, _WIDTH, subsequent_indent="    ")]
