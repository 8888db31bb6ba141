"""The figure of an optimisation: cost against error of all trials, their front, and what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from neurosim.plots.style import COLOURS, GREY, draw_panel, figure_of, finish, literal
from neurosim.plots.sweeps.frame import measure_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Factor and unit in which a cost is drawn, by its SI unit.
_DRAWN = {"J": (1e9, "nJ"), "s": (1e6, "µs"), "m2": (1e6, "mm²")}


class Tried(Protocol):
    """What the figure takes of a trial."""

    @property
    def number(self) -> int: ...

    @property
    def cost(self) -> float: ...

    @property
    def error(self) -> float: ...


class Optimised(Protocol):
    """What the figure takes of an `Optimisation`."""

    @property
    def done(self) -> Sequence[Tried]: ...

    @property
    def front(self) -> Sequence[Tried]: ...

    @property
    def best(self) -> Tried | None: ...

    @property
    def unit(self) -> str: ...


def optimisation_figure(found: Optimised, wanted: float, kind: str, title: str = "",
                        width: float | None = None) -> Figure:
    """Draw the error of all trials over their cost, darker the later, with the front and the cheapest that is good.

    found : Optimisation; wanted : error that may not be exceeded; kind : of cost, "energy per inference"
    width : [inches], None = 6.2; returns : matplotlib Figure; `rendered` makes a file of it
    """
    from matplotlib import rc_context
    with rc_context({"font.size": 9}):
        figure = figure_of((6.2, 4.0), width)
        _draw(figure.add_subplot(), found, wanted, kind)
        if title:
            figure.suptitle(title, fontsize=10.5, color=GREY)
    return literal(figure)


def optimisation_panel(found: Optimised, wanted: float, kind: str, ax: Axes | None = None,
                       width: float | None = None) -> Axes:
    """Draw the same on axes, or on those of a figure of its own; see `draw_panel`. Returns the axes."""
    return draw_panel({"front": partial(_draw, found=found, wanted=wanted, kind=kind)}, "front", ax, width)


def _draw(axes: Axes, found: Optimised, wanted: float, kind: str) -> None:
    factor, unit = _DRAWN[found.unit]
    costs, errors = (np.array([getattr(trial, name) for trial in found.done]) for name in ("cost", "error"))
    order = np.array([trial.number for trial in found.done])
    axes.scatter(factor * costs, 100 * errors, c=order, cmap="Greys", vmin=-len(order), s=14, zorder=2, label="trials")
    line = np.array([(factor * trial.cost, 100 * trial.error) for trial in found.front]).reshape(-1, 2)
    axes.step(*line.T, where="post", color=COLOURS[0], linewidth=1.2, zorder=3, label="no other is better in both")
    axes.plot(*line.T, "o", color=COLOURS[0], markersize=4, zorder=3)
    axes.axhline(100 * wanted, color=GREY, linewidth=0.9, linestyle="--", zorder=1, label="largest error allowed")
    if found.best is not None:
        axes.plot(factor * found.best.cost, 100 * found.best.error, "*", color=COLOURS[5], markersize=13, zorder=4,
                  label=f"the cheapest, trial {found.best.number}")
    measure_scale(axes.xaxis, factor * costs)
    measure_scale(axes.yaxis, np.array([*(100 * errors), 100 * wanted]))
    axes.set(xlabel=f"{kind} [{unit}]", ylabel="wrong answers [%]")
    finish(axes)
    axes.legend(frameon=False, fontsize="small", loc="best")
