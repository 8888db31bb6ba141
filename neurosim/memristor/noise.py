"""Random numbers of single pulses: a function of (key, counter), so that no order of programming changes them."""

import math
from statistics import NormalDist

import numpy as np

from neurosim._jit import inner_kernel

_BINS = 1024
_TAIL = 16    #: bins at either end where the quantile is too curved to interpolate
_QUANTILES = np.array([NormalDist().inv_cdf(min(max(i, 0.5), _BINS - 0.5) / _BINS) for i in range(_BINS + 1)],
                      np.float32)


@inner_kernel
def random_bits(key, counter):
    """32 random bits of a counter: the generator "Squares", four rounds (Widynski, arXiv:2004.06278).

    key, counter : uint64
    """
    x = counter * key
    y = x
    z = y + key
    for constant in (y, z, y):
        x = x * x + constant
        x = (x >> np.uint64(32)) | (x << np.uint64(32))
    return np.uint32((x * x + z) >> np.uint64(32))


@inner_kernel
def standard_normal(key, counter):
    """One standard normal number, to 5e-4: the normal quantile of random bits, from a table, in the tails a formula."""
    bits = random_bits(key, counter)
    place = bits >> np.uint32(22)
    part = (np.float32(bits & np.uint32(0x3FFFFF)) + np.float32(0.5)) * np.float32(1 / 2 ** 22)
    if place < _TAIL:
        return _tail_quantile((place + part) / _BINS)
    if place >= _BINS - _TAIL:
        return -_tail_quantile((_BINS - place - part) / _BINS)
    low = _QUANTILES[place]
    return low + part * (_QUANTILES[place + 1] - low)


@inner_kernel
def _tail_quantile(p):
    """Normal quantile of a small p: Hastings' rational approximation, Abramowitz and Stegun, 26.2.23."""
    t = math.sqrt(-2.0 * math.log(p))
    return np.float32((2.515517 + t * (0.802853 + t * 0.010328))
                      / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t)
