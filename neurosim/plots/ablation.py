"""The figure of an ablation: the error with each imperfection alone, and with all others, between none and all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurosim.plots.style import GREY, finish, literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours and marks of the two switches; filled and hollow, so that grey prints tell them apart.
ALONE, AMONG = ("#0072B2", "o"), ("#D55E00", "s")
_LINES = {"none": ("fresh chip, no imperfection", ALONE[0], "-"),
          "all": ("fresh chip, all imperfections", AMONG[0], "-"),
          "own": ("the run's own chip", "black", ":"), "numbers": ("weights as numbers", GREY, "--")}
_LIFT = 0.16    #: distance of the two marks of a row from its middle [rows]


def ablation_figure(found: Any, title: str = "") -> Figure:
    """Draw what each imperfection costs.

    One row for each imperfection, the most expensive on top. A mark is the error of a chip, the line behind it leads
    to the chip that it is compared with, and its bar is the 95 % interval of the difference, seen from there: where a
    bar crosses the place at which that line begins, the images do not tell the two chips apart.

    found : Ablation, or anything with its `errors`, `effects` and `samples`
    returns : matplotlib Figure, 8 inches wide; `rendered` makes a file of it
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    with rc_context({"font.size": 9}):
        figure = Figure(figsize=(8, 2.1 + 0.42 * len(found.effects)), layout="constrained")
        axes = figure.add_subplot()
        for chip, (label, colour, style) in _LINES.items():
            axes.axvline(100 * found.errors[chip], color=colour, linestyle=style, linewidth=1.1, label=label, zorder=1)
        for row, effect in enumerate(found.effects):
            alone, among = effect.alone, effect.among
            _mark(axes, row - _LIFT, alone.off, alone.on, (alone.low, alone.high), ALONE)
            _mark(axes, row + _LIFT, among.on, among.off, (-among.high, -among.low), AMONG)
        names = [effect.name + ("*" if effect.alone.others or effect.among.others else "") for effect in found.effects]
        axes.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.5, -0.5), xlabel="error [%]")
        axes.tick_params(axis="y", length=0)
        axes.margins(x=0.03)
        finish(axes)
        axes.grid(visible=False, axis="y")
        _legend(figure, axes, any(name.endswith("*") for name in names))
        if title:
            figure.suptitle(title, fontsize=10.5, color=GREY)
    return literal(figure)


def _mark(axes: Axes, row: float, start: float, error: float, interval: tuple[float, float], look: Any) -> None:
    """A mark at an error, a line to where it started, and the interval of the difference, all in fractions."""
    colour, marker = look
    low, high = (100 * (start + end) for end in interval)
    axes.plot([100 * start, 100 * error], [row, row], color=colour, alpha=0.35, linewidth=3, solid_capstyle="butt")
    axes.errorbar(100 * error, row, xerr=[[max(100 * error - low, 0)], [max(high - 100 * error, 0)]], color=colour,
                  marker=marker, markersize=5.5, markerfacecolor=colour if look is ALONE else "white", capsize=2.5,
                  linewidth=1.1, zorder=3)


def _legend(figure: Figure, axes: Axes, starred: bool) -> None:
    from matplotlib.lines import Line2D
    marks = [Line2D([], [], color=colour, marker=marker, markersize=5.5, linewidth=1.1, label=label,
                    markerfacecolor=colour if look is ALONE else "white")
             for look, label in ((ALONE, "on alone"), (AMONG, "off alone, all others on")) for colour, marker in [look]]
    figure.legend(handles=[*marks, *axes.get_legend_handles_labels()[0]], loc="outside lower center", ncols=3,
                  frameon=False)
    text = "bars: 95 % interval of the difference to where the thick line begins, same images in pairs"
    if starred:
        text += "\n* switched together with what needs it, or beside what it needs"
    axes.set_title(text, fontsize=7.5, color=GREY, loc="left")
