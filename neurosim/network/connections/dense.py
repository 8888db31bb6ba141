"""Dense connections: every upper unit meets every lower one."""

from dataclasses import dataclass

import numpy as np

from neurosim.network.connections.connection import Connection, Taps


@dataclass(frozen=True, kw_only=True)
class Dense(Connection):
    """A s = W s, weights (units, lower units).

    Forwards, the units of the upper layer stand behind each other at one position, and every lower position is a tap of
    a kernel of one row. Backwards, every upper position is a row of the kernel.
    """

    @classmethod
    def shape_above(cls, spec, lower, name):
        return (spec.units,)

    @classmethod
    def join(cls, edge, name, lower, upper):
        return cls._resolved(edge, name, lower, upper, (upper.units, lower.units), upper.map_shape)

    def kernel_shape(self, folded, forward=True):
        below, above = self._positions
        return (1, below, self.low_shape[2], self.weight_shape[0]) if forward else \
            (above, below, self.low_shape[2], self.map_shape[2])

    def taps(self, folded, forward=True):
        below, above = self._positions
        upper, lower = np.indices((1 if forward else above, below)).reshape(2, -1)
        return Taps(upper, lower, upper if forward else above - 1 - upper, lower)

    def kernel_of(self, weights, folded, forward=True):
        if forward:
            return weights.T.reshape(self.kernel_shape(folded))
        below, above = self._positions
        facing = weights.reshape(above, self.map_shape[2], below, self.low_shape[2])
        return facing.transpose(0, 2, 3, 1)[::-1]

    def weights_of(self, kernel, folded):
        return kernel.reshape(self.weight_shape[::-1]).T

    def windows(self, folded):
        return None

    def patches(self, lower):
        return lower

    def fan_outs(self):
        (upper, lower), (below, above) = self.weight_shape, self._positions
        return np.full(below, upper), np.full(above, lower)

    def driven_rows(self, sent):
        return sent

    def row_tiles_reached(self, floorplan):
        return 1

    @property
    def _column_positions(self):
        return self._positions[1]

    def describe(self):
        return "dense"

    @property
    def _positions(self):
        """Positions of the lower and of the upper layer."""
        return tuple(shape[0] * shape[1] for shape in (self.low_shape, self.map_shape))
