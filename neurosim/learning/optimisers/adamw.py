"""Adam with decay beside the gradient."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from neurosim.learning.optimisers.optimiser import Optimiser

if TYPE_CHECKING:
    from neurosim.learning.optimiser import OptimiserOptions


class AdamW(Optimiser):
    """Descend by the mean gradient over the root of its mean square, and decay apart from it.

        m = b1 m + (1 - b1) g;   q = b2 q + (1 - b2) g^2
        W = W - rate (decay W + m / (1 - b1^t) / (sqrt(q / (1 - b2^t)) + epsilon)),    t = 1, 2, ... updates

    Kingma, Ba, ICLR 2015; decay as in Loshchilov, Hutter, ICLR 2019.
    """

    name = "adamw"
    remembers = ("velocity", "square", "updates")
    ignores = ("momentum", "nesterov")

    def __init__(self, options: OptimiserOptions, rates: dict[str, float], weights: dict[str, np.ndarray],
                 biases: dict[str, np.ndarray]) -> None:
        super().__init__(options, rates, weights, biases)
        self.state["updates"] = {name: np.zeros((), np.int64) for name in self.state["updates"]}

    def change(self, name: str, gradient: np.ndarray, decay: float, parameter: np.ndarray, rate: float) -> np.ndarray:
        """Return the change of one parameter, see `Optimiser.change`."""
        kind, (b1, b2) = gradient.dtype.type, self.options.betas
        mean, square, updates = (self.state[group][name] for group in self.remembers)
        updates += 1
        mean += kind(1 - b1) * (gradient - mean)
        square += kind(1 - b2) * (gradient * gradient - square)
        root = np.sqrt(square) * kind(1 / math.sqrt(1 - b2 ** int(updates))) + kind(self.options.epsilon)
        change: np.ndarray = kind(-rate / (1 - b1 ** int(updates))) * (mean / root)
        return change - kind(rate * decay) * parameter if decay else change
