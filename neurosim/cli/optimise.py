"""neurosim optimise: the cheapest chip that learns to a stated error."""

from __future__ import annotations

import argparse
import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.cli.numbers import count
from neurosim.whole import THREADS

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.experiment.sweep.driver import Tally

_SAVING = "finishing and saving the chips in progress; interrupt again to stop immediately"


def add_parser(subparsers: Parsers) -> None:
    """Add the verb."""
    parser = subparsers.add_parser(
        "optimise", help="find the cheapest chip that learns to a stated error",
        description="Search the axes of a design file - tile size, bits, mapping, rule, read time, voltages, any key "
                    "of a configuration - for the chip that needs least energy, time or area and learns to the error "
                    "that the file states, and draw what cost buys. Points are those of a sweep: they are computed "
                    "once, and the same command continues after Ctrl-C, or with more --trials. Needs pip install "
                    "'neurosim-ep[optimise]'; see docs/optimisation.md.",
        epilog="examples:\n  neurosim optimise design.toml\n  neurosim optimise design.toml --trials 200 --jobs 8\n"
               "  neurosim optimise design.toml --dask tcp://HOST:8786",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("design", metavar="design.toml", help="what stays the same, what varies, and what is asked for")
    parser.add_argument("--trials", metavar="N", type=count(), help="points that are tried (default: as the file says)")
    parser.add_argument("--jobs", metavar="N", type=count(high=THREADS),
                        help="chips in parallel (default: all processors); no result depends on it")
    parser.add_argument("--dask", metavar="WHERE", help="compute on a Dask cluster, see neurosim sweep")
    parser.add_argument("--out", metavar="FOLDER", help="where chips, table and figure go (default: DESIGN-optimise)")
    parser.add_argument("--force", action="store_true", help="replace what is in the folder")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Do what `neurosim optimise` asks for; returns the exit code."""
    from neurosim.cli.terminal import command
    from neurosim.experiment.optimisation.design import read_design
    from neurosim.experiment.optimisation.optimise import FIGURE, TABLE, optimise
    from neurosim.experiment.optimisation.text import figure, lines, plain, progress
    from neurosim.experiment.pipeline.display import announced, choose_display
    from neurosim.experiment.pipeline.interruption import Interruption
    from neurosim.experiment.sweep.computing import show_progress
    from neurosim.plots import write
    from neurosim.results.atomic_write import atomic_write
    design, display = read_design(arguments.design), choose_display(arguments.quiet)
    folder = Path(arguments.out or f"{Path(arguments.design).stem}-optimise")

    def observe(tally: Tally) -> None:
        interruption.hold()
        show_progress(display, tally)

    with announced(display), Interruption(_SAVING) as interruption:
        found = optimise(design, folder, trials=arguments.trials, jobs=arguments.jobs, dask=arguments.dask,
                         force=arguments.force, observe=observe, told=lambda so_far: display.line(progress(so_far)),
                         wished=lambda: interruption.wished)
    display.close()
    if found is None:
        again = command("optimise", Path(arguments.design), *(["--out", folder] if arguments.out else []))
        print(f"stopped; continue with: {again}", file=sys.stderr, flush=True)
        return interruption.code
    report = {"folder": str(folder), **plain(found)}
    atomic_write(folder / TABLE, (json.dumps(report, indent=1) + "\n").encode())
    write(figure(found), folder / FIGURE)
    if arguments.json:
        print(json.dumps(report))
    else:
        print("\n".join([*lines(found), "", f"figure  {folder / FIGURE}"]))
    return 0
