"""neurosim import: networks of other programs as run files."""

from __future__ import annotations

import argparse
import json
import textwrap
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.cli.numbers import count
from neurosim.cli.export.nir import add_step
from neurosim.cli.train import add_common

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers

_DEFAULT = "mnist-small"


def add_parser(subparsers: Parsers) -> None:
    """Add the verb and its action."""
    verb = subparsers.add_parser("import", help="make a run file of a network of another program (NIR)",
                                 description="Make run files of networks that other programs have trained.")
    actions = verb.add_subparsers(dest="action", required=True, metavar="ACTION")
    description = ("Make a run file of a feedforward NIR graph, with its weights, thresholds and resets, as if "
                   "nothing had been learnt yet: `neurosim evaluate` tells its error, also on devices, `neurosim "
                   "energy` what an inference costs, and `neurosim train --resume` trains it further, by "
                   "backpropagation. Data and training come from a preset or a configuration.")
    parser = actions.add_parser("nir", help="a NIR graph", description=textwrap.fill(description, 100),
                                epilog="examples:\n  neurosim import nir net.nir --out net.h5\n"
                                       "  neurosim import nir net.nir fashion --steps 50 --set training.epochs=1",
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", metavar="net.nir", help="graph that nir.write made")
    parser.add_argument("config", metavar="PRESET | config.toml", nargs="?", default=_DEFAULT,
                        help=f"what it is evaluated on and learns from (default: {_DEFAULT})")
    parser.add_argument("--steps", type=count(), metavar="N",
                        help="time steps in which spikes are counted (default: 25)")
    add_step(parser, "time step of the graph [s] (default: what neurosim has noted in it, or 1e-4, that of snnTorch)")
    parser.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], dest="assignments",
                        help="change the configuration, for example --set data.path=FOLDER")
    parser.add_argument("--out", metavar="run.h5", help="run file to write (default: NAME.h5 in this folder)")
    parser.add_argument("--force", action="store_true", help="replace the file that --out names")
    add_common(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Write the run file and print what became of the graph; returns the exit code."""
    from neurosim.exchange import nir
    from neurosim.experiment.nir_networks import STEPS, begin_imported, config_of
    from neurosim.experiment.shipped import PRESETS
    from neurosim.results import outputs
    from neurosim.toml import read_toml
    path = PRESETS.resolve(arguments.config)
    found = nir.imported(nir.read_graph(arguments.graph), arguments.dt)
    config = config_of(found, read_toml(path), path.stem, arguments.assignments,
                       STEPS if arguments.steps is None else arguments.steps)
    with outputs.chosen_path("--out", arguments.out or f"{Path(arguments.graph).stem}.h5", outputs.RUNS,
                             arguments.force) as out:
        begin_imported(found, config, arguments.graph, out, arguments.force, arguments.threads)
    _tell(arguments, out, found)
    return 0


def _tell(arguments: Namespace, out: Path, found: Any) -> None:
    from neurosim.cli.terminal import command
    layers = {layer.name: layer.neurons for layer in found.spec.layers}
    if arguments.json:
        print(json.dumps({"out": str(out), "layers": layers, "notes": found.notes}))
        return
    print(f"{arguments.graph}: {', '.join(f'{name} ({neurons})' for name, neurons in layers.items())}")
    for note in found.notes:
        print(textwrap.fill(note, 118, subsequent_indent="  "))
    print(f"run     {out}\nnext    {command('evaluate', out)}\n        {command('train', '--resume', out)}")
