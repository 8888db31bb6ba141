"""Grouped convolutions: channels fall into groups that meet only each other, each channel alone if depthwise."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from neurosim.crossbar.tiling import Floorplan, Tiling
from neurosim.network.connections.convolution import Convolution
from neurosim.network.connections.edge import Edge


@dataclass(frozen=True, kw_only=True)
class GroupedConvolution(Convolution):
    """A s = P(K * s) with a kernel that is zero between groups, weights (C_out, C_in / groups, k, k).

    Nothing is stored or computed where the kernel is zero. The matrix of a chip is block-diagonal: every group lies on
    tiles of its own, whose lines no other group drives or senses.
    """

    @classmethod
    def join(cls, edge: Edge, name: str, lower: Any, upper: Any) -> Self:
        channels = lower.map_shape[2], upper.shape[-1]
        if any(number % edge.groups for number in channels):
            raise ValueError(f"network.groups = {edge.groups} of {name} divides not both the {channels[0]} channels of "
                             f"{lower.name} and the {channels[1]} of {upper.name}; give a divisor of both")
        return super().join(edge, name, lower, upper)

    @staticmethod
    def _weight_shape(edge: Edge, lower: Any, upper: Any) -> tuple[int, ...]:
        return upper.shape[-1], lower.map_shape[2] // edge.groups, edge.kernel, edge.kernel

    def floorplan(self, tiling: Tiling) -> Floorplan:
        return Floorplan(tiling=tiling, taps=self.kernel ** 2, lower=self.weight_shape[1], upper=self._channels_above,
                         groups=self.groups)

    def kernel_shape(self, folded: bool, forward: bool = True) -> tuple[int, int, int, int]:
        size, _, low, high = super().kernel_shape(folded, forward)
        return (size, size, low, high // self.groups) if forward else (size, size, low // self.groups, high)

    def kernel_of(self, weights: np.ndarray, folded: bool, forward: bool = True) -> np.ndarray:
        facing = super().kernel_of(weights, folded, forward)    # (rows, columns, C_in / groups, C_out)
        if not forward:
            return facing
        parted = facing.reshape(*facing.shape[:3], self.groups, -1)
        return parted.transpose(0, 1, 3, 2, 4).reshape(self.kernel_shape(folded))

    def weights_of(self, kernel: np.ndarray, folded: bool) -> np.ndarray:
        parted = kernel.reshape(*kernel.shape[:2], self.groups, -1, kernel.shape[3])
        return super().weights_of(parted.transpose(0, 1, 3, 2, 4).reshape(self.kernel_shape(folded, False)), folded)

    def describe(self) -> str:
        groups = "depthwise" if self.groups == self.low_shape[2] else f"{self.groups} groups"
        return super().describe().replace("conv ", f"conv {groups} ", 1)

    @property
    def _channels_above(self) -> int:
        return self.map_shape[2] // self.groups
