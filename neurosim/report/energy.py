"""The section on energy: sums, a figure, the largest lines with their sources, time and area, other hardware."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from neurosim.energy import compared, priced
from neurosim.energy.summing import beside, by_label
from neurosim.memristor.si_format import share
from neurosim.plots.energy import energy_figure
from neurosim.plots.report_svg import inline_svg
from neurosim.report.facts import amount
from neurosim.report.markup import element, figure, joined, paragraph, section, table
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.energy import Priced
    from neurosim.energy.ledger import Ledger
    from neurosim.energy.prices import PriceCard
    from neurosim.report.facts import Facts
    from neurosim.report.markup import Html
    from neurosim.results.checking import RunOfTraining

_TOP = 10    #: largest lines shown of each ledger


def energy(_: RunOfTraining, facts: Facts) -> Html:
    """Return everything that the counted events cost at the prices of a card."""
    found = {kind: priced(workload, facts.prices, facts.elsewhere)
             for kind, workload in facts.workloads.items() if workload is not None}
    ledgers = by_label(found)
    told = "; ".join(f"{label} {amount(ledger.per_sample, 'J', 3)}" for label, ledger in ledgers.items())
    drawing = figure(inline_svg("energy", f"Energy per sample by component: {told}. Beside it digital hardware, below "
                                "it maps of where the energy goes.", energy_figure, ledgers, beside(found)),
                     "Energy per sample by component, other hardware, and where the energy goes.", wide=True)
    numbers: dict[str, int] = {}
    tables = [_lines(label, ledger, numbers) for label, ledger in ledgers.items()]
    elsewhere = [_elsewhere(kind, part, numbers) for kind, part in found.items()]
    once = _once(found, numbers)
    sources = element("ol", *(element("li", text, id=f"source-{number}") for text, number in numbers.items()),
                      class_="sources")
    return section(
        "energy", "Energy, time and area", paragraph(
            f"Every line is a count times a unit price from the card {facts.prices.stem} ({facts.prices.name}), "
            f"{_node(facts.prices)}."), _sums(ledgers), *once, drawing, element("h3", "Largest lines"), *tables,
        element("h3", "Time and area"), _times(found), element("h3", "The same elsewhere"), *elsewhere,
        *map(paragraph, _notes(ledgers)),
        element("h3", "Sources of prices"), sources)


def _node(prices: PriceCard) -> str:
    return f"circuits at {prices.node:g} nm" if prices.node else "each circuit at its own node"


def _sums(ledgers: dict[str, Ledger]) -> Html:
    parts = {label: ledger.by("component") for label, ledger in ledgers.items()}
    names = list(dict.fromkeys(name for found in parts.values() for name in found))
    rows = [(name, *(amount(found.get(name, 0), "J") for found in parts.values())) for name in names]
    rows.append(("all", *(element("strong", amount(ledger.per_sample, "J")) for ledger in ledgers.values())))
    return table("Energy per sample by component", ("component", *parts), rows, numbers=range(1, 1 + len(parts)))


def _lines(label: str, ledger: Ledger, numbers: dict[str, int]) -> Html:
    rows: list[tuple]
    rows = [(f"{line.component}: {line.event}, {' '.join(filter(None, (line.phase, line.where, line.direction)))}",
             f"{line.count:,}", joined("× ", amount(line.unit_price, "J")), joined("= ", amount(line.joules, "J")),
             share(line.joules, ledger.joules), _reference(line.source, numbers))
            for line in ledger.largest()[:_TOP]]
    rest = sum(line.joules for line in ledger.largest()[_TOP:])
    rows.append((counted(max(0, len(ledger.lines) - _TOP), "smaller line"), "", "", joined("= ", amount(rest, "J")),
                 share(rest, ledger.joules), ""))
    return table(f"{label}: largest lines, of all {counted(ledger.samples, 'sample')}",
                 ("component and event", "count", "unit price", "energy", "share", "source"), rows,
                 numbers=(1, 2, 3, 4), prose=(0,))


def _reference(source: str, numbers: dict[str, int]) -> Html:
    number = numbers.setdefault(source, len(numbers) + 1)
    return element("a", f"[{number}]", href=f"#source-{number}")


def _times(found: dict[str, Priced]) -> Html:
    rows = [(part.label(kind, way), *(amount(value, "s", 3) for value in (pace.sample, pace.step)),
             pace.slowest, f"{pace.neurons_of}, {pace.circuits}", amount(pace.update, "s", 3),
             f"{sum(part.areas[way].values()) * 1e6:.3g}",
             ", ".join(f"{name} {value * 1e6:.3g}" for name, value in part.areas[way].items()))
            for kind, part in found.items() for way, pace in part.latencies.items()]
    return table("Critical path and area", ("workload", "per sample", "a time step", "slowest at",
                                            "most neurons in turn, circuits", "an update", "area [mm²]",
                                            "parts [mm²]"), rows, numbers=(1, 2, 5, 6), prose=(7,))


def _elsewhere(kind: str, part: Priced, numbers: dict[str, int]) -> Html:
    samples = part.workload.samples
    rows = [("this chip", "", "", "", amount(part.first.per_sample, "J"), "1", "")]
    for one in part.baselines:
        ratios = compared(one, part.first.joules)
        rows.append((one.name, f"{one.count / samples:,.0f}", amount(one.unit_price, "J"),
                     amount(one.joules / samples, "J"), _range(*(amount(bound / samples, "J") for bound in one.bounds)),
                     _range(*(f"{ratio:.3g}" for ratio in ratios)) if ratios else "-", _reference(one.source, numbers)))
    text = ("All: with memory and neurons with the energies of this card at its node, from perfect reuse of what was "
            "read and no leakage to no reuse and leakage as long as this chip takes. "
            f"{part.spikes_per_synapse:.3g} spikes per synapse, both directions.")
    return joined(table(f"{kind}, per sample", ("hardware", "operations", "unit price", "arithmetic", "all",
                                                "over this chip", "source"), rows, numbers=(1, 2, 3, 4, 5)),
                  paragraph(text), element("ul", *(element("li", sentence) for sentence in part.verdict())))


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _once(found: dict[str, Priced], numbers: dict[str, int]) -> tuple[Html, ...]:
    """Return the programming before the first sample: nothing, or a table and what it means."""
    initial = next((part.initial for part in found.values() if part.initial.lines), None)
    if initial is None:
        return ()
    rows: list[tuple]
    rows = [(f"{line.component}: {line.event}, {line.where}", f"{line.count:,}",
             joined("× ", amount(line.unit_price, "J")), joined("= ", amount(line.joules, "J")),
             _reference(line.source, numbers)) for line in initial.largest()[:_TOP]]
    rest = initial.largest()[_TOP:]
    if rest:
        rows.append((counted(len(rest), "smaller line"), "", "",
                     joined("= ", amount(sum(line.joules for line in rest), "J")), ""))
    rows.append(("all, once", "", "", element("strong", amount(initial.joules, "J")), ""))
    return (table("Initial programming, paid once, however many samples follow",
                  ("component and event", "count", "unit price", "energy", "source"), rows, numbers=(1, 2, 3),
                  prose=(0,)),)


def _notes(ledgers: dict[str, Ledger]) -> Iterator[str]:
    for note in dict.fromkeys(note for ledger in ledgers.values() for note in ledger.notes):
        yield f"Note: {note}."
