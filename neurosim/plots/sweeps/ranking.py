"""Which axis matters most: bars of one-at-a-time changes, and of Sobol' indices."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.plots.style import COLOURS, GREY, figure_of, finish, literal
from neurosim.plots.sweeps.frame import caption
from neurosim.plots.sweeps.points import measure_quantity, point_words, progress_words, title_of, value_words
from neurosim.plots.sweeps.words import key_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from neurosim.plots.sweeps.points import Points
    from neurosim.plots.sweeps.swept import Indices, Swept


_LETTERS = 30    #: of two values that stand in one line; half of those of a line of keys


@dataclass(frozen=True)
class Change:
    """What one axis alone does to the measure.

    key : of the axis; base, worst : its values at the base and where the measure is largest
    mean, low, high : difference of the measure, mean and ends over the seeds
    """

    key: str
    base: object
    worst: object
    mean: float
    low: float
    high: float


def base_point(points: Points) -> tuple:
    """Index of the point that changes start from: the best of a grid, else the one that differs from most others in
    one value only, the best of several."""
    if points.grid:
        return points.best
    counts = np.where(np.isfinite(points.mean), _partners(points), -1)
    most = np.flatnonzero(counts == counts.max())
    return (most[np.argmin(points.mean[most])],)


def changes(points: Points) -> list[Change]:
    """Return the one-at-a-time changes of the measure, the largest first: list of Change.

    An axis without a partner has none.
    """
    base = base_point(points)
    worst: dict[str, tuple] = {}
    start = points.at(base)
    for key, index in _alternatives(points, base):
        if np.isfinite(points.mean[index]) and (key not in worst or points.mean[index] > points.mean[worst[key]]):
            worst[key] = index
    found = []
    for key, index in worst.items():
        pairs = points.found[index] - points.found[base]    # the same seed in both
        pairs = pairs[np.isfinite(pairs)]
        if pairs.size:
            found.append(Change(key, start[key], points.at(index)[key], pairs.mean(), pairs.min(), pairs.max()))
    return sorted(found, key=lambda change: -change.mean)


def leaders(found: list[Change]) -> list[Change]:
    """Return the largest change and those that cannot be told from it: the ends of its seeds and of theirs overlap."""
    return [change for change in found if change.high >= found[0].low]


def ranking_figure(results: Swept, points: Points, width: float | None = None) -> Figure:
    """Draw the change of the measure when each axis alone goes to its worst value; returns Figure.

    Changes whose seeds lie on both sides of 0 are grey, and axes that cannot be told from the first are said so.

    results : SweepResults; points : Points that have `changes`; width : [inches], None = 6.6
    """
    from matplotlib import rc_context
    with rc_context({"font.size": 9}):
        figure = figure_of((6.6, 1.7 + 0.52 * len(changes(points))), width)
        caption(figure, *draw_ranking(figure.subplots(), results, points))
    return literal(figure)


def draw_ranking(axes: Axes, results: Swept, points: Points) -> tuple[str, ...]:
    """Draw the ranking of `ranking_figure` on axes; returns heading and sentences that belong to it."""
    found = changes(points)
    shown = measure_quantity(results, points.name, [change.mean for change in found])
    means, lows, highs = (np.array([getattr(change, name) for change in found]) / shown.factor
                          for name in ("mean", "low", "high"))
    barred = points.seeds > 1
    colours = [COLOURS[6] if barred and change.low <= 0 <= change.high else COLOURS[5 if change.mean > 0 else 0]
               for change in found]
    axes.barh(range(len(found)), means, 0.62, color=colours,
              xerr=np.stack([means - lows, highs - means]).clip(0) if barred else None,
              error_kw={"elinewidth": 1, "capsize": 3})
    labels = [_step_words(results, change) for change in found]
    name, unit = shown.label.rstrip("]").split(" [")
    axes.set(yticks=range(len(found)), yticklabels=labels, ylim=(len(found) - 0.4, -0.6),
             xlabel=f"change of the {name}\n[{unit.replace('%', 'percentage points')}]")
    axes.axvline(0, color="black", linewidth=0.8)
    finish(axes)
    axes.grid(visible=False, axis="y")
    first = [key_words(change.key) for change in leaders(found)]
    together = f"cannot be distinguished by these seeds: {', '.join(first)}" if barred and len(first) > 1 else ""
    grey = "grey: not significant, the seeds lie on both sides of 0" if COLOURS[6] in colours else ""
    return (results.name, _base_words(results, points),
            f"bars: {points.seeds} seeds, smallest to largest" if barred else "one seed: the order may be chance",
            together, grey, progress_words(points))


def _step_words(results: Any, change: Change) -> str:
    """Return the key of a change, and the values between which it steps."""
    base, worst = (value_words(results, change.key, value) for value in (change.base, change.worst))
    lines = "\n".join(textwrap.wrap(key_words(change.key), 2 * _LETTERS))
    return f"{lines}\n{base}{chr(10) if len(base + worst) > _LETTERS else ' '}→ {worst}"


def _base_words(results: Any, points: Points) -> str:
    """Return where the changes start, and with what measure."""
    base = base_point(points)
    shown = measure_quantity(results, points.name, points.mean[base])
    what = "the others as at the best point" if points.grid else "from the point that most others differ from in one"
    return (f"each axis alone to its worst value, {what} ({point_words(results, points.at(base))}), which has "
            f"{points.mean[base] / shown.factor:.3g} {shown.label.rstrip(']').rpartition('[')[2]}")


def sensitivity_figure(results: Swept, found: Indices, width: float | None = None) -> Figure:
    """Draw first-order and total Sobol' indices, the largest total first; returns Figure.

    results : SweepResults; found : Sensitivity; width : [inches], None = 6.6
    """
    from matplotlib import rc_context
    with rc_context({"font.size": 9}):
        figure = figure_of((6.6, 1.7 + 0.5 * len(found.total)), width)
        caption(figure, *draw_sensitivity(figure.subplots(), results, found))
    return literal(figure)


def draw_sensitivity(axes: Axes, results: Swept, found: Indices) -> tuple[str, ...]:
    """Draw the indices of `sensitivity_figure` on axes; returns heading and sentences that belong to them."""
    order = np.argsort(-found.total, kind="stable")
    for shift, label, values, interval, colour, hatch in (
            (-0.19, "alone (first order)", found.first, found.first_interval, COLOURS[0], ""),
            (0.19, "with all interactions (total)", found.total, found.total_interval, COLOURS[1], "///")):
        lengths = np.abs(interval[order].T - values[order])
        axes.barh(np.arange(len(order)) + shift, values[order], 0.36, xerr=lengths, color=colour, hatch=hatch,
                  edgecolor="white", label=label, error_kw={"elinewidth": 1, "capsize": 2.5})
    name = measure_quantity(results, found.measure, np.ones(1)).label.partition(" [")[0]
    axes.set(yticks=range(len(order)), yticklabels=[title_of(found.names[index]) for index in order],
             ylim=(len(order) - 0.4, -0.6), xlabel=f"share of the variance of the {name} [1]")
    axes.axvline(0, color=GREY, linewidth=0.8)
    finish(axes)
    axes.grid(visible=False, axis="y")
    axes.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0)
    first = [key_words(found.names[index]) for index in order
             if found.total_interval[index, 1] >= found.total_interval[order[0], 0]]
    return (results.name, f"Sobol' indices from {found.samples} base samples; bars: 95 % intervals",
            f"cannot be distinguished by these samples: {', '.join(first)}" if len(first) > 1 else "")


def _alternatives(points: Points, base: tuple) -> Iterator[tuple[str, tuple]]:
    """Yield (key, index) of the points that differ from the base in one key alone."""
    if not points.grid:
        yield from _neighbours(points, base[0])
        return
    for dimension, key in enumerate(points.keys):
        for index in range(len(points.values[key])):
            if index != base[dimension]:
                yield key, (*base[:dimension], index, *base[dimension + 1:])


def _partners(points: Points) -> np.ndarray:
    """Return how many points differ from each point in one value alone, (points,)."""
    codes = np.stack([np.unique(points.values[key], return_inverse=True)[1].ravel() for key in points.keys], axis=1)
    counts = np.zeros(len(codes), int)
    for index in range(codes.shape[1]):
        others = codes.copy()
        others[:, index] = 0
        _, group, sizes = np.unique(others, axis=0, return_inverse=True, return_counts=True)
        counts += sizes[group.ravel()] - 1
    return counts


def _neighbours(points: Points, index: Any) -> list[tuple[str, tuple]]:
    differs = np.stack([points.values[key] != points.values[key][index] for key in points.keys])
    return [(points.keys[int(differs[:, other].argmax())], (other,))
            for other in np.flatnonzero(differs.sum(axis=0) == 1)]
