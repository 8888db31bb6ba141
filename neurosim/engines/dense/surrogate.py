"""Surrogate gradients: spikes are steps, and backpropagation goes through smooth functions that rise in their place.

A modulator with residue u sends the whole number nearest to it between the bounds of its signals, low and high:

    s = low + sum over thresholds theta = low + 1/2 ... high - 1/2 of step(u - theta)

    "arctan"              step(z) ~ 1/2 + arctan(pi a z / 2) / pi,     slope a / 2 / (1 + (pi a z / 2)^2)
    "fast-sigmoid"        step(z) ~ 1/2 + a z / (2 (1 + a |z|)),       slope a / 2 / (1 + a |z|)^2
    "straight-through"    s ~ u, slope 1, as if a signal said all of the residue

a is the sharpness. Fang et al., ICCV (2021); Zenke, Ganguli, Neural Comput. 30:1514 (2018); Bengio, Leonard, Courville,
arXiv:1308.3432 (2013).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

#: What rises in place of a step at z = 0, and its slope, with the sharpness a.
_STEPS: dict[str, tuple[Callable[[Tensor, float], Tensor], Callable[[Tensor, float], Tensor]]] = {
    "arctan": (lambda z, a: 0.5 + torch.arctan(math.pi / 2 * a * z) / math.pi,
               lambda z, a: a / 2 / (1 + (math.pi / 2 * a * z).square())),
    "fast-sigmoid": (lambda z, a: 0.5 + a * z / (2 + 2 * a * z.abs()),
                     lambda z, a: a / 2 / (1 + a * z.abs()).square()),
}


@dataclass(frozen=True)
class Surrogate:
    """What backpropagation takes spikes for.

    kind : see above; sharpness : a [1]
    smooth : whether the smooth function itself is sent in place of spikes, whose gradient finite differences can tell
    """

    kind: str = "arctan"
    sharpness: float = 2.0
    smooth: bool = False

    def send(self, residue: Tensor, low: float, high: float) -> Tensor:
        """Return what modulators send, with the slope of the surrogate; nothing but the residue is kept for it."""
        found: Tensor = _Send.apply(residue, low, high, self)
        return found

    def value(self, residue: Tensor, low: float, high: float) -> Tensor:
        """Return the smooth function of residues."""
        if self.kind == "straight-through":
            return residue.clone()
        return low + self._sum(_STEPS[self.kind][0], residue, low, high)

    def slope(self, residue: Tensor, low: float, high: float) -> Tensor:
        """Return its slope."""
        if self.kind == "straight-through":
            return torch.ones_like(residue)
        return self._sum(_STEPS[self.kind][1], residue, low, high)

    def _sum(self, of: Callable[[Tensor, float], Tensor], residue: Tensor, low: float, high: float) -> Tensor:
        """Sum over the thresholds."""
        total = of(residue - (low + 0.5), self.sharpness)
        for step in range(1, round(high - low)):
            total += of(residue - (low + step + 0.5), self.sharpness)
        return total


class _Send(torch.autograd.Function):
    """A step on the way forward, a slope on the way back."""

    @staticmethod
    def forward(ctx: Any, residue: Tensor, low: float, high: float, surrogate: Surrogate) -> Tensor:
        ctx.save_for_backward(residue)
        ctx.of = surrogate, low, high
        if surrogate.smooth:
            return surrogate.value(residue, low, high)
        return torch.copysign(torch.ceil(residue.abs() - 0.5), residue).clamp(low, high)

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor, None, None, None]:
        (residue,), (surrogate, low, high) = ctx.saved_tensors, ctx.of
        return above[0] * surrogate.slope(residue, low, high), None, None, None
