"""Stochastic gradient descent with momentum."""

import numpy as np

from neurosim.learning.optimisers.optimiser import Optimiser


class Sgd(Optimiser):
    """Descend along a sum of gradients that forgets.

        g = gradient + decay W;   v = m v + g;   W = W - rate v, or W - rate (g + m v) with Nesterov's look ahead

    Sutskever, Martens, Dahl, Hinton, ICML 2013, PMLR 28(3):1139-1147.
    """

    name = "sgd"
    remembers = ("velocity",)
    ignores = ("betas", "epsilon")

    def change(self, name: str, gradient: np.ndarray, decay: float, parameter: np.ndarray, rate: float) -> np.ndarray:
        """Return the change of one parameter, see `Optimiser.change`."""
        kind, momentum = gradient.dtype.type, self.options.momentum
        if decay:
            gradient = gradient + kind(decay) * parameter
        velocity = self.state["velocity"][name]
        velocity *= kind(momentum)
        velocity += gradient
        direction = gradient + kind(momentum) * velocity if self.options.nesterov else velocity
        return kind(-rate) * direction
