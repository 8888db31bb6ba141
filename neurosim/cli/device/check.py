"""neurosim device check: what a card assumes, lacks, and has beyond what is published."""

from __future__ import annotations

import json
import textwrap
from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers

_TITLES = {"assumed": "assumed, not measured", "missing": "missing, therefore switched off",
           "unusual": "beyond the published devices that ship", "source": "sources"}


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    from neurosim.cli.device import add_action, add_card
    parser = add_action(actions, "check", "list what a card assumes, omits, and has beyond published values",
                        "List the numbers of a card that are assumed rather than measured, the imperfections it omits "
                        "and what that means, the numbers outside the range of the published devices that ship, with "
                        "the devices at the ends of that range, and the sources that do not say where a number can be "
                        "found.",
                        ["neurosim device check my-device.toml", "neurosim device check choi-2018-epiram --json"])
    add_card(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Print the findings; returns the exit code, 0 whatever was found: a card that loads is sound."""
    from neurosim.cli.device import chosen_device
    from neurosim.exchange.checking import findings
    device = chosen_device(arguments)
    found = findings(device)
    if arguments.json:
        print(json.dumps({"card": device.stem, "findings": list(map(asdict, found))}))
        return 0
    print(f"{device.stem}: {device.name}")
    for kind, title in _TITLES.items():
        lines = [finding for finding in found if finding.kind == kind]
        if lines:
            print(f"\n{title}")
        for finding in lines:
            print(textwrap.fill(f"{finding.key}: {finding.text}", 118, initial_indent="  ", subsequent_indent="      "))
    if not found:
        print("no findings: every number has a source and lies within the published range")
    return 0
