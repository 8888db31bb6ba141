"""Arrays begin with a line of the cache."""

import numpy as np
import pytest

import graphs
from neurosim._memory import LINE, aligned_zeros, whole_lines
from neurosim.engines.events.engine import EventsEngine


@pytest.mark.parametrize("dtype", (np.float32, np.float64, np.int64))
@pytest.mark.parametrize("shape", (1, 17, (3, 5), (100, 1000)))
def test_an_array_begins_with_a_line(shape, dtype):
    array = aligned_zeros(shape, dtype)
    assert array.ctypes.data % LINE == 0
    assert array.shape == np.zeros(shape).shape and array.dtype == dtype and array.flags.c_contiguous
    assert not array.any()
    array += 1
    assert array.all()


def test_whole_lines_hold_at_least_the_count():
    assert [whole_lines(n, np.float32) for n in (0, 1, 16, 17)] == [0, 16, 16, 32]
    assert [whole_lines(n, np.float64) for n in (1, 8, 9)] == [8, 8, 16]


@pytest.mark.parametrize("dtype", (np.float32, np.float64))
def test_the_weights_of_every_read_begin_with_a_line(dtype):
    engine = EventsEngine(graphs.build("skips"), dtype=dtype)
    first = engine.layout.plan.read_weights * np.dtype(dtype).itemsize
    assert len(first) > 3
    assert not ((engine.drive(1).weights.ctypes.data + first) % LINE).any()
    scratch = engine.scratch(3)
    for rows in (scratch.phi, scratch.direct):
        assert not any(row.ctypes.data % LINE for row in rows)
