"""neurosim device export: a card for aihwkit, NeuroSim or CrossSim."""

from __future__ import annotations

import textwrap
from argparse import Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    from neurosim.cli.device import add_action, add_card
    from neurosim.cli.device.tables import add_tables
    parser = add_action(actions, "export", "write a card for aihwkit, NeuroSim or CrossSim",
                        "Write a card for another simulator, so that a result can be repeated there: JSON whose fields "
                        "build the device in IBM's aihwkit; lines for NeuroSim's Cell.cpp; a folder with CrossSim's "
                        "two tables. Whatever the other simulator cannot represent is listed.",
                        ["neurosim device export choi-2018-epiram --to neurosim -o epiram.cpp",
                         "neurosim device export my-device.toml --to aihwkit -o device.json",
                         "neurosim device export my-device.toml --to crosssim -o my-tables"])
    add_card(parser)
    add_tables(parser)
    parser.add_argument("--to", choices=("aihwkit", "neurosim", "crosssim"), required=True, help="the other simulator")
    parser.add_argument("-o", "--output", metavar="FILE", required=True,
                        help="file to write, .json or .cpp; for CrossSim a folder, which is created")
    parser.add_argument("--force", action="store_true", help="replace files that already exist")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Write the files and print what was lost; returns the exit code."""
    from neurosim.cli.device import chosen_device
    from neurosim.cli.device.tables import table_of
    from neurosim.experiment.card_exchange import place_of, texts_of, write
    from neurosim.results.outputs import refuse_replacing
    device = chosen_device(arguments)
    table = table_of(device, arguments)
    texts, losses = texts_of(device, table, arguments.to, place_of("--output", arguments.output, arguments.to))
    refuse_replacing("--output", arguments.output, list(texts), arguments.force)
    write(texts)
    if losses:
        print(textwrap.fill(f"left out: {'; '.join(losses)}", 118, subsequent_indent="  "))
    print("\n".join(f"written {path}" for path in texts))
    return 0
