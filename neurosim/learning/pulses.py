"""Pulse rules: how a weight change becomes signed numbers of pulses.

The digital rules hold the change of a batch in a register and decide how many whole pulses it is worth; one pulse
changes a weight by `granularity` in the middle of the range. Rules ask for whole numbers, as floats; where they become
integers, `neurosim.crossbar.placement.whole_pulses`, it is decided whether a chip can be asked for so many.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from neurosim.crossbar.synapses import Synapses
from neurosim.streams import stream

#: Makes the random numbers of one rounding.
Draw = Callable[[], np.random.Generator]


class Factors(NamedTuple):
    """A part of a gradient as outer products, one for each sample and position: amount (b+ a+^T - b- a-^T).

    amount : [1]; plus, minus : pairs of states below (terms, rows) and above (terms, columns), float, sample by sample
    samples : that they are of
    """

    amount: float
    plus: tuple
    minus: tuple
    samples: int


def no_factors(name: str) -> list[Factors]:
    """Return the factors of a gradient that is not made of outer products: none."""
    return []


@dataclass(frozen=True)
class Step:
    """One step of learning, as rules of all kinds need it.

    changes : dict of wanted weight changes by connection, from the optimiser
    strengths : dict of c rate / (sum of weight x beta x samples): what the outer products of a Contrast of amount 1 are
        multiplied by, without momentum; c is the factor of the gradient, see `neurosim.network.potentials`
    factors : function from a connection to the Factors of its gradient, a list, one for each Contrast; rules that send
        no outer products never ask
    """

    changes: dict
    strengths: dict
    factors: Callable = no_factors


class NothingToPrepare:
    """A rule that can begin at once."""

    def prepare(self, synapses: Synapses) -> None:
        """Do what comes before the first update; nothing here."""


class DirectUpdate(NothingToPrepare):
    """Synapses that take every change, for which a pulse is worth 1: the change itself."""

    def apply(self, synapses: Synapses, step: Step) -> None:
        """Carry out a Step; the synapses are MUTATED."""
        synapses.program(step.changes)

    def stored(self) -> dict[str, Any]:
        return {}

    def load(self, stored: dict[str, Any]) -> None:
        """Restore nothing."""


class DigitalRule(NothingToPrepare):
    """Weight changes, rounded to whole pulses by one of the functions below.

    rounding : function of the class `Rounding`, from ROUNDINGS
    registers : dict of what is left of the changes so far, in pulses, MUTATED by `apply`; empty for rules without
    made : number of updates so far
    """

    def __init__(self, rounding: str, seed: int, weights: dict[str, np.ndarray]) -> None:
        self.rounding, self.seed, self.made = ROUNDINGS[rounding], seed, 0
        self.registers = {name: np.zeros(values.shape, np.float32) for name, values in weights.items()}

    def apply(self, synapses: Synapses, step: Step) -> None:
        """Turn the changes of a Step into pulses and apply them; the synapses are MUTATED."""
        counts = {}
        for name, change in step.changes.items():
            wanted = change / np.float32(synapses.granularity[name])
            draw = partial(stream, self.seed, "rounding", name, self.made)
            counts[name] = self.rounding(wanted, self.registers[name], draw)
        synapses.program(counts)
        self.made += 1

    def stored(self) -> dict[str, Any]:
        """Return registers and number of updates, a dict of arrays to save."""
        return {**self.registers, "updates": np.int64(self.made)}

    def load(self, stored: dict[str, Any]) -> None:
        """Take back what `stored` returned, bit for bit."""
        self.made = int(stored["updates"])
        for name, register in self.registers.items():
            if name not in stored or stored[name].shape != register.shape:
                raise ValueError(f"pulse rule: the register of {name} needs the shape {register.shape}; "
                                 f"the file holds {stored[name].shape if name in stored else 'none'}")
            register[...] = stored[name]


def accumulate(wanted: np.ndarray, register: np.ndarray, random: Draw | None) -> np.ndarray:
    """Add the change to a register and fire its whole pulses: mixed precision.

    Nandakumar et al., Front. Neurosci. 14:406 (2020). `register` keeps the rest and is MUTATED.
    """
    register += wanted
    counts = np.trunc(register)
    register -= counts
    return counts


def round_stochastically(wanted: np.ndarray, register: np.ndarray | None, random: Draw) -> np.ndarray:
    """Round down or up with the probability that makes the mean exact."""
    floor = np.floor(wanted)
    return floor + (random().random(wanted.shape, np.float32) < wanted - floor)


def round_to_nearest(wanted: np.ndarray, register: np.ndarray | None, random: Draw) -> np.ndarray:
    """Round to the nearest whole number; changes below half a pulse are lost (MLP NeuroSim)."""
    return np.rint(wanted)


def sign(wanted: np.ndarray, register: np.ndarray | None, random: Draw) -> np.ndarray:
    """Return one pulse in the direction of every change that is worth a hundredth of a pulse: Manhattan rule."""
    return np.sign(wanted) * (np.abs(wanted) >= 0.01)


ROUNDINGS = {"accumulate": accumulate, "stochastic": round_stochastically, "nearest": round_to_nearest, "sign": sign}
