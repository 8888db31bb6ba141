"""The figure of an improvement: what each imperfection costs a chip that learns with it, with intervals."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from neurosim.plots.ablation import Ablated
from neurosim.plots.style import GREY, draw_panel, figure_of, finish, legend_below, literal, narrow, remark

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours and marks of the two ways to compare, as in the figure of an ablation.
AMONG, ALONE, WRITTEN = ("#D55E00", "s", "removed"), ("#0072B2", "o", "alone"), ("#009E73", "x", "written only")
_PALE = "#A0A0A0"
_LIFT = 0.18    #: distance of the marks of a row from its middle [rows]


class Improved(Protocol):
    """What the figure takes of an `Improvement`: its Remedies."""

    @property
    def remedies(self) -> tuple: ...


def improvement_figure(found: Improved, transfer: Ablated | None = None, title: str = "",
                       width: float | None = None) -> Figure:
    """Draw what each imperfection costs: one row each, those that differ beyond chance first, then by their cost.

    Marks are differences of errors in percentage points, bars their 95 % intervals, grey where the difference cannot be
    distinguished from chance, all that were compared considered.

    found : Improvement; transfer : Ablation of the same chip, or None; width : [inches], None = 8
    returns : matplotlib Figure; `rendered` makes a file of it
    """
    from matplotlib import rc_context
    with rc_context({"font.size": 9}):
        figure = figure_of((width or 8, 1.9 + 0.45 * len(found.remedies)), width)
        _draw(figure.add_subplot(), found, transfer)
        if title:
            figure.suptitle(title, fontsize=10.5, color=GREY)
    return literal(figure)


def improvement_panel(found: Improved, transfer: Ablated | None = None, ax: Axes | None = None,
                      width: float | None = None) -> Axes:
    """Draw the same on axes, or on those of a figure of its own; see `draw_panel`. Returns the axes."""
    return draw_panel({"improvement": partial(_draw, found=found, transfer=transfer)}, "improvement", ax, width,
                      (width or 6, 1.9 + 0.45 * len(found.remedies)))


def _draw(axes: Axes, found: Improved, transfer: Ablated | None) -> None:
    carried = {effect.name: effect.among for effect in transfer.effects} if transfer else {}
    axes.axvline(0, color="black", linewidth=0.9, zorder=1)
    for row, remedy in enumerate(found.remedies):
        for lift, contrast, look in ((-_LIFT, remedy.among, AMONG), (_LIFT, remedy.alone, ALONE)):
            one = contrast.difference
            _mark(axes, row + lift, (one.low, one.mean, one.high), look, one.told)
        if remedy.name in carried:
            side = carried[remedy.name]
            _mark(axes, row, (side.low, side.cost, side.high), WRITTEN, side.low > 0 or side.high < 0)
    names = [remedy.name + ("*" if remedy.among.others or remedy.alone.others else "") for remedy in found.remedies]
    axes.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.5, -0.5),
             xlabel="costs [percentage points of error]")
    axes.tick_params(axis="y", length=0)
    finish(axes)
    axes.grid(visible=False, axis="y")
    _legend(axes, bool(carried), any(name.endswith("*") for name in names))


def _mark(axes: Axes, row: float, ends: tuple[float, float, float], look: tuple[str, str, str], told: bool) -> None:
    """Draw a mark with its interval, in fractions."""
    low, mean, high = (100 * end for end in ends)
    colour, marker, _ = look
    axes.errorbar(mean, row, xerr=[[max(mean - low, 0)], [max(high - mean, 0)]], color=colour if told else _PALE,
                  marker=marker, markersize=5.5, markerfacecolor=colour if told else "white", capsize=2.5,
                  linewidth=1.2, zorder=3)


def _legend(axes: Axes, written: bool, starred: bool) -> None:
    from matplotlib.lines import Line2D
    looks = [AMONG, ALONE, *([WRITTEN] if written else [])]
    marks = [Line2D([], [], color=colour, marker=marker, markersize=5.5, linewidth=1.2, label=label)
             for colour, marker, label in looks]
    marks.append(Line2D([], [], color=_PALE, marker="s", markerfacecolor="white", markersize=5.5, linewidth=1.2,
                        label="not significant"))
    legend_below(axes, 2 if narrow(axes) else len(marks), marks)
    remark(axes, "with retraining; bars: 95 % intervals over seeds and test images",
           *["* without what needs it, or beside what it needs"] * starred)
