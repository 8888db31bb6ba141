"""neurosim device import: a card from a device of aihwkit, NeuroSim or CrossSim."""

from __future__ import annotations

import textwrap
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.cli.numbers import number
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    from neurosim.cli.device import add_action
    parser = add_action(actions, "import", "make a card from a device of aihwkit, NeuroSim or CrossSim",
                        "Make a card from a device of another simulator: a device of IBM's aihwkit, as JSON or as it "
                        "prints its configuration; the numbers in NeuroSim's Cell.cpp or Param.cpp; a folder with "
                        "CrossSim's dG_increasing.txt and dG_decreasing.txt. Whatever a card cannot represent is "
                        "listed.",
                        ["neurosim device import rpu_config.json -o mine.toml --g-min 1e-6 --g-max 2e-5",
                         "neurosim device import Cell.cpp -o mine.toml --data RealDevice",
                         "neurosim device import taox_20 -o taox.toml"])
    parser.add_argument("file", metavar="FILE", help="file of the other simulator, or folder of CrossSim's tables")
    parser.add_argument("-o", "--output", metavar="card.toml", required=True, help="card to write")
    parser.add_argument("--from", dest="origin", choices=("aihwkit", "neurosim", "crosssim"),
                        help="the other simulator (default: from what the file holds)")
    parser.add_argument("--data", metavar="NAME", help="which device of Cell.cpp (default: RealDevice)")
    parser.add_argument("--g-min", type=number, metavar="S", help="conductance [S] of w_min of aihwkit")
    parser.add_argument("--g-max", type=number, metavar="S", help="conductance [S] of w_max of aihwkit")
    parser.add_argument("--name", help="name of the device (default: the name of the card)")
    parser.add_argument("--citation", help="where the device is published, with DOI and page")
    for side, voltage in (("set", "1"), ("reset", "-1")):
        parser.add_argument(f"--{side}-pulse", type=number, nargs=2, metavar=("V", "S"),
                            help=f"voltage [V] and duration [s] of a {side} pulse, where the file gives none "
                                 f"(default: {voltage} 1e-6)")
    parser.add_argument("--read-voltage", type=number, metavar="V",
                        help="voltage of a read [V], where the file gives none (default: 0.1)")
    parser.add_argument("--force", action="store_true", help="replace a card that already exists")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Write the card and print what was lost; returns the exit code."""
    from neurosim.cli.terminal import command
    from neurosim.experiment.card_exchange import card_of, complete, draft_of
    from neurosim.results.atomic_write import atomic_write
    from neurosim.results.outputs import CARDS, checked_output, refuse_replacing
    output = checked_output("--output", arguments.output, CARDS)
    refuse_replacing("--output", arguments.output, [output], arguments.force)
    draft = draft_of(Path(arguments.file), arguments.origin, data=arguments.data, g_min=arguments.g_min,
                     g_max=arguments.g_max)
    complete(draft, arguments.set_pulse, arguments.reset_pulse, arguments.read_voltage)
    atomic_write(output, card_of(draft, output.name, arguments.name or output.stem, arguments.citation).encode())
    print(f"{Path(arguments.file)}: law {draft.law}, {counted(draft.values, 'number')}")
    if draft.losses:
        print(textwrap.fill(f"left out: {'; '.join(draft.losses)}", 118, subsequent_indent="  "))
    if assumed := [key for key, text in draft.sources.items() if text.startswith("assumed")]:
        print(textwrap.fill(f"assumed: {', '.join(assumed)}, which the file does not give", 118,
                            subsequent_indent="  "))
    print(f"card    {output}\nnext    {command('device', 'check', output)}\n"
          f"        {command('device', 'plot', output)}")
    return 0
