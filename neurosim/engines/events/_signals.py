"""Compiled kernels of signals: what populations send, listed and counted."""

import numpy as np

from neurosim._jit import inner_kernel
from neurosim.engines.events._reads import list_events, occupy
from neurosim.engines.events.signals import STATES, ZERO_OR_ONE


@inner_kernel
def list_signals(plan, drive, population, s, scratch, j):
    """List what a layer of sample j sends; signals that are states pass the drivers of their lines."""
    if plan.sends[population] == STATES and drive.dac_step > 0:
        signals = s[j, plan.first_unit[population]:plan.first_unit[population + 1]]
        for u in range(signals.size):
            code = np.rint(signals[u] / drive.dac_step) * drive.dac_step
            signals[u] = min(max(code, -drive.dac_range), drive.dac_range)
    list_population(plan, population, drive.noise, s[j], scratch, j)


@inner_kernel
def list_population(plan, population, noise, s, scratch, j):
    """List what a population of sample j sends: by sign, where lines are driven with one sign in a cycle.

    noise : key of the noise of reads, whose variance needs the squares; 0 = none
    """
    first, last = population, population + 1
    if plan.signed[population] > 0:
        first, last = plan.signed[population], plan.signed[population] + 2
        split_signs(plan, population, first, s)
    for listed in range(first, last):
        if noise and plan.sends[listed] != ZERO_OR_ONE:
            power = scratch.power[j]
            for u in range(plan.first_unit[listed], plan.first_unit[listed + 1]):
                power[u] = s[u] * s[u]
        list_events(plan, listed, s, scratch.events[j], scratch.starts[j])
        occupy(plan, listed, scratch.starts[j], scratch.occupied[j])


@inner_kernel
def split_signs(plan, population, positive, s):
    """Write the positive signals of a population to population `positive` and the others to the next; s is mutated."""
    first, up, down = plan.first_unit[population], plan.first_unit[positive], plan.first_unit[positive + 1]
    for u in range(plan.first_unit[population + 1] - first):
        s[up + u], s[down + u] = max(s[first + u], s.dtype.type(0)), min(s[first + u], s.dtype.type(0))


@inner_kernel
def count_signals(plan, sweep, t, s, sent):
    """Add one for every non-zero signal to `sent`, of the layers that have moved in the sweep before this one.

    Each signal counts once, when it is read first. A steady input sends once, at t = 0.
    """
    for layer in range(plan.steady_input if t > 0 else 0, plan.layers):
        if plan.moves[sweep - 1, layer]:
            a, b = plan.first_unit[layer], plan.first_unit[layer + 1]
            signals, counts = s[a:b], sent[a:b]
            for u in range(counts.size):
                counts[u] += signals[u] != 0
