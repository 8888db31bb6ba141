"""The measure over two axes of a grid, with the line up to which its loss is tolerated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neurosim.plots.style import COLOURS, figure_of, literal
from neurosim.plots.sweeps.chance import chance_words
from neurosim.plots.sweeps.frame import DRAWN, caption, show
from neurosim.plots.sweeps.points import key_quantity, measure_quantity, point_words, progress_words
from neurosim.plots.sweeps.ranking import changes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform
    from neurosim.plots.sweeps.points import Points
    from neurosim.plots.sweeps.swept import Swept

_ANNOTATED = 64    #: cells up to which each has its number


def mapped_keys(points: Points) -> tuple[str, ...]:
    """Return the two numeric axes that a map shows, those that change the measure most; none where there are fewer."""
    numeric = [key for key in points.keys if points.numeric(key) and len(points.values[key]) > 1]
    if not points.grid or len(numeric) < 2:
        return ()
    if len(numeric) > 2:
        worst = {change.key: change.mean for change in changes(points)}
        numeric = sorted(sorted(numeric, key=lambda key: -worst.get(key, 0.0))[:2], key=numeric.index)
    return tuple(numeric)


def map_figure(results: Swept, points: Points, tolerance: float, width: float | None = None) -> Figure:
    """Draw the mean over seeds as a heat map; axes that are not shown stand at the best point; returns Figure.

    It says so where all cells may differ by chance, see `neurosim.plots.sweeps.chance`.

    results : SweepResults; points : Points of a grid with two numeric axes; tolerance : loss beyond the best mean that
        is tolerated, in units of the measure; only errors have that line; width : [inches], None = 6.2
    """
    from matplotlib import rc_context
    with rc_context({"font.size": 9}):
        figure = figure_of((6.2, 4.8), width)
        caption(figure, *draw_map(figure.subplots(), results, points, tolerance))
    return literal(figure)


def draw_map(axes: Axes, results: Swept, points: Points, tolerance: float) -> tuple[str, ...]:
    """Draw the map of `map_figure` on axes; returns heading and sentences that belong to it."""
    keys = mapped_keys(points)
    values, held = _slice(points, keys)
    shown = measure_quantity(results, points.name, points.mean)
    quantities = [key_quantity(results, key, points.values[key]) for key in keys]
    positions = [quantity.positions(points.values[key]) for quantity, key in zip(quantities, keys)]
    orders = [np.argsort(position) for position in positions]
    positions = [position[order] for position, order in zip(positions, orders)]
    values = values[np.ix_(*orders)].T / shown.factor    # rows: second axis, upwards
    for axis, quantity, position in zip((axes.xaxis, axes.yaxis), quantities, positions):
        show(axis, quantity, position)
    _cells(axes, positions, values, shown.label)
    said = _contour(axes, positions, values, np.nanmin(points.mean) / shown.factor, tolerance / shown.factor) \
        if points.name.endswith("error") else ""
    noise = chance_words(points.found[_chosen(points, keys)])
    if noise:
        axes.set_title(f"cells {noise}", fontsize="small", color=COLOURS[5], wrap=True)
    return (f"{results.name}: at {point_words(results, held)}" if held else results.name,
            f"mean of {points.seeds} seeds" if points.seeds > 1 else "one seed", said, progress_words(points))


def _chosen(points: Points, keys: tuple[str, ...]) -> tuple:
    """Index of the points that a map over two axes shows: all others where the best point has them."""
    return tuple(slice(None) if key in keys else index for key, index in zip(points.keys, points.best))


def _slice(points: Points, keys: tuple[str, ...]) -> tuple[np.ndarray, dict]:
    """Return means over two axes, all others where the best point has them; and the values of those."""
    held = {key: value for key, value in points.at(points.best).items() if key not in keys}
    return points.mean[_chosen(points, keys)], held


def edges(positions: np.ndarray, transform: Transform) -> np.ndarray:
    """Return the borders of cells around rising positions: half-way between neighbours on the scale of the axis.

    transform : Transform of the axis
    """
    middle = transform.transform(positions)
    between = (middle[1:] + middle[:-1]) / 2
    ends = [2 * middle[0] - between[0], *between, 2 * middle[-1] - between[-1]]
    return transform.inverted().transform(np.array(ends))


def _cells(axes: Axes, positions: Sequence[np.ndarray], values: np.ndarray, label: str) -> None:
    borders = [edges(position, axis.get_transform()) for position, axis in zip(positions, (axes.xaxis, axes.yaxis))]
    axes.patch.set(facecolor="#dddddd", hatch="///", edgecolor="#aaaaaa")
    fine = values.size > DRAWN
    mesh = axes.pcolormesh(*borders, np.ma.masked_invalid(values), cmap="viridis_r", linewidth=0.4,
                           edgecolors="face" if fine else "white", rasterized=fine)
    axes.figure.colorbar(mesh, ax=axes, label=label)
    axes.set(xlim=borders[0][[0, -1]], ylim=borders[1][[0, -1]])
    if values.size > _ANNOTATED:
        return
    size = np.nanmax(values) - np.nanmin(values)
    digits = min(max(2 - math.floor(math.log10(size)), 0), 3) if size else 2
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            axes.text(positions[0][column], positions[1][row], f"{value:.{digits}f}", ha="center", va="center",
                      fontsize=7.5, color="white" if sum(mesh.to_rgba(value)[:3]) < 1.5 else "black")


def _contour(axes: Axes, positions: Sequence[np.ndarray], values: np.ndarray, best: float, tolerance: float) -> str:
    """Draw the line of the tolerated loss, straight on the scales of the axes; returns what it is in words."""
    level = best + tolerance
    said = f"best {best:.3g} %, tolerated up to {level:.3g} %"
    finite = values[np.isfinite(values)]
    if not finite.min() < level < finite.max():
        return f"{said}: all cells are" if finite.max() <= level else said
    scaled = [axis.get_transform().transform(position) for axis, position in zip((axes.xaxis, axes.yaxis), positions)]
    limits = axes.get_xlim(), axes.get_ylim()
    axes.contour(*scaled, np.ma.masked_invalid(values), levels=[level], colors="#D55E00", linewidths=2,
                 transform=axes.transLimits + axes.transAxes)
    axes.set(xlim=limits[0], ylim=limits[1])
    return f"{said} (line)"
