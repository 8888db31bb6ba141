"""Effective conductances against published circuits, a closed form, brute force, and what wires cannot do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import reference
from neurosim.crossbar.wires import Wires, effective_conductances, effective_tiles
from neurosim.crossbar.wires._kernels import transfer

INF = np.inf
DIVIDER = [[INF, 20, INF, 40], [INF, INF, INF, 80], [INF, 100, INF, 120], [INF, 140, 150, INF], [170, INF, 190, INF]]
FULL = np.arange(10, 201, 10.0).reshape(5, 4)
RISING, MIXED = (0, 1, 2, 3, 4), (3, 2, -1, 2, 3)
RESISTANCES = st.sampled_from((0.0, 0.0, 1e-3, 0.3, 4.0, 50.0))


def drawn(shape, seed=0, opened=0.0):
    """Conductances of the order of 1 S, some of them open; products with resistances are all that matters."""
    random = np.random.default_rng(seed)
    return random.uniform(0.1, 1, shape) * (random.random(shape) >= opened)


def mirrored(conductances, wires):
    """The same array, told as one whose word lines are the bit lines: eliminated in another order."""
    turned = np.ascontiguousarray(conductances[::-1, ::-1].T)
    solved = transfer(turned, float(wires.bit_line), float(wires.word_line), float(wires.sense), float(wires.driver))
    return solved[::-1, ::-1].T


@pytest.mark.parametrize("resistances, word_line, bit_line, voltages, currents", [
    (FULL, 1, 2, RISING, [.060570196651101416, .059327610716747844, .05634873882925334, .05335235457510154]),
    (FULL, 1, 2, MIXED, [.15274675287437675, .10872370543516569, .08719952841122902, .07446608444256336]),
    (DIVIDER, 0, 2, RISING, [.023255813953488372, .03253230157603294, .03984575835475578, .022600121045716903]),
    (DIVIDER, 0, 2, MIXED, [.01744186046511628, .09747266789720291, .028277634961439587, .06509159617967908]),
    (DIVIDER, 1, 0, RISING, [.02327131688988546, .04015212389767439, .03994004799568497, .0277225410885645]),
    (DIVIDER, 1, 0, MIXED, [.017453487667414096, .1349595044177086, .028343766316255493, .07814129811803747])])
def test_currents_are_those_of_a_circuit_simulator(resistances, word_line, bit_line, voltages, currents):
    """Circuits of badcrossbar's tests, solved by Qucs 0.0.20 (Joksas, Mehonic, SoftwareX 12, 100617 (2020))."""
    effective = effective_conductances(1 / np.array(resistances), Wires(word_line=word_line, bit_line=bit_line))
    assert_allclose(voltages @ effective, currents, rtol=1e-9)


@pytest.mark.parametrize("shape, bit_line, first, total", [
    ((16, 8), 2, [3.0758222884454356e-4, 2.696066396024078e-4, 2.539911141293533e-4, 2.92268458651818e-4,
                  2.54736581955452e-4, 2.606078573105583e-4, 2.881027021352995e-4, 2.9396092434546113e-4],
     2.2208565069748937e-3),
    ((64, 64), 1, [1.055975578367847e-3, 1.0609453555986909e-3, 1.0268206786041777e-3, 1.0504380223298373e-3,
                   1.026270763830401e-3, 1.0533975850067936e-3, 1.0335522699746814e-3, 1.018254425306703e-3],
     6.264624762294363e-2)])
def test_larger_arrays_match_two_other_solvers(shape, bit_line, first, total):
    i, j = np.indices(shape)
    conductances = (1 + (7 * i + 3 * j) % 11) * 1e-5
    currents = 0.1 * (1 + np.arange(shape[0]) % 5) @ effective_conductances(
        conductances, Wires(word_line=1, bit_line=bit_line))
    assert_allclose(currents[:8], first, rtol=1e-9)
    assert_allclose(currents.sum(), total, rtol=1e-9)


@pytest.mark.parametrize("n, g, r", [(4, 1e-3, 10), (64, 1e-4, 1), (128, 1e-4, 2), (256, 1e-5, 5)])
def test_one_bit_line_is_a_ladder(n, g, r):
    """I = (V / r) (1 - cosh((n - 1/2) t) / cosh((n + 1/2) t)), 2 cosh t - 2 = r g, with the difference as a product."""
    t = 2 * np.arcsinh(np.sqrt(r * g) / 2)
    current = 2 / r * np.sinh(n * t) * np.sinh(t / 2) / np.cosh((n + 0.5) * t)
    assert_allclose(effective_conductances(np.full((n, 1), g), Wires(bit_line=r)).sum(), current, rtol=1e-12)
    assert_allclose(effective_conductances(np.full((1, n), g), Wires(word_line=r), "backward").sum(), current,
                    rtol=1e-12)


