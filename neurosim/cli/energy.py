"""neurosim energy: what was counted times what it costs, in joules, seconds and square metres."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.energy import Priced
    from neurosim.energy.baselines import Baseline
    from neurosim.energy.prices import PriceCard


def add_parser(subparsers: Parsers) -> None:
    from neurosim.cli.files import add_force
    parser = subparsers.add_parser(
        "energy", help="price the events of a run: joules, seconds, square metres",
        description="Price what a run has counted: every line is count x unit price = joules with its source, for one "
                    "inference and for one training sample, with two ways to update the weights, and once for the "
                    "initial programming; beside digital hardware with its memory, with who wins and the spike rate at "
                    "which both are equal; latency and area. The run file is not changed.")
    parser.add_argument("run_file", metavar="run.h5", help="run file of neurosim train")
    parser.add_argument("--prices", metavar="CARD",
                        help="price card that ships (isaac-32nm, neurram-130nm) or a .toml file (default: that of the "
                             "run)")
    parser.add_argument("--node", metavar="NM", type=float,
                        help="node of the chip [nm], 7 to 130; circuits are scaled to it, those of other hardware too, "
                             "devices are not (default: that of the run)")
    parser.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], dest="assignments",
                        help="change what the run costs, for example --set energy.half_select=0.5 price.leakage=0")
    parser.add_argument("--lines", action="store_true", help="print every line, not only the largest")
    parser.add_argument("--out", metavar="FIGURE",
                        help="figure to write, .png, .svg or .pdf (default: run-energy.png beside the run file)")
    parser.add_argument("--no-figure", action="store_true", help="write no figure")
    add_force(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    from neurosim.cli.files import figure_beside
    output = figure_beside(arguments, "energy")
    from neurosim.cli.energy_text import text
    from neurosim.energy import priced
    from neurosim.experiment.pricing import prices_elsewhere, prices_of, repriced_config, workloads
    config = repriced_config(arguments.run_file, arguments.assignments)
    prices = prices_of(config, arguments.prices, arguments.node)
    others = prices_elsewhere(prices)
    found = {kind: priced(workload, prices, others)
             for kind, workload in workloads(arguments.run_file, arguments.assignments).items() if workload is not None}
    if output:
        _draw(found, prices, arguments.run_file, output)
    if arguments.json:
        print(json.dumps(_plain(found, prices, arguments.run_file, output)))
    else:
        print("\n".join(text(found, prices, arguments, output)))
    return 0


def _draw(found: dict[str, Priced], prices: PriceCard, run_file: Path, output: Path) -> None:
    from neurosim.cli.energy_text import node_text
    from neurosim.cli.files import write_figure
    from neurosim.plots.energy import energy_figure
    ledgers = {part.label(kind, way): ledger for kind, part in found.items() for way, ledger in part.ledgers.items()}
    others = {part.label(kind, next(iter(part.ledgers))):
              {one.name: tuple(bound / part.workload.samples for bound in one.bounds) for one in part.baselines}
              for kind, part in found.items()}
    write_figure(energy_figure(ledgers, others, f"{Path(run_file).name}, {prices.name}, {node_text(prices)}"), output)


def _plain(found: dict[str, Priced], prices: PriceCard, run_file: Path, output: Path | None) -> dict[str, Any]:
    """The report as plain values, SI units; energies are of one sample, counts of lines of all samples."""
    initial = next((part.initial for part in found.values() if part.initial.lines), None)
    return {"run_file": str(run_file), "prices": prices.stem, "node_nm": prices.node, "figure": output and str(output),
            "initial_programming": initial and {"joules": initial.joules,
                                                "lines": [line.as_dict() for line in initial.lines]},
            **{kind: _plain_part(part) for kind, part in found.items()}}


def _plain_part(part: Priced) -> dict[str, Any]:
    samples = part.workload.samples
    return {
        "samples": samples, "steps_per_sample": part.workload.steps / samples,
        "spikes_per_synapse": part.spikes_per_synapse, "break_even": part.break_even and vars(part.break_even),
        "verdict": list(part.verdict()),
        "baselines": [_plain_baseline(one, samples, part.first.joules) for one in part.baselines],
        "architectures": {way: {
            "joules_per_sample": ledger.per_sample, "by_component": ledger.by("component"),
            "by_component_and_phase": _nested(ledger.by("component", "phase")),
            "by_layer_and_direction": _nested(ledger.by("where", "direction")),
            "latency_seconds": {**vars(part.latencies[way]), "step": part.latencies[way].step},
            "area_m2": part.areas[way], "notes": list(ledger.notes),
            "lines": [line.as_dict() for line in ledger.lines]} for way, ledger in part.ledgers.items()}}


def _plain_baseline(one: Baseline, samples: int, joules: float) -> dict[str, Any]:
    from neurosim.energy import compared
    low, high = one.bounds
    return {**vars(one), "arithmetic_joules_per_sample": one.joules / samples, "joules_per_sample": low / samples,
            "joules_per_sample_without_reuse": high / samples, "over_this_chip": compared(one, joules)}


def _nested(sums: dict) -> dict[str, dict]:
    nested: dict[str, dict] = {}
    for (first, second), value in sums.items():
        nested.setdefault(first, {})[second] = value
    return nested
