"""From a gradient to weight changes: what a configuration says of it."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from neurosim.cards import Entry, check_numbers
from neurosim.learning.optimisers import OPTIMISERS, Optimiser
from neurosim.tables import abbreviated, nearest

_DECAY = Entry("1", 0, 1, most="so that weights decay within a few updates")
#: Bounds of the numbers of the section.
_LIMITS = {
    "rates": Entry("1", 0, 1000, most="a thousand weights of 1 for a gradient of 1"),
    "weight_decay": _DECAY, "bias_decay": _DECAY,
    "epsilon": Entry("1", 1e-12, 1, least="where rounding decides about the step", most="larger than any gradient"),
    "clip_norm": Entry("1", 1e-4, 1e6, least="where a weight cannot express the change any more", off=True),
    "last": Entry("1", 0, 1, most="the rate itself, from which a cosine falls"),
    "factor": Entry("1", 0, 1, most="so that rates would grow from step to step"),
    "every": Entry("1", 1, 1e6),
}


@dataclass(frozen=True, kw_only=True)
class OptimiserOptions:
    """The section [optimiser].

    kind : "sgd", descent with momentum, or "adamw", see `neurosim.learning.optimisers`
    rates : learning rates, one number or one per connection from input to output; a bias takes the rate of the first
        connection into its layer
    momentum, nesterov : of "sgd": v = m v + g; step v, or g + m v with nesterov
    betas : of "adamw", how much of the mean gradient and of its mean square is kept in an update [1]
    epsilon : of "adamw", added to the root of the mean square [1]
    weight_decay, bias_decay : of weights and of biases [1], added to the gradient of "sgd" as decay W, behind the limit
        of the norm; of "adamw" apart from the gradient, rate x decay W in an update
    centralise : subtract from the gradient of weights its mean over the fan-in of each unit, before the limit of the
        norm, so that the weights of a unit do not drift together and switch it off: gradient centralization (Yong,
        Huang, Hua, Zhang, ECCV 2020, arXiv:2004.01461, Eq. 1)
    clip_norm : largest Euclidean norm of the gradient of all parameters together; 0 = no limit
    schedule : "constant", "cosine" (to `last` of the rate at the end), "cosine-by-epoch" (the same, but constant within
        an epoch) or "step" (times `factor` every `every` epochs)
    """

    kind: str = "sgd"
    rates: float | tuple[float, ...] = (0.25, 0.15, 0.1)
    momentum: float = 0.5
    nesterov: bool = False
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    bias_decay: float = 0.0
    centralise: bool = False
    clip_norm: float = 0.0
    schedule: Literal["constant", "cosine", "cosine-by-epoch", "step"] = "cosine"
    last: float = 0.0
    factor: float = 0.5
    every: int = 1

    def __post_init__(self) -> None:
        check_numbers(self, "optimiser", _LIMITS)
        if self.kind not in OPTIMISERS:
            raise ValueError(f"optimiser.kind: {abbreviated(self.kind)} is unknown{nearest(self.kind, OPTIMISERS)}")
        for name, values in (("momentum", [self.momentum]), ("betas", self.betas)):
            for value in values:
                if not 0 <= value < 1:
                    raise ValueError(f"optimiser.{name}: {value:g} is outside [0, 1)")

    def scale(self, epoch: int, part: float, epochs: int) -> float:
        """Return the factor on the rates after `epoch` whole epochs of `epochs`, and a `part` of the next, 0 to 1."""
        if self.schedule == "step":
            return self.factor ** (epoch // self.every)
        if self.schedule == "constant":
            return 1.0
        progress = (epoch + (part if self.schedule == "cosine" else 0.0)) / epochs
        return self.last + (1 - self.last) * (1 + math.cos(math.pi * progress)) / 2


def make_optimiser(options: OptimiserOptions, rates: dict[str, float], weights: dict[str, np.ndarray],
                   biases: dict[str, np.ndarray]) -> Optimiser:
    """Return the Optimiser of a section for dicts of arrays; rates : dict from connection and layer to its rate."""
    return OPTIMISERS[options.kind](options, rates, weights, biases)
