"""How the weights of a connection are cut into tiles of word lines and bit lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from neurosim.tables import check_kinds


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

    def __post_init__(self) -> None:
        check_kinds(self, "tiling")
        if not 2 <= self.size <= 65536:
            raise ValueError(f"array.tile: {self.size} lines are outside 2 ... 65536")

    @property
    def columns(self) -> int:
        """Weights of one word line."""
        return self.size // self.devices

    def parts(self, channels: int) -> int:
        """Return the number of parts that the channels of a layer are divided into, so that no tile divides a part."""
        return -(-channels // self.columns)

    def part(self, channels: int) -> int:
        """Return the channels of one part; the last one of a position may have fewer."""
        return min(channels, self.columns)

    def row_bounds(self, taps: int, channels: int) -> np.ndarray:
        """First part of every row tile, and one past the last; int64 (row tiles + 1), counted in parts of all taps."""
        parts = self.parts(channels)
        if channels <= self.size:
            step = self.size // channels * parts
            return np.append(np.arange(0, taps * parts, step), taps * parts)
        step = self.size // self.columns
        firsts = (np.arange(taps)[:, None] * parts + np.arange(0, parts, step)).ravel()
        return np.append(firsts, taps * parts)

    def column_bounds(self, positions: int, channels: int) -> np.ndarray:
        """First part of every column tile, and one past the last; int64 (column tiles + 1), counted in parts of all
        positions; a tile holds whole positions as long as they fit."""
        parts = positions * self.parts(channels)
        return np.append(np.arange(0, parts, max(1, self.columns // channels)), parts)


@dataclass(frozen=True, kw_only=True)
class Floorplan:
    """The tiles of one connection.

    taps : positions of the kernel, or lower positions of a dense connection; lower : channels
    upper : channels, or units of a dense connection; positions : upper positions whose units have columns of their own
    groups : blocks of a block-diagonal matrix, one below the other here, each on tiles of its own, which it may leave
        partly empty; `lower` and `upper` are those of one block
    """

    tiling: Tiling
    taps: int
    lower: int
    upper: int
    positions: int = 1
    groups: int = 1

    @property
    def rows(self) -> int:
        return self.groups * self.lines(forward=False)

    @cached_property
    def row_edges(self) -> np.ndarray:
        """First row of every row tile, and one past the last; int64 (row tiles + 1)."""
        firsts = np.arange(self.groups)[:, None] * self.lines(forward=False) + self._block_rows[:-1]
        return np.append(firsts, self.rows)

    @cached_property
    def _block_rows(self) -> np.ndarray:
        tap, part = np.divmod(self.tiling.row_bounds(self.taps, self.lower), self.tiling.parts(self.lower))
        return tap * self.lower + part * self.tiling.part(self.lower)

    @cached_property
    def weight_edges(self) -> np.ndarray:
        """First weight of the column tiles of all blocks, and one past the last; int64."""
        firsts = np.arange(self.groups)[:, None] * self.upper + self.column_edges[:-1]
        return np.append(firsts, self.groups * self.upper)

    def block_edges(self, forward: bool) -> np.ndarray:
        """First driven line of every slice of one block, and one past the last: of rows or, backwards, of weights."""
        return self._block_rows if forward else self.column_edges

    @cached_property
    def column_edges(self) -> np.ndarray:
        """First weight of every column tile, and one past the last; int64 (column tiles + 1)."""
        channels = self.upper // self.positions
        position, part = np.divmod(self.column_bounds, self.tiling.parts(channels))
        return position * channels + part * self.tiling.part(channels)

    @property
    def column_bounds(self) -> np.ndarray:
        """The same in parts of the upper positions, see `Tiling.column_bounds`."""
        return self.tiling.column_bounds(self.positions, self.upper // self.positions)

    @property
    def row_tiles(self) -> int:
        return len(self.row_edges) - 1

    @property
    def column_tiles(self) -> int:
        return len(self.column_edges) - 1

    @property
    def bit_lines(self) -> int:
        """Devices of one word line, over all column tiles."""
        return self.upper * self.tiling.devices + self.column_tiles * self.tiling.reference

    def tiles(self) -> Iterator[tuple[slice, slice]]:
        """Yield (slice of rows, slice of weights) of every tile, row by row."""
        for top, bottom in zip(self.row_edges[:-1], self.row_edges[1:]):
            for left, right in zip(self.column_edges[:-1], self.column_edges[1:]):
                yield slice(top, bottom), slice(left, right)

    def device_tiles(self) -> Iterator[tuple[slice, slice]]:
        """Yield (slice of rows, slice of bit lines) of every tile, its reference devices included."""
        devices, reference = self.tiling.devices, int(self.tiling.reference)
        for rows, weights in self.tiles():
            offset = int(np.searchsorted(self.column_edges, weights.start)) * reference
            yield rows, slice(weights.start * devices + offset, weights.stop * devices + offset + reference)

    def beside(self) -> np.ndarray:
        """Return how many other devices lie on the two lines of each device within its tile: those that a pulse
        half-selects; int32 (rows, bit lines).
        """
        found = np.zeros((self.rows, self.bit_lines), np.int32)
        for rows, lines in self.device_tiles():
            found[rows, lines] = rows.stop - rows.start + lines.stop - lines.start - 2
        return found

    def matrix(self, values: np.ndarray) -> np.ndarray:
        """Return the values of the weights' shape, (C_out, C_in, k, k) or (out, in), as rows and columns; a view."""
        turned = [part.T if part.ndim == 2 else part.transpose(2, 3, 1, 0) for part in np.split(values, self.groups)]
        blocks = [part.reshape(-1, part.shape[-1]) for part in turned]
        return np.concatenate(blocks) if self.groups > 1 else blocks[0]

    def unmatrix(self, matrix: np.ndarray, shape: tuple) -> np.ndarray:
        """Return the inverse of `matrix`: rows and columns as an array of the weights' shape; a view."""
        if len(shape) == 2:
            return matrix.T.reshape(shape)
        blocks = [block.reshape(*shape[2:], shape[1], -1).transpose(3, 2, 0, 1)
                  for block in np.split(matrix, self.groups)]
        return np.concatenate(blocks) if self.groups > 1 else blocks[0]

    def slices(self, forward: bool) -> int:
        """Count tiles that share driven lines as one slice of a read: row tiles forward, column tiles backward.
        """
        return self.row_tiles if forward else self.groups * self.column_tiles

    def lines(self, forward: bool) -> int:
        """Return lines that a read senses and converts, over all tiles of a slice."""
        return self.upper if forward else self.taps * self.lower

    def tiles_of_slice(self, forward: bool) -> int:
        """Return the tiles of one slice."""
        return self.column_tiles if forward else self.row_tiles // self.groups

    def column_sums(self, matrix: np.ndarray) -> np.ndarray:
        """Return sums over the rows of each block, one for each of its columns; float64 (weights of all blocks)."""
        return np.concatenate([part.sum(axis=0, dtype=float) for part in np.split(matrix, self.groups)])

    def sums_of_slices(self, forward: bool, values: np.ndarray) -> np.ndarray:
        """Sums over the driven lines of each slice, float64 (slices, lines): what faces the lines that it senses.

        values : (rows, weights) forward, (rows, bit lines) backward
        """
        if forward:
            return np.add.reduceat(values, self.row_edges[:-1], axis=0, dtype=float)
        firsts = [lines.start for _, lines in self.device_tiles()][:self.column_tiles]
        sums = np.add.reduceat(values, firsts, axis=1, dtype=float).T
        return sums.reshape(self.column_tiles, self.groups, -1).swapaxes(0, 1).reshape(-1, self.lines(forward))
