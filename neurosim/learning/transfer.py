"""Rules that write through a second memory: Tiki-Taka with a fast array, and write-verify from a digital copy."""

from copy import deepcopy
from typing import Any

import numpy as np

from neurosim.crossbar.counts import ArrayCounts
from neurosim.crossbar.synapses import Synapses
from neurosim.learning.pulses import NothingToPrepare, Step, accumulate, round_stochastically
from neurosim.streams import stream


class TransferRule:
    """Tiki-Taka: gradients go to a fast array A, and what A has gathered is moved to the array C that is read.

        A += change;   every `every` updates:   H += rate (A - A0) / granularity,   C += whole pulses of H

    A0 is the conductance at which set and reset pulses of A cancel; it is measured once, by zero-shifting: alternating
    pulses drive every device there, which is then read and subtracted. Gokmen, Haensch, Front. Neurosci. 14:103 (2020);
    register H: Gokmen, Front. Artif. Intell. 4:699148 (2021); zero-shifting: Kim et al., arXiv:1907.10228.

    fast : DeviceSynapses of the array A, not programmed yet, which is MUTATED
    every : updates between two transfers; rate : part of A that a transfer adds to C [1]; shifts : alternating pulses
    """

    def __init__(self, fast: Any, seed: int, every: int = 10, rate: float = 0.1, shifts: int = 200) -> None:
        if every < 1:
            raise ValueError(f"tiki-taka: a transfer every {every} updates is none; give 1 or more")
        self.fast, self.seed, self.every, self.rate, self.shifts, self.made = fast, seed, every, rate, shifts, 0
        self.zero, self.registers = ({name: np.zeros(values.shape, np.float32) for name, values in fast.weights.items()}
                                     for _ in range(2))

    def prepare(self, synapses: Synapses) -> None:
        """Write zeros to A and find A0; counted as initial programming of the synapses, whose counts are MUTATED."""
        self.fast.write(self.zero)
        self.fast.begin()
        self.shift()
        synapses.counts.take_over(self.fast.counts, ArrayCounts())
        synapses.begin()

    def shift(self) -> None:
        """Drive the devices of A to where set and reset pulses cancel, and read A0 there; A is MUTATED."""
        for pulse in range(self.shifts):
            self.fast.program({name: np.full(zero.shape, 1 - 2 * (pulse % 2)) for name, zero in self.zero.items()})
        self.zero = self.fast.read()

    def apply(self, synapses: Synapses, step: Step) -> None:
        """Pulse A by the changes of a Step, stochastically rounded, and transfer to C in turn; both are MUTATED.

        Pulses and reads of A are counted as those of the synapses.
        """
        counts, spent = {}, deepcopy(self.fast.counts)
        self.fast.set_time(synapses.time)
        for name, change in step.changes.items():
            random = stream(self.seed, "rounding", name, self.made)
            counts[name] = round_stochastically(change / np.float32(self.fast.granularity[name]), None, lambda: random)
        self.fast.program(counts)
        self.made += 1
        if self.made % self.every == 0:
            self._transfer(synapses)
        synapses.counts.take_over(self.fast.counts, spent)

    def stored(self) -> dict[str, Any]:
        return {**{f"fast.{name}": values for name, values in self.fast.stored().items()},
                **{f"zero.{name}": values for name, values in self.zero.items()},
                **{f"register.{name}": values for name, values in self.registers.items()},
                "updates": np.int64(self.made)}

    def load(self, stored: dict[str, Any]) -> None:
        """Take back what `stored` returned, bit for bit."""
        groups = {group: {name.removeprefix(f"{group}."): values for name, values in stored.items()
                          if name.startswith(f"{group}.")} for group in ("fast", "zero", "register")}
        self.fast.load(groups["fast"])
        self.zero, self.registers = groups["zero"], {name: np.array(v) for name, v in groups["register"].items()}
        self.made = int(stored["updates"])

    def _transfer(self, synapses: Synapses) -> None:
        gathered, counts = self.fast.read(), {}
        for name, values in gathered.items():
            wanted = self.rate * (values - self.zero[name]) / np.float32(synapses.granularity[name])
            counts[name] = accumulate(wanted, self.registers[name], None)
        synapses.program(counts)


class VerifyRule(NothingToPrepare):
    """Keep a digital copy of the wanted weights and write every device that is more than the tolerance away from it.

    wanted : dict of float32 arrays, MUTATED by `apply`
    """

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        self.wanted = {name: np.array(values, np.float32) for name, values in weights.items()}

    def apply(self, synapses: Synapses, step: Step) -> None:
        """Move the copy by the changes of a Step and write it by pulses and reads; the synapses are MUTATED."""
        for name, change in step.changes.items():
            self.wanted[name] += change
        synapses.write(self.wanted)

    def stored(self) -> dict[str, Any]:
        return self.wanted

    def load(self, stored: dict[str, Any]) -> None:
        """Take back what `stored` returned, bit for bit."""
        for name, values in self.wanted.items():
            values[...] = stored[name]
