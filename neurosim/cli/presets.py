"""neurosim presets: the configurations that ship, and their text."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import TYPE_CHECKING

from neurosim.cli.terminal import print_table

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser(
        "presets", help="list the shipped configurations, or print one",
        description="List the shipped configurations. With a name, print the whole TOML file: "
                    "`neurosim presets mnist > my.toml` begins a configuration of your own.")
    parser.add_argument("name", metavar="NAME", nargs="?", help="print this preset as TOML")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    from neurosim.experiment.shipped import PRESETS, described
    names = [arguments.name] if arguments.name else PRESETS.names()
    found = [described(name, PRESETS.path(name)) for name in names]
    if arguments.json:
        print(json.dumps(found[0] if arguments.name else {"presets": found}))
    elif arguments.name:
        print(found[0]["toml"], end="")
    else:
        rows = [("name", "error", "time", "what it is")]
        rows += [(card["name"], card["error"] or "", card["time"] or "", card["summary"]) for card in found]
        print_table(rows)
    return 0
