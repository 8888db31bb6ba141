"""neurosim device add: what was measured one quantity at a time, put on a card."""

from __future__ import annotations

import json
import textwrap
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.memristor.fitting.measured import Measured

_QUANTITIES = ("read-noise", "rtn", "drift", "stuck", "endurance", "iv", "step-voltage")


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    from neurosim.cli.device import add_action, add_reading
    from neurosim.cli.files import add_look
    parser = add_action(actions, "add", "put measured noise, drift, faults, wear or I-V curves on a card",
                        "Find one quantity from files of its own, with its 95 % interval, and put it on a card: the "
                        "noise of reads from repeated reads of states that nobody touches, telegraph noise from traces "
                        "that jump between two levels, drift and its spread from conductances over time, the fractions "
                        "of stuck devices from the pulse trains of many, endurance from both states over the number of "
                        "cycles, the law of nonlinear cells from I-V curves, or how steps grow with the voltage "
                        "from pulses of several. Every column, device or file is a "
                        "series of its own; files are read as by `device read`.",
                        ["neurosim device add read-noise reads.csv --card mine.toml -o mine-2.toml",
                         "neurosim device add drift retention-*.txt --card mine.toml -o mine-2.toml --unit kohm",
                         "neurosim device add endurance cycling-*.csv --card mine.toml -o mine-2.toml",
                         "neurosim device add iv sweeps.csv --card mine.toml -o mine-2.toml"])
    parser.add_argument("quantity", choices=_QUANTITIES, help="quantity that the files hold")
    parser.add_argument("files", metavar="FILE", nargs="+", help="what was measured")
    parser.add_argument("--card", metavar="NAME | card.toml", required=True, help="card to start from")
    parser.add_argument("-o", "--output", metavar="card.toml", required=True, help="card to write")
    parser.add_argument("--figure", metavar="FIGURE",
                        help="figure to write, .png, .svg or .pdf (default: card-QUANTITY.png next to the card)")
    add_look(parser)
    parser.add_argument("--force", action="store_true", help="replace card and figure that already exist")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_reading(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Write card and figure, print what was found; returns the exit code."""
    from neurosim.cli.device import stated_of
    from neurosim.experiment.card_adding import addition
    from neurosim.plots import rendered
    from neurosim.results.atomic_write import atomic_write
    from neurosim.results.outputs import CARDS, checked_output, figure_output, refuse_replacing
    output = checked_output("--output", arguments.output, CARDS)
    refuse_replacing("--output", arguments.output, [output], arguments.force)
    figure = figure_output("--figure", arguments.figure, output.with_name(f"{output.stem}-{arguments.quantity}.png"),
                           arguments.force)
    found = addition(arguments.quantity, arguments.files, arguments.card, stated_of(arguments))
    text, _ = found.card(output.stem)
    drawn = rendered(found.figure(f"{output.stem}: {arguments.quantity}", width=arguments.width), figure.suffix)
    atomic_write(output, text.encode())
    atomic_write(figure, drawn)
    if arguments.json:
        measured = found.measured
        print(json.dumps({"values": measured.values, "intervals": measured.intervals,
                          "series": len(measured.courses), "goodness": measured.goodness, "advice": measured.advice,
                          "remarks": measured.remarks, "card": str(output), "figure": str(figure)}))
    else:
        _print(found.measured, output, figure)
    return 0


def _print(found: Measured, output: Path, figure: Path) -> None:
    from neurosim.cli.terminal import command
    from neurosim.experiment.card_adding import lines_of
    for line in lines_of(found):
        print(line)
    said = [("fit", found.goodness), *(("note", remark) for remark in found.remarks), ("better", found.advice)]
    for word, sentence in said:
        print(f"{word:<8}{textwrap.fill(sentence, 100, subsequent_indent=' ' * 8)}")
    print(f"card    {output}\nfigure  {figure}\nnext    {command('device', 'check', output)}")
