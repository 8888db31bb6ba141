"""The squared error 1/2 |x - y|^2 of the outputs."""

import numpy as np

from neurosim._jit import inner_kernel


@inner_kernel
def force(x, y, beta, out):
    """Add beta (y - x) to `out`, which is mutated; all of shape (classes,)."""
    for j in range(y.size):
        out[j] += beta * (y[j] - x[j])


class SquaredError:
    """L = 1/2 |x - y|^2; the answer is the class of the largest output."""

    name = "squared-error"
    force = staticmethod(force)

    def value(self, outputs, targets):
        """Return the loss of every sample; outputs, targets : float (samples, classes)."""
        return 0.5 * np.square(outputs - targets).sum(axis=1)


SQUARED_ERROR = SquaredError()
