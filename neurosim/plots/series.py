"""The figure of reads over number or time, beside what a card makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from neurosim.plots.style import COLOURS, draw_panel, figure_of, finish, literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 30    #: series that are drawn


def series_figure(title: str, reads: Sequence[np.ndarray], lines: Sequence[np.ndarray],
                  times: Sequence[np.ndarray] | None = None, width: float | None = None) -> Figure:
    """Draw reads of devices over the first value of their lines, over time where there are times; returns the Figure.

    reads, lines : lists of float (reads) [S], what was read and what fits it; times : list of float (reads) [s]
    width : [inches], None = 7.2
    """
    from matplotlib import rc_context
    with rc_context({"font.size": 8}):
        figure = figure_of((7.2, 3.6), width)
        _draw(figure.subplots(), title, reads, lines, times)
    return literal(figure)


def series_panel(title: str, reads: Sequence[np.ndarray], lines: Sequence[np.ndarray],
                 times: Sequence[np.ndarray] | None = None, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw the same on axes, or on those of a figure of its own, see `draw_panel`; returns the axes.

    title, reads, lines, times : as in `series_figure`
    """
    return draw_panel({"reads": partial(_draw, title=title, reads=reads, lines=lines, times=times)}, "reads", ax, width)


def _draw(axes: Axes, title: str, reads: Sequence[np.ndarray], lines: Sequence[np.ndarray],
          times: Sequence[np.ndarray] | None) -> None:
    for number, (values, line) in enumerate(zip(reads[:_MOST], lines)):
        x = np.arange(1, len(values) + 1) if times is None else times[number]
        colour = COLOURS[number % len(COLOURS)]
        axes.plot(x, values / line[0], ".", color=colour, markersize=3, alpha=0.7, rasterized=len(values) > 5000)
        axes.plot(x, line / line[0], color=colour, linewidth=1.0)
    if times is not None:
        axes.set_xscale("log")
    axes.set_xlabel("reads" if times is None else "time after the last pulse [s]")
    axes.set_ylabel("conductance over the mean" if times is None else "conductance over the first of the fit")
    axes.set_title(title, fontsize=9)
    finish(axes)
