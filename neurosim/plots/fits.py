"""The figure of a fit: measured trains, the law through them, what is left over, and how the laws compare."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.plots.style import COLOURS, GREY, draw_panel, figure_of, finish, legend_above, literal, scaled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from neurosim.measurements.types import PulseTrains
    from neurosim.memristor.device import Device

PANELS = ("response", "residuals", "steps", "laws")    #: of the figure of a fit
_WIDTH = 118    #: letters of a line below the figure
_BINS = 20    #: parts of the range in which measured steps are averaged
_FEWEST = 3    #: steps of which a mean and its error are shown


def fit_figure(device: Device, trains: PulseTrains, curves: dict, scores: dict[str, float], ties: Sequence[str] = (),
               remarks: Sequence[str] = (), width: float | None = None) -> Figure:
    """Draw measured trains with the law that was fitted to them: conductance after pulses, and steps over conductance.

    device : Device of the fitted card; trains : PulseTrains that it was fitted to
    curves : dict from "up" and "down" to one noise-free curve per train, float (pulses) [S]
    scores : dict from law to the held-out log-likelihood per pulse [nat], the chosen law first
    ties : laws that the trains do not distinguish from the chosen one; remarks : sentences that stand below
    width : [inches], None = 7.2
    returns : matplotlib Figure; `rendered` makes a file of it
    """
    from matplotlib import rc_context
    with rc_context({"font.size": 8}):
        lines = [line for remark in remarks for line in textwrap.wrap(remark, _WIDTH, subsequent_indent="  ")]
        figure = figure_of((7.2, 7.2 + 0.14 * len(lines)), width)
        figure.suptitle(f"{device.name}: law {device.law}, fitted to {Path(trains.source).name}", fontsize=9)
        upper, lower = figure.subfigures(2, height_ratios=(5, 1.6 + 0.18 * len(scores)))
        response, left = upper.subplots(2, sharex=True, height_ratios=(3, 1.2))
        _response(response, device, trains, curves)
        upper.legend(*response.get_legend_handles_labels(), frameon=False, ncols=3, loc="outside upper center")
        _left_over(left, trains, curves)
        steps, laws = lower.subplots(1, 2)
        _steps(steps, device, trains, curves)
        _scores(laws, scores, ties)
        if lines:
            lower.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=7.5, color=GREY)
    return literal(figure)


def fit_panel(device: Device, trains: PulseTrains, curves: dict, scores: dict[str, float], panel: str,
              ax: Axes | None = None, width: float | None = None, ties: Sequence[str] = ()) -> Axes:
    """Draw one panel of a fit, one of PANELS.

    ax, width : axes to draw on, or the width of a figure of its own [inches], see `neurosim.plots.style.draw_panel`
    device, trains, curves, scores, ties : as in `fit_figure`
    returns : the axes
    """
    def response(axes: Axes) -> None:
        _response(axes, device, trains, curves)
        axes.set_xlabel(_pulses(trains))
        legend_above(axes, 2)
    draw = (response, partial(_left_over, trains=trains, curves=curves),
            partial(_steps, device=device, trains=trains, curves=curves), partial(_scores, scores=scores, ties=ties))
    return draw_panel(dict(zip(PANELS, draw)), panel, ax, width)


def _pulses(trains: Any) -> str:
    up, down = (max(map(len, measured)) for _, measured, _ in _sides(trains))
    return f"pulses: {up} set, then {down} reset"


def _sides(trains: Any) -> tuple:
    """Return the trains of both directions and the number of pulses before which each begins."""
    return (("up", trains.up, 0), ("down", trains.down, max(map(len, trains.up))))


def _response(axes: Axes, device: Any, trains: Any, curves: dict) -> None:
    from neurosim.memristor.response import DOWN, UP
    from neurosim.memristor.characterise import fabricated_walk
    factor, unit = scaled(np.concatenate([*trains.up, *trains.down]), "S")
    labels = {"band": "90 % of 200 devices of the card", "points": "measured", "curve": "fit, noise-free"}
    for (side, measured, start), direction in zip(_sides(trains), (UP, DOWN)):
        longest = int(np.argmax([len(train) for train in measured]))
        first = curves[side][longest][0]
        pulses, seen = fabricated_walk(device, direction, first, len(measured[longest]) - 1)
        low, high = np.quantile(seen, (0.05, 0.95), axis=1) / factor
        axes.fill_between(start + 1 + pulses, low, high, color=COLOURS[0], alpha=0.25, linewidth=0,
                          label=labels.pop("band", None))
        for train, curve in zip(measured, curves[side]):
            pulses = start + 1 + np.arange(len(train))
            axes.plot(pulses, train / factor, ".", color=COLOURS[5], markersize=2.5, alpha=0.7,
                      label=labels.pop("points", None), rasterized=len(train) > 5000)
            axes.plot(pulses, curve / factor, color="black", linewidth=1.2, label=labels.pop("curve", None))
    axes.set_ylabel(f"conductance [{unit}]")
    finish(axes)


def _left_over(axes: Axes, trains: Any, curves: dict) -> None:
    """Draw measured minus noise-free conductance of every pulse."""
    rests = {side: [train - curve for train, curve in zip(measured, curves[side])]
             for side, measured, _ in _sides(trains)}
    factor, unit = scaled(np.concatenate([*rests["up"], *rests["down"]]), "S")
    for side, _, start in _sides(trains):
        for rest in rests[side]:
            axes.plot(start + 1 + np.arange(len(rest)), rest / factor, ".", color=COLOURS[5], markersize=2, alpha=0.7,
                      rasterized=len(rest) > 5000)
    up, down = (max(map(len, measured)) for _, measured, _ in _sides(trains))
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set(ylabel=f"measured - fit [{unit}]", xlabel=_pulses(trains), xlim=(0, up + down + 1))
    finish(axes)


def _steps(axes: Axes, device: Any, trains: Any, curves: dict) -> None:
    """Change of conductance by a pulse over the conductance before it: measured means and the law.

    Measured steps are sorted by where the fit says that the device was: noise of reads would move them otherwise.
    """
    from neurosim.memristor.response import DOWN, UP, Response
    response, places = Response(device), np.linspace(device["g_min"], device["g_max"], 200)
    laws = {side: np.clip([g + response.step(direction, g) for g in places], places[0], places[-1]) - places
            for side, direction in (("up", UP), ("down", DOWN))}
    across, shown = scaled(places, "S")
    factor, unit = scaled(np.concatenate(list(laws.values())), "S")
    for (side, measured, _), colour, marker, word in zip(_sides(trains), COLOURS, "o^", ("set", "reset")):
        axes.plot(places / across, laws[side] / factor, color="black", linewidth=1.2,
                  label="law, noise-free" if side == "up" else None)
        where, means, errors = _binned(measured, curves[side], places[0], places[-1])
        axes.errorbar(where / across, means / factor, errors / factor, fmt=marker, color=colour, markersize=3,
                      elinewidth=0.8, label=f"{word}, mean of measured")
    axes.axhline(0, color=GREY, linewidth=0.8)
    axes.set(xlabel=f"conductance before the pulse [{shown}]", ylabel=f"step of one pulse [{unit}]")
    finish(axes)
    legend_above(axes, 2)


def _binned(trains: Sequence[np.ndarray], curves: Sequence[np.ndarray], low: float,
            high: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means of the measured steps in parts of the range: conductance, mean and standard error, each float (parts)."""
    before = np.concatenate([np.asarray(curve)[:-1] for curve in curves])
    steps = np.concatenate([np.diff(train) for train in trains])
    parts = np.clip(((before - low) / (high - low) * _BINS).astype(int), 0, _BINS - 1)
    rows = [(before[own].mean(), steps[own].mean(), steps[own].std() / np.sqrt(own.sum()))
            for own in (parts == part for part in range(_BINS)) if own.sum() >= _FEWEST]
    where, means, errors = np.array(rows).reshape(-1, 3).T
    return where, means, errors


