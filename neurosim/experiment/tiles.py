"""One tile of a chip as it stands: conductances of its devices, and its wires."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.crossbar.devices import DeviceSynapses
from neurosim.crossbar.ir_drop import wires_of
from neurosim.crossbar.wires import Linear, Wires, cells_of
from neurosim.summaries import Fielded
from neurosim.tables import nearest
from neurosim.whole import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neurosim.experiment.model import Model


@dataclass(frozen=True, eq=False, repr=False)
class Tile(Fielded):
    """One tile of a connection.

    conductances : float64 (word lines, bit lines) [S], the devices of a pair side by side, a reference device last
    wires : Wires; read_voltage : of the card [V]; number, count : which tile of how many
    cells : current-voltage law of the card, `crossbar.wires.cells_of`
    """

    conductances: np.ndarray
    wires: Wires
    read_voltage: float
    number: int
    count: int
    cells: Any = Linear()


def tile_of_run(path: Path | str, assignments: Sequence[str], connection: str, number: int,
                threads: int | None = None) -> Tile:
    """Read one tile of the chip of a run file, as its configuration with `assignments` makes it; returns Tile.

    raises : ValueError
    """
    from neurosim.experiment.changes import restored
    training, _ = restored(path, assignments, threads)
    return tile_of(training.model, connection, number)


def tile_of(model: Model, connection: str, number: int) -> Tile:
    """Read one tile of a Model; connection : its name, "conv1-conv2"; number : of its tiles, row by row from 0."""
    names = [known.name for known in model.network.connections]
    if connection not in names:
        raise ValueError(f"--connection {connection}: unknown{nearest(connection, names)}")
    synapses = model.synapses
    if not isinstance(synapses, DeviceSynapses) or synapses.electrics is None:
        raise ValueError("the synapses of this run are ideal and have no devices; train with --device, or write the "
                         "weights to a chip with --set synapses.device=NAME")
    floorplan = synapses.electrics.floorplans[connection]
    tiles = list(floorplan.device_tiles())
    if not 0 <= number < len(tiles):
        raise ValueError(f"--tile {number}: {connection} has {counted(tiles, 'tile')}; give 0 to {len(tiles) - 1}")
    mapping = synapses.mappings[connection]
    lines = mapping.lines(mapping.conductances(), floorplan)
    return Tile(lines[tiles[number]].astype(float), wires_of(synapses.electrics.array),
                synapses.device["read_voltage"], number, len(tiles), cells_of(synapses.device))
