"""Compiled loops over the devices of an array: which device gets which pulses, and what they amount to."""

import numpy as np

from neurosim._jit import kernel


@kernel
def divide_among_pairs(counts, received, received_opposite, plus, minus):
    """Divide signed pulses among pairs of devices: plus - minus = counts; both are mutated, int64 (pairs).

    Set and reset pulses take half each; an odd one goes to either device in turn, those that raise and those that lower
    the weight apart.

    received, received_opposite : int64 (2, pairs) set and reset pulses so far of the devices that count +1 and -1
    """
    for i in range(counts.size):
        count = counts[i]
        raising = received[0, i] + received_opposite[1, i]
        lowering = received[1, i] + received_opposite[0, i]
        odd = (raising if count > 0 else lowering) & 1
        size = abs(count)
        first = (size + 1 - odd) >> 1
        plus[i] = first if count > 0 else -first
        minus[i] = first - size if count > 0 else size - first


@kernel
def sum_pulses(counts, beside, before, after):
    """Sum up signed pulses: set pulses, reset pulses, devices beside a pulse, and for set and reset pulses the
    conductance met, summed over pulses [S].

    counts : int or float (devices), positive = set; beside : int (devices), other devices on the lines of each
    before, after : conductances around the pulses [S]
    returns : int, int, int, float, float
    """
    ups, downs, exposures, raised, lowered = 0, 0, 0, 0.0, 0.0
    for i in range(counts.size):
        number, mean = np.int64(counts[i]), (before[i] + after[i]) / 2
        exposures += abs(number) * beside[i]
        if number > 0:
            ups += number
            raised += number * mean
        elif number < 0:
            downs -= number
            lowered -= number * mean
    return ups, downs, exposures, raised, lowered
