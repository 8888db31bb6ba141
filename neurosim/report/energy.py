"""The section on energy: sums, a figure, the largest lines with their sources, time and area, other hardware."""

from dataclasses import dataclass

from neurosim.energy import (ARCHITECTURES, BREAK_EVEN, Workload, area, baselines, latency, price,
                             spikes_per_synapse)
from neurosim.plots.energy import energy_figure
from neurosim.plots.report_svg import inline_svg
from neurosim.report.facts import amount
from neurosim.report.markup import element, figure, joined, paragraph, section, table

_TOP = 10    #: largest lines shown of each ledger


@dataclass(frozen=True)
class _Priced:
    """One workload and what follows from its prices; ledgers, latencies and areas by the way to update."""

    workload: Workload
    ledgers: dict
    latencies: dict
    areas: dict
    baselines: tuple


def energy(_, facts):
    """Everything that the counted events cost at the prices of a card."""
    found = {kind: _priced(workload, facts) for kind, workload in facts.workloads.items() if workload is not None}
    ledgers = {_label(kind, way, part): ledger for kind, part in found.items() for way, ledger in part.ledgers.items()}
    others = {_label(kind, next(iter(part.ledgers)), part):
              {one.name: one.joules / part.workload.samples for one in part.baselines} for kind, part in found.items()}
    told = "; ".join(f"{label} {amount(ledger.per_sample, 'J', 3)}" for label, ledger in ledgers.items())
    drawing = figure(inline_svg("energy", f"Energy per sample by component: {told}. Beside it digital hardware, below "
                                "it maps of where the energy goes.", energy_figure, ledgers, others),
                     "Energy per sample by component, other hardware, and where the energy goes.", wide=True)
    numbers = {}
    tables = [_lines(label, ledger, numbers) for label, ledger in ledgers.items()]
    sources = element("ol", *(element("li", text, id=f"source-{number}") for text, number in numbers.items()),
                      class_="sources")
    return section(
        "energy", "Energy, time and area", paragraph(
            f"Every line is a count times a unit price from the card {facts.prices.stem} ({facts.prices.name}), "
            f"{_node(facts.prices)}."), _sums(ledgers), drawing, element("h3", "Largest lines"), *tables,
        element("h3", "Time and area"), _times(found), element("h3", "The same elsewhere"),
        *(_elsewhere(kind, part) for kind, part in found.items()), *map(paragraph, _notes(ledgers)),
        element("h3", "Sources of prices"), sources)


def _priced(workload, facts):
    ways = ARCHITECTURES if workload.learns else ARCHITECTURES[:1]
    return _Priced(workload, {way: price(workload, facts.prices, way) for way in ways},
                   {way: latency(workload, facts.prices, way) for way in ways},
                   {way: area(workload.chip, facts.prices, way if workload.learns else None) for way in ways},
                   baselines(workload, facts.elsewhere))


def _label(kind, way, part):
    return f"{kind}, {way}" if len(part.ledgers) > 1 else kind


def _node(prices):
    return f"circuits at {prices.node:g} nm" if prices.node else "each circuit at its own node"


def _sums(ledgers):
    parts = {label: ledger.by("component") for label, ledger in ledgers.items()}
    names = list(dict.fromkeys(name for found in parts.values() for name in found))
    rows = [(name, *(amount(found.get(name, 0), "J") for found in parts.values())) for name in names]
    rows.append(("all", *(element("strong", amount(ledger.per_sample, "J")) for ledger in ledgers.values())))
    return table("Energy per sample by component", ("component", *parts), rows, numbers=range(1, 1 + len(parts)))


def _lines(label, ledger, numbers):
    rows = [(f"{line.component}: {line.event}, {' '.join(filter(None, (line.phase, line.where, line.direction)))}",
             f"{line.count:,}", joined("× ", amount(line.unit_price, "J")), joined("= ", amount(line.joules, "J")),
             f"{line.joules / ledger.joules:.1%}", _reference(line.source, numbers))
            for line in ledger.largest()[:_TOP]]
    rest = sum(line.joules for line in ledger.largest()[_TOP:])
    rows.append((f"{max(0, len(ledger.lines) - _TOP)} smaller lines", "", "", joined("= ", amount(rest, "J")),
                 f"{rest / ledger.joules:.1%}", ""))
    return table(f"{label}: largest lines, of all {ledger.samples:,} samples",
                 ("component and event", "count", "unit price", "energy", "share", "source"), rows,
                 numbers=(1, 2, 3, 4), prose=(0,))


def _reference(source, numbers):
    number = numbers.setdefault(source, len(numbers) + 1)
    return element("a", f"[{number}]", href=f"#source-{number}")


def _times(found):
    rows = [(_label(kind, way, part), *(amount(value, "s", 3) for value in (pace.sample, pace.step)),
             pace.slowest, amount(pace.update, "s", 3),
             f"{sum(part.areas[way].values()) * 1e6:.3g}",
             ", ".join(f"{name} {value * 1e6:.3g}" for name, value in part.areas[way].items()))
            for kind, part in found.items() for way, pace in part.latencies.items()]
    return table("Critical path and area", ("workload", "per sample", "a time step", "slowest at", "an update",
                                            "area [mm²]", "parts [mm²]"), rows, numbers=(1, 2, 4, 5), prose=(6,))


def _elsewhere(kind, part):
    samples, chip = part.workload.samples, next(iter(part.ledgers.values())).per_sample
    rows = [("this chip", "", "", amount(chip, "J"), "1")]
    rows += [(one.name, f"{one.count / samples:,.0f}", amount(one.unit_price, "J"), amount(one.joules / samples, "J"),
              f"{one.joules / samples / chip:.3g}") for one in part.baselines]
    text = (f"{spikes_per_synapse(part.workload):.3g} spikes per synapse, both directions. The baselines are "
            "arithmetic alone, without memory.")
    return joined(table(f"{kind}, per sample", ("hardware", "operations", "unit price", "energy", "over this chip"),
                        rows, numbers=(1, 2, 3, 4)), paragraph(text))


def _notes(ledgers):
    yield "For orientation: " + "; ".join(BREAK_EVEN) + "."
    for note in dict.fromkeys(note for ledger in ledgers.values() for note in ledger.notes):
        yield f"Note: {note}."
