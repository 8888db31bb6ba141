"""neurosim plot: the figure of a run."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(subparsers: Parsers) -> None:
    from neurosim.cli.files import add_force
    parser = subparsers.add_parser(
        "plot", help="draw the figure of a run file",
        description="Draw the learning curves, spikes, errors and kernels of a run file, finished or not.")
    parser.add_argument("run_file", metavar="run.h5", help="run file of neurosim train")
    parser.add_argument("-o", "--output", metavar="FIGURE",
                        help="file to write, .png, .svg or .pdf (default: run.png beside the run file)")
    add_force(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    from neurosim.results.outputs import figure_output, figure_path
    output = figure_output("--output", arguments.output, figure_path(arguments.run_file), arguments.force)
    from neurosim.plots import run_figure, write
    write(run_figure(arguments.run_file), output)
    print(output)
    return 0
