"""Reads as a chip of tiles makes them: which windows a spike makes it read, and which sums it converts.

A read of a connection is cut into *slices*: tiles that share driven lines, row tiles forwards and column tiles
backwards. A slice is read for every *window* in which a line that it drives carries a signal: every position of the map
before pooling forwards, every position that sends backwards. Average pooling sends the same to all positions it pools,
so that one backward read serves them all.
"""

import numpy as np

#: When a slice is read: once if any of a range of cells is occupied or, where `taps` say so, once per window.
SLICE = np.dtype([
    ("first", np.int64), ("last", np.int64),              # range of source cells
    ("tap_first", np.int64), ("tap_last", np.int64),      # taps
    ("windows", np.int64),                                # windows that the taps speak of
], align=True)

#: One tap of all windows: window (y, x) is read where cell + y cell_row + x cell_column is occupied.
TAP = np.dtype([
    ("cell", np.int64), ("cell_row", np.int64), ("cell_column", np.int64),
    ("window", np.int64), ("window_row", np.int64), ("rows", np.int64), ("columns", np.int64),
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


def slices_of(read, windows, floorplan, positions):
    """When each slice of a read is read.

    windows : Windows, or None where one read serves the whole layer; positions : of the source population
    returns : records of SLICE and of TAP; taps count from the first of the read
    """
    parts = floorplan.tiling.parts(read.block_rows)
    if windows is None:
        bounds = floorplan.tiling.row_bounds(positions, read.block_rows) if read.forward else floorplan.column_bounds
        return np.array([(a, b, 0, 0, 1) for a, b in zip(bounds[:-1], bounds[1:])], SLICE), np.zeros(0, TAP)
    if not read.forward:
        taps = [(q, 0, parts, 0, 0, 1, positions) for q in range(parts)]
        return (np.array([(0, 0, q, q + 1, positions) for q in range(parts)], SLICE), np.array(taps, TAP))
    taps = np.array([_tap(windows, *divmod(tap, windows.kernel), part, parts)
                     for tap in range(windows.kernel ** 2) for part in range(parts)], TAP)
    bounds = floorplan.tiling.row_bounds(windows.kernel ** 2, read.block_rows)
    count = windows.high[0] * windows.high[1]
    return np.array([(0, 0, a, b, count) for a, b in zip(bounds[:-1], bounds[1:])], SLICE), taps


def _tap(windows, ky, kx, part, parts):
    (top, bottom), (left, right) = windows.inside(ky, 0), windows.inside(kx, 1)
    width, stride = windows.low[1], windows.stride
    cell = ((stride * top + ky - windows.padding) * width + stride * left + kx - windows.padding) * parts + part
    return (cell, stride * width * parts, stride * parts, top * windows.high[1] + left, windows.high[1],
            bottom - top, right - left)


class TileTables:
    """Slices of all reads of a plan and, where tiles convert their own sums, those sums.

    converts : list the sums as well
    """

    def __init__(self, converts):
        self._converts = converts
        self._slices, self._taps, self._sums, self._addends, self._deliveries = [], [], [], [], []
        self._read_slices, self._read_sums, self._read_lines, self._shares = [0], [0], [0], []
        self._windows, self._number = 1, 0

    def skip(self):
        """Note a read whose tiles are not known."""
        self._close(0, 1.0)

    def add(self, read, connection, floorplan, positions, first_weight):
        """Append one read.

        positions : of the source population; first_weight : of the read in the plan
        """
        windows = connection.windows(connection.folds)
        slices, taps = slices_of(read, windows, floorplan, positions)
        for field in ("tap_first", "tap_last"):
            slices[field] += len(self._taps)
        first_slice, first_line = self._read_slices[-1], self._read_lines[-1]
        self._slices += slices.tolist()
        self._taps += taps.tolist()
        self._windows = max(self._windows, *slices["windows"].tolist())
        if self._converts:
            self._add_sums(_sums_of(read, windows, floorplan), first_weight, first_slice, first_line,
                           floorplan.lines(read.forward))
        self._close(len(slices) * floorplan.lines(read.forward), connection.share(read.forward))

    def _add_sums(self, sums, first_weight, first_slice, first_line, lines):
        for place, offset, length, addends, deliveries in sums:
            first = len(self._addends), len(self._deliveries)
            self._addends += [(weight + first_weight, begin, end) for weight, begin, end in addends]
            self._deliveries += deliveries
            self._sums.append((first[0], len(self._addends), first[1], len(self._deliveries), length,
                               first_slice + place, first_line + place * lines + offset, self._number))
            self._number += length

    def _close(self, lines, share):
        self._read_slices.append(len(self._slices))
        self._read_sums.append(len(self._sums))
        self._read_lines.append(self._read_lines[-1] + lines)
        self._shares.append(share)

    def fields(self, dtype):
        """The fields of a Plan, as a dict."""
        return {"read_slices": np.array(self._read_slices, np.int64), "slices": np.array(self._slices, SLICE),
                "slice_taps": np.array(self._taps, TAP), "windows_most": int(self._windows),
                "read_sums": np.array(self._read_sums, np.int64), "read_lines": np.array(self._read_lines, np.int64),
                "read_share": np.array(self._shares, dtype), "sums": np.array(self._sums, SUM),
                "addends": np.array(self._addends, ADDEND), "deliveries": np.array(self._deliveries, DELIVERY)}


def _sums_of(read, windows, floorplan):
    """Yield (slice, first line, lines, addends, deliveries) of every sum of one read."""
    if windows is not None:
        return (_gather if read.forward else _scatter)(read, windows, floorplan)
    if read.forward:
        bounds = floorplan.tiling.row_bounds(read.blocks, read.block_rows)
        return [(t, 0, read.length, [(0, a, b)], [(0, read.length, 0)])
                for t, (a, b) in enumerate(zip(bounds[:-1], bounds[1:]))]
    bounds = floorplan.column_bounds
    return [(q, 0, floorplan.rows, [(0, a, b)], [(0, floorplan.rows, 0)])
            for q, (a, b) in enumerate(zip(bounds[:-1], bounds[1:]))]


def _gather(read, windows, floorplan):
    """Sums of a forward convolution: one per window and row tile, over the runs of cells that its kernel rows meet."""
    parts, channels = floorplan.tiling.parts(read.block_rows), read.block_rows
    bounds = floorplan.tiling.row_bounds(windows.kernel ** 2, channels)
    for place, (begin, end) in enumerate(zip(bounds[:-1], bounds[1:])):
        for y in range(windows.high[0]):
            for x in range(windows.high[1]):
                addends = [_run(read, windows, y, x, ky, begin, end, parts)
                           for ky in range(windows.kernel) if _inside(windows, y, ky, 0)]
                pooled = y // windows.pool * windows.width + x // windows.pool
                yield (place, 0, read.length, [run for run in addends if run[1] < run[2]],
                       [(0, read.length, pooled * read.length)])


def _inside(windows, place, tap, axis):
    first, last = windows.inside(tap, axis)
    return first <= place < last


def _run(read, windows, y, x, ky, begin, end, parts):
    """Cells of one kernel row of one window that lie in the parts begin ... end - 1 of its taps."""
    left = windows.stride * x - windows.padding
    first = max(begin, (ky * windows.kernel + max(0, -left)) * parts)
    last = min(end, (ky * windows.kernel + min(windows.kernel, windows.low[1] - left)) * parts)
    row = (windows.stride * y + ky - windows.padding) * windows.low[1] + left
    shift = (row - ky * windows.kernel) * parts
    weight = (ky * windows.kernel - row) * read.block_rows * read.length
    return weight, first + shift, last + shift


def _scatter(read, windows, floorplan):
    """Sums of a backward convolution: one per position that sends, column tile and kernel row."""
    parts, kernel, channels = floorplan.tiling.parts(read.block_rows), windows.kernel, read.length
    rows, columns = windows.high[0] // windows.pool, windows.high[1] // windows.pool
    length = kernel * channels
    for place in range(parts):
        for row, column in np.ndindex(rows, columns):
            position = row * windows.width + column
            cell = position * parts + place
            for ky in range(kernel):
                weight = (kernel - 1 - ky - position) * read.block_rows * length
                deliveries = [one for y, x in _pooled(windows, row, column)
                              for one in _deliveries(windows, y, x, ky, channels)]
                yield place, ky * length, length, [(weight, cell, cell + 1)], deliveries


def _pooled(windows, row, column):
    side = range(windows.pool)
    return [(row * windows.pool + y, column * windows.pool + x) for y in side for x in side]


def _deliveries(windows, y, x, ky, channels):
    """Where the lines of kernel row ky of window (y, x) go: nowhere, or to one run of lower units."""
    if not _inside(windows, y, ky, 0):
        return []
    left = windows.stride * x - windows.padding
    first, last = max(0, -left), min(windows.kernel, windows.low[1] - left)
    if first >= last:
        return []
    row = (windows.stride * y + ky - windows.padding) * windows.low[1] + left
    return [(first * channels, (last - first) * channels, (row + first) * channels)]
