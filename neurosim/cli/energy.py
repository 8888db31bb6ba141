"""neurosim energy: what was counted times what it costs, in joules, seconds and square metres."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.cli.numbers import number
from neurosim.cli.terminal import command

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.experiment.energy_bill import Bill


def add_parser(subparsers: Parsers) -> None:
    from neurosim.cli.files import add_force, add_look
    parser = subparsers.add_parser(
        "energy", help="estimate energy, latency and area of a run on a chip",
        description="Estimate energy from the events that a run has counted: every line is count x energy per event, "
                    "with its source, for one inference and for one training sample, with two ways to update the "
                    "weights, and once for the initial programming; next to digital hardware with its memory, with the "
                    "verdict and the break-even spike rate; latency and area. A price card holds energy, time and area "
                    "per event. Programming also disturbs half-selected cells, those that share one line with the "
                    "programmed cell. The run file is not changed.")
    parser.add_argument("run_file", metavar="run.h5", help="run file of neurosim train")
    parser.add_argument("--prices", metavar="CARD",
                        help="card with the energy per event: one that ships (isaac-32nm, neurram-130nm) or a .toml "
                             "file (default: that of the run)")
    parser.add_argument("--node", metavar="NM", type=number,
                        help="technology node of the chip [nm], 7 to 130; circuits, also those of other hardware, are "
                             "scaled to it, devices are not (default: that of the run)")
    parser.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], dest="assignments",
                        help="change the assumptions of the estimate, for example --set energy.half_select=0.5 "
                             "price.leakage=0")
    parser.add_argument("--lines", action="store_true", help="print every line, not only the largest")
    parser.add_argument("--out", metavar="FIGURE",
                        help="figure to write, .png, .svg or .pdf (default: run-energy.png next to the run file)")
    parser.add_argument("--no-figure", action="store_true", help="write no figure")
    add_look(parser, "components, baselines, 'map inference' or a map of another workload")
    add_force(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    from neurosim.cli.files import figure_beside
    output = figure_beside(arguments, "energy")
    from neurosim.experiment.energy_bill import bill
    found = bill(arguments.run_file, arguments.assignments, arguments.prices, arguments.node)
    if output:
        from neurosim.plots import write
        write(found.panel(arguments.panel, width=arguments.width).figure if arguments.panel else
              found.figure(Path(arguments.run_file).name, arguments.width), output)
    if arguments.json:
        print(json.dumps({"run_file": str(arguments.run_file), "figure": output and str(output), **found.report()}))
    else:
        print("\n".join(_text(found, arguments, output)))
    return 0


def _text(found: Bill, arguments: Namespace, output: Path | None) -> Iterator[str]:
    from neurosim.experiment.energy_text import energy_lines
    yield f"{arguments.run_file}: energy per event of {found.prices.stem} ({found.prices.name}), {found.node}"
    yield from energy_lines(found, every=arguments.lines)
    if output:
        yield f"\nfigure  {output}"
    other = "neurram-130nm" if found.prices.stem == "isaac-32nm" else "isaac-32nm"
    run = Path(arguments.run_file)
    yield f"{'' if output else chr(10)}next    {command('energy', run, '--prices', other)}"
    if not arguments.lines:
        yield f"        {command('energy', run, '--lines')}"
