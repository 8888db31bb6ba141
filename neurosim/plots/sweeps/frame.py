"""Axes of figures of sweeps: scales, ticks that can be read, the line above and the line below a figure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.plots.style import GREY
from neurosim.plots.sweeps.points import clipped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from neurosim.plots.sweeps.points import Quantity

_TICKED = 8    #: values of an axis that may have a tick each
DRAWN = 2000    #: points or cells up to which each is a shape of its own in vector files
_CROWD = 400    #: points from which on they are small, and without error bars
_APART = 0.11    #: least distance of ticks, of the length of the axis
_FAR = 4.0    #: ratio of the largest to the smallest value of a measure from which on its axis is logarithmic
_PLAIN = 1000.0    #: ratio of the ends up to which a logarithmic axis has plain numbers


def show(axis: Axis, quantity: Quantity, positions: np.ndarray) -> None:
    """Give an axis of matplotlib its label, scale and ticks.

    axis : matplotlib Axis; quantity : Quantity; positions : coordinates along it
    """
    name, axes = axis.axis_name, axis.axes
    axis.set_label_text(quantity.title or quantity.label)
    if quantity.scale == "text":
        _words(axes, name, quantity.words)
        return
    set_scale = getattr(axes, f"set_{name}scale")
    if quantity.scale == "symlog":
        set_scale("symlog", linthresh=quantity.start, linscale=0.5)
    else:
        set_scale(quantity.scale)
    distinct = np.unique(positions)
    if len(distinct) <= _TICKED:
        ticked = _apart(axis, distinct)
        axis.set_ticks(ticked, [f"{position:.3g}" for position in ticked])
        axis.set_ticks([], minor=True)
    elif quantity.scale == "log":
        plain_ticks(axis, distinct)
    elif quantity.scale == "symlog":
        decades = 10.0 ** np.arange(np.ceil(np.log10(quantity.start)), np.floor(np.log10(distinct[-1])) + 1)
        axis.set_ticks([0.0, *decades], [f"{position:g}" for position in (0.0, *decades)])
        axis.set_ticks([], minor=True)


def measure_scale(axis: Axis, values: np.ndarray) -> None:
    """Make the axis of a measure logarithmic where its positive values lie far apart.

    axis : matplotlib Axis; values : numbers along it, NaN allowed
    """
    there = values[np.isfinite(values)]
    if there.size and there.min() > 0 and there.max() >= _FAR * there.min():
        getattr(axis.axes, f"set_{axis.axis_name}scale")("log")
        plain_ticks(axis, there)


def cloud(axes: Axes, x: np.ndarray, y: np.ndarray, lengths: Sequence, colour: str, label: str | None = None) -> bool:
    """Draw points, with error bars where they are few.

    x, y : (points,); lengths : of error bars along y and x, list of (2, points); empty without
    returns : whether there was room for error bars
    """
    if len(x) > _CROWD:
        axes.plot(x, y, "o", color=colour, alpha=0.4, markersize=2, markeredgewidth=0, label=label,
                  rasterized=len(x) > DRAWN)
        return False
    axes.errorbar(x, y, *lengths, fmt="o", color=colour, alpha=0.6, markersize=3.8, elinewidth=0.8, label=label)
    return True


def plain_ticks(axis: Axis, positions: np.ndarray) -> None:
    """Mark few round numbers along a logarithmic axis that is not long."""
    from matplotlib.ticker import FuncFormatter, LogLocator
    ratio = positions.max() / positions.min()
    if ratio > _PLAIN:
        return
    axis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7) if ratio < 10 else (1, 2, 5) if ratio < 50 else (1, 3)))
    axis.set_major_formatter(FuncFormatter(lambda position, _: f"{position:g}"))
    axis.set_ticks([], minor=True)


def caption(figure: Figure, title: str, *sentences: str) -> None:
    """Write the name of the sweep above a figure, and what it shows below; the figure grows by lines that are added."""
    width, height = figure.get_size_inches()
    above = textwrap.wrap(title, int(11 * width))
    below = textwrap.wrap("; ".join(sentence for sentence in sentences if sentence), int(14 * width))
    figure.suptitle("\n".join(above), fontsize=11, color=GREY)
    figure.supxlabel("\n".join(below), fontsize=8, color=GREY)
    figure.set_size_inches(width, height + 0.17 * max(0, len(above) - 1) + 0.14 * max(0, len(below) - 1))


def _apart(axis: Any, distinct: np.ndarray) -> np.ndarray:
    """Return the those of rising values whose ticks have room beside each other, the first among them."""
    shown = axis.get_transform().transform(distinct)
    chosen = [0]
    for index in range(1, len(shown)):
        if shown[index] - shown[chosen[-1]] >= _APART * np.ptp(shown):
            chosen.append(index)
    return distinct[chosen]


def _words(axes: Axes, name: str, words: Sequence[str]) -> None:
    shown = [clipped(word) for word in words]
    long = max(map(len, shown)) * len(shown) > 40
    turned = {"rotation": 90 if len(shown) > _TICKED else 30, "ha": "right", "rotation_mode": "anchor",
              "fontsize": 7.5} if name == "x" and long else {}
    if len(shown) > _TICKED and turned:
        turned["va"] = "center"
    getattr(axes, f"set_{name}ticks")(range(len(shown)), shown, **turned)
    getattr(axes, f"set_{name}lim")(-0.5, len(words) - 0.5)
