"""Synapses: what the time loop reads and what learning writes.

The time loop asks an array of synapses for *effective weights*, one array per connection and direction, with the noise
that reads of them add. What stands between a sum and a neuron is a `Readout`. It never asks what a synapse is made of.
"""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class EffectiveWeights:
    """Weights as a read meets them: one array per connection and direction.

    forward, backward : dicts from the name of a connection to an array of its weight shape [1]; equal for ideal
        synapses
    variances : dict from connection to the variance that each driven weight adds to a sum (weight shape) [1]
    floors : dict from (connection, forward) to the variance of every line, whatever is driven (slices, lines) [1]
    siemens : dict from connection to the sums of the conductances of every row and of every column of weights [S]
    """

    forward: dict
    backward: dict
    variances: dict = field(default_factory=dict)
    floors: dict = field(default_factory=dict)
    siemens: dict | None = None


class Synapses(Protocol):
    """What training needs of an array of synapses, ideal or not."""

    time: float

    def effective(self) -> EffectiveWeights:
        """Return what reads meet now."""

    def change(self, changes: dict) -> None:
        """Carry out weight changes, one array per connection; mutates the synapses."""

    def set_time(self, seconds: float) -> None:
        """Set the clock of the chip, `time`; devices drift from their last pulse."""

    def stored(self) -> dict:
        """Return the state to save beside the weights: a dict of arrays; empty where the weights are all there is."""

    def load(self, stored: dict) -> None:
        """Restore what `stored` returned or, where that is empty, the weights, bit for bit; mutates the synapses."""


class IdealSynapses:
    """Synapses that hold real numbers and change by exactly what they are told.

    weights : dict from the name of a connection to its array; kept, and MUTATED by `change` and `load`
    """

    def __init__(self, weights):
        self.weights = weights
        self.time = 0.0

    def effective(self):
        return EffectiveWeights(self.weights, self.weights)

    def change(self, changes):
        for name, change in changes.items():
            self.weights[name] += change

    def set_time(self, seconds):
        self.time = seconds

    def stored(self):
        return {}

    def load(self, stored):
        for name, weights in self.weights.items():
            if name not in stored or stored[name].shape != weights.shape:
                raise ValueError(f"synapses: connection {name!r} needs an array of shape {weights.shape}; "
                                 f"the file holds {stored[name].shape if name in stored else 'none'}")
            weights[...] = stored[name]
