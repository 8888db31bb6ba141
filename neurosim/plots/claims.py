"""The figure of a recipe: what was found, panel by panel."""

from __future__ import annotations

from functools import partial
from numbers import Number
from typing import TYPE_CHECKING, Any, Protocol

from neurosim.plots.style import COLOURS, GREY, draw_panel, figure_of, finish, legend_above, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKS = "os^Dv*Pxh"
_WIDE, _HIGH = 4, 3.4    #: inches of a panel
_LETTERS = 22    #: of an entry of a legend of which two stand side by side


class Claimed(Protocol):
    """What the figure takes of an `Outcome`: its recipe, which has a name, and its Panels."""

    @property
    def recipe(self) -> Any: ...
    @property
    def panels(self) -> Sequence: ...


def claim_figure(outcome: Claimed, width: float | None = None) -> Figure:
    """Draw what a recipe found, one panel beside the other.

    outcome : Outcome of `neurosim.experiment.reproduce`, or anything with its `recipe` and `panels`
    width : [inches], None = 4 for each panel
    returns : matplotlib Figure; `rendered` makes a file of it
    """
    from matplotlib import rc_context
    with rc_context({"font.size": 9}):
        panels = outcome.panels
        columns = len(panels) if len(panels) < 4 else 2
        rows = -(-len(panels) // columns)
        figure = figure_of((_WIDE * max(2, columns), _HIGH * rows), width)
        for axes, panel in zip(figure.subplots(rows, columns, squeeze=False).flat, panels):
            _draw(axes, panel)
        figure.suptitle(outcome.recipe.name, fontsize=10.5, color=GREY)
    return literal(figure)


def claim_panel(outcome: Claimed, title: str, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw the panel of a recipe that has a title, on axes or on those of a figure of its own, see `draw_panel`.

    returns : the axes
    """
    return draw_panel({panel.title: partial(_draw, panel=panel) for panel in outcome.panels}, title, ax, width)


def _draw(axes: Axes, panel: Any) -> None:
    from matplotlib.ticker import LogFormatter
    numbers = all(isinstance(x, Number) for x in panel.x)
    positions = list(panel.x) if numbers else list(range(len(panel.x)))
    for k, (name, values) in enumerate(panel.series.items()):
        axes.plot(positions, values, color=COLOURS[k % len(COLOURS)], marker=_MARKS[k % len(_MARKS)],
                  markersize=5, linestyle="-" if numbers else "", linewidth=1.2, label=name)
    if not numbers:
        axes.set_xticks(positions, [str(x) for x in panel.x])
        axes.margins(x=0.1)
    axes.set(xlabel=panel.x_label, ylabel=panel.y_label, yscale="log" if panel.log else "linear")
    if panel.log:
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(LogFormatter(labelOnlyBase=False, minor_thresholds=(1, 0.4)))
    axes.set_title(panel.title, fontsize=9)
    if len(panel.series) > 1:
        legend_above(axes, 1 if max(map(len, panel.series)) > _LETTERS else 2)
    finish(axes)
