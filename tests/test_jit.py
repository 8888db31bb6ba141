"""Vector loops against numpy: any length, any register width, any signal."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from neurosim import _jit
from neurosim._jit import (BLOCK, LARGEST, add_products, add_row_pairs, add_rows, add_scaled, add_short_rows, kernel,
                           look_up, merge_flags, pack_nonzero, scale_and_shift, side_by_side)

TYPES = (np.float32, np.float64)


@kernel
def rows(out, o, length, weights, w, stride, signal, s, events, first, last):
    add_rows(out, o, length, weights, w, stride, signal, s, events, (first, last))


@kernel
def short_rows(out, o, length, step, weights, w, stride, signal, s, events, first, last):
    add_short_rows(out, o, length, step, weights, w, stride, signal, s, events, (first, last))


@kernel
def products(out, outs, length, weights, w, stride, signal, signals, count):
    add_products(out, outs, length, weights, w, stride, signal, signals, count)


@kernel
def row_pairs(out, second, o, length, weights, others, w, stride, signal, power, s, events, first, last):
    add_row_pairs((out, second), o, length, (weights, others), w, stride, (signal, power), s, events, (first, last))


@kernel
def scaled(out, o, length, factor, values, v):
    add_scaled(out, o, length, factor, values, v)


@kernel
def shifted(out, o, length, factors, offsets, f):
    scale_and_shift(out, o, length, factors, offsets, f)


@kernel
def looked_up(table, places, words, count):
    look_up(table, places, words, count)


@kernel
def merged(flags, f, others, o, length):
    merge_flags(flags, f, others, o, length)


@kernel
def pack(signal, s, first, last, events, n):
    return pack_nonzero(signal, s, first, last, events, n)


def draw(seed, shape, dtype):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("dtype", TYPES)
@given(length=st.integers(0, 300), gap=st.integers(0, 3), count=st.integers(0, 9), seed=st.integers(0, 9))
def test_selected_rows_are_added(dtype, length, gap, count, seed):
    stride = length + gap
    weights, signal = draw(seed, 3 + 12 * stride, dtype), draw(seed + 1, 14, dtype)
    out = draw(seed + 2, length + 7, dtype)
    events = np.random.default_rng(seed).integers(0, 12, count + 3).astype(np.int32)
    expected = out.astype(np.float64)
    for u in events[2:2 + count]:
        row = 3 + u * stride
        expected[4:4 + length] += float(signal[2 + u]) * weights[row:row + length].astype(np.float64)
    before = out.copy()
    rows(out, 4, length, weights, 3, stride, signal, 2, events, 2, 2 + count)
    assert_allclose(out, expected, rtol=0, atol=50 * np.finfo(dtype).eps)
    assert_array_equal(out[:4], before[:4])
    assert_array_equal(out[4 + length:], before[4 + length:])


@pytest.mark.parametrize("dtype", TYPES)
@given(length=st.integers(0, 300), gap=st.integers(0, 3), count=st.integers(0, 9), seed=st.integers(0, 9))
def test_pairs_of_rows_have_the_bits_of_rows(dtype, length, gap, count, seed):
    stride = length + gap
    weights, others = (draw(seed + i, 3 + 12 * stride, dtype) for i in range(2))
    signal, power = (draw(seed + 2 + i, 14, dtype) for i in range(2))
    events = np.random.default_rng(seed).integers(0, 12, count + 3).astype(np.int32)
    outs = [draw(seed + 4 + i, length + 7, dtype) for i in range(2)]
    expected = [out.copy() for out in outs]
    for out, matrix, sent in zip(expected, (weights, others), (signal, power)):
        rows(out, 4, length, matrix, 3, stride, sent, 2, events, 2, 2 + count)
    row_pairs(*outs, 4, length, weights, others, 3, stride, signal, power, 2, events, 2, 2 + count)
    for out, wanted in zip(outs, expected):
        assert_array_equal(out, wanted)


@pytest.mark.parametrize("dtype", TYPES)
@given(length=st.integers(0, 600), count=st.integers(0, 70), seed=st.integers(0, 9), extreme=st.booleans())
def test_short_rows_are_added_without_a_loss(dtype, length, count, seed, extreme):
    """Also where all weights are as large as they may be and all signals alike: nothing overflows."""
    random, stride = np.random.default_rng(seed), length + 2
    weights = random.integers(-LARGEST, LARGEST + 1, 3 + 12 * stride).astype(np.int16)
    signal = random.choice([-1, 1], 14).astype(dtype)
    if extreme:
        weights[:], signal[:] = LARGEST * random.choice([-1, 1]), random.choice([-1, 1])
    out = random.integers(-9, 9, length + 7).astype(dtype)
    events = random.integers(0, 12, count + 3).astype(np.int32)
    expected = out.copy()
    for u in events[2:2 + count]:
        row = 3 + u * stride
        expected[4:4 + length] += dtype(0.25) * signal[2 + u] * weights[row:row + length]
    short_rows(out, 4, length, dtype(0.25), weights, 3, stride, signal, 2, events, 2, 2 + count)
    assert_array_equal(out, expected)


@pytest.mark.parametrize("dtype", TYPES)
@given(length=st.integers(0, 300), seed=st.integers(0, 9))
def test_every_number_of_a_range_is_scaled_by_itself(dtype, length, seed):
    before, values, offsets = (draw(seed + i, length + 9, dtype) for i in range(3))
    out, own, factor = before.copy(), slice(2, 2 + length), dtype(-1.7)
    scaled(out, 2, length, factor, values, 5)
    expected = before.copy()
    expected[own] += factor * values[5:5 + length]
    assert_allclose(out, expected, rtol=0, atol=20 * np.finfo(dtype).eps)
    out, expected = before.copy(), before.copy()
    shifted(out, 2, length, values, offsets, 5)
    expected[own] = values[5:5 + length] * before[own] + offsets[5:5 + length]
    assert_allclose(out, expected, rtol=0, atol=20 * np.finfo(dtype).eps)
    assert_array_equal(np.delete(out, own), np.delete(before, own))


def test_a_table_is_read_at_listed_places():
    random = np.random.default_rng(0)
    table, places = random.integers(0, 2 ** 63, 50).astype(np.uint64), random.integers(0, 50, 77).astype(np.uint32)
    words = np.zeros(77, np.uint64)
    looked_up(table, places, words, 70)
    assert_array_equal(words[:70], table[places[:70]])
    assert not words[70:].any()


@pytest.mark.parametrize("dtype", TYPES)
@given(length=st.integers(0, 150), gap=st.integers(0, 3), count=st.integers(0, 40), density=st.floats(0, 1),
       seed=st.integers(0, 9))
def test_products_have_the_bits_of_rows(dtype, length, gap, count, density, seed):
    stride = length + gap
    weights, signal = draw(seed, (5 + count * stride,), dtype), draw(seed + 1, BLOCK * (count + 1), dtype)
    signal[np.random.default_rng(seed).random(signal.size) > density] = 0
    outs, signals = tuple(1 + i * (length + 2) for i in range(BLOCK)), tuple(i * (count + 1) for i in range(BLOCK))
    start = draw(3, BLOCK * (length + 2) + 1, dtype)
    dense, sparse = start.copy(), start.copy()
    products(dense, outs, length, weights, 5, stride, signal, signals, count)
    for o, s in zip(outs, signals):
        events = np.flatnonzero(signal[s:s + count]).astype(np.int32)
        rows(sparse, o, length, weights, 5, stride, signal, s, events, 0, len(events))
    assert_array_equal(dense.view(np.uint8), sparse.view(np.uint8))
    expected = weights[5:].reshape(count, stride)[:, :length].astype(np.float64).T @ signal[:count].astype(np.float64)
    assert_allclose(dense[1:1 + length], start[1:1 + length] + expected, rtol=0, atol=500 * np.finfo(dtype).eps)


SIGNALS = [0.0, -0.0, 1.0, -0.5, 1e-300, 1e-40, np.nan, np.inf, -np.inf]


@pytest.mark.parametrize("dtype", TYPES)
@given(first=st.integers(0, 9), length=st.integers(0, 70), offset=st.integers(0, 3), filled=st.integers(0, 2),
       seed=st.integers(0, 99))
def test_what_is_not_zero_is_listed_in_order(dtype, first, length, offset, filled, seed):
    """Both zeros are silent, NaN is not; 1e-300 is 0 in single precision."""
    last = first + length
    signal = np.random.default_rng(seed).choice(SIGNALS, offset + last + 2).astype(dtype)
    events = np.full(filled + length + 9, -7, np.int32)
    count = pack(signal, offset, first, last, events, filled)
    expected = first + np.flatnonzero(signal[offset + first:offset + last])
    assert count == filled + len(expected)
    assert_array_equal(events[filled:count], expected)
    assert_array_equal(events[:filled], np.full(filled, -7))
    assert events[-1] == -7


@given(length=st.integers(0, 150), seed=st.integers(0, 99))
def test_flags_are_merged_and_their_neighbours_left(length, seed):
    random = np.random.default_rng(seed)
    flags, others = random.integers(0, 2, (2, length + 7)).astype(np.uint8)
    expected = flags.copy()
    expected[3:3 + length] |= others[5:5 + length]
    merged(flags, 3, others, 5, length)
    assert_array_equal(flags, expected)


@pytest.mark.slow
def test_lists_do_not_depend_on_the_width_of_the_registers(monkeypatch):
    """Compiled anew, uncached, as for a processor without an instruction that packs."""
    signal = np.random.default_rng(0).choice(SIGNALS, 200).astype(np.float32)
    expected = np.zeros(210, np.int32)
    count = pack(signal, 0, 3, 200, expected, 1)
    monkeypatch.setattr(_jit.indices, "simd_bytes", lambda: 16)
    listed = np.zeros_like(expected)
    assert numba.njit(error_model="numpy")(pack.py_func)(signal, 0, 3, 200, listed, 1) == count
    assert_array_equal(listed[:count], expected[:count])


@pytest.mark.slow
@pytest.mark.parametrize("width", [4, 16, 32, 64])
def test_bits_do_not_depend_on_the_width_of_the_registers(width, monkeypatch):
    """Compiled anew, uncached, as if the processor had registers of that width; of 4 bytes, numbers alone."""
    if width > _jit.simd_bytes():
        pytest.skip(f"this processor has registers of {_jit.simd_bytes()} bytes")
    events = np.arange(0, 20, 3, dtype=np.int32)
    arguments = [(length, draw(1, 20 * length, np.float32), draw(2, 20, np.float32), events)
                 for length in (1, 3, 17, 64, 131, 300)]
    results = [np.zeros(length, np.float32) for length, *_ in arguments]
    for out, (length, weights, signal, events) in zip(results, arguments):
        rows(out, 0, length, weights, 0, length, signal, 0, events, 0, len(events))
    monkeypatch.setattr(_jit.vectors, "simd_bytes", lambda: width)
    narrow = numba.njit(fastmath={"contract"}, error_model="numpy")(rows.py_func)
    for expected, (length, weights, signal, events) in zip(results, arguments):
        out = np.zeros(length, np.float32)
        narrow(out, 0, length, weights, 0, length, signal, 0, events, 0, len(events))
        assert_array_equal(out.view(np.uint8), expected.view(np.uint8))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_results_come_in_the_order_of_the_items(threads):
    assert side_by_side(lambda item: item ** 2, list(range(20)), threads) == [n ** 2 for n in range(20)]


def test_an_error_in_a_thread_reaches_the_caller():
    def task(item):
        raise ValueError(f"item {item}")
    with pytest.raises(ValueError, match="item 0"):
        side_by_side(task, [0, 1, 2], 2)


def test_the_machine_is_known():
    assert _jit.simd_bytes() in (16, 32, 64) and _jit.thread_count() >= 1


def test_a_kernel_allocates_nothing():
    @kernel
    def zeros(count):
        return np.zeros(count)

    with pytest.raises(numba.core.errors.TypingError, match="Only accept returning of array passed"):
        zeros(3)
