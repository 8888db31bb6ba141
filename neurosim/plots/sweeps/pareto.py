"""Energy against error: all points, and those that no other beats in both."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.plots.style import COLOURS, GREY, figure_of, finish, literal
from neurosim.plots.sweeps.frame import caption, cloud, measure_scale
from neurosim.plots.sweeps.points import bars, measure_quantity, point_words, progress_words, seeds_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from neurosim.plots.sweeps.points import Points, Quantity
    from neurosim.plots.sweeps.swept import Swept

ENERGY = "joules_per_inference"    #: what the measure is drawn against by default
_LISTED = 10    #: points of the front that are named
#: Offsets of a number from its point that are tried in turn, and its least distance to others and to points [points].
_PLACES = tuple((radius * x, radius * y) for radius in (9, 15, 22)
                for x, y in ((0.7, 0.7), (0.7, -0.7), (-0.7, 0.7), (-0.7, -0.7), (1, 0), (0, 1), (-1, 0), (0, -1)))
_FREE = 8.5
_WIDTH = 96    #: letters of a line below the axes


def front(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return indices of the points that no other beats in one number without losing in the other, by rising `first`.

    first, second : (points,) numbers of which smaller ones are better; a point with NaN is not on the front
    """
    found, lowest = [], np.inf
    for index in np.lexsort((second, first)):
        if np.isfinite(first[index]) and second[index] < lowest:
            found.append(int(index))
            lowest = second[index]
    return np.array(found, int)


def pareto_figure(results: Swept, energies: Points, points: Points, width: float | None = None) -> Figure:
    """Draw the measure against an energy; returns Figure.

    results : SweepResults; energies, points : Points of the two; width : [inches], None = 6.2
    """
    from matplotlib import rc_context
    with rc_context({"font.size": 9}):
        lines = _lines(results, points, _listed(energies, points))
        below = 0.1 + 0.14 * len(lines)
        figure = figure_of((6.2, 4.2 + below), width)
        axes, table = figure.subplots(2, 1, height_ratios=(3.5, below))
        table.set_axis_off()
        table.text(0, 1, "\n".join(lines), va="top", fontsize=8, transform=table.transAxes)
        caption(figure, *draw_pareto(axes, results, energies, points))
        literal(figure)    # numbers need places, for which text is laid out
        _number(axes, energies, points, *_scales(results, energies, points))
    return figure


def draw_pareto(axes: Axes, results: Swept, energies: Points, points: Points) -> tuple[str, ...]:
    """Draw the points and their front on axes, without numbers; returns heading and sentences that belong to them."""
    across, up = _scales(results, energies, points)
    x, y = energies.mean.ravel() / across.factor, points.mean.ravel() / up.factor
    chosen, there = front(x, y), np.isfinite(x) & np.isfinite(y)
    lengths = [bars(some, quantity.factor).reshape(2, -1)[:, there]
               for some, quantity in ((points, up), (energies, across)) if points.seeds > 1]
    barred = cloud(axes, x[there], y[there], lengths, GREY, "all points")
    axes.plot(x[chosen], y[chosen], "-o", color=COLOURS[5], markersize=6, linewidth=1.4, label="Pareto front", zorder=5)
    measure_scale(axes.xaxis, x[there])
    measure_scale(axes.yaxis, y[there])
    axes.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0)
    axes.set(xlabel=across.label, ylabel=up.label)
    finish(axes)
    return results.name, seeds_words(points, barred), progress_words(points)


def _scales(results: Swept, energies: Points, points: Points) -> tuple[Quantity, Quantity]:
    return (measure_quantity(results, energies.name, energies.found),
            measure_quantity(results, points.name, points.found))


def _listed(energies: Points, points: Points) -> np.ndarray:
    """Return the indices of the points of the front that are named, evenly spaced where there are many."""
    chosen = front(energies.mean.ravel(), points.mean.ravel())
    return chosen if len(chosen) <= _LISTED else chosen[np.linspace(0, len(chosen) - 1, _LISTED).round().astype(int)]


def _number(axes: Axes, energies: Points, points: Points, across: Quantity, up: Quantity) -> None:
    """Write numbers beside the named points of the front, each where it covers no other number and no point of it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    figure, chosen = axes.figure, _listed(energies, points)
    if figure.canvas is None:
        FigureCanvasAgg(figure)
    figure.draw_without_rendering()    # after which points have places
    x, y = energies.mean.ravel() / across.factor, points.mean.ravel() / up.factor
    every = front(x, y)
    taken = axes.transData.transform(np.stack([x[every], y[every]], axis=1)).tolist()
    pixels = figure.dpi / 72
    for number, index in enumerate(chosen, 1):
        here = axes.transData.transform((x[index], y[index]))
        room = [min(np.hypot(*(here + pixels * np.array(place) - other)) for other in taken) for place in _PLACES]
        free = [place for place, distance in zip(_PLACES, room) if distance >= _FREE * pixels]
        place = free[0] if free else _PLACES[int(np.argmax(room))]
        axes.annotate(str(number), (x[index], y[index]), place, textcoords="offset points", fontsize=8, ha="center",
                      va="center", color=COLOURS[5], zorder=6)
        taken.append((here + pixels * np.array(place)).tolist())


def _lines(results: Any, points: Points, listed: Any) -> list[str]:
    """Return the lines of text that name points of the front by what differs among them."""
    chosen = [points.at(np.unravel_index(index, points.mean.shape)) for index in listed]
    common = {key: value for key, value in chosen[0].items()
              if len(chosen) > 1 and all(other[key] == value for other in chosen)}
    lines = [f"On the front{f', all at {point_words(results, common)}' if common else ''}"]
    for number, values in enumerate(chosen, 1):
        lines.append(f"{number}  {point_words(results, {k: v for k, v in values.items() if k not in common})}")
    return [part for line in lines for part in textwrap.wrap(line, _WIDTH, subsequent_indent="    ")]
