"""What the same task costs elsewhere: quantised and floating-point networks, event-driven digital chips.

Arithmetic alone, without any memory, which favours the dense networks.
"""

import math
from dataclasses import dataclass

PASSES = 3    #: dense passes of backpropagation for one sample: forwards, errors backwards, gradients
BREAK_EVEN = (
    "spiking networks compete with dense ones at 0.15 to 1.38 spikes per synapse and inference "
    "(Dampfhoffer et al., IEEE TETCI 7(3), 2023)",
    "at 5 time steps, below a spike rate of 5.7 % against the equivalent quantised network (arXiv:2409.08290v4)",
)


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """One way to do the same.

    name : what it is; passes : dense passes for each sample, 0 where the network relaxes as it did here
    count : operations of all samples; unit_price : of one [J]; source : where the price comes from
    """

    name: str
    count: int
    unit_price: float
    source: str
    passes: int = 0

    @property
    def joules(self):
        """count x unit price [J]."""
        return self.count * self.unit_price


def baselines(workload, prices):
    """Baselines of a workload, a tuple of Baseline.

    Dense networks make one pass for each sample, over all synapses: every weight in each window. The equivalent
    quantised network has b = ceil(log2(T + 1)) bits, as many as T steps of spikes tell apart:
    E_mac(b) = E_mul8 (b / 8)^2 + E_add8 b / 8. Where weights are learnt, dense networks make PASSES passes.
    "every step" is a dense computation of the same relaxation; event-driven ones pay for effective operations alone.

    prices : PriceCard, by default at the node of each of its sources
    raises : ValueError
    """
    passes = PASSES if workload.learns else 1
    dense = passes * synapses(workload.chip) * workload.samples
    steps = sum(number for counts in workload.phases.values() for number in counts.dense.values())
    events = operations(workload)
    updates = workload.steps * sum(workload.chip.layers.values())
    int8, fp32, add, synapse, neuron = (prices.price(key, "the baselines") for key in (
        "int8_mac", "fp32_mac", "fp32_add", "synaptic_event", "neuron_event"))
    rows = [(f"quantised network of {equivalent_bits(workload)} bits", dense, *_quantised(workload, prices), passes),
            ("dense int8 network", dense, int8.value, int8.text, passes),
            ("dense fp32 network", dense, fp32.value, fp32.text, passes),
            ("dense int8, every step", steps, int8.value, int8.text, 0),
            ("dense fp32, every step", steps, fp32.value, fp32.text, 0),
            ("event-driven fp32 additions", events, add.value, add.text, 0),
            ("Loihi-like synaptic events", events, synapse.value, synapse.text, 0),
            ("Loihi-like neuron updates", updates, neuron.value, neuron.text, 0)]
    return tuple(Baseline(name=name, count=count, unit_price=joules, source=source, passes=repeats)
                 for name, count, joules, source, repeats in rows)


def synapses(chip):
    """Synapses of the network on a chip: every weight once in each window."""
    return sum(array.synapses for array in chip.arrays)


def operations(workload):
    """Synaptic operations of all phases and directions, one for each signal and synapse."""
    return sum(number for counts in workload.phases.values() for number in counts.operations.values())


def spikes_per_synapse(workload):
    """Spikes that a synapse carries for one sample, on average and in both directions [1]."""
    return operations(workload) / synapses(workload.chip) / workload.samples


def equivalent_bits(workload):
    """Bits of the quantised network that tells apart as much as T time steps: ceil(log2(T + 1)).

    T : steps of one inference, or of the free phase of one sample; the mean, rounded
    """
    steps = [counts.steps for phase, counts in workload.phases.items() if phase in ("inference", "free")]
    return max(1, math.ceil(math.log2(round(sum(steps) / workload.samples) + 1)))


def _quantised(workload, prices):
    multiply, add = (prices.price(key, "the equivalent quantised network") for key in ("int8_multiply", "int8_add"))
    bits = equivalent_bits(workload)
    joules = multiply.value * (bits / 8) ** 2 + add.value * bits / 8
    return joules, f"E_mul8 ({bits}/8)^2 + E_add8 {bits}/8: {multiply.text}; {add.text}"
