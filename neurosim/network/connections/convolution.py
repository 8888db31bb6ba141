"""Convolutions, with or without pooling behind them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from neurosim.crossbar.tiling import Floorplan
from neurosim.network.connections import geometry
from neurosim.network.connections.connection import Connection, Taps
from neurosim.network.connections.edge import Edge
from neurosim.network.connections.kernel_positions import KernelPositions


@dataclass(frozen=True, kw_only=True)
class Convolution(Connection):
    """A s = P(K * s), weights K (C_out, C_in, k, k); P is no pooling, average or max pooling.

    Pooling halves a map by pool_size and drops odd remainders. Average pooling folds into the kernel exactly; its way
    back is that of P^T times pool_size^2 / alpha.
    """

    sized_by = "channels"

    @classmethod
    def refuse(cls, edge: Edge) -> None:
        """Refuse nothing: a convolution has all that an Edge may say."""

    @classmethod
    def shape_above(cls, spec: Any, lower: Any, name: str) -> tuple[int, ...]:
        size = _map_size(spec, lower, name)
        shape = *_pooled(spec, size), spec.channels
        if min(shape) < 1:
            raise ValueError(f"network.layers: {name}: {spec.pool} pooling over {spec.pool_size} x {spec.pool_size} "
                             f"leaves nothing of a {' x '.join(map(str, size))} map; use a smaller pool_size")
        return shape

    @classmethod
    def join(cls, edge: Edge, name: str, lower: Any, upper: Any) -> Self:
        size = _map_size(edge, lower, name)
        if (*_pooled(edge, size), upper.shape[-1]) != upper.shape:
            raise ValueError(f"network.connections: {name} gives a map of {_pooled(edge, size)} positions, "
                             f"but {upper.name} has shape {upper.shape}; "
                             "choose kernel, stride, padding and pooling that fit")
        return cls._resolved(edge, name, lower, upper, cls._weight_shape(edge, lower, upper),
                             (*size, upper.shape[-1]))

    @staticmethod
    def _weight_shape(edge: Edge, lower: Any, upper: Any) -> tuple[int, ...]:
        return upper.shape[-1], lower.map_shape[2], edge.kernel, edge.kernel

    @property
    def adjoint_factor(self) -> float:
        return self.pool_size ** 2 / self.alpha if self.pool == "average" and self.alpha else 1.0

    def share(self, forward: bool) -> float:
        divisor = self.pool_size ** 2 if forward else self.alpha or self.pool_size ** 2
        return (1 / divisor if self.pool == "average" else 1.0) * super().share(forward)

    def kernel_shape(self, folded: bool, forward: bool = True) -> tuple[int, int, int, int]:
        size = self._folded(folded)[0]
        return size, size, self.low_shape[2], self.map_shape[2]

    def taps(self, folded: bool, forward: bool = True) -> Taps:
        (size, stride), pool = self._folded(folded), self.pool_size if folded else 1
        high = self.map_shape[0] // pool, self.map_shape[1] // pool
        return Taps(*geometry.convolution_taps(self.low_shape[:2], high, size, stride, self.padding))

    def kernel_of(self, weights: np.ndarray, folded: bool, forward: bool = True) -> np.ndarray:
        if folded:
            weights = geometry.fold_average(weights, self.stride, self.pool_size)
        return weights.transpose(2, 3, 1, 0)

    def weights_of(self, kernel: np.ndarray, folded: bool) -> np.ndarray:
        kernels = kernel.transpose(3, 2, 0, 1)
        return geometry.unfold_average(kernels, self.kernel, self.stride, self.pool_size) if folded else kernels

    def kernel_positions(self, folded: bool) -> KernelPositions:
        pool = self._region
        rows, columns = (size // pool * pool for size in self.map_shape[:2])
        return KernelPositions(low=self.low_shape, high=(rows, columns), size=self.kernel, stride=self.stride,
                               padding=self.padding, pool=pool if folded else 1,
                               width=columns // pool if folded else self.map_shape[1])

    def patches(self, lower: np.ndarray) -> np.ndarray:
        pad = ((0, 0), (self.padding,) * 2, (self.padding,) * 2, (0, 0))
        image = np.pad(lower.reshape(-1, *self.low_shape), pad)
        patches = np.lib.stride_tricks.sliding_window_view(image, (self.kernel,) * 2, axis=(1, 2))
        return patches[:, ::self.stride, ::self.stride].reshape(-1, self.groups * self.fan_in)

    def unpooled(self, upper: np.ndarray) -> np.ndarray:
        if self.pool == "none":
            return super().unpooled(upper)
        (rows, columns, channels), size = self.map_shape, self.pool_size
        pooled = upper.reshape(-1, rows // size, columns // size, channels)
        maps = np.zeros((len(upper), rows, columns, channels), upper.dtype)
        spread = pooled.repeat(size, axis=1).repeat(size, axis=2)
        maps[:, :spread.shape[1], :spread.shape[2]] = spread / upper.dtype.type(size ** 2)
        return maps

    def fan_outs(self) -> tuple[np.ndarray, np.ndarray]:
        low, high = self.low_shape, self.map_shape
        taps = self.taps(folded=False)
        up, forward = taps.upper, np.bincount(taps.lower, minlength=low[0] * low[1]) * self._channels_above
        positions = high[0] * high[1]
        if self.pool != "none":    # nobody sends backwards from what pooling drops
            regions = geometry.pooling_regions(high[0], high[1], self.pool_size)
            pooled = np.full(positions, -1)
            pooled[regions] = np.arange(len(regions))[:, None]
            up, positions = pooled[up], len(regions)
            up = up[up >= 0]
        return forward, np.bincount(up, minlength=positions) * self.weight_shape[1]

    def driven_rows(self, sent: np.ndarray) -> np.ndarray:
        height, width, channels = self.low_shape
        rows, columns = self._met
        met = rows @ sent.reshape(height, width * channels)
        by_tap = (columns @ met.reshape(-1, width, channels)).reshape(self.kernel ** 2, self.groups, -1)
        return by_tap.swapaxes(0, 1).reshape(-1)

    def row_tiles_reached(self, floorplan: Floorplan) -> np.ndarray:
        rows, columns = self._met
        met = (rows[:, None, :, None] * columns[None, :, None, :]).reshape(floorplan.taps, -1)    # (taps, positions)
        sizes = np.diff(floorplan.block_edges(forward=True))
        tile = np.tile(np.repeat(np.arange(len(sizes)), sizes).reshape(floorplan.taps, -1), self.groups)
        return sum((met.T @ (tile == index) > 0).astype(np.int64) for index in range(len(sizes))).reshape(-1)

    def position_counts(self) -> dict[str, int]:
        """Return how many positions one read of the layer takes: fields of `neurosim.energy.chip.Array`.

        What was pooled sends backwards once for all it pooled where that was a mean, and from the largest of each
        channel where it was a maximum.
        """
        (height, width, channels), pool = self.map_shape, self._region
        pooled = (height // pool) * (width // pool)
        senders = {"average": 1, "max": min(pool ** 2, channels // self.groups)}.get(self.pool, 1)
        return {"positions": pooled * pool ** 2, "backward_positions": pooled * senders,
                "dropped_positions": height * width - pooled * pool ** 2}

    def describe(self) -> str:
        text = f"conv {self.kernel}x{self.kernel}"
        text += f" stride {self.stride}" if self.stride > 1 else ""
        text += f" padding {self.padding}" if self.padding else ""
        if self.pool == "none":
            return text
        text += f", {self.pool} {self.pool_size}x{self.pool_size}"
        return f"{text} decoded" if self.pool_on == "decoded" else text

    @property
    def _region(self) -> int:
        """Positions of one side of a pooling region."""
        return self.pool_size if self.pool != "none" else 1

    @property
    def _channels_above(self) -> int:
        """Upper channels that one lower channel reaches."""
        return self.map_shape[2]

    @cached_property
    def _met(self) -> tuple[np.ndarray, np.ndarray]:
        positions = self.kernel_positions(folded=False)
        return positions.met(0), positions.met(1)

    def _folded(self, folded: bool) -> tuple[int, int]:
        if folded:
            return geometry.folded_size(self.kernel, self.stride, self.pool_size)
        return self.kernel, self.stride


def _map_size(edge: Edge, lower: Any, name: str) -> tuple[int, ...]:
    if len(lower.shape) != 3:
        raise ValueError(f"network.layers: {name}: a convolution needs a map below it, but {lower.name} is dense")
    size = tuple(geometry.convolved(n, edge.kernel, edge.stride, edge.padding) for n in lower.shape[:2])
    if min(size) < 1:
        raise ValueError(f"network.layers: {name}: a {edge.kernel} x {edge.kernel} kernel does not fit "
                         f"the {lower.shape[0]} x {lower.shape[1]} map of {lower.name} with padding {edge.padding}; "
                         "use a smaller kernel or more padding")
    return size


def _pooled(edge: Edge, size: tuple[int, ...]) -> tuple[int, ...]:
    return size if edge.pool == "none" else tuple(n // edge.pool_size for n in size)
