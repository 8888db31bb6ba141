"""How the step size eps and the prediction factor lam change over the time steps of a relaxation."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A factor that falls with time: value(t) = a / t^b for t = 1, 2, ...; b = 0 is a constant.

    a : value at t = 1 [1], in (0, 1]
    b : exponent [1], >= 0

    O'Connor, Gavves, Welling, AISTATS 2019, PMLR 89:1516-1523 anneal eps = 0.843 / t^0.0923, lam = 0.832 / t^0.584.
    """

    a: float
    b: float = 0.0

    def __post_init__(self):
        if not 0 < self.a <= 1:
            raise ValueError(f"schedule: a = {self.a:g} is outside (0, 1]; "
                             "a step size or prediction factor is a fraction")
        if not self.b >= 0:
            raise ValueError(f"schedule: b = {self.b:g} is negative; the factor a / t^b must not grow with time")

    def values(self, steps, dtype=np.float32):
        """Tabulate a / t^b for t = 1 ... steps; float array of shape (steps,)."""
        return (self.a / np.arange(1, steps + 1, dtype=np.float64) ** self.b).astype(dtype)
