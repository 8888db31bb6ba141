"""What training, checks and energy ask of an engine, whatever computes the dynamics.

An engine holds the effective weights of one network and follows its neurons through time. Nothing outside an engine
knows how a read is computed, or in which order its arrays lie in memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from neurosim.counts import Counts
from neurosim.crossbar.readout import Readout
from neurosim.crossbar.synapses import EffectiveWeights
from neurosim.losses import SQUARED_ERROR, Loss
from neurosim.network.graph import Network
from neurosim.summaries import Fielded
from neurosim.whole import whole

#: Longest relaxation: what a unit sends is counted in 16 bits.
MOST_STEPS = 65535


def refuse_span(steps: int, window: int, tolerance: float) -> None:
    """Raise ValueError unless a network can relax for so many time steps and be averaged over a window of them."""
    whole(steps, "relax: steps", 1, MOST_STEPS, most="as many as the counters of spikes hold")
    whole(window, "relax: window", 1, MOST_STEPS)
    if window > steps or (tolerance > 0 and steps % window):
        raise ValueError(f"relax: a window of {window} does not fit {steps} steps; it must not be longer, and with a "
                         "tolerance it must divide them")


@dataclass(repr=False)
class State(Fielded):
    """Everything that a phase hands on to the next, one row per sample; a copy of it restores the network exactly.

    x : states, d : decoded currents, v : modulator residues, s : signals sent last, each float (samples, all units),
        which begin with the units of all layers, input first, and continue with what only the engine knows
    time : int64 (samples,), steps since rest
    names : uint64 (samples,), distinguish the samples when read noise is drawn
    """

    x: np.ndarray
    d: np.ndarray
    v: np.ndarray
    s: np.ndarray
    time: np.ndarray
    names: np.ndarray

    def copy(self) -> "State":
        """Return a State that shares no memory with this one."""
        return State(*(values.copy() for values in vars(self).values()))

    def rows(self, samples: np.ndarray) -> "State":
        """Return the State of some samples, int (some,), alone; it shares no memory with this one."""
        return State(*(values[samples] for values in vars(self).values()))

    def replaced(self, samples: np.ndarray, other: "State") -> "State":
        """Return a copy with the rows of some samples, int (some,), taken from another State, one after the other."""
        found = self.copy()
        for name, values in vars(found).items():
            values[samples] = getattr(other, name)
        return found


@dataclass(frozen=True, repr=False)
class Nudge(Fielded):
    """What draws the outputs towards an answer while a network relaxes.

    beta : nudging factor [1]; targets : float (samples, classes); loss : of `neurosim.losses`, whose force it is
    """

    beta: float
    targets: np.ndarray
    loss: Loss = SQUARED_ERROR


def phase_number(beta: float) -> int:
    """Return the number under which a phase draws fresh noise where none is said: 0 free, 1 nudged up, 2 down."""
    return 0 if beta == 0 else 1 if beta > 0 else 2


def refuse_infinite(parameters: Mapping[str, np.ndarray]) -> None:
    """Raise ValueError, which names what it belongs to, where a weight or a bias is NaN or infinite; dict by name."""
    for name, values in parameters.items():
        if not np.isfinite(values).all():
            raise ValueError(f"network: the weights or biases of {name} contain NaN or infinity; "
                             "lower the learning rates or start again")


@dataclass(frozen=True, repr=False)
class Descent(Fielded):
    """What backpropagation through time goes back from, and how far.

    targets : float (samples, classes); loss : of `neurosim.losses`, of the mean output over the last `window` steps
    steps : of the relaxation; window, average : see `Engine.relax`
    last : backpropagation goes through so many steps at the end
    surrogate, sharpness : of spikes, see `neurosim.engines.dense.surrogate`
    """

    targets: np.ndarray
    steps: int
    loss: Loss = SQUARED_ERROR
    window: int = 1
    average: Literal["state", "spikes"] = "state"
    last: int = MOST_STEPS
    surrogate: str = "arctan"
    sharpness: float = 2.0


@dataclass(frozen=True, repr=False)
class Record(Fielded):
    """What one relaxation leaves behind.

    mean : float (samples, units), states (or spikes) averaged over the last window
    steps : int64 (samples,), time steps made
    sent : uint16 (samples, units), non-zero signals that each unit sent and the network read
    slices : int64 (samples, slices), kernel positions at which each slice of the engine's reads was read
    firings : int64 (samples, reads), charges that integrate-and-fire converters gave off: the sum of their codes,
        without signs
    sums : uint32 (samples, slices, BINS), how many sums in front of the converters of a slice fell into each bin of
        `neurosim.crossbar.calibration`; (samples, 0, 0) where they were not observed
    """

    mean: np.ndarray
    steps: np.ndarray
    sent: np.ndarray
    slices: np.ndarray
    firings: np.ndarray
    sums: np.ndarray

    def rows(self, samples: Sequence[int] | np.ndarray) -> "Record":
        """Return the Record of some samples alone."""
        return Record(*(values[np.asarray(samples, np.int64)] for values in vars(self).values()))


@dataclass(frozen=True, repr=False)
class Products(Fielded):
    """Hebbian products summed over samples: weights by connection (weight shape), biases by layer.

    averaged : dict of what a batch adds to averages, see `neurosim.network.graph.Network.averaged`
    """

    weights: dict
    biases: dict
    averaged: dict = field(default_factory=dict)


class Engine(Protocol):
    """One network with its weights loaded, ready to relax batches of samples.

    network : Network; dtype : of states and weights; units : number of units of all layers
    threads : samples side by side; no result depends on it
    slices : dict from layer to the slice of its units among all units, input first
    """

    network: Network
    dtype: np.dtype
    units: int
    threads: int
    slices: dict

    def load(self, effective: EffectiveWeights, biases: dict[str, np.ndarray], readout: Readout | None = None) -> None:
        """Take over EffectiveWeights, biases (dict by layer) and a Readout."""

    def rest(self, samples: int, names: np.ndarray | None = None) -> State:
        """Return the State of `samples` networks at rest."""

    def relax(self, state: State, images: np.ndarray, steps: int, *, window: int = 1, nudge: Nudge | None = None,
              phase: int | None = None, tolerance: float = 0.0, average: Literal["state", "spikes"] = "state",
              observe: bool = False) -> Record:
        """Follow the dynamics for `steps` time steps; the state is MUTATED. Returns a Record."""

    def follow(self, state: State, images: np.ndarray, steps: int, *, nudge: Nudge | None = None,
               phase: int | None = None) -> Iterator[int]:
        """Make the same steps one by one; yields the number of steps made, after each."""

    def correlate(self, plus: np.ndarray, minus: np.ndarray) -> Products:
        """Return the Products h(plus) - h(minus) of two sets of states, float (samples, units), summed over samples."""

    def outer_products(self, name: str, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the Hebbian product of one connection as outer products: (terms, rows) and (terms, columns)."""

    def currents(self, signals: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
        """Return what signals (samples, units) send along all connections, both ways, without converters and biases."""

    def unit_biases(self) -> np.ndarray:
        """Return the bias of every unit, those of maps repeated over their positions; float (units,)."""

    def count(self, record: Record, siemens: dict[str, Any] | None = None) -> Counts:
        """Return the Counts of one Record."""

    def observed(self, record: Record) -> dict[tuple[str, bool], np.ndarray]:
        """Return the sums of an observed Record: dict from (connection, forward) to int64 (slices, BINS)."""


class Meter(Protocol):
    """What counts memory; most : the largest so far, beyond what there was before [bytes]."""

    most: int


@runtime_checkable
class Backpropagating(Protocol):
    """An engine that can also go back through its time steps, and tell the memory that this takes."""

    def metered(self) -> AbstractContextManager[Meter]:
        """Return a block in which the memory of its tensors is counted, of one thread where it is a processor."""

    def backpropagate(self, state: State, images: np.ndarray, descent: Descent) -> tuple[Record, Products]:
        """Relax without a nudge as `Engine.relax` does, the state is MUTATED; and go back through it as a Descent says.

        returns : the Record, and the gradient of the loss, averaged over the samples, as Products
        """
