"""The loop of pulses sorts and blocks devices for speed; nothing of that may be seen in what they do."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import load_device
from neurosim.memristor._kernels import BLOCK, SORTED

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
