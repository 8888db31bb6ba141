"""Trains of pulses on word and bit lines: rank-1 updates that happen in the array, without a digital sum."""

import math
from typing import Any

import numpy as np

from neurosim._jit import side_by_side
from neurosim.crossbar.synapses import Synapses
from neurosim.learning._kernels import LONGEST, coincide, draw_trains
from neurosim.learning.pulses import NothingToPrepare, Step
from neurosim.streams import counter_key


class Lines:
    """The word and bit lines of one array: adds up the coincidences of rank-1 updates.

    rows, columns : of the array; slots : longest train, at most LONGEST; key : uint64, odd
    set_counts, reset_counts : int32 (columns, rows), MUTATED by `update` and `take`
    """

    def __init__(self, rows: int, columns: int, slots: int, key: np.uint64, threads: int = 1) -> None:
        self.slots, self.key, self.threads = slots, key, threads
        self.set_counts, self.reset_counts = (np.zeros((columns, rows), np.int32) for _ in range(2))
        self._words = [np.zeros(size, np.uint32) for size in (rows, rows, columns, columns)]
        self._drawn = 0

    def send(self, lower: np.ndarray, upper: np.ndarray, strength: float, granularity: float) -> None:
        """Send the trains of several outer products in turn, (terms, rows) and (terms, columns); see `update`."""
        for t in np.flatnonzero(lower.any(axis=1) & upper.any(axis=1)):
            self.update(lower[t], upper[t], strength, granularity)

    def take(self) -> list[np.ndarray]:
        """Signed pulses of the updates since the last call, in the order in which cells get them; MUTATES the counts.

        returns : list of int64 (columns, rows). Cells get their set pulses before their reset pulses; the second array
            is there only where a cell gets both
        """
        ups, downs = (counts.astype(np.int64) for counts in (self.set_counts, self.reset_counts))
        self.set_counts.fill(0)
        self.reset_counts.fill(0)
        later = np.where(ups > 0, downs, 0)
        return [counts for counts in (ups - downs + later, -later) if counts.any()]

    def update(self, lower: np.ndarray, upper: np.ndarray, strength: float, granularity: float) -> None:
        """Send the trains of one outer product, on average strength upper[j] lower[i] / granularity net set pulses.

        Length and amplitudes follow Gokmen, Vlasov, Front. Neurosci. 10:333 (2016) with update management (Rasch et
        al., arXiv:1906.02698): k = strength max|lower| max|upper| / granularity slots, at most `slots`; where that is
        too few the columns are scaled down.
        """
        largest = float(np.abs(lower).max(initial=0)), float(np.abs(upper).max(initial=0))
        wanted = abs(strength) * largest[0] * largest[1] / granularity
        if wanted == 0:
            return
        length = min(math.ceil(wanted), self.slots)
        gain = math.sqrt(abs(strength) / (granularity * length))
        shrink = min(1.0, self.slots / wanted)
        balance = math.sqrt(shrink * largest[1] / largest[0])
        for values, factor, words in ((lower, gain * balance, self._words[:2]),
                                      (np.sign(strength) * upper, gain / balance * shrink, self._words[2:])):
            base = np.uint64(self._drawn)
            draw_trains(np.ascontiguousarray(values, np.float64), factor, length, self.key, base, *words)
            self._drawn += values.size * LONGEST
        columns = len(self.set_counts)
        part = -(-columns // self.threads)
        side_by_side(lambda ends: coincide(*self._words, self.set_counts, self.reset_counts, *ends),
                     [(j, min(j + part, columns)) for j in range(0, columns, part)], self.threads)


def weights_of_lines(counts: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Pick what belongs to weights out of the crossings of all lines, (columns, rows); returns an array of that shape.

    Where an upper unit has fewer weights than there are rows, the array is block-diagonal: groups of columns meet
    groups of rows of their own, in their order.
    """
    groups = counts.shape[1] // math.prod(shape[1:])
    blocks = counts.reshape(groups, len(counts) // groups, groups, -1)
    return blocks[np.arange(groups), :, np.arange(groups)].reshape(shape)


class TrainRule(NothingToPrepare):
    """Update every array by trains of pulses, sample by sample and position by position, without a digital sum.

    difference  (b+ a+^T - b- a-^T) = (b+ - b-) (a+ + a-)^T / 2 + (b+ + b-) / 2 (a+ - a-)^T, two trains of differences
    two-phase   + b+ a+^T, then - b- a-^T: what a chip without a memory of the first phase would do

    a, b are the states below and above, + and - the two phases. The samples of a batch come one after the other, and
    for each of them the two products; the positions of a kernel in one sample are counted together, and their set
    pulses come before their reset pulses. Momentum and weight decay are left out: what counts is the rate.

    kind : "difference" or "two-phase"; slots : longest train
    """

    def __init__(self, kind: str, seed: int, slots: int = LONGEST, threads: int = 1) -> None:
        if not 1 <= slots <= LONGEST:
            raise ValueError(f"trains: {slots} slots do not fit one word of 32 bits; give 1 to {LONGEST}")
        self.kind, self.seed, self.slots, self.threads, self.made = kind, seed, slots, threads, 0

    def apply(self, synapses: Synapses, step: Step) -> None:
        """Send the trains of one batch (a `Step`); the synapses are MUTATED."""
        for name, change in step.changes.items():
            products = self._products(step, name)
            _, lower, upper = products[0]
            lines = Lines(lower.shape[2], upper.shape[2], self.slots,
                          counter_key(self.seed, "trains", name, self.made), self.threads)
            for sample in range(len(lower)):
                for amount, lower, upper in products:
                    lines.send(lower[sample], upper[sample], amount * step.strengths[name], synapses.granularity[name])
                    for counts in lines.take():
                        synapses.program({name: weights_of_lines(counts, change.shape)})
        self.made += 1

    def _products(self, step: Step, name: str) -> list[tuple[float, np.ndarray, np.ndarray]]:
        """Outer products of one connection in their order: amount, states below and above (samples, positions, lines).
        """
        found = []
        for amount, (low_plus, up_plus), (low_minus, up_minus), samples in step.factors(name):
            pairs = {"difference": (((low_plus + low_minus) / 2, up_plus - up_minus),
                                    (low_plus - low_minus, (up_plus + up_minus) / 2)),
                     "two-phase": ((low_plus, up_plus), (low_minus, -up_minus))}[self.kind]
            positions = len(low_plus) // max(samples, 1)
            found += [(amount, *(states.reshape(samples, positions, states.shape[1]) for states in pair))
                      for pair in pairs]
        return found

    def stored(self) -> dict[str, Any]:
        return {"updates": np.int64(self.made)}

    def load(self, stored: dict[str, Any]) -> None:
        """Take back what `stored` returned."""
        self.made = int(stored["updates"])
