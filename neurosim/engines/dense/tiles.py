"""How often tiles are read: a slice of a read, tiles that share driven lines, for every position with a signal there.

The same numbers as those of the engine "events".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from neurosim.crossbar.tiling import Floorplan, Tiling
from neurosim.engines.dense.compiled_tiles import CompiledPositions, CompiledSenders
from neurosim.network.connections import Connection
from neurosim.network.graph import Network


#: What counts one direction of a connection.
Counter = Any


@dataclass(frozen=True)
class SliceRead:
    """One direction of one connection, as tiles read it; see `neurosim.engines.census.TileRead`.

    sign : of the signals that drive lines now, 0 = both
    """

    connection: int
    forward: bool
    cycle: int = 0
    sign: int = 0


class TileCounts:
    """The reads of a network, and how often each of their slices is read.

    network : Network; tiling : Tiling, or None, which counts nothing; device : of PyTorch
    reads : list of SliceRead; first : int64 (reads + 1), the first slice of each
    floorplans : list of Floorplan by connection, or of None
    """

    def __init__(self, network: Network, tiling: Tiling | None, device: torch.device) -> None:
        plans = [connection.floorplan(tiling) if tiling else None for connection in network.connections]
        self.floorplans, self.reads = plans, list(_reads(network, tiling)) if tiling else []
        self._counters = {(place, forward): _counter(connection, floorplan, forward, device)
                          for place, (connection, floorplan) in enumerate(zip(network.connections, plans))
                          if floorplan for forward in (True, False)}
        sizes = [self._counters[read.connection, read.forward].slices for read in self.reads]
        self.first = np.cumsum([0, *sizes]).astype(np.int64)
        self.slices = int(self.first[-1])

    def add(self, place: int, forward: bool, signals: Tensor, counts: Tensor) -> None:
        """Count one read of a connection; counts : int64 (samples, slices), MUTATED."""
        for i, read in enumerate(self.reads):
            if (read.connection, read.forward) == (place, forward):
                self._counters[place, forward].add(signals.detach(), read.sign,
                                                   counts[:, self.first[i]:self.first[i + 1]])


def _reads(network: Network, tiling: Tiling) -> Iterator[SliceRead]:
    for place, connection in enumerate(network.connections):
        for forward in (True, False):
            sender = network.layers[network.index(connection.lower if forward else connection.upper)]
            if not forward and not network.returns(connection):
                continue
            twice = tiling.negative == "two-cycles" and sender.negative
            yield from ((SliceRead(place, forward, 0, 1), SliceRead(place, forward, 1, -1)) if twice
                        else (SliceRead(place, forward),))


def _counter(connection: Connection, floorplan: Floorplan, forward: bool, device: torch.device) -> Counter:
    """Return what counts one direction of a connection: compiled on a processor, or convolutions of zeros and ones."""
    edges, compiled = floorplan.block_edges(forward), device.type == "cpu"
    if connection.kernel_positions(connection.folds) is None:
        return CompiledSenders(edges, 1, 1) if compiled else Senders(edges, 1, device)
    if forward:
        return CompiledPositions(connection, floorplan) if compiled else Positions(connection, floorplan, device)
    pool = connection.pool_size if connection.folds else 1
    positions = (connection.map_shape[0] // pool) * (connection.map_shape[1] // pool)
    return CompiledSenders(edges, connection.groups, positions) if compiled else \
        Senders(edges, connection.groups, device)


class Senders:
    """One read of a slice at every position that sends; of a whole layer at once, there is one position.

    edges : first line of every slice of one block, and one past the last; groups : blocks
    """

    def __init__(self, edges: np.ndarray, groups: int, device: torch.device) -> None:
        self._belongs = torch.kron(torch.eye(groups), _ranges(edges)).to(device)
        self.slices = self._belongs.shape[1]

    def add(self, signals: Tensor, sign: int, counts: Tensor) -> None:
        """Count one read; signals : (samples, units); sign : of those that count, 0 = both; counts are MUTATED."""
        driven = _driven(signals, sign).view(len(signals), -1, len(self._belongs))
        counts += (driven @ self._belongs.to(driven.dtype) > 0).sum(dim=1)


class Positions:
    """One read of a slice at every position of a kernel where one of its taps meets a signal."""

    def __init__(self, connection: Connection, floorplan: Floorplan, device: torch.device) -> None:
        size, groups, (_, _, channels) = connection.kernel, connection.groups, connection.low_shape
        lines = _ranges(floorplan.block_edges(True)).T.reshape(-1, size, size, channels // groups).permute(0, 3, 1, 2)
        self._kernel = lines.repeat(groups, 1, 1, 1).to(device)
        self.slices, self._shape = len(self._kernel), connection.low_shape
        self._options: dict[str, Any] = {"stride": connection.stride, "padding": connection.padding, "groups": groups}
        pool = connection.pool_size if connection.pool != "none" else 1
        self._rows, self._columns = (size // pool * pool for size in connection.map_shape[:2])

    def add(self, signals: Tensor, sign: int, counts: Tensor) -> None:
        """Count one read; see `Senders.add`."""
        maps = _driven(signals, sign).view(-1, *self._shape).permute(0, 3, 1, 2)
        met = functional.conv2d(maps, self._kernel.to(maps.dtype), **self._options) > 0
        counts += met[:, :, :self._rows, :self._columns].sum(dim=(2, 3))


def _driven(signals: Tensor, sign: int) -> Tensor:
    """Return 1 where a signal counts, 0 elsewhere."""
    return (signals != 0 if sign == 0 else signals * sign > 0).to(signals.dtype)


def _ranges(edges: np.ndarray) -> Tensor:
    """Return 1 where a line lies between two edges, (lines, slices)."""
    lines = torch.arange(int(edges[-1]))[:, None]
    first, last = (torch.as_tensor(np.asarray(side)) for side in (edges[:-1], edges[1:]))
    return ((first <= lines) & (lines < last)).float()
