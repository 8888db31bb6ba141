"""neurosim sweep: compute many runs that differ in a few numbers, and show what came of them."""

import argparse
import re

_SHOWS = ("status", "table")


def add_parser(subparsers):
    parser = subparsers.add_parser(
        "sweep", help="train or evaluate at many points, each once",
        description="Compute every point of a sweep file, on several processes of this machine. Points that are done "
                    "are skipped and interrupted ones continue, so the same command goes on after Ctrl-C, a crash, or "
                    "on other machines that share the folder.",
        epilog="examples:\n  neurosim sweep c2c.toml --jobs 4\n  neurosim sweep status c2c\n"
               "  neurosim sweep table c2c --csv c2c.csv\n"
               "  sbatch --array=0-9 --wrap 'neurosim sweep c2c.toml --jobs 1 --shard $SLURM_ARRAY_TASK_ID/10'",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", metavar="sweep.toml | status | table", help="sweep to compute; or what to show of one")
    parser.add_argument("folder", metavar="FOLDER", nargs="?", help="folder of the sweep, for status and table")
    parser.add_argument("--out", metavar="FOLDER", help="where results go (default: the name of the sweep)")
    parser.add_argument("--jobs", metavar="N", type=_jobs, help="processes (default: all processors); no result "
                        "depends on it")
    parser.add_argument("--shard", metavar="i/n", type=_shard, default=(0, 1),
                        help="compute only the points i, i + n, i + 2n, ...; i counts from 0")
    parser.add_argument("--retry-failed", action="store_true", help="compute points again that have failed")
    parser.add_argument("--csv", metavar="FILE", help="for table: write all columns as CSV")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def _jobs(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes; give 1 or more")
    return int(text)


def _shard(text):
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or int(match[1]) >= int(match[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is not a shard; write i/n with i from 0 to n - 1, as in 0/4")
    return int(match[1]), int(match[2])


def run(arguments):
    if arguments.what in _SHOWS:
        from neurosim.cli.sweep import show
        return show.run(arguments)
    if arguments.folder or arguments.csv:
        raise ValueError(f"sweep {arguments.what}: {'FOLDER' if arguments.folder else '--csv'} belongs to status and "
                         "table; name the folder of results with --out")
    from neurosim.cli.sweep import compute
    return compute.run(arguments)
