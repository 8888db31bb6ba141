"""A layer of neurons of a network."""

import math
from dataclasses import dataclass

from neurosim.neurons import SPIKING, Law


@dataclass(frozen=True)
class Layer:
    """One layer of neurons: shape (H, W, C) or (units,), their law with its parameters, and the clip of their states.

    The law of the input is that of its source.
    """

    name: str
    shape: tuple
    low: float
    high: float
    law: Law = SPIKING
    parameters: tuple = ()

    @property
    def sends_states(self) -> bool:
        """Whether its signals are states as they are, and not spikes."""
        return self.law.sends == "states"

    @property
    def range(self) -> tuple[float, float]:
        """What its signals can stand for, (low, high): they are rho(x) = clip(x, low, high)."""
        return self.law.range_of(self.parameters)

    @property
    def bits(self) -> int:
        """Bits of one of its spikes, the sign included where there is more than one; 0 where it sends states."""
        return self.law.bits_of(self.parameters)

    @property
    def negative(self) -> bool:
        """Whether signals may be below 0: of spikes the code of a state that falls, too."""
        return (self.low if self.sends_states else self.range[0]) < 0

    @property
    def clip(self) -> tuple[float, float]:
        """The bounds that its signals meet first, (low, high): those of the state, or what signals can stand for."""
        (low, high), own = self.range, (self.low, self.high)
        return max(low, own[0]), min(high, own[1])

    @property
    def map_shape(self) -> tuple[int, int, int]:
        return self.shape if len(self.shape) == 3 else (1, 1, *self.shape)

    @property
    def units(self) -> int:
        return math.prod(self.shape)

    @property
    def biases(self) -> int:
        """One bias per channel of a map, one per unit of a dense layer."""
        return self.shape[-1]
