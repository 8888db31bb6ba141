"""neurosim improve: which imperfection of a chip costs how much of what it can learn."""

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
    from neurosim.cli.files import add_look
    parser = subparsers.add_parser(
        "improve", help="find which imperfection of a chip to improve",
        description="Retrain chips without each imperfection of the device, the array, the converters or the pulse "
                    "rule, and with each one alone, with several seeds, and state which costs most and which differ "
                    "from chance. Training is shortened to fit a time budget. The same command continues after Ctrl-C; "
                    "additional seeds are added to the existing ones.",
        epilog="examples:\n  neurosim improve run.h5\n  neurosim improve run.h5 --budget 60 --seeds 10\n"
               "  neurosim improve mnist-small --set synapses.device=choi-2018-epiram synapses.pulses=nearest",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", metavar="run.h5 | CONFIG", help="run file, or a preset or TOML file")
    add_look(parser)
    add_options(parser, "table and figure", "NAME-improve")
    parser.set_defaults(run=run)


def add_options(parser: argparse.ArgumentParser, results: str, folder: str) -> None:
    """Add what `improve` and `assess` have in common; folder : the default; results : what lies there."""
    parser.add_argument("--set", metavar="KEY=VALUE", nargs="+", action="extend", default=[], dest="assignments",
                        help="change the configuration, for example device.c2c=0.05 readout.kind=adc")
    parser.add_argument("--budget", metavar="MIN", type=minutes, default=10.0, help="planned time (default: 10 "
                                                                                    "minutes); after 1.5 times that, "
                                                                                    "only complete seeds count")
    parser.add_argument("--seeds", metavar="N", type=count(2), default=5, help="seeds of every chip (default: 5)")
    parser.add_argument("--images", metavar="N", type=count(0), default=0,
                        help="training images per chip (default: as many as the budget allows)")
    parser.add_argument("--samples", metavar="N", type=count(), default=2000,
                        help="test images (default: 2000)")
    parser.add_argument("--jobs", metavar="N", type=count(high=THREADS),
                        help="chips in parallel (default: all processors)")
    parser.add_argument("--dask", metavar="WHERE", help="compute on a Dask cluster, see neurosim sweep")
    parser.add_argument("--out", metavar="FOLDER", help=f"where chips, {results} go (default: {folder})")
    parser.add_argument("--force", action="store_true", help="replace what is in the folder")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def minutes(text: str) -> float:
    """Return a time of an option, in minutes."""
    try:
        time = float(text)
    except ValueError:
        time = 0.0
    if not 0 < time < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time; give minutes, for example 10")
    return time


def run(arguments: Namespace) -> int:
    """Do what `neurosim improve` asks for; returns the exit code."""
    from neurosim.experiment.sweep.computing import show_progress
    from neurosim.cli.terminal import command
    from neurosim.experiment.improvement.improve import configuration, improve, transfer
    from neurosim.experiment.improvement.plan import FIGURE, TABLE
    from neurosim.experiment.improvement.text import lines, plain
    from neurosim.experiment.pipeline.display import announced, choose_display
    from neurosim.experiment.pipeline.interruption import Interruption
    from neurosim.experiment.pipeline.summary import duration
    from neurosim.plots import write
    from neurosim.plots.improvement import improvement_figure
    from neurosim.results.atomic_write import atomic_write
    source, display = arguments.source, choose_display(arguments.quiet)
    folder = Path(arguments.out or f"{Path(source).with_suffix('')}-improve")
    rule = configuration(source, arguments.assignments).synapses.pulses

    def observe(tally: Tally) -> None:
        interruption.hold()
        show_progress(display, tally)

    with announced(display), Interruption(_SAVING) as interruption:
        found = improve(source, arguments.assignments, out=folder, seeds=arguments.seeds,
                        budget=60 * arguments.budget, images=arguments.images, samples=arguments.samples,
                        jobs=arguments.jobs, dask=arguments.dask, force=arguments.force,
                        tell=lambda text, seconds: display.line(f"{text}: about {duration(seconds)}"),
                        observe=observe, wished=lambda: interruption.wished)
    if found is None:
        display.close()
        again = command("improve", Path(source), *([f"--out={folder}"] if arguments.out else []))
        print(f"stopped; continue with: {again}", file=sys.stderr, flush=True)
        return interruption.code
    beside = transfer(source, arguments.assignments, observe=lambda title, number, of, done, images: display.advance(
        f"written only: {number} of {of}, {title}", done, images, ""))
    display.close()
    report = {"source": source, "assignments": arguments.assignments, "folder": str(folder),
              **plain(found, beside, rule)}
    atomic_write(folder / TABLE, (json.dumps(report, indent=1) + "\n").encode())
    write(improvement_figure(found, beside, str(source), arguments.width), folder / FIGURE)
    if arguments.json:
        print(json.dumps(report))
    else:
        print("\n".join([*lines(found, beside, rule), "", f"figure  {folder / FIGURE}"]))
    return 0
