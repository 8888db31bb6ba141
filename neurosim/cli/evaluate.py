"""neurosim evaluate: classify images with the network of a run file."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import TYPE_CHECKING

from neurosim.cli.ablation import add_options, refuse_options, run_ablation
from neurosim.cli.train import add_common

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser(
        "evaluate", help="evaluate the network of a run file",
        description="Rebuild the network of a run file and classify the test or validation images with it; or find out "
                    "how much accuracy each imperfection of its chip costs. Converters keep the ranges of the run; "
                    "they are recalibrated on training images where --set changes a key of [readout] or [array]. The "
                    "run file is not changed.")
    parser.add_argument("run_file", metavar="run.h5", help="run file of neurosim train, finished or not")
    parser.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], dest="assignments",
                        help="change the stored configuration, for example --set learning.free_steps=60 "
                             "data.path=FOLDER; weights are rewritten for other devices, ranges or mappings, and other "
                             "converters are recalibrated")
    parser.add_argument("--split", choices=("test", "validation"), default="test", help="which images (default: test)")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    add_common(parser)
    add_options(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    if arguments.ablate:
        return run_ablation(arguments)
    refuse_options(arguments)
    return _evaluate(arguments)


def _evaluate(arguments: Namespace) -> int:
    from neurosim.cli.summary import print_evaluation
    from neurosim.experiment.pipeline.again import evaluated
    from neurosim.experiment.pipeline.display import choose_display
    _, report = evaluated(arguments.run_file, arguments.assignments, arguments.split, choose_display(arguments.quiet),
                          arguments.threads)
    if arguments.json:
        print(json.dumps(report))
    else:
        print_evaluation(report)
    return 0
