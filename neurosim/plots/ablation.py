"""The figure of an ablation: the error with each imperfection alone, and with all others, between none and all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from neurosim.plots.style import GREY, draw_panel, figure_of, finish, legend_below, literal, narrow, remark

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours and marks of the two switches; filled and hollow, so that grey prints distinguish them.
ALONE, AMONG = ("#0072B2", "o"), ("#D55E00", "s")
#: Chips that are compared: label, colour, line, its width, and the mark at its upper end. Later ones lie on top and are
#: thinner, so that lines at one error are all seen; their marks stand one above the other.
_LINES = {"none": ("fresh chip, no imperfection", ALONE[0], "-", 2.8, "v"),
          "all": ("fresh chip, all imperfections", AMONG[0], "-", 2.8, "^"),
          "numbers": ("weights as numbers", GREY, "--", 1.4, "D"),
          "own": ("the run's own chip", "black", ":", 1.4, "*")}
_LIFT = 0.16    #: distance of the two marks of a row from its middle [rows]
_PALE = 0.45    #: opacity of a mark whose interval holds the error that it is compared with
_ROOM = 0.9    #: rows above the first one, for the marks of the lines


class Ablated(Protocol):
    """What the figure takes of an `Ablation`: errors of chips by their names, Effects, and the images of each error."""

    @property
    def errors(self) -> dict: ...
    @property
    def effects(self) -> tuple: ...
    @property
    def samples(self) -> int: ...


def ablation_figure(found: Ablated, title: str = "", width: float | None = None) -> Figure:
    """Draw what each imperfection costs.

    One row for each imperfection, the most expensive on top. A mark is the error of a chip, the line behind it leads
    to the chip that it is compared with, and its bar is the 95 % interval of the difference, seen from there: where a
    bar crosses the place at which that line begins, the images do not distinguish the two chips, and it says so.

    found : Ablation, or anything with its `errors`, `effects` and `samples`; width : [inches], None = 8
    returns : matplotlib Figure; `rendered` makes a file of it
    """
    from matplotlib import rc_context
    with rc_context({"font.size": 9}):
        figure = figure_of((width or 8, 2.5 + 0.42 * len(found.effects)), width)
        _draw(figure.add_subplot(), found)
        if title:
            figure.suptitle(title, fontsize=10.5, color=GREY)
    return literal(figure)


def ablation_panel(found: Ablated, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw the same on axes, or on those of a figure of its own; see `draw_panel`. Returns the axes."""
    return draw_panel({"ablation": partial(_draw, found=found)}, "ablation", ax, width,
                      (width or 6, 2.5 + 0.42 * len(found.effects)))


def _draw(axes: Axes, found: Ablated) -> None:
    for place, (chip, (label, colour, style, width, marker)) in enumerate(_LINES.items()):
        axes.axvline(100 * found.errors[chip], color=colour, linestyle=style, linewidth=width, label=label, zorder=1,
                     alpha=0.5 if width > 2 else 1)
        axes.plot(100 * found.errors[chip], -0.5 - _ROOM * (place + 0.6) / len(_LINES), marker, color=colour,
                  markersize=5, zorder=3)
    for row, effect in enumerate(found.effects):
        alone, among = effect.alone, effect.among
        _mark(axes, row - _LIFT, alone.off, alone.on, (alone.low, alone.high), ALONE)
        _mark(axes, row + _LIFT, among.on, among.off, (-among.high, -among.low), AMONG)
    names = [effect.name + ("*" if effect.alone.others or effect.among.others else "") for effect in found.effects]
    axes.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.5, -0.5 - _ROOM), xlabel="error [%]")
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.03)
    finish(axes)
    axes.grid(visible=False, axis="y")
    _legend(axes, any(name.endswith("*") for name in names))


def _mark(axes: Axes, row: float, start: float, error: float, interval: tuple[float, float], look: Any) -> None:
    """Draw a mark at an error, a line to where it started, and the interval of the difference, all in fractions."""
    colour, marker = look
    low, high = (100 * (start + end) for end in interval)
    chance = interval[0] <= 0 <= interval[1]
    axes.plot([100 * start, 100 * error], [row, row], color=colour, alpha=0.35, linewidth=3, solid_capstyle="butt")
    axes.errorbar(100 * error, row, xerr=[[max(100 * error - low, 0)], [max(high - 100 * error, 0)]], color=colour,
                  marker=marker, markersize=5.5, markerfacecolor=colour if look is ALONE else "white", capsize=2.5,
                  linewidth=1.1, zorder=3, alpha=_PALE if chance else 1)
    if chance:
        axes.annotate("n. s." if narrow(axes) else "not significant", (max(high, 100 * error), row), (3, 0),
                      textcoords="offset points", va="center", fontsize=6, color=GREY)


def _legend(axes: Axes, starred: bool) -> None:
    from matplotlib.lines import Line2D
    marks = [Line2D([], [], color=colour, marker=marker, markersize=5.5, linewidth=1.1, label=label,
                    markerfacecolor=colour if look is ALONE else "white")
             for look, label in ((ALONE, "on alone"), (AMONG, "off alone, all others on")) for colour, marker in [look]]
    lines = [Line2D([], [], color=colour, linestyle=style, linewidth=width, marker=marker, markersize=5, label=label)
             for label, colour, style, width, marker in _LINES.values()]
    legend_below(axes, 2 if narrow(axes) else 3, [*marks, *lines])
    remark(axes, "bars: 95 % interval of the difference to where the thick line begins, same images in pairs",
           *["n. s.: not significant, the interval holds that place"] * narrow(axes),
           *["* without what needs it, or beside what it needs"] * starred)
