"""Sections on weights, conductances, pulses and wear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.plots.report_runs import conductances_figure, pulses_figure, wear_figure, weights_figure
from neurosim.plots.report_svg import inline_svg
from neurosim.report.facts import amount
from neurosim.report.markup import element, figure, paragraph, section, table
from neurosim.results import paths
from neurosim.results.chip import conductances, devices, programming, pulse_rates

if TYPE_CHECKING:
    from neurosim.report.facts import Facts
    from neurosim.report.markup import Html
    from neurosim.results.checking import RunOfTraining


def weights(run: RunOfTraining, facts: Facts) -> Html:
    """Return the histograms of weights and of conductances, before and after learning."""
    after = {name: np.asarray(run[paths.model("weights", name)].data) for name in facts.initial_weights}
    text = f"Histograms of the weights of each connection, as they were drawn and {_now(run)}."
    drawn = [figure(inline_svg("weights", text, weights_figure, facts.initial_weights, after),
                    text + " The first weights are drawn again from the seed; devices hold them as well as the "
                    "programming tolerance allows." + _written(run))]
    rows = [(name, *(f"{statistic:.3g}" for values in (facts.initial_weights[name], after[name])
                     for statistic in (values.mean(dtype=float), values.std(dtype=float), np.abs(values).max())))
            for name in after]
    tables = [table("Weights [1]", ("connection", *_pairs("mean", "spread", "largest")), rows, numbers=range(1, 7))]
    found, first = conductances(devices(run)), conductances(facts.initial_devices)
    stored = {name: found[name] for name in after if name in found}
    if stored and facts.device:
        drawn.append(_conductances(stored, first, _now(run), facts))
        tables.append(_levels(stored, first, facts))
    return section("weights", "Weights and conductances", element("div", *drawn, class_="pair"), *tables)


def _pairs(*words: str) -> list[str]:
    return [f"{word} {when}" for when in ("before", "after") for word in words]


def _now(run: RunOfTraining) -> str:
    """Return what the weights of the file are."""
    return "after learning" if run.attributes.get("epoch", 0) else "as they were evaluated"


def _written(run: RunOfTraining) -> str:
    source = run.attributes.get("weights_from")
    return f" The weights of {source} were then written over them." if source else ""


def _conductances(stored: dict[str, dict], first: dict[str, dict], now: str, facts: Facts) -> Html:
    low, high = facts.device["g_min"], facts.device["g_max"]
    when = f"before learning (filled) and {now} (lines)" if first else now
    text = (f"Histograms of the conductances {when}; the range of the device is {amount(low, 'S')} to "
            f"{amount(high, 'S')}.")
    how = "Those before learning are programmed again from the seed; they agree with the pulses that the run counted." \
        if first else f"Those before learning are not shown: {facts.devices_unknown}."
    return figure(inline_svg("conductances", text, conductances_figure, first, stored, low, high), f"{text} {how}")


def _levels(stored: dict[str, dict], first: dict[str, dict], facts: Facts) -> Html:
    """Return the table of the conductances of each role, and of devices near an end of their range."""
    low, high = facts.device["g_min"], facts.device["g_max"]
    margin = 0.02 * (high - low)

    def told(values: np.ndarray | None) -> tuple[str, str, str]:
        if values is None:
            return "-", "-", "-"
        ends = np.mean((values < low + margin) | (values > high - margin))
        return amount(values.mean(dtype=float), "S"), amount(values.std(dtype=float), "S"), f"{ends:.1%}"

    rows = [(name, role, *told(first.get(name, {}).get(role)), *told(values))
            for name, roles in stored.items() for role, values in roles.items()]
    return table("Conductances; at an end: within 2 % of the range", (
        "connection", "devices", *_pairs("mean", "spread", "at an end")), rows, numbers=range(2, 8))


def pulses(run: RunOfTraining, facts: Facts) -> Html:
    """Return pulses per epoch, and how many each device has received."""
    totals, names = programming(run)
    sizes = {name: sum(values.size for values in roles.values()) for name, roles in conductances(devices(run)).items()}
    if not names or not sizes:
        return section("pulses", "Pulses and wear", paragraph("The synapses are ideal numbers: nothing was programmed "
                                                              "and nothing wears."))
    text = "Set and reset pulses per device, of the initial programming and of each epoch, by connection."
    drawn = [figure(inline_svg("pulses", text, pulses_figure, pulse_rates(run)), text)]
    if paths.wear() in run:
        drawn.append(_wear(run, facts))
    rows = [(name, f"{sizes[name]:,}", *(f"{totals[kind][0, i]:,}" for kind in ("set", "reset")),
             *(f"{totals[kind][-1, i] - totals[kind][0, i]:,}" for kind in ("set", "reset")),
             *(f"{totals[kind][-1, i]:,}" for kind in ("verify", "exposures", "refreshes")))
            for i, name in enumerate(names)]
    return section("pulses", "Pulses and wear", element("div", *drawn, class_="pair"), table(
        "What programming took", ("connection", "devices", "set at first", "reset at first", "set while learning",
                                  "reset while learning", "verify reads", "half-select exposures", "refreshes"),
        rows, numbers=range(1, 9)))


def _wear(run: RunOfTraining, facts: Facts) -> Html:
    edges = run[paths.wear("edges")].data
    kept = {name: run[paths.wear(name)].data for name in facts.initial_weights}
    most = int(edges[max((np.flatnonzero(counts).max() for counts in kept.values() if counts.any()), default=0)])
    text = f"Devices by the pulses that they have received since fabrication; the most worn ones {most:,} or more."
    return figure(inline_svg("wear", text, wear_figure, edges, kept), text)
