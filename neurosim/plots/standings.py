"""Devices by their error and by what learning on them takes, the one that is asked about marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.plots.style import COLOURS, GREY, finish, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

ENERGY = "joules_per_training_sample"


def standings_figure(standings: Sequence) -> Figure:
    """Draw the error of devices over the energy of learning from one image.

    standings : objects with name, own, error, errors and means, those without an energy are left out
    returns : matplotlib Figure, 6.5 inches wide
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    with rc_context({"font.size": 9}):
        figure = Figure(figsize=(6.5, 3.8), layout="constrained")
        axes = figure.add_subplot()
        drawn = [one for one in standings if ENERGY in one.means]
        for one in drawn:
            errors = [100 * error for error in one.errors]
            axes.errorbar(1e6 * one.means[ENERGY], 100 * one.error, zorder=4 if one.own else 3, capsize=2,
                          yerr=[[100 * one.error - min(errors)], [max(errors) - 100 * one.error]], linewidth=1,
                          marker="D" if one.own else "o", markersize=8 if one.own else 4.5,
                          color=COLOURS[5] if one.own else GREY)
            if one.own:
                axes.annotate(one.name, (1e6 * one.means[ENERGY], 100 * one.error), (9, 6), color=COLOURS[5],
                              textcoords="offset points")
        if drawn:
            axes.set(xscale="log", yscale="log")
        axes.set(xlabel="energy of learning from one image [µJ]", ylabel="wrong answers [%]")
        finish(axes)
    return literal(figure)
