"""What a connection is to those who compute with it, lay it out on tiles or count what it does.

A connection is a linear map A(W) from the signals of its lower layer to the currents of its upper one, used backwards
as its adjoint. Every kind writes its weights as a *kernel*, an array (rows, columns, C_low, C_high) of taps; a tap
joins one upper position with one lower position through one C_low x C_high block of the kernel. Where channels fall
into groups that meet only each other, a block has the columns of its row's group alone. Engines know taps, kernels and
groups, and no kinds.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np

from neurosim.crossbar.tiling import Floorplan, Tiling
from neurosim.network.connections.edge import Edge
from neurosim.network.connections.kernel_positions import KernelPositions


def less_mean_of_unit(values: np.ndarray) -> np.ndarray:
    """Return weights of a connection, or their gradient, less the mean over the fan-in of each upper unit.

    values : (units, ...), unchanged where a unit has one weight alone
    """
    return values if values[0].size == 1 else values - values.mean(axis=tuple(range(1, values.ndim)), keepdims=True)


class Taps(NamedTuple):
    """Pairs of positions that a connection joins, and the index of the block of its kernel; int64, one per pair."""

    upper: np.ndarray
    lower: np.ndarray
    row: np.ndarray
    column: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Connection(Edge, ABC):
    """A resolved connection.

    name : of the connection; lower, upper : names of its layers
    weight_shape : of its weights; low_shape : (H, W, C) of the lower layer; map_shape : (H, W, C) before pooling
    """

    name: str
    lower: str
    upper: str
    weight_shape: tuple
    low_shape: tuple
    map_shape: tuple

    #: What a layer above it is given the size of: "units" or "channels".
    sized_by = "units"

    @classmethod
    def refuse(cls, edge: Edge) -> None:
        """Raise ValueError where an Edge says what means nothing to this kind: here all that a map has."""
        if edge.pool != "none":
            raise ValueError(f"network.pool: a {edge.kind} connection cannot be followed by {edge.pool} pooling; "
                             "use kind = \"conv\"")
        for name in ("kernel", "stride", "padding", "groups", "pool_size", "alpha", "pool_on"):
            value = getattr(edge, name)
            if value != Edge.__dataclass_fields__[name].default:
                raise ValueError(f"network.{name} = {value!r}: a {edge.kind} connection joins all units with all and "
                                 f'has no {name}; omit it, or use kind = "conv"')

    @classmethod
    @abstractmethod
    def shape_above(cls, spec: Any, lower: Any, name: str) -> tuple[int, ...]:
        """Return the shape of a layer that a LayerSpec puts above the Layer `lower`; name : for errors."""

    @classmethod
    @abstractmethod
    def join(cls, edge: Edge, name: str, lower: Any, upper: Any) -> Self:
        """Return the connection `name` of two Layers as an Edge describes it; raises ValueError on a misfit."""

    @classmethod
    def _resolved(cls, edge: Edge, name: str, lower: Any, upper: Any, weight_shape: tuple[int, ...],
                  map_shape: tuple[int, ...]) -> Self:
        own = {key: getattr(edge, key) for key in Edge.__dataclass_fields__}
        return cls(**own, name=name, lower=lower.name, upper=upper.name, weight_shape=weight_shape,
                   low_shape=lower.map_shape, map_shape=map_shape)

    @property
    def fan_in(self) -> int:
        """Weights of one upper unit."""
        return math.prod(self.weight_shape[1:])

    @property
    def folds(self) -> bool:
        """Whether average pooling behind the kernel can be folded into it."""
        return self.pool == "average"

    @property
    def routes(self) -> bool:
        """Whether max pooling decides by the signals where currents go."""
        return self.pool == "max"

    @property
    def adjoint_factor(self) -> float:
        """What the inverse of pooling delivers over what its adjoint would: 1 where the connection is symmetric."""
        return 1.0

    @property
    def backward_gain(self) -> float:
        """What the way back delivers over what the adjoint would, on purpose and by a divisor of its own."""
        return self.feedback * self.adjoint_factor

    def share(self, forward: bool) -> float:
        """Return what a converted sum before pooling delivers of itself to each position it reaches.

        The gain of the feedback is part of it: lines are driven and sensed as without, and the codes count for more or
        less, as behind an amplifier of that gain whose range is as much wider or narrower.
        """
        return 1.0 if forward else self.feedback

    @property
    def symmetric(self) -> bool:
        """Whether the way back is the adjoint of the way forward, times the gain of the feedback."""
        return self.adjoint_factor == 1

    def floorplan(self, tiling: Tiling) -> Floorplan:
        """Return the Floorplan of its weights on tiles of a Tiling."""
        rows, columns, channels, _ = self.kernel_shape(folded=False)
        return Floorplan(tiling=tiling, taps=rows * columns, lower=channels, upper=self.weight_shape[0],
                         positions=self._column_positions)

    @property
    def _column_positions(self) -> int:
        """Upper positions whose units have columns of their own on a tile; those of a kernel share theirs."""
        return 1

    @abstractmethod
    def kernel_shape(self, folded: bool, forward: bool = True) -> tuple[int, int, int, int]:
        """Return (rows, columns, C_low, C_high) of the kernel of one direction; folded : with the average pooling.

        The channels that receive, C_high forwards and C_low backwards, are those of one group.
        """

    @abstractmethod
    def taps(self, folded: bool, forward: bool = True) -> Taps:
        """Return the Taps of one direction; folded : upper positions are the pooled ones."""

    @abstractmethod
    def kernel_of(self, weights: np.ndarray, folded: bool, forward: bool = True) -> np.ndarray:
        """Write weights as the kernel of one direction."""

    @abstractmethod
    def weights_of(self, kernel: np.ndarray, folded: bool) -> np.ndarray:
        """Carry a gradient with respect to a forward kernel back to the weights: the adjoint of `kernel_of`."""

    @abstractmethod
    def kernel_positions(self, folded: bool) -> KernelPositions | None:
        """Return the KernelPositions at which tiles are read, or None where one read serves the whole layer."""

    @abstractmethod
    def patches(self, lower: np.ndarray) -> np.ndarray:
        """List what the weights of one upper unit meet: lower (samples, units) -> (samples x map positions, fan in)."""

    def unpooled(self, upper: np.ndarray) -> np.ndarray:
        """Carry upper states back through pooling: (samples, units) -> (samples, *map_shape), by its adjoint."""
        return upper.reshape(-1, *self.map_shape)

    @abstractmethod
    def fan_outs(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the synapses behind a signal of each lower position, and of each upper one, sent backwards; int64."""

    @abstractmethod
    def driven_rows(self, sent: np.ndarray) -> np.ndarray:
        """Return how often each row of weights was driven, at all positions, from signals by lower unit; int64."""

    @abstractmethod
    def row_tiles_reached(self, floorplan: Floorplan) -> np.ndarray | int:
        """Return in how many row tiles a signal of each lower unit drives a line: int64 (units), or one for all."""

    def position_counts(self) -> dict[str, int]:
        """Return how many positions one read of the layer takes: fields of `neurosim.energy.chip.Array`."""
        return {}

    @abstractmethod
    def describe(self) -> str:
        """Return the connection in a few words, for example "conv 3x3 stride 2, average 2x2"."""
