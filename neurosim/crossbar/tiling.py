"""How the weights of a connection are cut into tiles of word lines and bit lines."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Tiling:
    """Tiles of one size.

    Rows of an array are inputs in the order (tap of the kernel, lower channel), columns are upper channels. A tile
    holds whole taps as long as they fit; a tap with more channels than that is divided among tiles.

    size : word lines and bit lines of a tile
    devices : bit lines that one weight takes, 2 for a differential pair
    reference : every word line of a tile has one reference device more
    negative : signals below 0 drive a line with the opposite voltage, "two-sided", or with that of the others in a
        second read of the tile, "two-cycles"
    """

    size: int = 128
    devices: int = 2
    reference: bool = False
    negative: Literal["two-sided", "two-cycles"] = "two-sided"

    def __post_init__(self):
        if not 2 <= self.size <= 65536:
            raise ValueError(f"array.tile: {self.size} lines are outside 2 ... 65536")

    @property
    def columns(self):
        """Weights of one word line."""
        return self.size // self.devices

    def parts(self, channels):
        """Number of parts that the channels of a layer are divided into, so that no tile divides a part."""
        return -(-channels // self.columns)

    def part(self, channels):
        """Channels of one part; the last one of a position may have fewer."""
        return min(channels, self.columns)

    def row_bounds(self, taps, channels):
        """First part of every row tile, and one past the last; int64 (row tiles + 1), counted in parts of all taps."""
        parts = self.parts(channels)
        if channels <= self.size:
            step = self.size // channels * parts
            return np.append(np.arange(0, taps * parts, step), taps * parts)
        step = self.size // self.columns
        firsts = (np.arange(taps)[:, None] * parts + np.arange(0, parts, step)).ravel()
        return np.append(firsts, taps * parts)

    def column_bounds(self, positions, channels):
        """First part of every column tile, and one past the last; int64 (column tiles + 1), counted in parts of all
        positions; a tile holds whole positions as long as they fit."""
        parts = positions * self.parts(channels)
        return np.append(np.arange(0, parts, max(1, self.columns // channels)), parts)


@dataclass(frozen=True, kw_only=True)
class Floorplan:
    """The tiles of one connection.

    taps : positions of the kernel, or lower positions of a dense connection; lower : channels
    upper : channels, or units of a dense connection; positions : upper positions whose units have columns of their own
    """

    tiling: Tiling
    taps: int
    lower: int
    upper: int
    positions: int = 1

    @property
    def rows(self):
        return self.taps * self.lower

    @cached_property
    def row_edges(self):
        """First row of every row tile, and one past the last; int64 (row tiles + 1)."""
        tap, part = np.divmod(self.tiling.row_bounds(self.taps, self.lower), self.tiling.parts(self.lower))
        return tap * self.lower + part * self.tiling.part(self.lower)

    @cached_property
    def column_edges(self):
        """First weight of every column tile, and one past the last; int64 (column tiles + 1)."""
        channels = self.upper // self.positions
        position, part = np.divmod(self.column_bounds, self.tiling.parts(channels))
        return position * channels + part * self.tiling.part(channels)

    @property
    def column_bounds(self):
        """The same in parts of the upper positions, see `Tiling.column_bounds`."""
        return self.tiling.column_bounds(self.positions, self.upper // self.positions)

    @property
    def row_tiles(self):
        return len(self.row_edges) - 1

    @property
    def column_tiles(self):
        return len(self.column_edges) - 1

    @property
    def bit_lines(self):
        """Devices of one word line, over all column tiles."""
        return self.upper * self.tiling.devices + self.column_tiles * self.tiling.reference

    def tiles(self):
        """Yield (slice of rows, slice of weights) of every tile, row by row."""
        for top, bottom in zip(self.row_edges[:-1], self.row_edges[1:]):
            for left, right in zip(self.column_edges[:-1], self.column_edges[1:]):
                yield slice(top, bottom), slice(left, right)

    def device_tiles(self):
        """Yield (slice of rows, slice of bit lines) of every tile, its reference devices included."""
        devices, reference = self.tiling.devices, int(self.tiling.reference)
        for rows, weights in self.tiles():
            place = int(np.searchsorted(self.column_edges, weights.start)) * reference
            yield rows, slice(weights.start * devices + place, weights.stop * devices + place + reference)

    def matrix(self, values):
        """Values of the weights' shape, (C_out, C_in, k, k) or (out, in), as rows and columns; a view."""
        turned = values.T if values.ndim == 2 else values.transpose(2, 3, 1, 0)
        return turned.reshape(self.rows, values.shape[0])

    def unmatrix(self, matrix, shape):
        """Inverse of `matrix`: rows and columns as an array of the weights' shape; a view."""
        return matrix.T.reshape(shape) if len(shape) == 2 else \
            matrix.reshape(*shape[2:], *shape[1::-1]).transpose(3, 2, 0, 1)

    def slices(self, forward):
        """Tiles that share driven lines count as one slice of a read: row tiles forward, column tiles backward."""
        return self.row_tiles if forward else self.column_tiles

    def lines(self, forward):
        """Lines that a read senses and converts, over all tiles of a slice."""
        return self.upper if forward else self.rows
