"""The figure of a quantity that was measured for itself: courses of devices, beside what a card makes of them."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import TYPE_CHECKING

from neurosim.plots.style import COLOURS, GREY, draw_panel, figure_of, finish, literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from neurosim.memristor.fitting.measured import Measured

_MOST = 30      #: courses that are drawn
_WIDTH = 118    #: letters of a line below the figure


def series_figure(title: str, found: Measured, width: float | None = None) -> Figure:
    """Draw what was measured as points and what fits it as lines, with the words on both below; returns the Figure.

    found : Measured; width : [inches], None = 7.2
    """
    from matplotlib import rc_context
    with rc_context({"font.size": 8}):
        said = [line for sentence in (found.goodness, found.advice) for line in textwrap.wrap(sentence, _WIDTH)]
        figure = figure_of((7.2, 3.6 + 0.14 * len(said)), width)
        _draw(figure.subplots(), title, found)
        figure.supxlabel("\n".join(said), x=0.01, ha="left", fontsize=7.5, color=GREY)
    return literal(figure)


def series_panel(title: str, found: Measured, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw points and lines on axes, or on those of a figure of its own, see `draw_panel`; returns the axes.

    found : Measured
    """
    return draw_panel({"reads": partial(_draw, title=title, found=found)}, "reads", ax, width)


def _draw(axes: Axes, title: str, found: Measured) -> None:
    for number, course in enumerate(found.courses[:_MOST]):
        colour, many = COLOURS[number % len(COLOURS)], len(course.x) > 5000
        axes.plot(course.x, course.y, ".", color=colour, markersize=3, alpha=0.7, rasterized=many)
        axes.plot(course.x, course.line, color=colour, linewidth=1.0, rasterized=many)
    axes.set(xlabel=found.frame.x, ylabel=found.frame.y)
    if found.frame.log_x:
        axes.set_xscale("log")
    if found.frame.log_y:
        axes.set_yscale("log")
    axes.set_title(title, fontsize=9)
    finish(axes)
