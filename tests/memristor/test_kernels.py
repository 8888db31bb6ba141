"""The loop of pulses sorts and blocks devices for speed; nothing of that may be seen in what they do."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import load_device
from neurosim.memristor.kernels import BLOCK, SORTED, divide_among_pairs

DEVICES = 3 * BLOCK + 41
COUNTS = np.random.default_rng(5).integers(-2 * SORTED, 2 * SORTED + 1, DEVICES)
COUNTS[::3] = 0


def programmed(stem, parts):
    """Conductances and pulses after each (counts, first, last) of parts."""
    array = DeviceArray(load_device(stem), (DEVICES,), seed=3, threads=1)
    array.cells.g[:] = (array.cells.low + array.cells.high) / 2
    for counts, first, last in parts:
        within = np.zeros(DEVICES, np.int64)
        within[first:last] = counts[first:last]
        array.pulse(within)
    return array.cells.g, array.cells.pulses


@pytest.mark.parametrize("stem", ["choi-2018-epiram", "gong-2018-reram-es", "gong-2022-reram-om"])
@pytest.mark.parametrize("cuts", [[0, 1, 7, BLOCK - 1, BLOCK + 60, DEVICES], [0, 2 * BLOCK, DEVICES]])
def test_a_device_does_not_know_which_others_walk_beside_it(stem, cuts):
    whole = programmed(stem, [(COUNTS, 0, DEVICES)])
    pieces = programmed(stem, [(COUNTS, first, last) for first, last in zip(cuts, cuts[1:])])
    for one, other in zip(whole, pieces):
        assert_array_equal(one, other)


@pytest.mark.parametrize("stem", ["choi-2018-epiram", "gong-2018-reram-es"])
def test_a_train_can_be_sent_pulse_by_pulse(stem):
    single = [(np.sign(COUNTS) * (np.abs(COUNTS) > k), 0, DEVICES) for k in range(2 * SORTED)]
    for one, other in zip(programmed(stem, [(COUNTS, 0, DEVICES)]), programmed(stem, single)):
        assert_array_equal(one, other)


def test_a_pair_takes_half_of_the_pulses_each_and_odd_ones_in_turn():
    counts = np.random.default_rng(1).integers(-9, 10, 500)
    received, opposite = np.zeros((2, 2, 500), np.int64)
    plus, minus = np.empty((2, 500), np.int64)
    for _ in range(2):
        divide_among_pairs(counts, received, opposite, plus, minus)
        assert_array_equal(plus - minus, counts)
        assert np.abs(np.abs(plus) - np.abs(minus)).max() <= 1 and (plus * minus <= 0).all()
        received, opposite = (side + [np.maximum(sent, 0), np.maximum(-sent, 0)]
                              for side, sent in ((received, plus), (opposite, minus)))
    assert_array_equal(received.sum(axis=0), np.abs(counts))
    assert_array_equal(opposite.sum(axis=0), np.abs(counts))
