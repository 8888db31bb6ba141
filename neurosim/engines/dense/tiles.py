"""How often tiles are read: a slice of a read, tiles that share driven lines, for every position with a signal there.

The same numbers as those of the engine "events", found by convolutions of zeros and ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from neurosim.crossbar.tiling import Floorplan, Tiling
from neurosim.network.connections import Connection
from neurosim.network.graph import Network


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
                driven = signals != 0 if read.sign == 0 else signals * read.sign > 0
                counts[:, self.first[i]:self.first[i + 1]] += self._counters[place, forward](driven.to(signals.dtype))


def _reads(network: Network, tiling: Tiling) -> Iterator[SliceRead]:
    for place, connection in enumerate(network.connections):
        for forward in (True, False):
            sender = network.layers[network.index(connection.lower if forward else connection.upper)]
            if not forward and not network.returns(connection):
                continue
            twice = tiling.negative == "two-cycles" and sender.negative
            yield from ((SliceRead(place, forward, 0, 1), SliceRead(place, forward, 1, -1)) if twice
                        else (SliceRead(place, forward),))


def _counter(connection: Connection, floorplan: Floorplan, forward: bool, device: torch.device) -> Any:
    kernel = connection.kernel_positions(connection.folds)
    if kernel is None:
        return _Whole(floorplan, forward, device)
    return _Positions(connection, floorplan, device) if forward else _Senders(connection, floorplan, device)


class _Whole:
    """One read serves the whole layer."""

    def __init__(self, floorplan: Floorplan, forward: bool, device: torch.device) -> None:
        self._belongs = _ranges(floorplan.block_edges(forward), device)
        self.slices = self._belongs.shape[1]

    def __call__(self, driven: Tensor) -> Tensor:
        return (driven @ self._belongs.to(driven.dtype) > 0).to(torch.int64)


class _Positions:
    """Forwards through a kernel: at every position where one of its taps meets a signal."""

    def __init__(self, connection: Connection, floorplan: Floorplan, device: torch.device) -> None:
        size, groups, (_, _, channels) = connection.kernel, connection.groups, connection.low_shape
        edges, own = floorplan.block_edges(True), channels // groups
        lines = _ranges(edges, torch.device("cpu")).T.reshape(-1, size, size, own).permute(0, 3, 1, 2)
        self._kernel = lines.repeat(groups, 1, 1, 1).to(device)
        self.slices, self._shape = len(self._kernel), connection.low_shape
        self._options: dict[str, Any] = {"stride": connection.stride, "padding": connection.padding, "groups": groups}
        pool = connection.pool_size if connection.pool != "none" else 1
        self._rows, self._columns = (size // pool * pool for size in connection.map_shape[:2])

    def __call__(self, driven: Tensor) -> Tensor:
        maps = driven.view(-1, *self._shape).permute(0, 3, 1, 2)
        met = functional.conv2d(maps, self._kernel.to(driven.dtype), **self._options) > 0
        return met[:, :, :self._rows, :self._columns].sum(dim=(2, 3))


class _Senders:
    """Backwards through a kernel: at every position that sends."""

    def __init__(self, connection: Connection, floorplan: Floorplan, device: torch.device) -> None:
        edges = floorplan.block_edges(False)
        self._belongs = torch.kron(torch.eye(connection.groups), _ranges(edges, torch.device("cpu"))).to(device)
        self.slices = self._belongs.shape[1]

    def __call__(self, driven: Tensor) -> Tensor:
        channels = len(self._belongs)
        return (driven.view(len(driven), -1, channels) @ self._belongs.to(driven.dtype) > 0).sum(dim=1)


def _ranges(edges: np.ndarray, device: torch.device) -> Tensor:
    """1 where a line lies between two edges, (lines, slices)."""
    lines = torch.arange(int(edges[-1]))[:, None]
    first, last = (torch.as_tensor(np.asarray(side)) for side in (edges[:-1], edges[1:]))
    return ((first <= lines) & (lines < last)).float().to(device)
