"""Devices by their error and by what learning on them takes, the one that is asked about marked."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from neurosim.plots.style import COLOURS, GREY, draw_panel, figure_of, finish, literal
from neurosim.plots.sweeps.frame import measure_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENERGY = "joules_per_training_sample"
_SIZE = (6.5, 3.8)    #: inches


class Standing(Protocol):
    """What the figure takes of a device: its name, whether it is the one asked about, its errors and other means."""

    @property
    def name(self) -> str: ...

    @property
    def own(self) -> bool: ...

    @property
    def errors(self) -> tuple[float, ...]: ...

    @property
    def means(self) -> dict[str, float]: ...


def standings_figure(standings: Iterable[Standing], width: float | None = None) -> Figure:
    """Draw the error of devices over the energy of learning from one image; bars go from the best to the worst seed.

    standings : those without an energy are left out; width : [inches], None = 6.5
    returns : matplotlib Figure
    """
    from matplotlib import rc_context
    with rc_context({"font.size": 9}):
        figure = figure_of(_SIZE, width)
        _draw(figure.add_subplot(), standings)
    return literal(figure)


def standings_panel(standings: Iterable[Standing], ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw the same on axes, or on those of a figure of its own, see `draw_panel`; returns the axes."""
    return draw_panel({"standings": partial(_draw, standings=standings)}, "standings", ax, width, _SIZE)


def _draw(axes: Axes, standings: Iterable[Standing]) -> None:
    drawn = [one for one in standings if ENERGY in one.means]
    energies = np.array([1e6 * one.means[ENERGY] for one in drawn])
    errors = [100 * np.array(one.errors) for one in drawn]
    labelled = set()
    for one, energy, error in sorted(zip(drawn, energies, errors), key=lambda item: item[0].own):
        label = one.name if one.own else "devices that ship"
        axes.errorbar(energy, error.mean(), yerr=[[error.mean() - error.min()], [error.max() - error.mean()]],
                      capsize=2, linewidth=1, marker="D" if one.own else "o", markersize=7 if one.own else 4.5,
                      color=COLOURS[5] if one.own else GREY, linestyle="none", zorder=4 if one.own else 3,
                      label=None if label in labelled else label)
        labelled.add(label)
    measure_scale(axes.xaxis, energies)
    measure_scale(axes.yaxis, np.array([error.mean() for error in errors]))
    axes.set(xlabel="energy of learning from one image [µJ]", ylabel="wrong answers [%]")
    finish(axes)
    if drawn:
        axes.legend(frameon=False, loc="best")
