"""The windows of a convolution: what its taps meet, along one axis at a time."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Windows:
    """Geometry of the windows of one connection.

    low : (height, width, channels) of the lower map; high : (rows, columns) of the map before pooling, without what
    pooling drops; width : positions in a row of the upper population
    pool : positions of one side of a pooling region, 1 where nothing is pooled on the way
    """

    low: tuple
    high: tuple
    width: int
    kernel: int
    stride: int
    padding: int
    pool: int

    def inside(self, tap: int, axis: int) -> tuple[int, int]:
        """Return the windows along an axis whose tap lies inside the lower map: first, one past the last."""
        first = max(0, -(-(self.padding - tap) // self.stride))
        last = (self.low[axis] - 1 + self.padding - tap) // self.stride + 1
        return first, max(first, min(self.high[axis], last))

    def met(self, axis: int) -> np.ndarray:
        """Return what taps meet along an axis: int64 (kernel, positions), 1 where a window has them there."""
        found = np.zeros((self.kernel, self.low[axis]), np.int64)
        for tap in range(self.kernel):
            found[tap, self.stride * np.arange(*self.inside(tap, axis)) + tap - self.padding] = 1
        return found
