"""Options that say where figures are written."""

from __future__ import annotations

import re
from argparse import _ArgumentGroup, ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from neurosim.cli.idle import refuse_idle
from neurosim.tables import abbreviated

LOOK = ("--panel", "--width")    #: options of `add_look`


def add_force(parser: ArgumentParser | _ArgumentGroup) -> None:
    """Add the option without which no figure is replaced."""
    parser.add_argument("--force", action="store_true", help="replace an existing figure (default: a figure with a "
                                                             "default name gets a number, one that you name is "
                                                             "refused)")


def add_look(parser: ArgumentParser | _ArgumentGroup, panels: str = "") -> None:
    """Add the options that say how a figure looks; panels : names of those that it has, "" = it has one."""
    if panels:
        parser.add_argument("--panel", metavar="NAME", help=f"draw one panel alone: {panels}")
    parser.add_argument("--width", metavar="WIDTH", type=inches, help="width of the figure, for example 3.5in, 89mm or "
                        "8.9cm (default: as wide as it reads well)")


def inches(text: str) -> float:
    """Return a width in inches: "3.5in", "89mm", "8.9cm"; raises ArgumentTypeError."""
    found = re.fullmatch(r"([0-9]*\.?[0-9]+) ?(in|mm|cm)", text.strip())
    if not found:
        raise ArgumentTypeError(f"{abbreviated(text)} is not a width; write a number and in, mm or cm, as in 3.5in")
    return float(found[1]) / {"in": 1.0, "cm": 2.54, "mm": 25.4}[found[2]]


def refuse_undrawn(arguments: Namespace) -> None:
    """Raise ValueError for an option that says how a figure looks, or where it goes, where none is drawn."""
    refuse_idle(arguments, ("--out", *LOOK, "--force"), "--no-figure draws no figure; omit one of them")


def figure_beside(arguments: Namespace, kind: str) -> Path | None:
    """Return the path of the figure of a run file: --out, else RUN-KIND.png next to it; None with --no-figure."""
    if arguments.no_figure:
        refuse_undrawn(arguments)
        return None
    from neurosim.results.outputs import figure_output
    run = Path(arguments.run_file)
    return figure_output("--out", arguments.out, run.with_name(f"{run.stem}-{kind}.png"), arguments.force)
