"""neurosim train: learn, save, evaluate on all test images, draw."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from neurosim.cli.numbers import count
from neurosim.whole import THREADS

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers

DEFAULT = "mnist"


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser(
        "train", help="train a network and evaluate it on the test images",
        description="Train a network, save it in a run file (HDF5) and evaluate it on all test images. Ctrl-C and "
                    "SIGTERM finish the current batch, save, and print how to continue. Processes that torchrun starts "
                    "train one network together, see docs/cluster.md.")
    parser.add_argument("config", metavar="PRESET | config.toml", nargs="?", help=f"what to train (default: {DEFAULT})")
    parser.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], dest="assignments",
                        help="change the configuration, for example --set training.epochs=3 seed=7")
    parser.add_argument("--device", metavar="CARD", help="device card of the synapses, by name or as a .toml file; "
                        "\"ideal\" for real numbers (see: neurosim device list)")
    parser.add_argument("--pulses", metavar="RULE", help="how weight changes become pulses: accumulate, stochastic, "
                        "nearest, sign, trains, tiki-taka, write-verify, two-phase")
    parser.add_argument("--out", metavar="run.h5", help="run file to write (default: PRESET.h5 in this folder)")
    parser.add_argument("--force", action="store_true", help="replace the file that --out names, and its figure")
    parser.add_argument("--resume", metavar="run.h5",
                        help="continue this run, bit for bit as if it had not been interrupted")
    parser.add_argument("--no-figure", action="store_false", dest="figure", help="draw no figure next to the run file")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    add_common(parser)
    parser.set_defaults(run=run)


def add_common(parser: ArgumentParser) -> None:
    """Add the options that train and evaluate share."""
    parser.add_argument("--threads", metavar="N", type=count(high=THREADS),
                        help="samples side by side (default: all processors); no result depends on it")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")


def run(arguments: Namespace) -> int:
    from neurosim.cli import USER_ERROR, training
    from neurosim.engines.ranks import joined
    with joined() as ranks:
        try:
            return training.run(arguments, ranks)
        except (ValueError, OSError, MemoryError, KeyboardInterrupt) as error:
            if ranks.speaks():
                raise
            return getattr(error, "code", USER_ERROR)
