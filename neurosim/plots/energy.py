"""The figure of a ledger: stacked bars by component, baselines beside them, and maps of where the energy goes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from neurosim.plots.style import GREY, draw_panel, figure_of, finish, literal, note, scaled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from neurosim.energy.ledger import Ledger

#: Colours of components: Okabe and Ito's palette, and Tol's wine and indigo.
COMPONENTS = {"cells": "#0072B2", "drivers": "#56B4E9", "conversion": "#E69F00", "accumulate": "#F0E442",
              "neurons": "#009E73", "sram": "#CC79A7", "routing": "#882255", "gradients": "#332288",
              "programming": "#D55E00", "leak": "#BBBBBB"}
_MARKERS = "os^D"
_LABELLED = 0.012    #: smallest share of a map whose rectangle gets a label


def energy_figure(ledgers: dict[str, Ledger], baselines: dict[str, dict], title: str = "",
                  width: float | None = None) -> Figure:
    """Draw what a workload costs.

    ledgers : dict from a label ("inference", "training, digital") to Ledger
    baselines : dict from one of these labels to a dict from the name of a baseline to the bounds of its joules per
        sample, (smallest, largest)
    width : [inches], None = 11
    returns : matplotlib Figure; `rendered` makes a file of it
    """
    from matplotlib import rc_context
    with rc_context({"font.size": 8.5, "hatch.linewidth": 0.5}):
        figure = figure_of((11, 8.5), width)
        figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
        if title:
            figure.suptitle(title, fontsize=11, color=GREY)
        upper, lower = figure.subfigures(2, height_ratios=(1, 1.05))
        bars, beside = upper.subplots(1, 2, width_ratios=(1, 1.25))
        _bars(bars, ledgers)
        _baselines(beside, ledgers, baselines)
        shown = [label for label in ledgers if label in baselines]
        for axes, label in zip(lower.subplots(1, len(shown), squeeze=False)[0], shown):
            _map(axes, label, ledgers[label])
    return literal(figure)


def energy_panel(ledgers: dict[str, Ledger], baselines: dict[str, dict], panel: str, ax: Axes | None = None,
                 width: float | None = None) -> Axes:
    """Draw one panel: "components", "baselines", or "map LABEL" of a ledger that has baselines.

    ax, width : axes to draw on, or the width of a figure of its own [inches], see `neurosim.plots.style.draw_panel`
    ledgers, baselines : as in `energy_figure`
    returns : the axes
    """
    panels: dict[str, Any] = {"components": partial(_bars, ledgers=ledgers),
                              "baselines": partial(_baselines, ledgers=ledgers, baselines=baselines)}
    panels |= {f"map {label}": partial(_map, label=label, ledger=ledger) for label, ledger in ledgers.items()
               if label in baselines}
    return draw_panel(panels, panel, ax, width)


def squarified(values: Iterable[float], x: float, y: float, width: float, height: float) -> list[tuple]:
    """Divide a rectangle among positive values in falling order; returns a list of (x, y, width, height).

    Bruls, Huizing, van Wijk, Squarified treemaps, Data Visualization 2000, 33-42 (2000): rows along the shorter side,
    each as long as the worst aspect ratio in it falls.
    """
    boxes, rest = [], list(values)
    while rest:
        area = width * height / sum(rest)
        side = min(width, height)
        count = next((n for n in range(1, len(rest))
                      if _worst(rest[:n + 1], side, area) > _worst(rest[:n], side, area)), len(rest))
        thick = sum(rest[:count]) * area / side
        start = 0.0
        for value in rest[:count]:
            long = value * area / thick
            boxes.append((x, y + start, thick, long) if width >= height else (x + start, y, long, thick))
            start += long
        if width >= height:
            x, width = x + thick, width - thick
        else:
            y, height = y + thick, height - thick
        rest = rest[count:]
    return boxes


def _worst(row: list[float], side: float, area: float) -> float:
    """Return worst aspect ratio of a row of values along a side."""
    thick = sum(row) * area / side
    return max(max(thick / (value * area / thick), value * area / thick / thick) for value in row)


def _bars(axes: Axes, ledgers: dict[str, Ledger]) -> None:
    """Draw one stacked bar for each ledger, components in a fixed order."""
    parts = {label: ledger.by("component") for label, ledger in ledgers.items()}
    factor, unit = scaled([ledger.per_sample for ledger in ledgers.values()], "J")
    for position, (label, found) in enumerate(parts.items()):
        bottom = 0.0
        for component in (name for name in COMPONENTS if name in found):
            axes.bar(position, found[component] / factor, 0.6, bottom, color=COMPONENTS[component], edgecolor="white",
                     linewidth=0.5)
            bottom += found[component] / factor
        axes.annotate(f"{bottom:.3g} {unit}", (position, bottom), (0, 3), textcoords="offset points", ha="center")
    present = [name for name in COMPONENTS if any(name in found for found in parts.values())]
    handles = [axes.bar(0, 0, color=COMPONENTS[name], label=name) for name in reversed(present)]
    axes.legend(handles=handles, frameon=False, loc="upper left", bbox_to_anchor=(1, 1), borderaxespad=0)
    axes.set(xticks=range(len(parts)), xticklabels=[label.replace(", ", "\n") for label in parts],
             xlim=(-0.6, len(parts) - 0.4), ylabel=f"energy per sample [{unit}]", title="By component")
    axes.margins(y=0.1)
    finish(axes)


def _baselines(axes: Axes, ledgers: dict[str, Ledger], baselines: dict[str, dict]) -> None:
    """Draw baselines as ranges on a logarithmic axis; lines mark the crossbar chip. What is 0 is left out."""
    names = list(dict.fromkeys(name for found in baselines.values() for name in found))
    colours = dict(zip(baselines, ("black", "#0072B2", "#D55E00")))
    for shift, ((label, found), marker) in enumerate(zip(baselines.items(), _MARKERS)):
        kind, colour = label.partition(",")[0], colours[label]
        positive = {name: [bound for bound in bounds if bound > 0] for name, bounds in found.items()}
        points = [(bound, names.index(name) + 0.16 * shift) for name, bounds in positive.items() for bound in bounds]
        for name, bounds in positive.items():
            axes.plot(bounds, [names.index(name) + 0.16 * shift] * len(bounds), color=colour, linewidth=1)
        axes.plot(*(zip(*points) if points else ([], [])), marker, linestyle="none", color=colour, markersize=6,
                  markerfacecolor="none", label=f"{kind}: baselines")
        if ledgers[label].per_sample > 0:
            axes.axvline(ledgers[label].per_sample, color=colour, linewidth=1.2,
                         linestyle="-" if label == next(iter(baselines)) else "--", label=f"{kind}: this chip")
    if any(len(line.get_xdata()) for line in axes.lines):
        axes.set_xscale("log")
    axes.set(yticks=range(len(names)), yticklabels=names, xlabel="energy per sample [J]",
             title="Beside other hardware, at best and at worst", ylim=(len(names) - 0.5, -0.5))
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.4, -0.16), ncols=2)
    finish(axes)


def _map(axes: Axes, label: str, ledger: Ledger) -> None:
    """Draw areas: layers and connections first, in each its components."""
    from matplotlib.patches import Rectangle
    if not ledger.joules > 0:
        axes.set_title(f"Where the energy of {label} goes", fontsize=9.5)
        note(axes, "nothing: every price of what was counted is 0")
        return
    owners, parts = (_positive(ledger.by(*names)) for names in (("where",), ("where", "component")))
    axes.set(xlim=(0, 1.6), ylim=(1, 0), aspect="equal")
    axes.set_axis_off()
    axes.set_title(f"Where the energy of {label} goes", fontsize=9.5)
    for (where, joules), box in zip(owners.items(), squarified(owners.values(), 0, 0, 1.6, 1)):
        inside = {component: part for (owner, component), part in parts.items() if owner == where}
        for (component, part), piece in zip(inside.items(), squarified(inside.values(), *box)):
            axes.add_patch(Rectangle(piece[:2], *piece[2:], facecolor=COMPONENTS[component], edgecolor="white",
                                     linewidth=0.5))
            _label(axes, piece, where, component, part / ledger.per_sample)
        axes.add_patch(Rectangle(box[:2], *box[2:], facecolor="none", edgecolor="black", linewidth=1.0))


def _positive(sums: dict) -> dict:
    """Return only what has an area on the map."""
    return {key: joules for key, joules in sums.items() if joules > 0}


def _label(axes: Axes, box: tuple, where: str, component: str, share: float) -> None:
    """Name and share in the middle of a rectangle that has room for them."""
    x, y, width, height = box
    lines = [where, component, f"{share:.1%}"]
    size = min(8.0, 370 * width / max(map(len, lines)), 165 * height / len(lines))
    if share < _LABELLED or size < 4.5:
        return
    axes.text(x + width / 2, y + height / 2, "\n".join(lines), ha="center", va="center", fontsize=size,
              color=_readable(COMPONENTS[component]))


def _readable(colour: Any) -> str:
    red, green, blue = (int(colour[offset:offset + 2], 16) for offset in (1, 3, 5))
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "white"
