"""Dense connections: every upper unit meets every lower one."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from neurosim.crossbar.tiling import Floorplan
from neurosim.network.connections.connection import Connection, Taps
from neurosim.network.connections.edge import Edge


@dataclass(frozen=True, kw_only=True)
class Dense(Connection):
    """A s = W s, weights (units, lower units).

    Forwards, the units of the upper layer stand behind each other at one position, and every lower position is a tap of
    a kernel of one row. Backwards, every upper position is a row of the kernel.
    """

    @classmethod
    def shape_above(cls, spec: Any, lower: Any, name: str) -> tuple[int, ...]:
        return (spec.units,)

    @classmethod
    def join(cls, edge: Edge, name: str, lower: Any, upper: Any) -> Self:
        return cls._resolved(edge, name, lower, upper, (upper.units, lower.units), upper.map_shape)

    def kernel_shape(self, folded: bool, forward: bool = True) -> tuple[int, int, int, int]:
        below, above = self._positions
        return (1, below, self.low_shape[2], self.weight_shape[0]) if forward else \
            (above, below, self.low_shape[2], self.map_shape[2])

    def taps(self, folded: bool, forward: bool = True) -> Taps:
        below, above = self._positions
        upper, lower = np.indices((1 if forward else above, below)).reshape(2, -1)
        return Taps(upper, lower, upper if forward else above - 1 - upper, lower)

    def kernel_of(self, weights: np.ndarray, folded: bool, forward: bool = True) -> np.ndarray:
        if forward:
            return weights.T.reshape(self.kernel_shape(folded))
        below, above = self._positions
        facing = weights.reshape(above, self.map_shape[2], below, self.low_shape[2])
        return facing.transpose(0, 2, 3, 1)[::-1]

    def weights_of(self, kernel: np.ndarray, folded: bool) -> np.ndarray:
        return kernel.reshape(self.weight_shape[::-1]).T

    def kernel_positions(self, folded: bool) -> None:
        return None

    def patches(self, lower: np.ndarray) -> np.ndarray:
        return lower

    def fan_outs(self) -> tuple[np.ndarray, np.ndarray]:
        (upper, lower), (below, above) = self.weight_shape, self._positions
        return np.full(below, upper), np.full(above, lower)

    def driven_rows(self, sent: np.ndarray) -> np.ndarray:
        return sent

    def row_tiles_reached(self, floorplan: Floorplan) -> int:
        return 1

    @property
    def _column_positions(self) -> int:
        return self._positions[1]

    def describe(self) -> str:
        return "dense"

    @property
    def _positions(self) -> tuple[int, int]:
        """Positions of the lower and of the upper layer."""
        return tuple(shape[0] * shape[1] for shape in (self.low_shape, self.map_shape))
