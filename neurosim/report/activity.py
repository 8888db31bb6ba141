"""Sections on firing rates and rasters."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import numpy as np

from neurosim.plots.report_runs import raster_figure, rates_figure
from neurosim.plots.report_svg import inline_svg
from neurosim.report.facts import texts
from neurosim.report.markup import element, figure, joined, paragraph, section, table
from neurosim.results import paths
from neurosim.results.schema import PHASES, RECORDED
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.report.facts import Facts
    from neurosim.report.markup import Html
    from neurosim.results.checking import RunOfTraining

_SHOWN = 3    #: recorded images whose rasters are shown


def rates(run: RunOfTraining, facts: Facts) -> Html:
    """Share of units that send in a time step, by layer and phase."""
    test = {name: run[paths.evaluation("test", name)] for name in ("layers", "units", "sends", "silent", "saturated")}
    layers, sends = texts(test["layers"]), texts(test["sends"])
    units = dict(zip(layers, test["units"].data.tolist()))
    once = layers[0] if sends[0] == "states" else None    # an analog input is read once per image
    found: dict[str, dict] = {}
    for phase, counts in _phases(facts).items():
        reads = {layer: counts.samples if layer == once else counts.steps for layer in layers}
        found[phase] = {layer: counts.signals.get(layer, 0) / (units[layer] * reads[layer]) for layer in layers}
    text = "Share of units that send in one time step, by layer and phase: " + "; ".join(
        f"{layer} {', '.join(f'{phase} {found[phase][layer]:.1%}' for phase in found)}" for layer in layers) + "."
    rows = [(layer, kind, *(f"{found[phase][layer]:.2%}" for phase in found), _share(silent), _share(saturated))
            for layer, kind, silent, saturated in zip(layers, sends, test["silent"].data, test["saturated"].data)]
    return section("rates", "Firing rate by layer and phase", element("div", figure(
        inline_svg("rates", text, rates_figure, found),
        "Mean over the test images, and over all epochs of training for its phases."), class_="pair"), table(
        "Share of units that send in one time step",
        ("layer", "sends", *found, "silent in the test", "saturated in the test"), rows,
        numbers=range(2, 4 + len(found))))


def raster(run: RunOfTraining, facts: Facts) -> Html:
    """Return the rasters of recorded images, or the command that records some."""
    title = "Spike raster"
    recorded, spiking = _recorded(run), _spiking(run)
    if not spiking:
        return section("raster", title, paragraph("The layers of this network send their states, not spikes."))
    if not recorded:
        command = (f"neurosim record {shlex.quote(facts.name)} --layers {' '.join(map(shlex.quote, spiking))} "
                   f"--samples {_SHOWN} --phases all")
        return section("raster", title, paragraph("This run file holds no recorded time steps; ",
                                                  element("code", command), " adds them."))
    labels = run[paths.records("labels")].data if paths.records("labels") in run else None
    shown = [_drawn(run, recorded, sample, labels) for sample in range(min(_SHOWN, _samples(run, recorded)))]
    text = ("A mark is a spike; where they have a sign, it is red above 0 and blue below. Rows are units, columns time "
            "steps; phases stand side by side. Of large layers, evenly spaced units are shown.")
    return section("raster", title, paragraph(text), element("div", *shown, class_="pair"))


def _phases(facts: Facts) -> dict:
    """Return Counts by phase: those of the test, and those of training."""
    inference, training = facts.workloads["inference"], facts.workloads["training"]
    return {"test": inference.phases["inference"], **(training.phases if training else {})}


def _share(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.1%}"


def _spiking(run: RunOfTraining) -> list[str]:
    layers, sends = (texts(run[paths.evaluation("test", name)]) for name in ("layers", "sends"))
    return [layer for layer, kind in zip(layers, sends) if kind == "spikes"]


def _recorded(run: RunOfTraining) -> dict[str, dict[str, str]]:
    """Dict from layer to a dict from phase to the name of its spikes; layers that lack a phase of others are left out.
    """
    found: dict[str, dict] = {}
    groups = set(run.names(paths.RECORDS)) - {"samples", "labels", "steps"} if paths.RECORDS in run else ()
    known = (*PHASES, *RECORDED)
    for phase in sorted(groups, key=lambda name: (known.index(name) if name in known else len(known), name)):
        for layer in run.names(paths.records(phase)):
            if paths.records(phase, layer, "spikes") in run:
                found.setdefault(layer, {})[phase] = paths.records(phase, layer, "spikes")
    order, most = texts(run[paths.evaluation("test", "layers")]), max(map(len, found.values()), default=0)
    found = {layer: phases for layer, phases in found.items() if len(phases) == most}
    return dict(sorted(found.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)))


def _samples(run: RunOfTraining, recorded: dict) -> int:
    return min(run.shape(name)[0] for phases in recorded.values() for name in phases.values())


def _drawn(run: RunOfTraining, recorded: dict, sample: int, labels: np.ndarray | None) -> Html:
    made = int(run[paths.records("steps")].data[sample])    # the free phase may have settled early
    rasters = {layer: {phase: run.rows(name, sample, sample + 1).data[0][:made if phase == "free" else None]
                       for phase, name in phases.items()} for layer, phases in recorded.items()}
    what = f"image {sample + 1}" + ("" if labels is None else f", class {labels[sample]}")
    counts = "; ".join(f"{layer}, {phase}: {counted(int(np.count_nonzero(spikes)), 'spike')} in "
                       f"{counted(spikes, 'step')}"
                       for layer, phases in rasters.items() for phase, spikes in phases.items())
    caption = f"Spikes of recorded {what}"
    return figure(inline_svg(f"raster{sample}", f"{caption}. {counts}.", raster_figure, rasters),
                  joined(caption, ". ", counts, "."))