@given(shape=st.tuples(st.integers(1, 7), st.integers(1, 7)), seed=st.integers(0, 2 ** 32 - 1),
       resistances=st.tuples(RESISTANCES, RESISTANCES, RESISTANCES, RESISTANCES), opened=st.sampled_from((0.0, 0.4)))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_any_array_obeys_kirchhoff(shape, seed, resistances, opened):
    """In both directions, with lines, drivers and sense amplifiers that may or may not resist."""
    m, n = shape
    conductances = drawn(shape, seed, opened)
    word, bit, driver, sense = resistances
    wires = Wires(word_line=word, bit_line=bit, driver=driver, sense=sense)
    forward, backward = (effective_conductances(conductances, wires, way) for way in ("forward", "backward"))
    rows, columns = np.random.default_rng(seed + 1).uniform(0.1, 1, (2, max(shape)))
    _, currents, _ = reference.kirchhoff(conductances, word, bit, driver, sense, rows[:m], np.zeros(n))
    assert_allclose(rows[:m] @ forward, currents, rtol=1e-9, atol=1e-15)
    currents, _, _ = reference.kirchhoff(conductances, word, bit, sense, driver, np.zeros(m), columns[:n])
    assert_allclose(backward @ columns[:n], -currents, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("resistance", [1e-9, 1e-3, 1.0, 1e3])
def test_a_linear_array_is_reciprocal(resistance):
    """Word lines driven and bit lines sensed, or the other way round: two eliminations in different orders agree."""
    wires = Wires(word_line=resistance, bit_line=2 * resistance, driver=resistance / 3, sense=resistance / 3)
    conductances = drawn((29, 37))
    assert_allclose(effective_conductances(conductances, wires), mirrored(conductances, wires), rtol=1e-12)


def test_a_driver_unlike_the_amplifier_makes_the_two_directions_differ():
    conductances = drawn((6, 5))
    wires = Wires(word_line=0.1, bit_line=0.1, driver=0.5)
    forward, backward = (effective_conductances(conductances, wires, way) for way in ("forward", "backward"))
    assert np.abs(forward / backward - 1).max() > 0.01


@pytest.mark.parametrize("n", [16, 48])
def test_the_first_loss_grows_with_the_cube_of_the_lines(n):
    """Sum of I = n^2 g (1 - loss) at equal inputs; each line loses r g (n + 1)(2n + 1) / 6, about r g n^2 / 3."""
    r, g = 1e-7, 1.0
    loss = 1 - effective_conductances(np.full((n, n), g), Wires(bit_line=r)).sum() / (n * n * g)
    assert loss == pytest.approx(r * g * (n + 1) * (2 * n + 1) / 6, rel=1e-3)
    assert n < 48 or loss == pytest.approx(r * g * n ** 2 / 3, rel=0.05)
    both = 1 - effective_conductances(np.full((n, n), g), Wires(bit_line=r, word_line=r)).sum() / (n * n * g)
    assert both == pytest.approx(2 * loss, rel=1e-3)


@pytest.mark.parametrize("tiny", [1e-9, 1e-12])
def test_a_tiny_resistance_costs_no_digits(tiny):
    """The loss itself, one part in 1e8, comes out to five digits: no large numbers are subtracted on the way."""
    conductances, wires = drawn((12, 15), seed=3), Wires(word_line=tiny, bit_line=tiny)
    first_order = np.zeros_like(conductances)
    for i, j in np.ndindex(*conductances.shape):
        word = sum(conductances[i, k] * conductances[i, j] * (min(j, k) + 1) for k in range(15))
        bit = sum(conductances[k, j] * conductances[i, j] * (12 - max(i, k)) for k in range(12))
        first_order[i, j] = tiny * (word + bit)
    lost = conductances - effective_conductances(conductances, wires)
    assert_allclose(lost, first_order, rtol=1e-5, atol=4e-16)


def test_more_resistance_never_gives_more_current():
    conductances, previous = drawn((8, 9)), np.inf
    for r in (0.0, 0.01, 0.1, 1.0, 10.0):
        now = effective_conductances(conductances, Wires(word_line=r, bit_line=r, driver=r, sense=r)).sum()
        assert now < previous
        previous = now


def test_ideal_wires_change_no_bit():
    conductances = drawn((7, 11), opened=0.3)
    effective = effective_conductances(conductances, Wires())
    assert_array_equal(effective, conductances)
    assert not np.shares_memory(effective, conductances)


def test_an_open_array_conducts_nothing():
    assert not effective_conductances(np.zeros((3, 4)), Wires(word_line=1, bit_line=1, driver=1)).any()


@pytest.mark.parametrize("shape", [(9, 17), (17, 9), (16, 16), (1, 5), (5, 1), (1, 1)])
def test_both_orders_of_elimination_serve_any_shape(shape):
    conductances, wires = drawn(shape, opened=0.2), Wires(word_line=0.3, bit_line=0.1, driver=0.2, sense=0.7)
    assert_allclose(effective_conductances(conductances, wires), mirrored(conductances, wires), rtol=1e-12)


@pytest.mark.parametrize("wires", [Wires(word_line=0.1, bit_line=0.2, driver=0.3, sense=0.4), Wires(bit_line=0.5)])
def test_tiles_have_the_same_bits_on_any_number_of_threads(wires):
    tiles = [drawn(shape, seed) for seed, shape in enumerate(((20, 30), (31, 7), (1, 9), (16, 16), (24, 24)))]
    alone = [[effective_conductances(tile, wires, way) for way in ("forward", "backward")] for tile in tiles]
    for threads in (1, 2, 3):
        pairs = effective_tiles(tiles, wires, threads)
        for pair, expected in zip(pairs, alone, strict=True):
            assert_array_equal(pair[0], expected[0])
            assert_array_equal(pair[1], expected[1])
            assert (pair[0] is pair[1]) == (wires.driver == wires.sense)


def test_no_tiles_no_matrices():
    assert effective_tiles([], Wires(bit_line=1), threads=2) == []


def test_the_input_is_left_alone_and_may_be_of_any_type():
    conductances = np.asfortranarray(drawn((6, 8)).astype(np.float32))
    before = conductances.copy()
    effective = effective_conductances(conductances, Wires(word_line=0.1))
    assert effective.dtype == np.float64
    assert_array_equal(conductances, before)
    assert_array_equal(effective, effective_conductances(before.astype(float), Wires(word_line=0.1)))
