"""neurosim device show: every number of a card, with its unit, its meaning and its source."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    from neurosim.cli.device import add_action, add_card
    parser = add_action(actions, "show", "show every number of a card, with its source",
                        "Print a card: each number with its unit, meaning and source, derived quantities, how steps "
                        "scale for devices whose range differs from that of the card, and which imperfections are "
                        "switched off.",
                        ["neurosim device show choi-2018-epiram", "neurosim device show my-device.toml --json"])
    add_card(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Print the card; returns the exit code."""
    from neurosim.cli.device import chosen_device
    from neurosim.cli.terminal import command
    from neurosim.memristor.card_text import card_lines, card_report
    device = chosen_device(arguments)
    if arguments.json:
        print(json.dumps(card_report(device)))
        return 0
    print("\n".join(card_lines(device)))
    card = Path(arguments.card)
    plotted, trained = (("--tables", "FOLDER"), ("--set", "synapses.tables=FOLDER")) if device.table else ((), ())
    print(f"\nnext  {command('device', 'plot', card, *plotted)}\n"
          f"      {command('train', '--device', card, *trained)}")
    return 0
