"""neurosim plot: the figure of a run."""

from pathlib import Path

FORMATS = (".png", ".svg", ".pdf")


def add_parser(subparsers):
    parser = subparsers.add_parser(
        "plot", help="draw the figure of a run file",
        description="Draw the learning curves, spikes, errors and kernels of a run file, finished or not.")
    parser.add_argument("run_file", metavar="run.h5", help="run file of neurosim train")
    parser.add_argument("-o", "--output", metavar="FIGURE",
                        help="file to write, .png, .svg or .pdf (default: run.png beside the run file)")
    parser.set_defaults(run=run)


def run(arguments):
    from neurosim.cli.outputs import figure_path
    output = Path(arguments.output) if arguments.output else figure_path(arguments.run_file)
    if output.suffix not in FORMATS:
        raise ValueError(f"--output {output}: no format of a figure; end it in {', '.join(FORMATS)}")
    from neurosim.plots import run_figure, save
    save(run_figure(arguments.run_file), output)
    print(output)
    return 0
