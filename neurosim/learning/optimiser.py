"""Stochastic gradient descent: a gradient in, weight changes out."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from neurosim.cards import Entry, check_numbers

#: Bounds of the numbers of the section.
_LIMITS = {
    "rates": Entry("1", 0, 1000, most="a thousand weights of 1 for a gradient of 1"),
    "weight_decay": Entry("1", 0, 1, most="so that weights decay within a few updates"),
    "clip_norm": Entry("1", 1e-4, 1e6, least="where a weight cannot express the change any more", off=True),
    "last": Entry("1", 0, 1, most="the rate itself, from which a cosine falls"),
    "factor": Entry("1", 0, 1, most="so that rates would grow from step to step"),
    "every": Entry("1", 1, 1e6),
}


@dataclass(frozen=True, kw_only=True)
class OptimiserOptions:
    """The section [optimiser].

    rates : learning rates, one number or one per connection from input to output; a bias takes the rate of the first
        connection into its layer
    momentum, nesterov : v = m v + g; step v, or g + m v with nesterov
    weight_decay : g = g + decay W, weights only
    clip_norm : largest Euclidean norm of the gradient of all parameters together; 0 = no limit
    schedule : "constant", "cosine" (to `last` of the rate at the end) or "step" (times `factor` every `every` epochs)
    """

    rates: float | tuple[float, ...] = (0.25, 0.15, 0.1)
    momentum: float = 0.5
    nesterov: bool = False
    weight_decay: float = 0.0
    clip_norm: float = 0.0
    schedule: Literal["constant", "cosine", "step"] = "cosine"
    last: float = 0.0
    factor: float = 0.5
    every: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.momentum < 1:
            raise ValueError(f"optimiser.momentum: {self.momentum:g} is outside [0, 1)")
        check_numbers(self, "optimiser", _LIMITS)

    def scale(self, epoch: int, progress: float) -> float:
        """Factor on the rates after `epoch` whole epochs, at `progress` in [0, 1] of the run."""
        if self.schedule == "cosine":
            return self.last + (1 - self.last) * (1 + math.cos(math.pi * progress)) / 2
        return self.factor ** (epoch // self.every) if self.schedule == "step" else 1.0


class Optimiser:
    """Momentum and rates of every parameter.

    rates : dict from the name of a connection or layer to its rate
    velocity : dict of arrays, MUTATED by `step`; save it to resume
    """

    def __init__(self, options: OptimiserOptions, rates: dict[str, float], parameters: dict[str, np.ndarray]) -> None:
        self.options, self.rates = options, rates
        self.velocity = {name: np.zeros_like(values) for name, values in parameters.items()}

    def step(self, gradients: dict[str, np.ndarray], weights: dict[str, np.ndarray],
             scale: float = 1.0) -> dict[str, np.ndarray]:
        """Turn gradients (dict) into changes (dict) at `scale` times the rates; weights (dict) are what decays."""
        options = self.options
        clip = self._clip(gradients)
        changes = {}
        for name, gradient in gradients.items():
            kind = gradient.dtype.type
            gradient = gradient * kind(clip)
            if options.weight_decay and name in weights:
                gradient = gradient + kind(options.weight_decay) * weights[name]
            velocity = self.velocity[name]
            velocity *= kind(options.momentum)
            velocity += gradient
            direction = gradient + kind(options.momentum) * velocity if options.nesterov else velocity
            changes[name] = kind(-scale * self.rates[name]) * direction
        return changes

    def _clip(self, gradients: dict[str, np.ndarray]) -> float:
        if not self.options.clip_norm:
            return 1.0
        norm = math.sqrt(sum(float(np.sum(np.square(g, dtype=np.float64))) for g in gradients.values()))
        return min(1.0, self.options.clip_norm / norm) if norm > 0 else 1.0
