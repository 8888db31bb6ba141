"""Synapses: what the time loop reads and what learning writes.

The time loop asks an array of synapses for *effective weights*, one array per connection and direction, and for the
*converter* that stands between a column sum and a neuron. It never asks what a synapse is made of.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Converter:
    """Readout of a column: y = clip(step round(i / step), low, high); step = 0 is the ideal amplifier y = i.

    step : weight of the least significant bit [1]
    low, high : range [1]
    """

    step: float = 0.0
    low: float = -np.inf
    high: float = np.inf

    def __post_init__(self):
        if not (self.step >= 0 and self.low < self.high):
            raise ValueError(f"converter: step = {self.step:g}, range {self.low:g} ... {self.high:g}; "
                             "need step >= 0 and low < high")


@dataclass(frozen=True)
class EffectiveWeights:
    """Weights as a read meets them: one array per connection and direction.

    forward, backward : dicts from the name of a connection to an array of its weight shape [1]; equal for ideal
        synapses
    """

    forward: dict
    backward: dict


class Synapses(Protocol):
    """What training needs of an array of synapses, ideal or not."""

    converter: Converter
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
        self.converter = Converter()
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