def _scores(axes: Axes, scores: dict[str, float], ties: Sequence[str]) -> None:
    """Draw the held-out log-likelihood of each law below the highest; hopeless laws leave the picture."""
    chosen, *_ = scores
    rows = np.arange(len(scores))
    loss = max(scores.values()) - np.array(list(scores.values()))
    most = max(1.15 * min(loss.max(), 5 * np.median(loss[1:]) if loss.size > 1 else 0), 1e-3)
    colours = [COLOURS[2], *(COLOURS[1] if law in ties else COLOURS[6] for law in list(scores)[1:])]
    axes.barh(rows, loss, height=0.6, color=colours)
    for row, (law, value) in enumerate(zip(scores, loss)):
        beyond = value > 0.92 * most
        words = [*(["chosen"] if law == chosen else ["tie"] if law in ties else []),
                 *([f"{value:.3g}"] if value > 0 else [])]
        axes.annotate(", ".join(words), (min(value, most), row), (-4 if beyond else 4, 0), textcoords="offset points",
                      ha="right" if beyond else "left", va="center", fontsize=7.5, color="white" if beyond else GREY)
    axes.set(yticks=rows, yticklabels=list(scores), xlabel="held-out log-likelihood lost against\nthe highest "
             "[nat per pulse], less is better")
    axes.set_xlim(0, most)
    axes.invert_yaxis()
    finish(axes)
