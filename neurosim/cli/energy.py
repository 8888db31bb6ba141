"""neurosim energy: what was counted times what it costs, in joules, seconds and square metres."""

import json
import textwrap
from pathlib import Path

_WIDTH = 118
_TOP = 10    #: largest lines shown of each ledger
_PASSES = {0: "", 1: ", one pass", 3: ", 3 passes of backpropagation"}


def add_parser(subparsers):
    from neurosim.cli.files import add_force
    parser = subparsers.add_parser(
        "energy", help="price the events of a run: joules, seconds, square metres",
        description="Price what a run has counted: every line is count x unit price = joules with its source, for one "
                    "inference and for one training sample, with two ways to update the weights, beside digital "
                    "baselines; latency and area. The run file is not changed.")
    parser.add_argument("run_file", metavar="run.h5", help="run file of neurosim train")
    parser.add_argument("--prices", metavar="CARD",
                        help="price card that ships (isaac-32nm, neurram-130nm) or a .toml file (default: that of the "
                             "run)")
    parser.add_argument("--node", metavar="NM", type=float,
                        help="node of the chip [nm], 7 to 130; circuits are scaled to it, devices are not "
                             "(default: that of the run)")
    parser.add_argument("--lines", action="store_true", help="print every line, not only the largest")
    parser.add_argument("--out", metavar="FIGURE",
                        help="figure to write, .png, .svg or .pdf (default: run-energy.png beside the run file)")
    parser.add_argument("--no-figure", action="store_true", help="write no figure")
    add_force(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments):
    from neurosim.cli.files import figure_beside
    output = figure_beside(arguments, "energy")
    from neurosim.energy import load_prices
    from neurosim.energy.prices import BASELINES
    from neurosim.experiment.pricing import prices_of, workloads
    from neurosim.experiment.runs import stored_config
    prices = prices_of(stored_config(arguments.run_file), arguments.prices, arguments.node)
    others = load_prices(BASELINES, arguments.node)
    found = {kind: _priced(workload, prices, others)
             for kind, workload in workloads(arguments.run_file).items() if workload is not None}
    if output:
        _draw(found, prices, arguments.run_file, output)
    if arguments.json:
        print(json.dumps(_plain(found, prices, arguments.run_file, output)))
    else:
        print("\n".join(_text(found, prices, arguments, output)))
    return 0


def _priced(workload, prices, others):
    """Everything that follows from one workload, a dict."""
    from neurosim.energy import ARCHITECTURES, area, baselines, latency, price, spikes_per_synapse
    ways = ARCHITECTURES if workload.learns else ARCHITECTURES[:1]
    return {"workload": workload,
            "ledgers": {way: price(workload, prices, way) for way in ways},
            "latencies": {way: latency(workload, prices, way) for way in ways},
            "areas": {way: area(workload.chip, prices, way if workload.learns else None) for way in ways},
            "baselines": baselines(workload, others), "spikes_per_synapse": spikes_per_synapse(workload)}


def _draw(found, prices, run_file, output):
    from neurosim.cli.files import write_figure
    from neurosim.plots.energy import energy_figure
    ledgers = {_label(kind, way, part): ledger for kind, part in found.items()
               for way, ledger in part["ledgers"].items()}
    others = {_label(kind, next(iter(part["ledgers"])), part):
              {one.name: one.joules / part["workload"].samples for one in part["baselines"]}
              for kind, part in found.items()}
    write_figure(energy_figure(ledgers, others, f"{Path(run_file).name}, {prices.name}, {_node(prices)}"), output)


def _label(kind, way, part):
    return f"{kind}, {way}" if len(part["ledgers"]) > 1 else kind


def _node(prices):
    return f"{prices.node:g} nm" if prices.node else "each circuit at its own node"


def _plain(found, prices, run_file, output):
    """The report as plain values, SI units; energies are of one sample, counts of lines of all samples."""
    from neurosim.energy import BREAK_EVEN
    return {"run_file": str(run_file), "prices": prices.stem, "node_nm": prices.node, "figure": output and str(output),
            "break_even": list(BREAK_EVEN), **{kind: _plain_part(part) for kind, part in found.items()}}


def _plain_part(part):
    samples = part["workload"].samples
    return {
        "samples": samples, "steps_per_sample": part["workload"].steps / samples,
        "spikes_per_synapse": part["spikes_per_synapse"],
        "baselines": [{**vars(one), "joules_per_sample": one.joules / samples} for one in part["baselines"]],
        "architectures": {way: {
            "joules_per_sample": ledger.per_sample, "by_component": ledger.by("component"),
            "by_component_and_phase": _nested(ledger.by("component", "phase")),
            "by_layer_and_direction": _nested(ledger.by("where", "direction")),
            "latency_seconds": {**vars(part["latencies"][way]), "step": part["latencies"][way].step},
            "area_m2": part["areas"][way], "notes": list(ledger.notes),
            "lines": [line.as_dict() for line in ledger.lines]} for way, ledger in part["ledgers"].items()}}


def _nested(sums):
    nested = {}
    for (first, second), value in sums.items():
        nested.setdefault(first, {})[second] = value
    return nested


def _text(found, prices, arguments, output):
    yield f"{arguments.run_file}: prices of {prices.stem} ({prices.name}), {_node(prices)}"
    if prices.note:
        yield from textwrap.wrap(prices.note, _WIDTH)
    for kind, part in found.items():
        yield ""
        yield from _section(kind, part)
    yield from _largest(found, arguments.lines)
    if output:
        yield f"\nfigure  {output}"
    other = "neurram-130nm" if prices.stem == "isaac-32nm" else "isaac-32nm"
    yield f"{'' if output else chr(10)}next    neurosim energy {arguments.run_file} --prices {other}"
    if not arguments.lines:
        yield f"        neurosim energy {arguments.run_file} --lines"


