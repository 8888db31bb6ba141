"""neurosim sweep: compute many runs that differ in a few numbers, and show what came of them."""

from __future__ import annotations

import argparse
import re
from argparse import Namespace
from typing import TYPE_CHECKING

from neurosim.cli.numbers import count
from neurosim.cli.idle import refuse_idle
from neurosim.whole import THREADS

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers

_SHOWS = ("status", "table", "plot")
_LIST = "list"
_COMPUTES = ("--out", "--jobs", "--dask", "--shard", "--retry-failed")
#: Options that have an effect, beside --json and --quiet, by what is asked for; others compute.
_HEARD = {_LIST: (), "status": (), "table": ("--csv", "--force"),
          "plot": ("--out", "--measure", "--tolerance", "--energy", "--format", "--panel", "--width", "--force")}


def add_parser(subparsers: Parsers) -> None:
    """Add the verb."""
    from neurosim.cli.files import inches
    parser = subparsers.add_parser(
        "sweep", help="train or evaluate at many points, each once",
        description="Compute every point of a sweep file, on several processes of this machine or on the workers of a "
                    "Dask cluster. Points that are done are skipped and interrupted ones continue, so the same "
                    "command continues after Ctrl-C, a crash, or on other machines that share the folder.",
        epilog="examples:\n  neurosim sweep list\n  neurosim sweep noise-levels\n"
               "  neurosim sweep c2c.toml --jobs 4\n  neurosim sweep status c2c\n"
               "  neurosim sweep table c2c --csv c2c.csv\n"
               "  neurosim sweep c2c.toml --dask tcp://HOST:8786\n"
               "  sbatch --array=0-9 --wrap 'neurosim sweep c2c.toml --jobs 1 --shard $SLURM_ARRAY_TASK_ID/10'",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", metavar="sweep.toml | STUDY | list | status | table | plot",
                        help="sweep file to compute, or a study that ships; list shows the studies; status, table and "
                             "plot show results")
    parser.add_argument("folder", metavar="FOLDER", nargs="?", help="folder of the sweep, for status, table and plot")
    parser.add_argument("--out", metavar="FOLDER", help="folder for results (default: the name of the sweep); for "
                                                        "plot: prefix of the figure files (default: FOLDER/figures/)")
    parser.add_argument("--jobs", metavar="N", type=count(high=THREADS),
                        help="points in parallel (default: all processors, or as many as the cluster has); no result "
                             "depends on it")
    parser.add_argument("--dask", metavar="WHERE", help="compute on a Dask cluster: tls://HOST:PORT or tcp://HOST:PORT "
                        "of its scheduler, its scheduler file (.json), or local, which starts --jobs workers on this "
                        "machine; needs pip install 'neurosim-ep[cluster]', see docs/cluster.md")
    parser.add_argument("--shard", metavar="i/n", type=_shard,
                        help="compute only the points i, i + n, i + 2n, ...; i counts from 0")
    parser.add_argument("--retry-failed", action="store_true", help="compute failed points again")
    parser.add_argument("--csv", metavar="FILE", help="for table: write all columns as CSV")
    parser.add_argument("--measure", metavar="NAME", help="for plot: result to draw (default: test_error)")
    parser.add_argument("--tolerance", metavar="LOSS", type=_loss, help="for plot: tolerated error above the best one, "
                                                                        "a fraction (default: 0.01)")
    parser.add_argument("--energy", metavar="NAME", help="for plot: energy axis of the Pareto figure (default: "
                                                         "joules_per_inference)")
    parser.add_argument("--format", metavar="LIST", help="for plot: png, svg, pdf (default: png,svg)")
    parser.add_argument("--panel", metavar="NAME", help="for plot: one panel alone, the key of an axis, map, pareto, "
                        "ranking or sensitivity")
    parser.add_argument("--width", metavar="WIDTH", type=inches, help="for plot: width of a panel, for example 3.5in, "
                        "89mm or 8.9cm (default: 4.8in)")
    parser.add_argument("--force", action="store_true", default=None,
                        help="replace existing files: figures of plot, which otherwise get numbers, or the CSV file of "
                             "table")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def _loss(text: str) -> float:
    try:
        loss = float(text)
    except ValueError:
        loss = 0.0
    if not 0 < loss < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a loss of accuracy; give a fraction, for example 0.01")
    return loss


def _shard(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or int(match[1]) >= int(match[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is not a shard; write i/n with i from 0 to n - 1, as in 0/4")
    return int(match[1]), int(match[2])


def run(arguments: Namespace) -> int:
    """Compute a sweep, or show what is asked for of one; returns the exit code."""
    _refuse_strays(arguments)
    if arguments.what == _LIST:
        from neurosim.cli.sweep import studies
        return studies.run(arguments)
    if arguments.what in _SHOWS:
        from neurosim.cli.sweep import show
        return show.run(arguments)
    from neurosim.cli.sweep import compute
    return compute.run(arguments)


def _refuse_strays(arguments: Namespace) -> None:
    """Raise ValueError for what has no effect on the thing that is asked for."""
    what = arguments.what
    if arguments.folder and what not in _SHOWS:
        raise ValueError(f"sweep {what}: FOLDER {arguments.folder} belongs to {', '.join(_SHOWS)}; " +
                         ("omit it" if what == _LIST else "name the folder of results with --out"))
    heard = _HEARD.get(what, _COMPUTES)
    others = (option for options in (_COMPUTES, *_HEARD.values()) for option in options if option not in heard)
    for option in others:
        homes = [f"sweep {name}" for name, options in _HEARD.items() if option in options]
        homes += ["a sweep file that is computed"] if option in _COMPUTES else []
        refuse_idle(arguments, (option,), f"belongs to {' and '.join(homes)}; omit it")
