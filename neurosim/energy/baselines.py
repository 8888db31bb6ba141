"""What the same task costs elsewhere: quantised and floating-point networks, event-driven digital chips.

Their arithmetic is priced by a card of its own; their memory, their neurons and their leakage by the card of the chip
that they are compared with.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurosim.energy.area import bit_area
from neurosim.energy.latency import latency
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.energy.chip import Chip, Workload
    from neurosim.energy.prices import Price, PriceCard

PASSES = 3    #: dense passes of backpropagation for one sample: forwards, errors backwards, gradients
_WIDE = 32    #: bits of a floating-point number
_TOUCHED = 3    #: words that an event touches without reuse: the weight, and the sum before and after


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """One way to do the same; energies of all samples [J].

    name : what it is; passes : dense passes for each sample, 0 where the network relaxes as it did here
    count : operations; unit_price : of one [J]; source : where the price comes from
    neurons : updates of neurons with their states, where the network relaxes
    memory : of weights and activations, with perfect reuse and without any
    leak : of that memory where it stays on as long as the chip takes
    """

    name: str
    count: int
    unit_price: float
    source: str
    passes: int = 0
    neurons: float = 0.0
    memory: tuple = (0.0, 0.0)
    leak: float = 0.0

    @property
    def joules(self) -> float:
        """Arithmetic alone, count x unit price [J]."""
        return self.count * self.unit_price

    @property
    def bounds(self) -> tuple[float, float]:
        """Everything, at best (perfect reuse, nothing leaks) and at worst (no reuse, and leakage); two numbers [J]."""
        least, most = (self.joules + self.neurons + memory for memory in self.memory)
        return least, most + self.leak


def baselines(workload: Workload, others: PriceCard, prices: PriceCard | None = None) -> tuple[Baseline, ...]:
    """Return the baselines of a workload, a tuple of Baseline.

    Dense networks make one pass for each sample, over all synapses: every weight at each position, dropped ones too.
    The equivalent quantised network has b = ceil(log2(T + 1)) bits, as many as T steps of spikes distinguish:
    E_mac(b) = E_mul8 (b / 8)^2 + E_add8 b / 8. Where weights are learnt, dense networks make PASSES passes.
    "every step" is a dense computation of the same relaxation; event-driven ones pay for effective operations alone.

    Memory, with perfect reuse: every weight is read once in a pass, or once in a time step and direction, every
    activation is written and read once. Without reuse: every operation reads its weight and its activation; an event
    reads its weight and reads and writes its sum. What relaxes also pays for the neurons as the chip does. At worst the
    memory leaks as long as the chip takes, at best it is off at once. Loihi's events have their memory in their price.

    others : PriceCard of digital arithmetic; prices : PriceCard of the chip, None prices arithmetic alone
    raises : ValueError
    """
    passes = PASSES if workload.learns else 1
    dense = passes * synapses(workload.chip) * workload.samples
    steps = sum(number for counts in workload.phases.values() for number in counts.dense.values())
    events, bits = operations(workload), equivalent_bits(workload)
    memory = _Memory(workload, prices)
    int8, fp32, add, synapse, neuron = (others.price(key, "the baselines") for key in (
        "int8_mac", "fp32_mac", "fp32_add", "synaptic_event", "neuron_event"))
    updates = workload.steps * sum(workload.chip.layers.values()) * neuron.value

    def once(name: str, width: int, joules: float, source: str) -> Baseline:
        return Baseline(name=name, count=dense, unit_price=joules, source=source, passes=passes,
                        memory=memory.of_passes(passes, dense, width), leak=memory.leak(width))

    def relaxing(name: str, count: int, width: int, price: Price, touched: int) -> Baseline:
        return Baseline(name=name, count=count, unit_price=price.value, source=price.text, neurons=memory.neurons,
                        memory=memory.of_steps(count, width, touched), leak=memory.leak(width))
    return (once(f"quantised network of {counted(bits, 'bit')}", bits, *_quantised(bits, others)),
            once("dense int8 network", 8, int8.value, int8.text),
            once("dense fp32 network", _WIDE, fp32.value, fp32.text),
            relaxing("dense int8, every step", steps, 8, int8, 2),
            relaxing("dense fp32, every step", steps, _WIDE, fp32, 2),
            relaxing("event-driven fp32 additions", events, _WIDE, add, _TOUCHED),
            Baseline(name="Loihi-like synaptic events", count=events, unit_price=synapse.value,
                     source=f"{synapse.text}; neurons: {neuron.text}", neurons=updates))


class _Memory:
    """What memory, neurons and leakage of a workload cost at the prices of a chip [J]; nothing without prices."""

    def __init__(self, workload: Workload, prices: PriceCard | None) -> None:
        self._chip, self._samples, self._steps = workload.chip, workload.samples, workload.steps
        self._weights = sum(array.weights for array in workload.chip.arrays)
        self._reads = sum(array.weights * len(array.directions) for array in workload.chip.arrays)
        self._units = sum(workload.chip.layers.values())
        self._bit = self._leakage = self.neurons = 0.0
        if prices is not None:
            bit, update = (prices.value(key, "the memory of the baselines") for key in ("sram_bit", "neuron_update"))
            state = int(prices.value("state_bits", "the memory of the baselines"))
            self._bit, self.neurons = bit, self._steps * self._units * (update + state * bit)
            self._leakage = prices.value("leakage", "the memory of the baselines") * bit_area(prices) * \
                latency(workload, prices, workload.simulated).sample

    def of_passes(self, passes: int, operations: int, width: int) -> tuple[float, float]:
        """Return the memory of dense passes over words of `width` bits: with perfect reuse, and without any."""
        made = passes * self._samples
        return (made * (self._weights + 2 * self._units) * width * self._bit,
                (2 * operations + made * self._units) * width * self._bit)

    def of_steps(self, operations: int, width: int, touched: int) -> tuple[float, float]:
        """Return the memory of operations in every time step; `touched` : words that one takes without reuse."""
        return (min(operations, self._steps * self._reads) * width * self._bit,
                touched * operations * width * self._bit)

    def leak(self, width: int) -> float:
        """Return the leakage of the memory of all weights and activations while the chip is at work."""
        return self._samples * (self._weights + self._units) * width * self._leakage


def synapses(chip: Chip) -> int:
    """Return synapses of the network on a chip: every weight once at each position, also at those that pooling drops.
    """
    return sum(array.declared_synapses for array in chip.arrays)


def operations(workload: Workload) -> int:
    """Return the synaptic operations of all phases and directions, one for each signal and synapse."""
    return sum(number for counts in workload.phases.values() for number in counts.operations.values())


def spikes_per_synapse(workload: Workload) -> float:
    """Return spikes that a synapse carries for one sample, on average and in both directions [1]; 0 without synapses.
    """
    joined = synapses(workload.chip)
    return operations(workload) / joined / workload.samples if joined else 0.0


def equivalent_bits(workload: Workload) -> int:
    """Return the bits of the quantised network that distinguishes as much as T time steps: ceil(log2(T + 1)).

    T : steps of one inference, or of the free phase of one sample; the mean, rounded
    """
    steps = [counts.steps for phase, counts in workload.phases.items() if phase in ("inference", "free")]
    return max(1, math.ceil(math.log2(round(sum(steps) / workload.samples) + 1)))


def _quantised(bits: int, others: PriceCard) -> tuple[float, str]:
    multiply, add = (others.price(key, "the equivalent quantised network") for key in ("int8_multiply", "int8_add"))
    joules = multiply.value * (bits / 8) ** 2 + add.value * bits / 8
    return joules, f"E_mul8 ({bits}/8)^2 + E_add8 {bits}/8: {multiply.text}; {add.text}"
