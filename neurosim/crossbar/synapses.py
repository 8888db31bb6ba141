"""Synapses: what the time loop reads and what learning writes.

The time loop asks an array of synapses for *effective weights*, one array per connection and direction, with the noise
that reads of them add. What stands between a sum and a neuron is a `Readout`. It never asks what a synapse is made of.
"""

from dataclasses import dataclass, field
from typing import Protocol

from neurosim.crossbar.counts import ArrayCounts
from neurosim.summaries import Fielded, Summarised, Summary


@dataclass(frozen=True, repr=False)
class EffectiveWeights(Fielded):
    """Weights as a read meets them: one array per connection and direction.

    forward, backward : dicts from the name of a connection to an array of its weight shape [1]; equal for ideal
        synapses
    variances : dict from connection to the variance that each driven weight adds to a sum (weight shape) [1]
    variance_floors : dict from (connection, forward) to the variance of every line, whatever is driven
        (slices, lines) [1]
    siemens : dict from connection to the sums of the conductances of every row and of every column of weights [S]
    """

    forward: dict
    backward: dict
    variances: dict = field(default_factory=dict)
    variance_floors: dict = field(default_factory=dict)
    siemens: dict | None = None


class Synapses(Protocol):
    """What training needs of an array of synapses, whatever they are made of.

    weights : dict from connection to the weights that a read finds now
    granularity : dict from connection to the change of a weight by one pulse in the middle of its range [1]
    pulsed : changes come in whole pulses, of about that size; otherwise exactly, parts of a pulse included
    counts, initial : ArrayCounts of all programming, and of that before learning; empty where it costs nothing
    missed : dict from connection to the Miss of the latest `write`; empty where nothing can be missed
    time : clock of the chip [s]
    """

    @property
    def weights(self) -> dict: ...

    @property
    def granularity(self) -> dict: ...

    @property
    def pulsed(self) -> bool: ...

    @property
    def counts(self) -> ArrayCounts: ...

    @property
    def initial(self) -> ArrayCounts: ...

    @property
    def missed(self) -> dict: ...

    @property
    def time(self) -> float: ...

    def effective(self) -> EffectiveWeights:
        """Return what reads meet now."""

    def read(self) -> dict:
        """Read all synapses one by one, as a controller does: dict of weights with the noise of such reads; counted."""

    def program(self, pulses: dict) -> None:
        """Apply signed numbers of pulses, one array per connection; mutates the synapses."""

    def write(self, weights: dict) -> None:
        """Bring the weights as close to these as the synapses can; mutates the synapses."""

    def begin(self) -> None:
        """Count all programming so far as that before learning."""

    def set_time(self, seconds: float) -> None:
        """Set the clock of the chip, `time`; devices drift from their last pulse."""

    def arrays_by_connection(self) -> dict:
        """Return the DeviceArrays of every connection, a dict of lists; empty without devices."""

    def stored(self) -> dict:
        """Return the state to save beside the weights: a dict of arrays; empty where the weights are all there is."""

    def load(self, stored: dict, weights: dict) -> None:
        """Restore what `stored` returned beside the weights, bit for bit; mutates the synapses."""


class IdealSynapses(Summarised):
    """Synapses that hold real numbers and change by exactly what they are told.

    weights : dict from the name of a connection to its array; kept, and MUTATED by `program`, `write` and `load`
    """

    pulsed = False

    def __init__(self, weights: dict) -> None:
        self.weights, self.granularity = weights, dict.fromkeys(weights, 1.0)
        self.time, self.counts, self.initial = 0.0, ArrayCounts(), ArrayCounts()
        self.missed: dict = {}

    def summary(self) -> Summary:
        """Return the Summary: shape and size of the weights of every connection."""
        rows = [("connection", "shape", "weights", "largest"),
                *((name, " x ".join(map(str, weights.shape)), f"{weights.size:,}", f"{abs(weights).max():.4g}")
                  for name, weights in self.weights.items())]
        return Summary(heading="Synapses that hold real numbers", rows=rows, words=2)

    def effective(self) -> EffectiveWeights:
        """Return the weights themselves, in both directions."""
        return EffectiveWeights(self.weights, self.weights)

    def read(self) -> dict:
        """Return the copies of the weights."""
        return {name: weights.copy() for name, weights in self.weights.items()}

    def program(self, pulses: dict) -> None:
        """Add pulses, which are changes of weights here, for one of them is worth 1; MUTATES the weights."""
        for name, change in pulses.items():
            self.weights[name] += change

    def write(self, weights: dict) -> None:
        """Take weights over; MUTATES the own ones."""
        self.load({}, weights)

    def begin(self) -> None:
        """Do nothing, since nothing was programmed."""

    def set_time(self, seconds: float) -> None:
        """Set the clock, which changes no number."""
        self.time = seconds

    def arrays_by_connection(self) -> dict:
        """Return no arrays of devices."""
        return {}

    def stored(self) -> dict:
        """Return nothing beside the weights."""
        return {}

    def load(self, stored: dict, weights: dict) -> None:
        """Take weights over; MUTATES the own ones. Raises ValueError where one is missing or has another shape."""
        for name, own in self.weights.items():
            if name not in weights or weights[name].shape != own.shape:
                raise ValueError(f"synapses: connection {name!r} needs an array of shape {own.shape}; "
                                 f"the file holds {weights[name].shape if name in weights else 'none'}")
            own[...] = weights[name]
