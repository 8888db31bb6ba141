"""Sections on weights, conductances, pulses and wear."""

import numpy as np

from neurosim.plots.report_runs import conductances_figure, pulses_figure, wear_figure, weights_figure
from neurosim.plots.report_svg import inline_svg
from neurosim.report.facts import amount, conductances, programming
from neurosim.report.markup import element, figure, paragraph, section, table


def weights(run, facts):
    """Histograms of weights before and after learning, and of conductances."""
    after = {name: np.asarray(run[f"model/weights/{name}"].data) for name in facts.initial_weights}
    text = "Histograms of the weights of each connection, as they were drawn and after learning."
    drawn = [figure(inline_svg("weights", text, weights_figure, facts.initial_weights, after),
                    text + " The first weights are drawn again from the seed; devices hold them as well as the "
                    "programming tolerance allows.")]
    found = conductances(run)
    stored = {name: found[name] for name in after if name in found}
    if stored and facts.device:
        low, high = facts.device["g_min"], facts.device["g_max"]
        text = (f"Histograms of the conductances after learning; the range of the device is {amount(low, 'S')} to "
                f"{amount(high, 'S')}.")
        drawn.append(figure(inline_svg("conductances", text, conductances_figure, stored, low, high), text))
    rows = [(name, *(f"{statistic:.3g}" for values in (facts.initial_weights[name], after[name])
                     for statistic in (values.mean(dtype=float), values.std(dtype=float), np.abs(values).max())))
            for name in after]
    return section("weights", "Weights and conductances", element("div", *drawn, class_="pair"), table(
        "Weights [1]", ("connection", "mean before", "spread before", "largest before", "mean after", "spread after",
                        "largest after"), rows, numbers=range(1, 7)))


def pulses(run, facts):
    """Pulses per epoch, and how many each device has received."""
    totals, names = programming(run)
    sizes = {name: sum(values.size for values in roles.values()) for name, roles in conductances(run).items()}
    if not names or not sizes:
        return section("pulses", "Pulses and wear", paragraph("The synapses are ideal numbers: nothing was programmed "
                                                              "and nothing wears."))
    steps = {kind: np.diff(totals[kind], axis=0, prepend=0) for kind in ("set", "reset")}
    rates = {name: {kind: steps[kind][:, i] / sizes[name] for kind in steps} for i, name in enumerate(names)}
    text = "Set and reset pulses per device, of the initial programming and of each epoch, by connection."
    drawn = [figure(inline_svg("pulses", text, pulses_figure, rates), text)]
    if "results/wear" in run:
        drawn.append(_wear(run, facts))
    rows = [(name, f"{sizes[name]:,}", *(f"{totals[kind][0, i]:,}" for kind in ("set", "reset")),
             *(f"{totals[kind][-1, i] - totals[kind][0, i]:,}" for kind in ("set", "reset")),
             *(f"{totals[kind][-1, i]:,}" for kind in ("verify", "exposures", "refreshes")))
            for i, name in enumerate(names)]
    return section("pulses", "Pulses and wear", element("div", *drawn, class_="pair"), table(
        "What programming took", ("connection", "devices", "set at first", "reset at first", "set while learning",
                                  "reset while learning", "verify reads", "half-select exposures", "refreshes"),
        rows, numbers=range(1, 9)))


def _wear(run, facts):
    edges = run["results/wear/edges"].data
    kept = {name: run[f"results/wear/{name}"].data for name in facts.initial_weights}
    most = int(edges[max((np.flatnonzero(counts).max() for counts in kept.values() if counts.any()), default=0)])
    text = f"Devices by the pulses that they have received since fabrication; the most worn ones {most:,} or more."
    return figure(inline_svg("wear", text, wear_figure, edges, kept), text)
