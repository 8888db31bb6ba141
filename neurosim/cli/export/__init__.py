"""neurosim export: what other programs read of a run, one module per action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.cli.export import nir, spice

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(subparsers: Parsers) -> None:
    """Add the verb and its actions."""
    parser = subparsers.add_parser("export", help="write a run for other programs: ngspice, NIR",
                                   description="Write what a run holds for other programs.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action in (spice, nir):
        action.add_parser(actions)
