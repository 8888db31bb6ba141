"""Random numbers of single pulses: a function of (key, counter), so that no order of programming changes them."""

from statistics import NormalDist

import numpy as np

from neurosim._jit import inner_kernel

#: The table of quantiles has 32 bins in every octave of the probability. Of a single-precision number, the exponent and
#: the first bits of the mantissa count the bins, the other bits interpolate.
_BIN_BITS = 5
_PART_BITS = 23 - _BIN_BITS
_FIRST, _LAST = (int(np.float32(number).view(np.int32)) >> _PART_BITS for number in (0.5, 2.0 ** 31))


def _upper_quantiles() -> np.ndarray:
    """Normal quantiles of 1 - p, p = 2^-33 ... 1/2: value and width of each bin, two float32 in one uint64."""
    edges = (np.arange(_FIRST, _LAST + 1, dtype=np.int32) << _PART_BITS).view(np.float32)
    quantiles = np.array([-NormalDist().inv_cdf(float(edge) / 2 ** 32) for edge in edges], np.float32)
    pairs = quantiles, np.diff(quantiles, append=quantiles[-1:])
    values, widths = (numbers.view(np.uint32).astype(np.uint64) for numbers in pairs)
    return values | widths << np.uint64(32)


#: (bins) of the table
QUANTILES = _upper_quantiles()


@inner_kernel
def square_bits(key, x):
    """32 random bits of a counter: the generator "Squares", four rounds (Widynski, arXiv:2004.06278).

    key : uint64; x : uint64, counter x key, so that a loop over counters adds the key where it would multiply
    """
    y = x
    z = y + key
    for constant in (y, z, y):
        x = x * x + constant
        x = (x >> np.uint64(32)) | (x << np.uint64(32))
    return np.uint32((x * x + z) >> np.uint64(32))


@inner_kernel
def random_bits(key, counter):
    """32 random bits of a counter; key, counter : uint64."""
    return square_bits(key, counter * key)


@inner_kernel
def draw_bin(key, x):
    """Where the table is read for one normal number: index of the bin, and the part of it, with the number's sign.

    key, x : as in `square_bits`
    """
    bits = square_bits(key, x)
    upper = bits >> np.uint32(31)
    folded = np.int32(bits ^ (np.uint32(0) - upper))
    word = np.float32(np.float32(folded) + np.float32(0.5)).view(np.int32)
    index = np.uint32((word >> np.int32(_PART_BITS)) - np.int32(_FIRST))
    part = np.float32(word & np.int32((1 << _PART_BITS) - 1)) * np.float32(1 / (1 << _PART_BITS))
    return index, part if upper else -part


@inner_kernel
def normal_at(quantile, part):
    """The normal number at a part of a bin of the table."""
    low, width = np.uint32(quantile).view(np.float32), np.uint32(quantile >> np.uint64(32)).view(np.float32)
    return np.copysign(low + abs(part) * width, part)


@inner_kernel
def standard_normal(key, counter):
    """One standard normal number, to 1e-4: the normal quantile of random bits, from a table.

    The bins of the table halve in width from octave to octave of the probability, so that the tails are as exact as the
    middle, and there is no branch: a loop over counters becomes vector instructions. Many numbers are drawn faster in
    three loops: `draw_bin`, `look_up` in QUANTILES, `normal_at`.
    """
    index, part = draw_bin(key, counter * key)
    return normal_at(QUANTILES[index], part)
