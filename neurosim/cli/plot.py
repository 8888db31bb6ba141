"""neurosim plot: the figure of a run."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(subparsers: Parsers) -> None:
    from neurosim.cli.files import add_force, add_look
    parser = subparsers.add_parser(
        "plot", help="draw the figure of a run file",
        description="Draw the learning curves, spikes, devices, pulses, errors and kernels of a run file, finished or "
                    "not; or one of these panels alone, as wide as a column.")
    parser.add_argument("run_file", metavar="run.h5", help="run file of neurosim train")
    parser.add_argument("-o", "--output", metavar="FIGURE",
                        help="file to write, .png, .svg or .pdf (default: run.png or run-PANEL.png next to it)")
    add_look(parser, "learning, activity, devices, pulses, confusion or weights")
    add_force(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    from neurosim.results.outputs import figure_output, figure_path
    whole = figure_path(arguments.run_file)
    beside = whole.with_stem(f"{whole.stem}-{arguments.panel}") if arguments.panel else whole
    output = figure_output("--output", arguments.output, beside, arguments.force)
    from neurosim.plots import run_figure, run_panel, write
    write(run_panel(arguments.run_file, arguments.panel, width=arguments.width).figure if arguments.panel else
          run_figure(arguments.run_file, arguments.width), output)
    print(output)
    return 0
