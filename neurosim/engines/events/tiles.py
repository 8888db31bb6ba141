"""Reads as a chip of tiles makes them: at which positions a spike makes it read, and which sums it converts.

A read of a connection is cut into *slices*: tiles that share driven lines, row tiles forwards and column tiles
backwards. A slice is read for every *position* of the kernel at which a line that it drives carries a signal: every one
of the map before pooling forwards, every one that sends backwards. Average pooling sends the same to all positions
it pools, so that one backward read serves them all.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from neurosim.crossbar.tiling import Floorplan
from neurosim.engines.events.reads import Read
from neurosim.network.connections import Connection
from neurosim.network.connections.kernel_positions import KernelPositions

#: Three whole numbers of a tap, an addend or a delivery; and one sum as `_sums_of` yields it.
Run = tuple[int, int, int]
Sum = tuple[int, int, int, list[Run], list[Run]]

#: When a slice is read: once if any of a range of cells is occupied or, where `taps` say so, once per position.
SLICE = np.dtype([
    ("first", np.int64), ("last", np.int64),              # range of source cells
    ("tap_first", np.int64), ("tap_last", np.int64),      # taps
    ("positions", np.int64),                              # of the kernel, that the taps speak of
], align=True)

#: One tap at all positions of the kernel: position (y, x) is read where cell + y cell_row + x cell_column is occupied.
TAP = np.dtype([
    ("cell", np.int64), ("cell_row", np.int64), ("cell_column", np.int64),
    ("position", np.int64), ("position_row", np.int64), ("rows", np.int64), ("columns", np.int64),
], align=True)

#: One sum of neighbouring lines that are converted together.
SUM = np.dtype([
    ("addend_first", np.int64), ("addend_last", np.int64),        # what it adds up
    ("delivery_first", np.int64), ("delivery_last", np.int64),    # where the converted lines go
    ("length", np.int64),                                         # lines
    ("slice", np.int64), ("line", np.int64),                      # of the plan
    ("number", np.int64),                                         # of its first conversion among all of the plan
], align=True)
ADDEND = np.dtype([("weight", np.int64), ("first", np.int64), ("last", np.int64)], align=True)
DELIVERY = np.dtype([("line", np.int64), ("length", np.int64), ("target", np.int64)], align=True)


def slices_of(read: Read, kernel: KernelPositions | None, floorplan: Floorplan, positions: int,
              channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return when each slice of a read is read.

    kernel : KernelPositions, or None where one read serves the whole layer; positions : of the source population
    channels : of one of its cells
    returns : records of SLICE and of TAP; taps count from the first of the read
    """
    if kernel is None:
        runs = _whole_runs(read, floorplan, channels)
        return np.array([(*run, 0, 0, 1) for run in runs], SLICE), np.zeros(0, TAP)
    cells, count = -(-read.block_rows // channels), kernel.high[0] * kernel.high[1] if read.forward else positions
    slices: list[tuple[int, ...]] = []
    taps: list[tuple[int, ...]] = []
    for _, pieces in _driven(read, floorplan, channels):
        own = [(tap, cell) for tap, first, last in pieces for cell in range(first, last)]
        slices.append((0, 0, len(taps), len(taps) + len(own), count))
        taps += [_tap(kernel, *divmod(tap, kernel.size), cell, cells) if read.forward else
                 (cell, 0, cells, 0, 0, 1, positions) for tap, cell in own]
    return np.array(slices, SLICE), np.array(taps, TAP)


def _whole_runs(read: Read, floorplan: Floorplan, channels: int) -> list[tuple[int, int]]:
    """Return the runs of cells, of all positions, whose lines the slices of a read of a whole layer drive."""
    position, channel = np.divmod(floorplan.block_edges(read.forward), read.block_rows)
    bounds = position * -(-read.block_rows // channels) + channel // channels
    return list(zip(bounds[:-1].tolist(), bounds[1:].tolist()))


def _driven(read: Read, floorplan: Floorplan, channels: int) -> Iterator[tuple[int, list[Run]]]:
    """Yield what each slice of a convolution drives: group, [(tap, first cell, one past the last) of one position]."""
    own, edges = read.block_rows // read.groups, floorplan.block_edges(read.forward).tolist()
    for group in range(read.groups):
        for begin, end in zip(edges[:-1], edges[1:]):
            yield group, [(tap, (group * own + max(begin - tap * own, 0)) // channels,
                           -(-(group * own + min(end - tap * own, own)) // channels))
                          for tap in range(begin // own, -(-end // own))]


def _tap(kernel: KernelPositions, ky: int, kx: int, cell: int, cells: int) -> tuple[int, ...]:
    (top, bottom), (left, right) = kernel.inside(ky, 0), kernel.inside(kx, 1)
    width, stride = kernel.low[1], kernel.stride
    first = ((stride * top + ky - kernel.padding) * width + stride * left + kx - kernel.padding) * cells + cell
    return (first, stride * width * cells, stride * cells, top * kernel.high[1] + left, kernel.high[1],
            bottom - top, right - left)


class TileTables:
    """Slices of all reads of a plan and, where tiles convert their own sums, those sums.

    converts : list the sums as well
    """

    def __init__(self, converts: bool) -> None:
        self._converts = converts
        self._slices: list[tuple[int, ...]] = []
        self._taps: list[tuple[int, ...]] = []
        self._sums: list[tuple[int, ...]] = []
        self._addends: list[Run] = []
        self._deliveries: list[Run] = []
        self._shares: list[float] = []
        self._read_slices, self._read_sums, self._read_lines = [0], [0], [0]
        self._positions, self._number = 1, 0

    def skip(self) -> None:
        """Note a read whose tiles are not known."""
        self._close(0, 1.0)

    def add(self, read: Read, connection: Connection, floorplan: Floorplan, positions: int, first_weight: int,
            channels: int) -> None:
        """Append one read.

        positions : of the source population; channels : of one of its cells; first_weight : of the read in the plan
        """
        kernel = connection.kernel_positions(connection.folds)
        slices, taps = slices_of(read, kernel, floorplan, positions, channels)
        for field in ("tap_first", "tap_last"):
            slices[field] += len(self._taps)
        first_slice, first_line = self._read_slices[-1], self._read_lines[-1]
        self._slices += slices.tolist()
        self._taps += taps.tolist()
        self._positions = max(self._positions, *slices["positions"].tolist())
        if self._converts:
            self._add_sums(_sums_of(read, kernel, floorplan, channels), first_weight, first_slice, first_line,
                           floorplan.lines(read.forward))
        self._close(len(slices) * floorplan.lines(read.forward), connection.share(read.forward))

    def _add_sums(self, sums: Iterable[Sum], first_weight: int, first_slice: int, first_line: int, lines: int) -> None:
        for index, offset, length, addends, deliveries in sums:
            first = len(self._addends), len(self._deliveries)
            self._addends += [(weight + first_weight, begin, end) for weight, begin, end in addends]
            self._deliveries += deliveries
            self._sums.append((first[0], len(self._addends), first[1], len(self._deliveries), length,
                               first_slice + index, first_line + index * lines + offset, self._number))
            self._number += length

    def _close(self, lines: int, share: float) -> None:
        self._read_slices.append(len(self._slices))
        self._read_sums.append(len(self._sums))
        self._read_lines.append(self._read_lines[-1] + lines)
        self._shares.append(share)

    def fields(self, dtype: np.dtype | type) -> dict[str, Any]:
        """Return the fields of a Plan, as a dict."""
        return {"read_slices": np.array(self._read_slices, np.int64), "slices": np.array(self._slices, SLICE),
                "slice_taps": np.array(self._taps, TAP), "most_positions": int(self._positions),
                "read_sums": np.array(self._read_sums, np.int64), "read_lines": np.array(self._read_lines, np.int64),
                "read_share": np.array(self._shares, dtype), "sums": np.array(self._sums, SUM),
                "addends": np.array(self._addends, ADDEND), "deliveries": np.array(self._deliveries, DELIVERY)}


def _sums_of(read: Read, kernel: KernelPositions | None, floorplan: Floorplan, channels: int) -> Iterable[Sum]:
    """Yield (slice, first line, lines, addends, deliveries) of every sum of one read; channels : of a source cell."""
    if kernel is not None:
        return (_gather if read.forward else _scatter)(read, kernel, floorplan, channels)
    lines = floorplan.lines(read.forward)
    return [(index, 0, lines, [(0, *run)], [(0, lines, 0)])
            for index, run in enumerate(_whole_runs(read, floorplan, channels))]


def _gather(read: Read, kernel: KernelPositions, floorplan: Floorplan, channels: int) -> Iterator[Sum]:
    """Yield sums of a forward convolution: one per position and row tile, over the runs of cells that its taps meet."""
    for index, (group, pieces) in enumerate(_driven(read, floorplan, channels)):
        for y, x in np.ndindex(*kernel.high):
            pooled = y // kernel.pool * kernel.width + x // kernel.pool
            yield (index, 0, read.length, _runs(read, kernel, y, x, pieces, channels),
                   [(0, read.length, (pooled * read.groups + group) * read.length)])


def _runs(read: Read, kernel: KernelPositions, y: int, x: int, pieces: list[Run], channels: int) -> list[Run]:
    """Return addends at one position: cells of its taps, (weight, first cell, one past the last).

    Those in a row are one.
    """
    found: list[Run] = []
    cells = -(-read.block_rows // channels)
    for tap, first, last in pieces:
        row, column = (kernel.stride * index + tap_offset - kernel.padding
                       for index, tap_offset in zip((y, x), divmod(tap, kernel.size)))
        if 0 <= row < kernel.low[0] and 0 <= column < kernel.low[1]:
            position = row * kernel.low[1] + column
            weight, begin = (tap - position) * read.block_rows * read.length, position * cells + first
            if found and found[-1][::2] == (weight, begin):
                begin = found.pop()[1]
            found.append((weight, begin, position * cells + last))
    return found


def _scatter(read: Read, kernel: KernelPositions, floorplan: Floorplan, channels: int) -> Iterator[Sum]:
    """Yield sums of a backward convolution: one per position that sends, column tile and kernel row, or tap of a group.
    """
    cells, bands, length = -(-read.block_rows // channels), read.blocks // read.across, read.across * read.length
    rows, columns = kernel.high[0] // kernel.pool, kernel.high[1] // kernel.pool
    for index, (group, ((_, first, last),)) in enumerate(_driven(read, floorplan, channels)):
        for row, column in np.ndindex(rows, columns):
            position = row * kernel.width + column
            run = position * cells + first, position * cells + last
            for band in range(bands):
                weight = (bands - 1 - band - position) * read.block_rows * length
                deliveries = [one for y, x in _pooled(kernel, row, column)
                              for one in _deliveries(read, kernel, y, x, band, group)]
                yield index, band * length, length, [(weight, *run)], deliveries


def _pooled(kernel: KernelPositions, row: int, column: int) -> list[tuple[int, int]]:
    side = range(kernel.pool)
    return [(row * kernel.pool + y, column * kernel.pool + x) for y in side for x in side]


def _deliveries(read: Read, kernel: KernelPositions, y: int, x: int, band: int, group: int) -> list[Run]:
    """Where lines of a kernel row, or of one tap of a group, go at position (y, x): nowhere, or to one run of units."""
    ky, kx = divmod(band * read.across, kernel.size)
    row, left = kernel.stride * y + ky - kernel.padding, kernel.stride * x + kx - kernel.padding
    first, last = max(0, -left), min(read.across, kernel.low[1] - left)
    if not 0 <= row < kernel.low[0] or first >= last:
        return []
    target = ((row * kernel.low[1] + left + first) * read.groups + group) * read.length
    return [(first * read.length, (last - first) * read.length, target)]
