"""Single panels of a run, as wide as a page on a telephone: learning, errors, weights, pulses, activity, rasters."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.plots import runs
from neurosim.plots.chips import draw_pulses
from neurosim.plots.style import COLOURS, GREY, finish, legend_above, literal, note
from neurosim.whole import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from neurosim.results.checking import RunOfTraining

_BINS = 60
_MOST_UNITS = 128    #: rows of a raster that eyes distinguish
PHASE_COLOURS = {"test": "#333333", "free": COLOURS[0], "continued": COLOURS[4],
                 "nudge+": COLOURS[1], "nudge-": COLOURS[2]}
_HATCHES = {"test": "", "free": "", "continued": "\\\\\\", "nudge+": "///", "nudge-": "..."}
_OTHERS = ((COLOURS[3], "xx"), (COLOURS[5], "++"), (COLOURS[7], "oo"), (GREY, "--"))    #: of phases of a user's own


def learning_figure(run: RunOfTraining) -> Figure:
    """Return errors over the epochs; run : open RunFile."""
    return _panel(runs.draw_learning_curves, run, (4.8, 3.3))


def signals_figure(run: RunOfTraining) -> Figure:
    """Return signals per image over the epochs; run : open RunFile."""
    return _panel(runs.draw_spikes, run, (4.8, 3.3))


def confusion_figure(run: RunOfTraining) -> Figure:
    """Return the confusion matrix of the test images; run : open RunFile."""
    return _panel(runs.draw_confusion, run, (5.2, 4.4))


def kernels_figure(run: RunOfTraining) -> Figure:
    """Return weights from the input; run : open RunFile."""
    return _panel(runs.draw_kernels, run, (4.8, 4.0))


def weights_figure(before: dict, after: dict) -> Figure:
    """Return the outlines of the weights of each connection, as they were drawn and as they are; dicts of arrays."""
    figure, rows = _rows(len(after))
    for axes, (name, now) in zip(rows, after.items()):
        first = before[name].ravel()
        edges = np.linspace(min(first.min(), now.min()), max(first.max(), now.max()), _BINS + 1)
        _outline(axes, first, edges, GREY, "--", "before learning")
        _outline(axes, now.ravel(), edges, COLOURS[0], "-", "after")
        axes.set(title=name, ylabel="weights [%]")
    rows[-1].set_xlabel("weight [1]")
    figure.legend(*rows[0].get_legend_handles_labels(), frameon=False, ncols=2, loc="outside upper center")
    return literal(figure)


def conductances_figure(before: dict, after: dict, low: float, high: float) -> Figure:
    """Histograms of the conductances of each connection by role of the array, filled before learning, lines after it.

    before, after : dicts from connection to a dict from role to an array [S]; before may be empty
    low, high : range of the device [S]
    """
    from neurosim.plots.style import scaled
    figure, rows = _rows(len(after))
    largest = max(values.max() for found in (before, after) for roles in found.values() for values in roles.values())
    factor, unit = scaled([high, largest], "S")
    edges = np.linspace(0, max(high, largest) / factor, _BINS + 1)
    for axes, (name, roles) in zip(rows, after.items()):
        for (role, values), colour, style in zip(roles.items(), (COLOURS[5], COLOURS[0]), ("-", "--")):
            if role in before.get(name, {}):
                _outline(axes, before[name][role].ravel() / factor, edges, colour, style, f"{role} before",
                         histtype="stepfilled", alpha=0.25, linewidth=0)
            _outline(axes, values.ravel() / factor, edges, colour, style, f"{role} after" if before else role)
        for bound in (low, high):
            axes.axvline(bound / factor, color=GREY, linestyle=":", linewidth=1)
        axes.set(title=name, ylabel="devices [%]")
    rows[-1].set_xlabel(f"conductance [{unit}], dotted: range of the device")
    figure.legend(*rows[0].get_legend_handles_labels(), frameon=False, ncols=2, loc="outside upper center")
    return literal(figure)


def pulses_figure(pulses: dict) -> Figure:
    """Return pulses per device: before learning, and in each epoch.

    pulses : dict from connection to a dict from "set" and "reset" to pulses per device, one number per row: the
        initial programming, then the epochs
    """
    figure, axes = _single((4.8, 3.3))
    draw_pulses(axes, pulses)
    legend_above(axes, 2)
    return literal(figure)


def wear_figure(edges: np.ndarray, devices: dict) -> Figure:
    """Devices by the pulses that they have received; edges : lower ones; devices : dict from connection to counts."""
    figure, axes = _single((4.8, 3.3))
    used = np.flatnonzero(sum(devices.values()))
    stop = min(used.max() + 2, len(edges) - 1) if used.size else 1
    bounds = np.array(edges[:stop + 1], float)
    bounds[0] = bounds[1] / 3 if bounds[1:].size else 0.3    # 0 pulses has a bar of its own, left of the logarithm
    for (name, counts), colour, style in zip(devices.items(), COLOURS * len(devices), ("-", "--", "-.", ":") * 9):
        axes.stairs(100 * np.asarray(counts[:stop]) / max(1, counts.sum()), bounds, color=colour, linestyle=style,
                    linewidth=1.4, label=name)
    axes.set(title="Wear", xlabel="pulses that a device has received", ylabel="devices [%]", xscale="log")
    finish(axes)
    axes.legend(frameon=False, fontsize=8)
    return literal(figure)


def rates_figure(rates: dict[str, dict[str, float]]) -> Figure:
    """Bars of the share of units that send in a time step; rates : dict from phase to a dict from layer to a share."""
    figure, axes = _single((4.8, 3.3))
    layers = list(next(iter(rates.values())))
    width = 0.8 / len(rates)
    others = cycle(_OTHERS)
    for index, (phase, found) in enumerate(rates.items()):
        colour, hatch = (PHASE_COLOURS[phase], _HATCHES[phase]) if phase in PHASE_COLOURS else next(others)
        at = np.arange(len(layers)) + (index - (len(rates) - 1) / 2) * width
        axes.bar(at, [100 * found.get(layer, 0) for layer in layers], width, label=phase, edgecolor="white",
                 color=colour, hatch=hatch)
    axes.set(title="Firing rate", ylabel="units that send in a time step [%]", xticks=range(len(layers)),
             xticklabels=layers)
    finish(axes)
    legend_above(axes, 5)
    return literal(figure)


def raster_figure(rasters: dict) -> Figure:
    """Return the rasters of one image: a row for each layer, a column for each phase.

    rasters : dict from layer to a dict from phase to bool or int8 (steps, units), 0 where nothing is sent; a layer with
        many units shows some of them, evenly spaced
    """
    from matplotlib.figure import Figure
    phases = list(next(iter(rasters.values())))
    steps = [len(next(iter(rasters.values()))[phase]) for phase in phases]
    figure = Figure(figsize=(5.2, 0.6 + 1.9 * len(rasters)), layout="constrained")
    grid = figure.subplots(len(rasters), len(phases), squeeze=False, width_ratios=[max(1, count) for count in steps])
    for row, (layer, found) in zip(grid, rasters.items()):
        for axes, spikes in zip(row, found.values()):
            _raster(axes, spikes)
        units = found[phases[0]].shape[1]
        row[0].set_ylabel(f"{layer}: {len(shown_units(units))} of {counted(units, 'unit')}", fontsize=8)
    for top, bottom, phase in zip(grid[0], grid[-1], phases):
        top.set_title(phase)
        bottom.set_xlabel("time step")
    return literal(figure)


def shown_units(units: int) -> np.ndarray:
    """Return units that a raster shows: all, or evenly spaced ones."""
    return np.unique(np.linspace(0, units - 1, min(units, _MOST_UNITS)).round().astype(int))


def _raster(axes: Axes, spikes: np.ndarray) -> None:
    chosen = np.asarray(spikes)[:, shown_units(spikes.shape[1])].T
    if not chosen.size:
        note(axes, "no step")
        return
    most = int(np.abs(chosen).max()) or 1
    look = {"cmap": "Greys", "vmin": 0} if chosen.dtype == bool else {"cmap": "RdBu_r", "vmin": -most}
    axes.imshow(chosen, **look, vmax=most, aspect="auto", interpolation="nearest",
                extent=(0.5, chosen.shape[1] + 0.5, len(chosen) - 0.5, -0.5))
    axes.set_yticks([])


def _panel(draw: Callable, run: RunOfTraining, size: tuple[float, float]) -> Figure:
    figure, axes = _single(size)
    draw(axes, run)
    return literal(figure)


def _single(size: tuple[float, float]) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots()


def _rows(count: int) -> tuple[Figure, Any]:
    from matplotlib.figure import Figure
    figure = Figure(figsize=(4.8, 0.6 + 1.55 * count), layout="constrained")
    rows = figure.subplots(count, 1, squeeze=False)[:, 0]
    for axes in rows:
        finish(axes)
    return figure, rows


def _outline(axes: Axes, values: np.ndarray, edges: np.ndarray, colour: str, style: str, label: str,
             histtype: str = "step", linewidth: float = 1.3, **look: Any) -> None:
    axes.hist(values, edges, weights=np.full(values.size, 100 / values.size), histtype=histtype, color=colour,
              linestyle=style, linewidth=linewidth, label=label, **look)
