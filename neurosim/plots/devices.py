"""The figure of a device: its response to pulses, single steps, ageing, faults and wear."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.plots.style import COLOURS, GREY, draw_panel, figure_of, finish, legend_above, literal, scaled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from neurosim.measurements.types import PulseTrains, StepTable
    from neurosim.memristor.device import Device

_PARTS = (0.1, 0.5, 0.9)    #: positions of the range at which steps and ageing are shown
_STYLES = ("-", "--", ":")
_FACTS = {"size": 7.5, "color": GREY}


def device_figure(device: Device, measured: PulseTrains | None = None, table: StepTable | None = None,
                  devices: int = 200, seed: int = 0, width: float | None = None) -> Figure:
    """Draw what fabricated devices of a card do, from random numbers of their own.

    measured : PulseTrains to draw the response over; the train is then as long as the longest one measured
    table : measured steps, for the law "table"
    devices : how many are fabricated; seed : of their fabrication and noise; width : [inches], None = 7.2
    returns : matplotlib Figure; `save` writes it
    """
    from matplotlib import rc_context
    from neurosim.memristor.characterise import fabricated_train
    up, down = _lengths(device, measured, table)
    train = fabricated_train(device, up, down, table, devices, seed=seed)
    with rc_context({"font.size": 8}):
        figure = figure_of((7.2, 6.2), width)
        figure.suptitle(f"{device.name}, law {device.law}", fontsize=10)
        upper, lower, words = figure.subfigures(3, height_ratios=(3.2, 2.4, 0.15 * len(_facts(device))))
        _response(upper.subplots(), train, measured)
        upper.legend(frameon=False, ncols=5, loc="outside upper center")
        panels = lower.subplots(1, 3 if _ages(device) else 2)
        _steps(panels[:2], device, table, seed)
        if _ages(device):
            _ageing(panels[2], device, table, seed)
        lower.legend(handles=_place_handles(), frameon=False, ncols=3, loc="outside upper center")
        words.text(0.015, 0.97, "\n".join(_facts(device)), va="top", **_FACTS)
    return literal(figure)


def device_panel(device: Device, panel: str, ax: Axes | None = None, width: float | None = None, *,
                 measured: PulseTrains | None = None, table: StepTable | None = None, devices: int = 200,
                 seed: int = 0) -> Axes:
    """Draw one panel of a device: "response", "set steps", "reset steps" or, of one that drifts, "ageing".

    ax, width : axes to draw on, or the width of a figure of its own [inches], see `neurosim.plots.style.draw_panel`
    device, measured, table, devices, seed : as in `device_figure`
    returns : the axes
    """
    from neurosim.memristor.characterise import fabricated_train

    def response(axes: Axes) -> None:
        _response(axes, fabricated_train(device, *_lengths(device, measured, table), table, devices, seed=seed),
                  measured)
        legend_above(axes, 2)

    def steps(axes: Axes, direction: int) -> None:
        _steps_of(axes, device, table, seed, direction)
        axes.set_ylabel("devices [%]")
        legend_above(axes, 2, _place_handles())
    panels: dict[str, Any] = {"response": response, "set steps": partial(steps, direction=0),
                              "reset steps": partial(steps, direction=1)}
    if _ages(device):
        panels["ageing"] = partial(_ageing, device=device, table=table, seed=seed)
    return draw_panel(panels, panel, ax, width)


def _lengths(device: Any, measured: Any, table: Any) -> tuple[int, int]:
    """Set and reset pulses of the train that is drawn."""
    from neurosim.memristor.characterise import travel
    from neurosim.memristor.response import DOWN, UP
    if measured is not None:
        return max(map(len, measured.up)), max(map(len, measured.down))
    walks = [travel(device, direction, table) for direction in (UP, DOWN)]
    up, down = (walk.pulses if walk.part > 0.5 else other.pulses for walk, other in (walks, walks[::-1]))
    return max(up, down // 8, 1), max(down, up // 8, 1)


def _response(axes: Axes, train: Any, measured: Any) -> None:
    """Draw bands of 50 and 90 % of the devices, their median, the noise-free curve, and measured points on top."""
    from matplotlib.ticker import MaxNLocator
    highest = [trains.max() for trains in (() if measured is None else (*measured.up, *measured.down))]
    factor, unit = scaled([train.noise_free.max(), *highest], "S")
    edges = np.quantile(train.fabricated, (0.05, 0.25, 0.5, 0.75, 0.95), axis=1) / factor
    count = train.fabricated.shape[1]
    for low, high, alpha, share in ((0, 4, 0.2, 90), (1, 3, 0.4, 50)):
        axes.fill_between(train.pulses, edges[low], edges[high], color=COLOURS[0], alpha=alpha, linewidth=0,
                          label=f"{share} % of {count} devices")
    axes.plot(train.pulses, edges[2], color=COLOURS[0], linewidth=1, label="their median")
    axes.plot(train.pulses, train.noise_free / factor, color="black", linestyle="--", linewidth=1.2, label="noise-free")
    if measured is not None:
        _measured(axes, measured, train.up, factor)
    axes.axvline(train.up, color=GREY, linewidth=0.8, linestyle=":")
    axes.set(xlabel=f"pulses: {train.up} set, then {train.pulses[-1] - train.up} reset", xlim=(0, train.pulses[-1]),
             ylabel=f"conductance [{unit}]")
    axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    finish(axes)


def _measured(axes: Axes, measured: Any, up: int, factor: float) -> None:
    label: str | None = "measured"
    for trains, start in ((measured.up, 0), (measured.down, up)):
        for train in trains:
            axes.plot(start + 1 + np.arange(len(train)), train / factor, ".", color=COLOURS[5], markersize=2.5,
                      alpha=0.7, label=label, rasterized=len(train) > 5000)
            label = None


def _steps(panels: Sequence[Axes], device: Any, table: Any, seed: int) -> None:
    """Draw histograms of the steps of single set and reset pulses at three positions of the range."""
    for direction, axes in enumerate(panels):
        _steps_of(axes, device, table, seed, direction)
    panels[0].set_ylabel("devices [%]")


def _steps_of(axes: Axes, device: Any, table: Any, seed: int, direction: int) -> None:
    from neurosim.memristor.characterise import steps_at
    samples = [both[direction] for both in steps_at(device, _PARTS, table, seed=seed)]
    factor, unit = scaled(np.concatenate(samples), "S")
    _histograms(axes, [sample / factor for sample in samples], device.span * 1e-6 / factor)
    axes.set(title=f"steps of one {('set', 'reset')[direction]} pulse", xlabel=f"change of conductance [{unit}]")
    axes.title.set_size(8.5)
    finish(axes)


def _place_handles() -> list:
    """Return lines that stand for the positions of the range in a legend."""
    from matplotlib.lines import Line2D
    return [Line2D([], [], color=colour, linestyle=style, label=f"from {100 * part:.0f} % of the range")
            for part, colour, style in zip(_PARTS, COLOURS, _STYLES)]


def _histograms(axes: Axes, samples: Sequence[np.ndarray], least: float) -> None:
    """Draw one outline per row of samples over the same bins, a vertical line where they scatter less than `least`."""
    low, high = np.quantile(np.concatenate(samples), (0.001, 0.999))
    bins = np.linspace(low, high, 41)
    for row, colour, style in zip(samples, COLOURS, _STYLES):
        if np.ptp(row) <= max(least, bins[1] - bins[0]):
            axes.axvline(row.mean(), color=colour, linestyle=style, linewidth=1.3)
        else:
            axes.hist(row, bins, weights=np.full(row.size, 100 / row.size), histtype="step", color=colour,
                      linestyle=style, linewidth=1.2)
    if not axes.patches:    # all devices do the same
        axes.set_ylim(0, 100)


def _ages(device: Any) -> bool:
    return bool(device["drift"] or device["drift_spread"] or device["relaxation"])


def _ageing(axes: Axes, device: Any, table: Any, seed: int) -> None:
    """Draw median and 90 % of devices over decades of time after their last pulse."""
    from neurosim.memristor.characterise import ageing
    times = device["drift_start"] * np.geomspace(0.1, max(1e3, 1e8 / device["drift_start"]), 40)
    aged = ageing(device, _PARTS, times, table, seed=seed)
    factor, unit = scaled(aged, "S")
    for rows, colour, style in zip(aged / factor, COLOURS, _STYLES):
        low, middle, high = np.quantile(rows, (0.05, 0.5, 0.95), axis=1)
        axes.fill_between(times, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(times, middle, color=colour, linestyle=style, linewidth=1.2)
    axes.set(title="drift: median and 90 %", xscale="log", xlabel="time after the last pulse [s]",
             ylabel=f"conductance [{unit}]")
    axes.title.set_size(8.5)
    finish(axes)


def _facts(device: Any) -> list[str]:
    """Return what no panel shows, in words."""
    source = f"source: {device.citation}"
    return [*_wrapped(source), f"pulses: {_pulse(device, 'set')}, {_pulse(device, 'reset')}; {_faults(device)}",
            _wear(device)]


def _wrapped(text: str) -> list[str]:
    import textwrap
    return textwrap.wrap(text, 125, break_on_hyphens=False)


def _pulse(device: Any, side: str) -> str:
    from neurosim.memristor.si_format import quantity
    text = f"{side} {quantity(device[f'{side}_voltage'], 'V')}, {quantity(device[f'{side}_width'], 's')}"
    return text.replace(" us", " µs")


def _faults(device: Any) -> str:
    from neurosim.memristor.si_format import quantity
    kinds = {"stuck_on": "at the highest conductance", "stuck_off": "at the lowest conductance",
             "stuck_anywhere": "at any conductance",
             "stuck_value": f"at {quantity(device['stuck_conductance'], 'S').replace(' uS', ' µS')}"}
    found = [f"{100 * device[key]:.3g} % stuck {conductance}" for key, conductance in kinds.items() if device[key]]
    return f"faults: {', '.join(found) or 'none'}"


def _wear(device: Any) -> str:
    kept = "" if _ages(device) else "; no drift on this card"
    if not device["endurance"]:
        return f"endurance: no limit on this card{kept}"
    end = "sticks" if device.worn == "sticks" else "has no range left"
    spread = f" (spread of the logarithm {device['endurance_spread']:.2g})" if device["endurance_spread"] else ""
    return f"endurance: a device {end} after {device['endurance']:.3g} pulses{spread}{kept}"
