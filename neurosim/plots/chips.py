"""Panels of the chip of a run: where the conductances of its devices are, and which pulses brought them there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.plots.scales import logarithmic_axis
from neurosim.plots.style import COLOURS, GREY, finish, note, scaled
from neurosim.results.chip import card_range, conductances, devices, programming, pulse_rates

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from neurosim.results.checking import RunOfTraining

_BINS = 60


def draw_devices(axes: Axes, run: RunOfTraining) -> None:
    """Draw histograms of the conductances of each connection, as they are in the file."""
    axes.set_title("Devices")
    found, ends = conductances(devices(run)), card_range(run)
    if not found:
        note(axes, "ideal synapses: no devices")
        return
    values = {name: np.concatenate([own.ravel() for own in found[name].values()]) for name in programming(run)[1]
              if name in found}
    factor, unit = scaled([*ends, *(own.max() for own in values.values())], "S")
    edges = np.linspace(0, max(*ends, *(own.max() for own in values.values())) / factor, _BINS + 1)
    for (name, own), colour, style in zip(values.items(), COLOURS * len(values), ("-", "--", "-.", ":") * len(values)):
        axes.hist(own / factor, edges, weights=np.full(own.size, 100 / own.size), histtype="step", color=colour,
                  linestyle=style, linewidth=1.4, label=name)
    for end in ends:
        axes.axvline(end / factor, color=GREY, linestyle=":", linewidth=1)
    axes.set(xlabel=f"conductance [{unit}]" + ("; dotted: range of the card" if ends else ""), ylabel="devices [%]")
    finish(axes)
    beside(axes)


def draw_run_pulses(axes: Axes, run: RunOfTraining) -> None:
    """Draw the pulses per device of each connection, of the initial programming and of each epoch."""
    rates = pulse_rates(run)
    if rates:
        draw_pulses(axes, rates)
        beside(axes)
        return
    axes.set_title("Programming")
    note(axes, "ideal synapses: no pulses")


def draw_pulses(axes: Axes, pulses: dict) -> None:
    """Draw what `neurosim.results.chip.pulse_rates` returns, without a legend."""
    for (name, kinds), colour in zip(pulses.items(), COLOURS * len(pulses)):
        for (kind, values), style, marker in zip(kinds.items(), ("-", "--"), "o^"):
            axes.plot(range(len(values)), values, color=colour, linestyle=style, marker=marker, markersize=4,
                      label=f"{name}, {kind}")
    count = len(next(iter(next(iter(pulses.values())).values())))
    step = max(1, count // 8)
    axes.set(title="Programming", ylabel="pulses per device", xticks=range(0, count, step),
             xticklabels=["initial", *(str(epoch) for epoch in range(1, count))][::step], xlabel="epoch")
    logarithmic_axis(axes, [values for kinds in pulses.values() for values in kinds.values()])
    finish(axes)


def beside(axes: Axes, title: str | None = None) -> None:
    """Put the legend to the right of the axes, where it hides nothing."""
    axes.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0,
                title=title, title_fontsize="small", alignment="left")
