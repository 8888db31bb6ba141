"""The weights of all reads, as they are and as whole numbers on a grid."""

from typing import Any, Literal

import numpy as np

from neurosim._jit import LARGEST
from neurosim._memory import aligned_zeros
from neurosim.engines.events._rounding import round_weights
from neurosim.engines.events.layout import Layout
from neurosim.engines.events.loading import arrange
from neurosim.network.graph import Network

#: What weights of reads are kept in.
WeightKind = Literal["float32", "int16"]


class Rows:
    """The weights of all reads of a layout, flat, as `Drive` takes them.

    kind : "float32", which stands for the precision of the engine; "int16" also keeps those of reads that add up spikes
        of one size as whole numbers in units of 2^-11 of the power of two above the largest weight of their read, and
        rounds them to that grid
    raises : ValueError where there is no such read
    """

    def __init__(self, network: Network, layout: Layout, kind: WeightKind, dtype: np.dtype) -> None:
        count = layout.plan.read_weights[-1]
        self._network, self._layout = network, layout
        self._exact = np.zeros(len(layout.reads), dtype)
        self.grid = self._exact.copy()
        self.values, self.short = aligned_zeros(count, dtype), aligned_zeros(count if kind == "int16" else 0, np.int16)
        self._rounded = [i for i in range(len(layout.reads)) if layout.adds_spikes(network, i)] * (kind == "int16")
        if kind == "int16" and not self._rounded:
            reason = ("tiles convert sums of weights as they are" if not layout.folds else
                      "no connection without groups carries spikes of one size")
            raise ValueError(f'engine.weights: "int16" is of no use here, where {reason}; write '
                             'engine.weights = "float32"')

    @property
    def bytes(self) -> int:
        """Bytes of what is read."""
        return self.short.nbytes or self.values.nbytes

    def load(self, forward: dict[str, np.ndarray], backward: dict[str, np.ndarray]) -> None:
        """Take over effective weights, dicts of arrays by connection."""
        arrange(self._network, self._layout, forward, backward, self.values)
        first = self._layout.plan.read_weights
        for i in self._rounded:
            own = slice(first[i], first[i + 1])
            values = self.values[own]
            above = int(np.frexp(max(values.max(), -values.min()))[1]) - LARGEST.bit_length()
            self.grid[i] = np.ldexp(values.dtype.type(1), max(above, np.finfo(values.dtype).minexp))
            round_weights(values, self.grid[i], self.short[own])

    def fields(self, exact: bool) -> dict[str, Any]:
        """Fields of a Drive; exact : of one that signals of any size act on."""
        return {"short": self.short, "grid": self._exact if exact else self.grid}
