"""A bill as text: joules, time and area, other hardware, and lines with their sources."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from neurosim.alignment import aligned
from neurosim.energy import compared
from neurosim.memristor.si_format import quantity, share
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.energy import Priced
    from neurosim.energy.ledger import Ledger, Line
    from neurosim.experiment.energy_bill import Bill

_WIDTH = 118
_TOP = 10    #: largest lines shown of each ledger
_PASSES = {0: "", 1: ", one pass", 3: ", 3 passes"}


def energy_lines(found: Bill, every: bool = False) -> Iterator[str]:
    """Yield the lines about a Bill; every : all lines of the ledgers, not only the largest."""
    numbers: dict[str, int] = {}
    if found.prices.note:
        yield from textwrap.wrap(found.prices.note, _WIDTH)
    for kind, part in found.parts.items():
        yield ""
        yield from _section(kind, part, numbers)
    yield from _once(found.initial, every, numbers)
    yield from _largest(found.parts, every, numbers)


def _section(kind: str, part: Priced, numbers: dict[str, int]) -> Iterator[str]:
    samples, ledgers = part.workload.samples, part.ledgers
    one = "inference" if kind == "inference" else f"{kind} sample"
    yield f"per {one}, mean of {samples:,}, {part.workload.steps / samples:.4g} time steps"
    yield from aligned(_component_rows(part), indent="  ")
    yield ""
    yield from aligned(_owner_rows(ledgers), indent="  ")
    yield ""
    for way in ledgers:
        yield from _time_and_area(way, part, one)
    yield ""
    yield from aligned(_baseline_rows(part, one, numbers), indent="  ")
    for sentence in _about_baselines(part, one):
        yield from textwrap.wrap(sentence, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    for note in dict.fromkeys(note for ledger in ledgers.values() for note in ledger.notes):
        yield from textwrap.wrap(f"note: {note}", _WIDTH, initial_indent="  ", subsequent_indent="        ")


def _about_baselines(part: Priced, one: str) -> Iterator[str]:
    yield ("all: with memory and neurons with the energies of this card at its node, from perfect reuse of what was "
           "read and no leakage to no reuse and leakage as long as this chip takes")
    yield from part.verdict()
    yield f"{part.spikes_per_synapse:.3g} spikes per synapse and {one}, both directions"


def _joules(value: float, digits: int = 3) -> str:
    return quantity(value, "J", digits) if value else "-"


def _component_rows(part: Priced) -> Iterator[tuple]:
    """Yield components x phases of the first way to update, and totals of all ways."""
    first, ledgers = part.first, part.ledgers
    phases = list(dict.fromkeys(line.phase for line in first.lines))
    several = len(phases) > 1
    totals = {f"all, {way}" if len(ledgers) > 1 else "all": ledger.by("component") for way, ledger in ledgers.items()}
    cells = first.by("component", "phase")
    names = list(dict.fromkeys(name for found in totals.values() for name in found))
    yield ("component", *(phases if several else ()), *totals, "share")
    for name in names:
        yield (name, *(_joules(cells.get((name, phase), 0)) for phase in (phases if several else ())),
               *(_joules(found.get(name, 0)) for found in totals.values()),
               share(totals[next(iter(totals))].get(name, 0), first.per_sample))
    sums = first.by("phase")
    yield ("all", *(_joules(sums[phase]) for phase in (phases if several else ())),
           *(_joules(ledger.per_sample) for ledger in ledgers.values()), share(first.per_sample, first.per_sample))


def _owner_rows(ledgers: dict[str, Ledger]) -> Iterator[tuple]:
    first = next(iter(ledgers.values()))
    yield "layer or connection", *(ledgers if len(ledgers) > 1 else ["energy"])
    for where, direction in first.by("where", "direction"):
        yield (f"{where} {direction}".rstrip(),
               *(_joules(ledger.by("where", "direction").get((where, direction), 0)) for ledger in ledgers.values()))


def _time_and_area(way: str, part: Priced, one: str) -> Iterator[str]:
    pace, areas, chip = part.latencies[way], part.areas[way], part.workload.chip
    stages = ", ".join(f"{name} {quantity(getattr(pace, name), 's', 3)}"
                       for name in ("drive", "settle", "convert", "neuron", "barrier"))
    ending = f", {way}" if len(part.ledgers) > 1 else ""
    update = f"; an update {quantity(pace.update, 's', 3)}" if pace.update else ""
    yield f"  latency{ending}  {quantity(pace.sample, 's', 3)} per {one}{update}; a step {quantity(pace.step, 's', 3)}"
    yield f"    {stages}; slowest at {pace.slowest}"
    if pace.neurons_of:
        why = "energy.neuron_circuits" if chip.neuron_circuits else "one for each converter, see energy.neuron_circuits"
        yield (f"    neurons: {counted(chip.layers[pace.neurons_of], 'unit')} of {pace.neurons_of} in turn on "
               f"{counted(pace.circuits, 'circuit')} ({why})")
    parts = ", ".join(f"{name} {value * 1e6:.3g}" for name, value in areas.items())
    yield f"  area{ending}  {sum(areas.values()) * 1e6:.3g} mm2 ({parts} mm2)"


def _baseline_rows(part: Priced, one: str, numbers: dict[str, int]) -> Iterator[tuple]:
    samples = part.workload.samples
    yield f"the same {one} elsewhere", "operations", "unit price", "arithmetic", "all", "over this chip", "source"
    for way, ledger in part.ledgers.items():
        yield f"this chip{f', {way}' if len(part.ledgers) > 1 else ''}", "", "", "", _joules(ledger.per_sample), "", ""
    for base in part.baselines:
        ratios = compared(base, part.first.joules)
        yield (base.name + _PASSES[base.passes], f"{base.count / samples:,.0f}", _joules(base.unit_price),
               _joules(base.joules / samples), _range(*(_joules(bound / samples) for bound in base.bounds)),
               _range(*(f"{ratio:.3g}" for ratio in ratios)) if ratios else "-", _reference(base.source, numbers))


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _once(initial: Ledger | None, every: bool, numbers: dict[str, int]) -> Iterator[str]:
    """Yield what is paid before the first sample, however many follow."""
    if initial is None:
        return
    yield f"\ninitial programming, once  {_joules(initial.joules)}"
    lines = initial.largest() if every else initial.largest()[:_TOP]
    yield from aligned([("component", "count", "", "unit price", "", "energy", "source"),
                        *(_line_row(line, numbers) for line in lines)], indent="  ")


def _largest(found: dict[str, Priced], every: bool, numbers: dict[str, int]) -> Iterator[str]:
    """Lines count x unit price = joules [source], numbered sources below."""
    for kind, part in found.items():
        for way, ledger in part.ledgers.items():
            lines = ledger.largest() if every else ledger.largest()[:_TOP]
            yield (f"\n{part.label(kind, way)}: {'all' if every else 'largest'} lines, of all "
                   f"{counted(ledger.samples, 'inference' if kind == 'inference' else 'sample')}")
            yield from aligned([("component", "count", "", "unit price", "", "energy", "source"),
                                *(_line_row(line, numbers) for line in lines)], indent="  ")
    yield "\nsources"
    for source, number in numbers.items():
        yield from textwrap.wrap(f"[{number}] {source}", _WIDTH, initial_indent="  ", subsequent_indent="      ")


def _line_row(line: Line, numbers: dict[str, int]) -> tuple[str, ...]:
    part_of_chip = " ".join(part for part in (line.phase, line.where, line.direction) if part)
    return (f"{line.component}: {line.event}, {part_of_chip}", f"{line.count:,}", "x", _joules(line.unit_price, 4), "=",
            _joules(line.joules, 4), _reference(line.source, numbers))


def _reference(source: str, numbers: dict[str, int]) -> str:
    return f"[{numbers.setdefault(source, len(numbers) + 1)}]"
