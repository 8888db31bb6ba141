"""Options that say where figures are written."""

from __future__ import annotations

from argparse import _ArgumentGroup, ArgumentParser, Namespace
from pathlib import Path


def add_force(parser: ArgumentParser | _ArgumentGroup) -> None:
    """Add the option without which no figure is replaced."""
    parser.add_argument("--force", action="store_true", help="replace a figure that is there already (default: a "
                        "figure without a name of its own gets a number, one that you name is refused)")


def figure_beside(arguments: Namespace, kind: str) -> Path | None:
    """Path of the figure that a verb draws of a run file: --out, else RUN-KIND.png beside it; None with --no-figure."""
    if arguments.no_figure:
        return None
    from neurosim.results.outputs import figure_output
    run = Path(arguments.run_file)
    return figure_output("--out", arguments.out, run.with_name(f"{run.stem}-{kind}.png"), arguments.force)
