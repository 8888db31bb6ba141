"""From what units sent to what that took: synaptic operations, and events of the tiles that read it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from neurosim.counts import Counts
from neurosim.crossbar.tiling import Floorplan
from neurosim.engines._census import add_samples
from neurosim.engines.protocol import Record
from neurosim.network.graph import Connection, Layer, Network


class TileRead(Protocol):
    """One direction of a connection, as tiles read it.

    connection : index; forward : its direction; cycle : 1 where it drives the lines of negative signals alone, after
        those of positive ones
    """

    @property
    def connection(self) -> int: ...

    @property
    def forward(self) -> bool: ...

    @property
    def cycle(self) -> int: ...


class Census:
    """Counts the events of one network's records.

    The fan-out of a position counts the synapses of the network as it is declared: every position of a kernel,
    before pooling, however the engine folds them and whether or not pooling drops what they give. A steady input is
    read once per relaxation, spikes in every step. Events of tiles are those of the positions that are read.

    network : Network; units : dict from layer to the slice of its units in a record
    floorplans : list of Floorplan by connection, None where nobody asks for events of tiles
    reads : list of TileRead, or of what has the same fields, in the order of a record
    first : int64 (reads + 1), the first slice of each read in a record
    """

    def __init__(self, network: Network, units: dict[str, slice], floorplans: Sequence[Floorplan | None],
                 reads: Sequence[TileRead], first: np.ndarray) -> None:
        self.network, self._slices, self._floorplans = network, units, floorplans
        self._reads, self._first = reads, first

    @cached_property
    def fan_out(self) -> dict[str, tuple[Layer, np.ndarray]]:
        """Dict from read name to (layer that sends, int64 (positions,) synapses behind one signal of a position)."""
        reads = {}
        for connection in self.network.connections:
            lower, upper = self._ends(connection)
            up, down = connection.fan_outs()
            reads[f"{connection.name} forward"] = lower, up
            if self.network.returns(connection):
                reads[f"{connection.name} backward"] = upper, down
        return reads

    def count(self, record: Record, siemens: dict[str, Any] | None = None) -> Counts:
        """Count one Record; returns Counts.

        siemens : dict from connection to the sums of the conductances of every row and of every column of weights [S],
            two float arrays; None where there are no devices
        """
        samples, steps = len(record.steps), int(record.steps.sum())
        total = np.zeros(record.sent.shape[1], np.int64)
        add_samples(record.sent, total)
        sent = {name: total[own] for name, own in self._slices.items()}
        operations, dense = {}, {}
        for name, (layer, fan) in self.fan_out.items():
            once = layer.name == "input" and self.network.source.steady
            operations[name] = int(sent[layer.name].reshape(len(fan), -1).sum(axis=1) @ fan)
            dense[name] = int(fan.sum()) * layer.map_shape[2] * (samples if once else steps)
        reads, conductance = self._tile_events(record, sent, siemens)
        return Counts(samples, steps, {name: int(numbers.sum()) for name, numbers in sent.items()}, operations, dense,
                      reads, conductance)

    def _tile_events(self, record: Record, sent: dict[str, np.ndarray],
                     siemens: dict[str, Any] | None) -> tuple[dict[str, dict[str, int]], dict[str, float]]:
        reads: dict[str, dict[str, int]] = {}
        conductance: dict[str, float] = {}
        slices, firings = record.slices.sum(axis=0), record.firings.sum(axis=0)
        for i, read in enumerate(self._reads):
            floorplan = self._floorplans[read.connection]
            if floorplan is None:
                continue
            connection = self.network.connections[read.connection]
            positions = int(slices[self._first[i]:self._first[i + 1]].sum())
            name = f"{connection.name} {'forward' if read.forward else 'backward'}"
            if read.cycle:    # a second read of the lines that send the other sign
                repeated = _events(floorplan, read.forward, positions, 0) | {"firings": int(firings[i])}
                reads[name] |= {event: reads[name][event] + number for event, number in repeated.items()}
                continue
            driven = self._driven(connection, read.forward, sent)
            lines = int(driven.sum())
            sender = connection.lower if read.forward else connection.upper
            reads[name] = _events(floorplan, read.forward, positions, lines) | {
                "firings": int(firings[i]), "hops": int(np.sum(sent[sender] * self._reached[name]))}
            if siemens is not None:
                held = siemens[connection.name][0 if read.forward else 1]
                conductance[name] = float(np.sum(driven * held))    # a dot product would depend on the threads of BLAS
        return reads, conductance

    def _driven(self, connection: Connection, forward: bool, sent: dict[str, np.ndarray]) -> np.ndarray:
        """Return how often each row (forward) or column of weights was driven, over all positions of the kernel; int64.
        """
        if not forward:
            return sent[connection.upper].reshape(-1, connection.weight_shape[0]).sum(axis=0)
        return connection.driven_rows(sent[connection.lower])

    @cached_property
    def _reached(self) -> dict[str, np.ndarray | int]:
        """Dict from read to the tiles in which a signal of each unit drives a line: int64 (units), or one for all."""
        reached = {}
        for connection, floorplan in zip(self.network.connections, self._floorplans):
            if floorplan is not None:
                reached[f"{connection.name} forward"] = (connection.row_tiles_reached(floorplan)
                                                         * floorplan.column_tiles)
                reached[f"{connection.name} backward"] = floorplan.tiles_of_slice(forward=False)
        return reached

    def _ends(self, connection: Connection) -> list[Layer]:
        return [self.network.layers[self.network.index(name)] for name in (connection.lower, connection.upper)]


def _events(floorplan: Floorplan, forward: bool, positions: int, lines: int) -> dict[str, int]:
    """Return the events of the tiles of one read, a dict of READ_EVENTS.

    positions : of kernels, at which slices were read, summed over slices
    lines : driven lines of weights, over all positions
    """
    across, converted = floorplan.tiles_of_slice(forward), floorplan.lines(forward)
    devices = floorplan.tiling.devices
    if forward:
        references = floorplan.column_tiles if floorplan.tiling.reference else 0
        return {"tile_reads": positions * across, "row_activations": lines * across,
                "cell_reads": lines * floorplan.bit_lines, "conversions": positions * (converted + references)}
    return {"tile_reads": positions * across, "row_activations": lines * across * devices,
            "cell_reads": lines * converted * devices, "conversions": positions * converted}
