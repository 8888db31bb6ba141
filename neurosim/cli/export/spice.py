"""neurosim export spice: an array of a run as a netlist for ngspice."""

from __future__ import annotations

import argparse
import json
import textwrap
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.cli.numbers import count, number
from neurosim.cli.train import add_common

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    description = ("Write one tile of a chip in its present state - devices, wires, drivers and sense lines - as a "
                   "netlist that `ngspice -b` runs, with the currents that neurosim expects at its terminals as "
                   "comments. Word lines (forward) or bit lines (backward) are driven at the read voltage of the card.")
    spice = actions.add_parser(
        "spice", help="one tile as a netlist for ngspice", description=textwrap.fill(description, 100),
        epilog="examples:\n  neurosim export spice run.h5 --connection conv1-conv2 --tile 0\n"
               "  neurosim export spice run.h5 --connection conv1-conv2 --line 3 --direction backward --run\n"
               "  neurosim export spice run.h5 --connection conv1-conv2 --set array.word_line=2 --cells sinh:0.25",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    spice.add_argument("run_file", metavar="run.h5", help="run file of neurosim train")
    spice.add_argument("--connection", metavar="A-B", required=True, help="which connection")
    spice.add_argument("--tile", type=count(0), default=0, metavar="N",
                       help="which of its tiles, row by row (default: 0)")
    spice.add_argument("--direction", choices=("forward", "backward"), default="forward",
                       help="what is driven: word lines, or bit lines (default: forward)")
    spice.add_argument("--voltage", type=number, metavar="V",
                       help="voltage of the driven lines (default: the read voltage of the card)")
    spice.add_argument("--line", type=count(0), metavar="N", help="drive only this line, the others at 0 V")
    spice.add_argument("--cells", default="card", metavar="LAW",
                       help="current-voltage law of the devices: card, linear, cubic:A [1/V^2], sinh:V0 [V] or "
                            "poole-frenkel:V0 [V] (default: card, linear where it names none)")
    spice.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], dest="assignments",
                       help="change the stored configuration, for example --set array.word_line=2")
    spice.add_argument("-o", "--output", metavar="FILE", help="netlist to write, .cir or .sp (default: beside the run)")
    spice.add_argument("--large", action="store_true", help="allow netlists of more than 262,144 cells")
    spice.add_argument("--run", action="store_true", dest="simulate", help="run ngspice and compare the currents")
    spice.add_argument("--force", action="store_true", help="replace a netlist that already exists")
    add_common(spice)
    spice.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Write the netlist, and compare where asked for; returns the exit code."""
    from neurosim.experiment.netlists import netlist_of_tile
    from neurosim.experiment.tiles import tile_of_run
    from neurosim.results.atomic_write import atomic_write
    from neurosim.results.outputs import checked_output, refuse_replacing
    source = Path(arguments.run_file)
    default = source.with_name(f"{source.stem}-{arguments.connection}-{arguments.tile}.cir")
    output = checked_output("--output", arguments.output or str(default), (".cir", ".sp"))
    refuse_replacing("--output", str(output), [output], arguments.force)
    tile = tile_of_run(arguments.run_file, arguments.assignments, arguments.connection, arguments.tile,
                       arguments.threads)
    title = f"{source.name}, {arguments.connection}, tile {tile.number} of {tile.count}"
    text, apart = netlist_of_tile(tile, title, direction=arguments.direction, voltage=arguments.voltage,
                                  line=arguments.line, cells=arguments.cells, large=arguments.large,
                                  compare=arguments.simulate)
    atomic_write(output, text.encode())
    m, n = tile.conductances.shape
    if arguments.json:
        print(json.dumps({"netlist": str(output), "word_lines": m, "bit_lines": n, "tile": tile.number,
                          "tiles": tile.count, "ngspice_difference": apart}))
        return 0
    print(f"{output}: tile {tile.number} of {tile.count}, {m} word lines x {n} bit lines, {arguments.direction}")
    if apart is not None:
        print(f"ngspice agrees with neurosim to {apart:.1e} of the largest current")
    return 0
