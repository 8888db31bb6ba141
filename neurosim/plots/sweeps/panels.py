"""The measure against each axis: lines and bands of a grid, clouds with a running median of drawn points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.plots.style import COLOURS, GREY, figure_of, finish, literal
from neurosim.plots.sweeps.frame import caption, cloud, measure_scale, show
from neurosim.plots.sweeps.points import (bars, key_quantity, measure_quantity, progress_words, seeds_words,
                                          title_of, value_words)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from neurosim.plots.sweeps.points import Points, Quantity
    from neurosim.plots.sweeps.swept import Swept

_LINES = 6    #: values of a second axis that get a line each
_COLUMNS = 3
_PLACE = 0.02    #: distance of error bars of two lines, of the length of the axis
_RUNNING = 12    #: points from which on medians are drawn
_SHARED, _DISTINCT = 4, 40    #: points per value from which on each has a median of its own, and most such values


def axes_figure(results: Swept, points: Points, width: float | None = None) -> Figure:
    """Draw a panel for each axis; returns Figure.

    results : SweepResults; points : Points of the measure; width : [inches], None = 3.7 for each column
    """
    from matplotlib import rc_context
    columns = 2 if len(points.keys) == 4 else min(_COLUMNS, len(points.keys))
    rows = -(-len(points.keys) // columns)
    with rc_context({"font.size": 9}):
        figure = figure_of((max(5.2, 3.7 * columns), 0.5 + 3.2 * rows), width)
        grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
        shown = measure_quantity(results, points.name, points.found)
        said = [_panel(axes, results, points, key, shown) for axes, key in zip(grid.flat, points.keys)]
        for axes in grid[:, 0]:
            axes.set_ylabel(shown.label)
        measure_scale(grid[0, 0].yaxis, np.stack([points.low, points.high]) / shown.factor)
        for axes in list(grid.flat)[len(points.keys):]:
            axes.set_visible(False)
        caption(figure, results.name, *dict.fromkeys(said), progress_words(points))
    return literal(figure)


def draw_axis(axes: Axes, results: Swept, points: Points, key: str) -> tuple[str, ...]:
    """Draw the panel of one key on axes; returns heading and sentences that belong to it."""
    shown = measure_quantity(results, points.name, points.found)
    said = _panel(axes, results, points, key, shown)
    axes.set_ylabel(shown.label)
    measure_scale(axes.yaxis, np.stack([points.low, points.high]) / shown.factor)
    return results.name, said, progress_words(points)


def _panel(axes: Axes, results: Swept, points: Points, key: str, shown: Quantity) -> str:
    said = (_grid_panel if points.grid else _cloud_panel)(axes, results, points, key, shown)
    finish(axes)
    return said


def _grid_panel(axes: Axes, results: Any, points: Points, key: str, shown: Quantity) -> str:
    """Draw a panel of a grid; returns what it shows in words."""
    quantity = key_quantity(results, key, points.values[key])
    positions = quantity.positions(points.values[key])
    others = [other for other in points.keys if other != key]
    show(axes.xaxis, quantity, positions)
    if len(others) == 1 and len(points.values[others[0]]) <= _LINES:
        _lines(axes, results, points, key, others[0], positions, shown, quantity.scale == "text")
        said = seeds_words(points)
    elif not others:
        lengths = bars(points, shown.factor)
        _line(axes, positions, points.mean, lengths, shown, COLOURS[0], "o", quantity.scale == "text")
        said = seeds_words(points)
    else:
        _band(axes, points, key, positions, shown, quantity.scale == "text")
        said = "bands: over all values of the other axes, median, middle half (dark) and all (light); dashed: the best"
    return said


def _line(axes: Axes, positions: np.ndarray, mean: np.ndarray, lengths: np.ndarray, shown: Quantity, colour: Any,
          marker: str, scattered: bool, label: str | None = None) -> None:
    order = np.argsort(positions)
    there = order[np.isfinite(mean[order])]
    axes.errorbar(positions[there], mean[there] / shown.factor, lengths[:, there], color=colour, marker=marker,
                  linestyle="none" if scattered else "-", markersize=4.5, linewidth=1.3, elinewidth=1, capsize=2.5,
                  label=label)


def _lines(axes: Axes, results: Any, points: Points, key: str, other: str, positions: np.ndarray,
           shown: Quantity, scattered: bool) -> None:
    """Draw one line for each value of the other axis."""
    dimension = points.keys.index(other)
    values = points.values[other]
    mean, lengths = (np.moveaxis(array, axis, -1) for array, axis in
                     ((points.mean, dimension), (bars(points, shown.factor), dimension + 1)))
    for line, (value, colour) in enumerate(zip(values, _colours(points, other))):
        moved = _beside(axes, positions, line - (len(values) - 1) / 2, scattered, points.seeds > 1)
        _line(axes, moved, mean[:, line], lengths[:, :, line], shown, colour, "os^Dv<"[line % 6], scattered,
              value_words(results, other, value))
    axes.legend(title=title_of(other), title_fontsize=8, fontsize=8, frameon=False, ncols=3, loc="lower left",
                bbox_to_anchor=(0, 1), borderaxespad=0.3, columnspacing=1.2, handletextpad=0.5, alignment="left")


def _beside(axes: Axes, positions: np.ndarray, places: float, scattered: bool, barred: bool) -> np.ndarray:
    """Return the positions of one line of several: beside the others where marks or error bars would lie on each other.

    Moved by so many places to the right, of a fiftieth of the axis each; of a text axis, by 0.12 words.
    """
    if scattered:
        return positions + 0.12 * places
    if not barred:
        return positions
    scale = axes.xaxis.get_transform()
    along = scale.transform(positions)
    return scale.inverted().transform(along + _PLACE * np.ptp(along) * places)


def _colours(points: Points, key: str) -> list:
    """Return a colour for each value of a key: rising brightness for numbers, the palette for words."""
    count = len(points.values[key])
    if not points.numeric(key):
        return [COLOURS[index % len(COLOURS)] for index in range(count)]
    from matplotlib import colormaps
    ranks = np.argsort(np.argsort(points.values[key]))
    return [colormaps["viridis"](0.85 * rank / max(1, count - 1)) for rank in ranks]


def _band(axes: Axes, points: Points, key: str, positions: np.ndarray, shown: Quantity, scattered: bool) -> None:
    """Draw quantiles over all other axes at each value of a key."""
    dimension = points.keys.index(key)
    rows = np.moveaxis(points.mean, dimension, 0).reshape(len(positions), -1) / shown.factor
    there = np.isfinite(rows).any(axis=1)
    order = np.flatnonzero(there)[np.argsort(positions[there])]
    found = np.array([np.nanquantile(rows[index], (0, 0.25, 0.5, 0.75, 1)) for index in order]).T
    if scattered:
        axes.vlines(positions[order], found[0], found[4], color=COLOURS[0], alpha=0.35, linewidth=2)
        axes.vlines(positions[order], found[1], found[3], color=COLOURS[0], linewidth=6, alpha=0.5)
        axes.plot(positions[order], found[2], "o", color=COLOURS[0], markersize=5)
        return
    axes.fill_between(positions[order], found[0], found[4], color=COLOURS[0], alpha=0.12, linewidth=0)
    axes.fill_between(positions[order], found[1], found[3], color=COLOURS[0], alpha=0.3, linewidth=0)
    axes.plot(positions[order], found[2], "-o", color=COLOURS[0], markersize=4, linewidth=1.4)
    axes.plot(positions[order], found[0], "--", color=GREY, linewidth=1.1)


def _cloud_panel(axes: Axes, results: Any, points: Points, key: str, shown: Quantity) -> str:
    """Draw all points against one of their values; returns what it shows in words."""
    quantity = key_quantity(results, key, points.values[key])
    positions, mean = quantity.positions(points.values[key]), points.mean / shown.factor
    there = np.isfinite(mean)
    lengths = [bars(points, shown.factor)[:, there]] if points.seeds > 1 else []
    barred, running = cloud(axes, positions[there], mean[there], lengths, COLOURS[0]), there.sum() >= _RUNNING
    if running:
        mark = {"marker": "_", "markersize": 22, "markeredgewidth": 2, "linestyle": "none"} \
            if quantity.scale == "text" else {"linewidth": 1.8}
        axes.plot(*_medians(positions[there], mean[there]), color=COLOURS[5], zorder=5, **mark)
    show(axes.xaxis, quantity, positions)
    median = "orange: median, running where values hardly repeat" if running else ""
    return "; ".join(filter(None, (seeds_words(points, barred), median)))


def _medians(positions: np.ndarray, values: np.ndarray) -> tuple | list:
    """Median at each position that many points share, else of neighbours, a fifth of all and at least 7 at a time."""
    distinct = np.unique(positions)
    if len(distinct) <= min(len(positions) // _SHARED, _DISTINCT):
        return distinct, [np.median(values[positions == position]) for position in distinct]
    order, width = np.argsort(positions, kind="stable"), max(7, len(positions) // 5)
    windows = [np.lib.stride_tricks.sliding_window_view(array[order], width) for array in (positions, values)]
    return [np.median(window, axis=-1) for window in windows]
