"""Counting reads of tiles on a processor, with kernels that stop at the first signal of a tile."""

from collections.abc import Iterator

import numpy as np
from torch import Tensor

from neurosim.crossbar.tiling import Floorplan
from neurosim.engines.dense._tiles import count_positions, count_senders
from neurosim.network.connections import Connection


class CompiledSenders:
    """One read of a slice at every position that sends, of so many channels each; see `neurosim.engines.dense.tiles`.

    edges : first line of every slice of one block, and one past the last; groups : blocks; positions : that send
    """

    def __init__(self, edges: np.ndarray, groups: int, positions: int) -> None:
        lines = int(edges[-1])
        self._ranges = np.concatenate([np.stack([edges[:-1], edges[1:]], axis=1) + group * lines
                                       for group in range(groups)]).astype(np.int64)
        self.slices, self._channels, self._positions = len(self._ranges), groups * lines, positions

    def add(self, signals: Tensor, sign: int, counts: Tensor) -> None:
        """Count one read; signals : (samples, units); sign : of those that count, 0 = both; counts are MUTATED."""
        occupied = np.empty((self.slices, self._positions), np.uint8)
        count_senders(signals.numpy(), sign, self._channels, self._ranges, occupied, counts.numpy())


class CompiledPositions:
    """One read of a slice at every position of a kernel where one of its taps meets a signal."""

    def __init__(self, connection: Connection, floorplan: Floorplan) -> None:
        self._positions, self._channels = connection.low_shape[0] * connection.low_shape[1], connection.low_shape[2]
        kernel = connection.kernel_positions(connection.folds)
        assert kernel is not None
        self._high = kernel.high[0] * kernel.high[1]
        pieces = list(_pieces(floorplan.block_edges(True), connection.groups, self._channels // connection.groups))
        ranges = sorted({piece[2:] for piece in pieces})
        self._ranges, width = np.array(ranges, np.int64), connection.low_shape[1]
        taps = []
        for slice_, tap, first, last in pieces:
            ky, kx = divmod(tap, connection.kernel)
            (top, bottom), (left, right) = kernel.inside(ky, 0), kernel.inside(kx, 1)
            lower = ((kernel.stride * top + ky - kernel.padding) * width + kernel.stride * left + kx - kernel.padding)
            taps.append((slice_, ranges.index((first, last)), lower, kernel.stride * width, kernel.stride,
                         top * kernel.high[1] + left, kernel.high[1], bottom - top, right - left))
        self._taps, self.slices = np.array(taps, np.int64), taps[-1][0] + 1
        self._whole = np.full(self.slices, -1, np.int64)
        whole, ones = np.zeros((1, self.slices), np.int64), np.ones((1, self._positions * self._channels), np.float32)
        self._count(ones, 0, whole)
        self._whole = whole[0]

    def add(self, signals: Tensor, sign: int, counts: Tensor) -> None:
        """Count one read; see `CompiledSenders.add`."""
        self._count(signals.numpy(), sign, counts.numpy())

    def _count(self, signals: np.ndarray, sign: int, counts: np.ndarray) -> None:
        scratch = np.empty((len(self._ranges), self._positions), np.uint8), np.empty(self._high, np.uint8)
        count_positions(signals, sign, self._channels, self._ranges, self._taps, self._whole, scratch, counts)


def _pieces(edges: np.ndarray, groups: int, own: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (slice, tap, first channel, one past the last) of what each slice drives; own : channels of a block."""
    count = len(edges) - 1
    for group in range(groups):
        for index, (begin, end) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist())):
            for tap in range(begin // own, -(-end // own)):
                yield (group * count + index, tap, group * own + max(begin - tap * own, 0),
                       group * own + min(end - tap * own, own))
