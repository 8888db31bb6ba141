"""Random numbers of single pulses: their distribution out to the tails, and their independence."""

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare, kurtosis, norm, uniform

from neurosim._jit import kernel
from neurosim._jit.random import random_bits, standard_normal
from neurosim.streams import stream
from plain_devices import assert_follows

MANY = 1 << 18
KEYS = [np.uint64(int(stream(seed, "key").integers(2 ** 64, dtype=np.uint64)) | 1) for seed in range(4)]
FIRST, LONG = np.arange(MANY, dtype=np.uint64), np.arange(4 * MANY, dtype=np.uint64)
#: Counters as arrays of devices use them: the device in the upper half, the pulse in the lower one.
DEVICES = FIRST << np.uint64(32)


@kernel
def fill_bits(key, counters, out):
    """Fill out with the random bits of the counters; out is mutated."""
    for i in range(counters.size):
        out[i] = random_bits(key, counters[i])


@kernel
def fill_normals(key, counters, out):
    """Fill out with the normal numbers of the counters; out is mutated."""
    for i in range(counters.size):
        out[i] = standard_normal(key, counters[i])


def bits(key, counters):
    out = np.empty(len(counters), np.uint32)
    fill_bits(key, counters, out)
    return out


def normals(key, counters):
    out = np.empty(len(counters), np.float32)
    fill_normals(key, counters, out)
    return out


def assert_independent(one, other):
    """No correlation, and a flat 16 x 16 histogram of the pairs."""
    limit = 4 / np.sqrt(len(one))
    a, b = norm.ppf((one + 0.5) / 2 ** 32), norm.ppf((other + 0.5) / 2 ** 32)
    assert abs(np.corrcoef(a, b)[0, 1]) < limit
    assert abs(np.corrcoef(a * a, b * b)[0, 1]) < limit
    cells = np.bincount((one >> np.uint32(28)) * np.uint32(16) + (other >> np.uint32(28)), minlength=256)
    assert chisquare(cells).pvalue > 1e-5


@pytest.mark.parametrize("counters", [FIRST, DEVICES, DEVICES + np.uint64(1)], ids=["pulses", "new devices", "devices"])
@pytest.mark.parametrize("key", KEYS)
def test_bits_are_uniform(key, counters):
    drawn = bits(key, counters)
    assert_follows(drawn / 2 ** 32, uniform)
    ones = [int((drawn >> np.uint32(place) & np.uint32(1)).sum()) for place in range(32)]
    assert np.abs(np.array(ones) - MANY / 2).max() < 4.5 * np.sqrt(MANY) / 2


@pytest.mark.parametrize("counters", [FIRST, DEVICES], ids=["pulses", "new devices"])
@pytest.mark.parametrize("key", KEYS)
def test_normal_numbers_are_normal(key, counters):
    drawn = normals(key, counters)
    assert_follows(drawn, norm)
    drawn = drawn.astype(float)
    assert abs(drawn.mean()) < 4 / np.sqrt(MANY) and abs(drawn.var() - 1) < 5 * np.sqrt(2 / MANY)
    assert abs(kurtosis(drawn)) < 5 * np.sqrt(24 / MANY)


@pytest.mark.parametrize("sigmas", [2.2, 3.0, 4.0])
@pytest.mark.parametrize("sign", [-1, 1])
def test_tails_are_as_heavy_as_they_should_be(sign, sigmas):
    drawn = np.concatenate([normals(key, LONG) for key in KEYS])
    assert binomtest(int((sign * drawn > sigmas).sum()), drawn.size, norm.sf(sigmas)).pvalue > 1e-3


def test_quantiles_are_those_of_the_normal_distribution():
    """Sorted bits and sorted numbers belong together: the table and the tails err by less than 5e-4."""
    place, drawn = np.sort(bits(KEYS[0], FIRST)), np.sort(normals(KEYS[0], FIRST))
    assert np.abs(drawn - norm.ppf((place + 0.5) / 2 ** 32)).max() < 6e-4


@pytest.mark.parametrize("start, shift", [(FIRST, 1), (FIRST, 2), (DEVICES, 1 << 32), (DEVICES, 1),
                                          (DEVICES + np.uint64(7), 1 << 32)],
                         ids=["next pulse", "second next", "next device", "first and second pulse", "eighth pulses"])
@pytest.mark.parametrize("key", KEYS)
def test_neighbouring_counters_are_independent(key, start, shift):
    assert_independent(bits(key, start), bits(key, start + np.uint64(shift)))


@pytest.mark.parametrize("counters", [FIRST[1:], DEVICES[1:]], ids=["pulses", "new devices"])
def test_keys_are_independent(counters):
    assert_independent(bits(KEYS[0], counters), bits(KEYS[1], counters))
    assert_independent(bits(KEYS[2], counters), bits(KEYS[2] ^ np.uint64(1 << 33), counters))


def test_the_same_key_and_counter_give_the_same_number_in_any_order():
    order = np.random.default_rng(0).permutation(MANY)
    np.testing.assert_array_equal(bits(KEYS[0], FIRST[order]), bits(KEYS[0], FIRST)[order])