def _section(kind, part):
    from neurosim.energy import BREAK_EVEN
    ledgers, samples = part["ledgers"], part["workload"].samples
    one = "inference" if kind == "inference" else f"{kind} sample"
    steps = part["workload"].steps / samples
    yield f"per {one}, mean of {samples:,}, {steps:.4g} time steps"
    yield from _table(_component_rows(ledgers))
    yield ""
    yield from _table(_place_rows(ledgers))
    yield ""
    for way in ledgers:
        yield from _time_and_area(way if len(ledgers) > 1 else "", part["latencies"][way], part["areas"][way], one)
    yield ""
    yield from _table(_baseline_rows(part, one))
    yield (f"  {part['spikes_per_synapse']:.3g} spikes per synapse and {one}, both directions; arithmetic of the "
           "baselines alone, without memory")
    if kind == "inference":
        for sentence in BREAK_EVEN:
            yield from textwrap.wrap(sentence, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    for note in dict.fromkeys(note for ledger in ledgers.values() for note in ledger.notes):
        yield from textwrap.wrap(f"note: {note}", _WIDTH, initial_indent="  ", subsequent_indent="        ")


def _joules(value, digits=3):
    from neurosim.memristor.units import quantity
    return quantity(value, "J", digits) if value else "-"


def _component_rows(ledgers):
    """Components x phases of the first way to update, and totals of all ways."""
    first = next(iter(ledgers.values()))
    phases = list(dict.fromkeys(line.phase for line in first.lines))
    several = len(phases) > 1
    totals = {f"all, {way}" if len(ledgers) > 1 else "all": ledger.by("component") for way, ledger in ledgers.items()}
    cells = first.by("component", "phase")
    names = list(dict.fromkeys(name for found in totals.values() for name in found))
    yield ("component", *(phases if several else ()), *totals, "share")
    for name in names:
        yield (name, *(_joules(cells.get((name, phase), 0)) for phase in (phases if several else ())),
               *(_joules(found.get(name, 0)) for found in totals.values()),
               f"{totals[next(iter(totals))].get(name, 0) / first.per_sample:.1%}")
    sums = first.by("phase")
    yield ("all", *(_joules(sums[phase]) for phase in (phases if several else ())),
           *(_joules(ledger.per_sample) for ledger in ledgers.values()), "100.0%")


def _place_rows(ledgers):
    first = next(iter(ledgers.values()))
    yield "layer or connection", *(ledgers if len(ledgers) > 1 else ["energy"])
    for where, direction in first.by("where", "direction"):
        yield (f"{where} {direction}".rstrip(),
               *(_joules(ledger.by("where", "direction").get((where, direction), 0)) for ledger in ledgers.values()))


def _time_and_area(way, pace, areas, one):
    from neurosim.memristor.units import quantity
    stages = ", ".join(f"{name} {quantity(getattr(pace, name), 's', 3)}"
                       for name in ("drive", "settle", "convert", "neuron", "barrier"))
    ending = f", {way}" if way else ""
    update = f"; an update {quantity(pace.update, 's', 3)}" if pace.update else ""
    yield f"  latency{ending}  {quantity(pace.sample, 's', 3)} per {one}{update}; a step {quantity(pace.step, 's', 3)}"
    yield f"    {stages}; slowest at {pace.slowest}"
    parts = ", ".join(f"{name} {value * 1e6:.3g}" for name, value in areas.items())
    yield f"  area{ending}  {sum(areas.values()) * 1e6:.3g} mm2 ({parts} mm2)"


def _baseline_rows(part, one):
    samples = part["workload"].samples
    chips = {way: ledger.per_sample for way, ledger in part["ledgers"].items()}
    yield (f"the same {one} elsewhere", "operations", "unit price", "energy", "over this chip")
    for way, joules in chips.items():
        yield f"this chip{f', {way}' if len(chips) > 1 else ''}", "", "", _joules(joules), ""
    first = next(iter(chips.values()))
    for base in part["baselines"]:
        joules = base.joules / samples
        yield (base.name + _PASSES[base.passes], f"{base.count / samples:,.0f}", _joules(base.unit_price),
               _joules(joules), f"{joules / first:.3g}")


def _largest(found, every):
    """Lines count x unit price = joules [source], numbered sources below."""
    numbers = {}
    for kind, part in found.items():
        for way, ledger in part["ledgers"].items():
            lines = ledger.largest() if every else ledger.largest()[:_TOP]
            yield (f"\n{_label(kind, way, part)}: {'all' if every else 'largest'} lines, of all {ledger.samples:,} "
                   f"{'inferences' if kind == 'inference' else 'samples'}")
            yield from _table([("component", "count", "", "unit price", "", "energy", "source"),
                               *(_line_row(line, numbers) for line in lines)])
    yield "\nsources"
    for text, number in numbers.items():
        yield from textwrap.wrap(f"[{number}] {text}", _WIDTH, initial_indent="  ", subsequent_indent="      ")


def _line_row(line, numbers):
    number = numbers.setdefault(line.source, len(numbers) + 1)
    place = " ".join(part for part in (line.phase, line.where, line.direction) if part)
    return (f"{line.component}: {line.event}, {place}", f"{line.count:,}", "x", _joules(line.unit_price, 4), "=",
            _joules(line.joules, 4), f"[{number}]")


def _table(rows):
    """Align rows of text: the first column to the left, numbers to the right."""
    rows = [tuple(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        yield ("  " + "  ".join(cells)).rstrip()
