"""Compiled loops of stochastic pulses: drawing trains, and counting where those of rows and columns meet."""

import numpy as np

from neurosim._jit import inner_kernel, kernel
from neurosim._jit.random import random_bits

#: Most slots of one train; a train is one 32-bit word, bit k is slot k.
LONGEST = 31


@inner_kernel
def _population(word):
    """Number of bits set in a 32-bit word."""
    word = word - ((word >> np.uint32(1)) & np.uint32(0x55555555))
    word = (word & np.uint32(0x33333333)) + ((word >> np.uint32(2)) & np.uint32(0x33333333))
    word = (word + (word >> np.uint32(4))) & np.uint32(0x0F0F0F0F)
    return (word * np.uint32(0x01010101)) >> np.uint32(24) & np.uint32(0xFF)


@kernel
def draw_trains(values, gain, slots, key, base, rising, falling):
    """Draw a train for every line: slot k carries a pulse with the probability min(gain |value|, 1).

    values : (lines); key, base : uint64 key and first counter of the random numbers, LONGEST of them for every line
    rising, falling : uint32 (lines), MUTATED: the train of a positive, of a negative value; the other is empty
    """
    for i in range(values.size):
        chance = np.uint64(min(abs(values[i]) * gain, 1.0) * 4294967296.0)
        word = np.uint32(0)
        if chance > 0:
            for k in range(slots):
                drawn = np.uint64(random_bits(key, base + np.uint64(i * LONGEST + k)))
                word |= np.uint32(drawn < chance) << np.uint32(k)
        rising[i] = word if values[i] > 0 else np.uint32(0)
        falling[i] = word if values[i] < 0 else np.uint32(0)


@kernel
def coincide(row_rising, row_falling, column_rising, column_falling, set_counts, reset_counts, first, last):
    """Count the coincidences of trains for the columns first ... last - 1.

    A cell gets a set pulse in every slot in which its row and its column pulse with the same sign, a reset pulse where
    the signs differ. set_counts, reset_counts : int32 (columns, rows), increased
    """
    for j in range(first, last):
        up, down = column_rising[j], column_falling[j]
        if up == 0 and down == 0:
            continue
        for i in range(row_rising.size):
            set_counts[j, i] += np.int32(_population((row_rising[i] & up) | (row_falling[i] & down)))
            reset_counts[j, i] += np.int32(_population((row_rising[i] & down) | (row_falling[i] & up)))
