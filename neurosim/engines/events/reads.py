"""The reads of a network: which positions each direction of a connection joins, and through which weights.

A *read* drives one direction of one connection: it is a list of *segments*, in each of which a run of neighbouring
source units meets a run of neighbouring target units through one block of the weight matrix. Dense edges, convolutions,
folded average pooling and all their adjoints differ only in these lists.

A convolution joins one upper position and the lower positions that one row of its kernel covers. Its segments gather:
run of lower positions -> upper position. Those of the adjoint scatter: upper position -> run of lower positions. A
dense layer is a convolution with one such row. Segments that use the same weights form a *group*, and groups follow one
another so that the sources of every target ascend. Where channels fall into groups that meet only each other, both
directions gather, and every source channel adds to the targets of its own group.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim.network.connections import Connection

#: Most weights that one segment spans, where its positions can be split; several fit into the second-level cache.
SEGMENT_WEIGHTS = 1 << 16

#: What one segment adds up.
SEGMENT = np.dtype([
    ("weight", np.int64),       # first weight of the row that would belong to source unit 0
    ("first", np.int32),        # first source cell: a position, or a part of its channels
    ("last", np.int32),         # one past the last source cell
    ("unit", np.int32),         # first source unit
    ("units", np.int32),        # number of source units
    ("target", np.int32),       # first target unit
    ("length", np.int32),       # columns: number of target units
], align=True)


@dataclass(frozen=True)
class Read:
    """One direction of one connection: taps (target, source, weight block) and the arrangement of its weight rows."""

    connection: int      #: index
    forward: bool
    source: int          #: population
    target: int          #: population
    length: int          #: columns of one tap: channels of the target, or of one of their groups
    block_rows: int      #: rows of one tap: channels of the source
    blocks: int          #: taps of the kernel
    across: int          #: taps that lie side by side in a row: those of a kernel row where the read scatters, else 1
    taps: tuple          #: int64 arrays (target position, source position, weight block)
    groups: int = 1      #: groups of channels
    cycle: int = 0       #: 1 where it drives the lines of negative signals alone, after those of positive ones

    @property
    def weights(self) -> int:
        """Number of weights."""
        return self.blocks * self.block_rows * self.length

    @property
    def group_offsets(self) -> np.ndarray:
        """First column of its group among the channels of the target, by source channel; int64 (block_rows)."""
        return np.arange(self.block_rows) // (self.block_rows // self.groups) * self.length

    @cached_property
    def pairs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Taps by weight block: first pair of each block (blocks + 1), source positions, target positions."""
        target, source, block = self.taps
        order = np.lexsort((target, block))
        first = np.searchsorted(block[order], np.arange(self.blocks + 1))
        return first, source[order], target[order]


def connection_reads(index: int, connection: Connection, ends: tuple[int, int], folded: bool,
                     backward: bool) -> Iterator[Read]:
    """Yield the Reads of one connection.

    ends : the lower and the upper population; folded : average pooling is part of the kernel
    backward : there is an adjoint
    """
    (lower, upper), (rows, columns, low, high) = ends, connection.kernel_shape(folded)
    up, down, row, column = connection.taps(folded)
    yield Read(index, True, lower, upper, high, low, rows * columns, 1, (up, down, row * columns + column),
               connection.groups)
    if backward:
        rows, columns, low, high = connection.kernel_shape(folded, forward=False)
        up, down, row, column = connection.taps(folded, forward=False)
        across = columns if connection.groups == 1 else 1
        block = (rows - 1 - row) * columns + (column if across == columns else columns - 1 - column)
        yield Read(index, False, upper, lower, low, high, rows * columns, across, (down, up, block), connection.groups)


def segments_of(read: Read, width: int, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Merge the taps of a read into segments, in the order of the plan; weights count from the first of the read.

    width : positions in a row of the source; parts : cells of one position
    returns : records of SEGMENT, int64 number of segments in each group
    """
    target, source, block = read.taps
    kernel_row, column = np.divmod(block, read.across)
    groups: tuple[np.ndarray, ...]
    longest = max(1, SEGMENT_WEIGHTS // (read.block_rows * read.length))
    if read.across == 1:
        heads, counts = _runs(target, source, block, longest)
        positions, columns = counts, np.ones_like(counts)
        groups, member = (block[heads], counts), target[heads]
    else:
        heads, counts = _runs(source, target, block + kernel_row, longest)
        positions, columns = np.ones_like(counts), counts
        groups, member = (kernel_row[heads], source[heads] % width, column[heads], counts), source[heads]
    segments = np.zeros(len(heads), SEGMENT)
    row = (kernel_row - source) * read.block_rows * read.across + column
    segments["weight"], segments["length"] = row[heads] * read.length, columns * read.length
    segments["first"], segments["last"] = source[heads] * parts, (source[heads] + positions) * parts
    segments["unit"], segments["units"] = source[heads] * read.block_rows, positions * read.block_rows
    segments["target"] = target[heads] * read.length * read.groups
    order = np.lexsort((member, *groups[::-1]))
    sizes = np.unique(np.stack(groups), axis=1, return_counts=True)[1]
    return segments[order], sizes


def _runs(fixed: np.ndarray, moving: np.ndarray, block: np.ndarray, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """Merge taps with one `fixed` position whose `moving` positions and blocks go up by one, at most `longest` at once.

    returns : index of the first tap of every run, number of taps of every run
    """
    order = np.lexsort((moving, fixed))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (np.diff(fixed[order]) != 0) | (np.diff(moving[order]) != 1) | (np.diff(block[order]) != 1)
    index = np.arange(len(order)) - np.flatnonzero(fresh)[np.cumsum(fresh) - 1]
    heads = np.flatnonzero(index % longest == 0)
    return order[heads], np.diff(np.append(heads, len(order)))
