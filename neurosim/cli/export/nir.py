"""neurosim export nir: the network of a run as a NIR graph."""

from __future__ import annotations

import argparse
import json
import textwrap
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.cli.numbers import number

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    description = ("Write the network of a run as a graph of the neuromorphic intermediate representation (NIR), "
                   "which snnTorch, Norse, Sinabs, Lava and others read: its weights, thresholds and resets, with "
                   "signals that flow up. Networks of lif and li neurons are carried exactly; what is lost of "
                   "others is listed.")
    parser = actions.add_parser("nir", help="the network as a NIR graph", description=textwrap.fill(description, 100),
                                epilog="examples:\n  neurosim export nir run.h5\n"
                                       "  neurosim export nir run.h5 -o net.nir --dt 1e-3",
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_file", metavar="run.h5", help="run file of neurosim train")
    parser.add_argument("-o", "--output", metavar="net.nir", help="graph to write, .nir (default: beside the run)")
    add_step(parser, "time step of the graph [s] (default: 1e-4, that of snnTorch)")
    parser.add_argument("--force", action="store_true", help="replace a graph that already exists")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")
    parser.set_defaults(run=run)


def add_step(parser: argparse.ArgumentParser, text: str) -> None:
    """Add the option --dt."""
    parser.add_argument("--dt", type=number, metavar="S", help=text)


def run(arguments: Namespace) -> int:
    """Write the graph and print what is lost; returns the exit code."""
    from neurosim.exchange.nir.files import DT
    from neurosim.experiment.nir_networks import graph_of_run
    from neurosim.results.atomic_write import atomic_write
    from neurosim.results.outputs import checked_output, refuse_replacing
    default = str(Path(arguments.run_file).with_suffix(".nir"))
    output = checked_output("--output", arguments.output or default, (".nir",))
    refuse_replacing("--output", str(output), [output], arguments.force)
    content, losses = graph_of_run(arguments.run_file, DT if arguments.dt is None else arguments.dt)
    atomic_write(output, content)
    if arguments.json:
        print(json.dumps({"graph": str(output), "lost": losses}))
        return 0
    if losses:
        print(textwrap.fill(f"left out: {'; '.join(losses)}", 118, subsequent_indent="  "))
    print(f"written {output}")
    return 0
