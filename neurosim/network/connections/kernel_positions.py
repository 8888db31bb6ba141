"""The positions of a kernel: what its taps meet, along one axis at a time."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class KernelPositions:
    """Geometry of a kernel and its positions on the lower map.

    low : (height, width, channels) of the lower map; high : (rows, columns) of the map before pooling, without what
    pooling drops; width : positions in a row of the upper population
    size : taps of one side of the kernel
    pool : positions of one side of a pooling region, 1 where nothing is pooled on the way
    """

    low: tuple
    high: tuple
    width: int
    size: int
    stride: int
    padding: int
    pool: int

    def inside(self, tap: int, axis: int) -> tuple[int, int]:
        """Return the positions along an axis whose tap lies inside the lower map: first, one past the last."""
        first = max(0, -(-(self.padding - tap) // self.stride))
        last = (self.low[axis] - 1 + self.padding - tap) // self.stride + 1
        return first, max(first, min(self.high[axis], last))

    def met(self, axis: int) -> np.ndarray:
        """Return what taps meet along an axis: int64 (size, lower positions), 1 where a position has them there."""
        found = np.zeros((self.size, self.low[axis]), np.int64)
        for tap in range(self.size):
            found[tap, self.stride * np.arange(*self.inside(tap, axis)) + tap - self.padding] = 1
        return found
