"""How the step size eps and the prediction factor lam change over the time steps of a relaxation."""

from dataclasses import dataclass

import numpy as np

from neurosim.cards import Entry

#: A step size or a prediction factor.
FRACTION = Entry("1", 1e-3, 1, least="where nothing moves in a thousand steps", most="the whole way")
_EXPONENT = Entry("1", 0, 2, most="where nothing is left after a few steps")


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A factor that falls with time: value(t) = a / t^b for t = 1, 2, ...; b = 0 is a constant.

    a : value at t = 1 [1], in (0, 1]
    b : exponent [1], 0 to 2: the factor must not grow with time

    O'Connor, Gavves, Welling, AISTATS 2019, PMLR 89:1516-1523 anneal eps = 0.843 / t^0.0923, lam = 0.832 / t^0.584.
    """

    a: float
    b: float = 0.0

    def __post_init__(self) -> None:
        FRACTION.check(self.a, "schedule: a")
        _EXPONENT.check(self.b, "schedule: b")

    def values(self, steps: int, dtype: np.dtype | type = np.float32) -> np.ndarray:
        """Tabulate a / t^b for t = 1 ... steps; float array of shape (steps,)."""
        return (self.a / np.arange(1, steps + 1, dtype=np.float64) ** self.b).astype(dtype)
