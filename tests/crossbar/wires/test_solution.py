"""The whole solution: Kirchhoff by brute force, Tellegen's theorem, floating lines, gradients, nonlinear cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import reference
from neurosim.crossbar.wires import (Cubic, Linear, PooleFrenkel, Sinh, Wires, WithSelector, effective_conductances,
                                     local_voltages, solve)

RESISTANCES = st.sampled_from((0.0, 0.0, 1e-3, 0.3, 4.0, 50.0))
WIRES = Wires(word_line=0.02, bit_line=0.05, driver=0.1, sense=0.03)
LAWS = [Cubic(a=0.0), Cubic(a=50.0), Sinh(v_0=0.3), Sinh(v_0=0.02), PooleFrenkel(v_0=0.1, v_read=0.2),
        PooleFrenkel(v_0=0.002), WithSelector(selector=Sinh(v_0=0.05), selector_conductance=1e-6),
        WithSelector(selector=Cubic(a=3.0), selector_conductance=2.0, cell=Sinh(v_0=0.2))]


def drawn(shape, seed=0, opened=0.0):
    random = np.random.default_rng(seed)
    return random.uniform(0.1, 1, shape) * (random.random(shape) >= opened)


def delivered(solution):
    """Power that the sources at all terminals deliver together."""
    return float(solution.row_voltages @ solution.row_currents - solution.column_voltages @ solution.column_currents)


@given(shape=st.tuples(st.integers(1, 6), st.integers(1, 6)), seed=st.integers(0, 2 ** 32 - 1),
       resistances=st.tuples(RESISTANCES, RESISTANCES, RESISTANCES, RESISTANCES),
       direction=st.sampled_from(("forward", "backward", "programming")), floating=st.booleans())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_any_array_obeys_kirchhoff_and_tellegen(shape, seed, resistances, direction, floating):
    """Whatever resists, whatever floats: currents and voltages of brute force, and no power unaccounted for."""
    (m, n), random = shape, np.random.default_rng(seed)
    word, bit, driver, sense = resistances
    wires = Wires(word_line=word, bit_line=bit, driver=driver, sense=sense)
    conductances = drawn(shape, seed)
    rows, columns = random.normal(size=m), random.normal(size=n)
    if floating:
        rows[1:][random.random(m - 1) < 0.5], columns[random.random(n) < 0.5] = np.nan, np.nan
    solution = solve(conductances, wires, rows, columns, direction=direction)
    left, bottom = wires.terminals(direction)
    entering, leaving, across = reference.kirchhoff(conductances, word, bit, left, bottom, rows, columns)
    assert_allclose(solution.row_currents, entering, rtol=1e-9, atol=1e-11)
    assert_allclose(solution.column_currents, leaving, rtol=1e-9, atol=1e-11)
    assert_allclose(solution.device_voltages, across, rtol=1e-9, atol=1e-11)
    assert sum(solution.dissipated.values()) == pytest.approx(delivered(solution), rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("law", [Linear(), *LAWS])
def test_currents_cancel_in_every_node(law):
    """KCL at both kinds of node, V = R I along both kinds of line, and the balance of power, for any law."""
    conductances = drawn((6, 5), opened=0.2)
    rows = np.array([1.0, 0.4, -0.3, 0.0, 0.8, np.nan])
    solution = solve(conductances, WIRES, rows, cells=law)
    largest = np.abs(solution.device_currents).max()
    entering, leaving = solution.word_line_currents, solution.bit_line_currents
    assert_allclose(-np.diff(entering, append=0, axis=1), solution.device_currents, rtol=0, atol=2e-12 * largest)
    assert_allclose(np.diff(leaving, prepend=0, axis=0), solution.device_currents, rtol=0, atol=2e-12 * largest)
    assert_allclose(-np.diff(solution.word_line_voltages, axis=1), 0.02 * entering[:, 1:], rtol=0, atol=1e-12)
    assert_allclose(-np.diff(solution.bit_line_voltages, axis=0), 0.05 * leaving[:-1], rtol=0, atol=1e-12)
    assert_allclose(solution.row_voltages - solution.word_line_voltages[:, 0], 0.12 * solution.row_currents, atol=1e-12)
    assert_allclose(solution.bit_line_voltages[-1], 0.08 * solution.column_currents, rtol=0, atol=1e-12)
    assert_array_equal(law.current(conductances, solution.device_voltages), solution.device_currents)
    assert sum(solution.dissipated.values()) == pytest.approx(delivered(solution), rel=1e-9)
    assert solution.row_currents[5] == 0 and all(power > 0 for power in solution.dissipated.values())


@pytest.mark.parametrize("tiny", [1e-12, 1e-6, 1e6])
def test_both_methods_agree_whatever_the_wires(tiny):
    conductances, wires = drawn((9, 6)), Wires(word_line=tiny, bit_line=tiny / 2, driver=tiny, sense=tiny)
    voltages = np.linspace(0.1, 1, 9)
    solution = solve(conductances, wires, voltages)
    assert_allclose(solution.column_currents, voltages @ effective_conductances(conductances, wires), rtol=1e-9)
    assert sum(solution.dissipated.values()) == pytest.approx(delivered(solution), rel=1e-9)


def test_the_example_of_badcrossbar():
    """Third input of the example in the README of badcrossbar, 0.5 ohm per segment: 9.86 mA through device (0, 3)."""
    resistances = np.array([[345, 903, 755, 257, 646], [652, 401, 508, 166, 454], [442, 874, 190, 244, 635]])
    solution = solve(1 / resistances, Wires(word_line=0.5, bit_line=0.5), [2.6, 1.1, 3.3])
    assert solution.device_currents[0, 3] == pytest.approx(9.86e-3, abs=5e-6)


def test_a_floating_line_settles_between_its_neighbours():
    """Ideal wires: no current leaves it, so its voltage is the mean of the bit lines, weighted by conductance."""
    conductances = drawn((3, 4))
    columns = np.array([0.1, -0.4, 0.9, 0.3])
    solution = solve(conductances, Wires(), [1.0, np.nan, 0.5], columns)
    assert solution.row_voltages[1] == pytest.approx(conductances[1] @ columns / conductances[1].sum(), rel=1e-12)
    assert solution.row_currents[1] == 0


@pytest.mark.parametrize("rows, columns, opened, named", [
    (np.nan, np.nan, None, "word line 0"), ([np.nan, 1.0, 1.0], 0.0, (0, slice(None)), "word line 0"),
    (1.0, [0.0, 0.0, np.nan, 0.0], (slice(None), 2), "bit line 2")])
def test_an_array_without_a_source_is_refused(rows, columns, opened, named):
    conductances = drawn((3, 4))
    if opened:
        conductances[opened] = 0
    with pytest.raises(ValueError, match=f"^wires: {named} floats, since no conducting cell leads"):
        solve(conductances, WIRES, rows, columns)


@pytest.mark.parametrize("rows, columns, sentence", [
    (np.ones(4), 0.0, r"row_voltages has shape \(4,\), the array has 3 such lines"),
    (np.ones((2, 3)), 0.0, r"row_voltages has shape \(2, 3\)"),
    (1.0, np.ones(3), r"column_voltages has shape \(3,\), the array has 4 such lines"),
    (np.inf, 0.0, "row_voltages holds an infinite voltage")])
def test_voltages_fit_the_array(rows, columns, sentence):
    with pytest.raises(ValueError, match=sentence):
        solve(drawn((3, 4)), WIRES, rows, columns)


def test_no_voltage_no_current():
    solution = solve(drawn((3, 4)), WIRES, 0.0, cells=Sinh(v_0=0.1))
    assert not solution.device_currents.any() and delivered(solution) == 0


def test_lines_at_one_voltage_carry_no_current():
    solution = solve(drawn((5, 4)), WIRES, 0.7, 0.7)
    assert np.abs(solution.device_currents).max() < 1e-14


@pytest.mark.parametrize("wires", [WIRES, Wires(bit_line=0.2)])
def test_the_gradient_of_a_loss_is_a_product_of_local_voltages(wires):
    """L = delta . I: dL/dG = -v_x v_delta, with delta on the bit lines alone; by central differences."""
    random = np.random.default_rng(2)
    conductances, x, delta = drawn((5, 4)), random.random(5), random.normal(size=4)
    product = -local_voltages(conductances, wires, x) * local_voltages(conductances, wires, 0.0, delta)
    step, numeric = 1e-5, np.zeros_like(conductances)
    for cell in np.ndindex(*conductances.shape):
        moved = [conductances.copy() for _ in range(2)]
        moved[0][cell] += step
        moved[1][cell] -= step
        up, down = (x @ effective_conductances(array, wires) @ delta for array in moved)
        numeric[cell] = (up - down) / (2 * step)
    assert_allclose(product, numeric, rtol=1e-6, atol=1e-9)


def test_many_drives_are_solved_at_once():
    conductances, random = drawn((5, 4)), np.random.default_rng(4)
    rows, columns = random.normal(size=(3, 5)), random.normal(size=4)
    together = local_voltages(conductances, WIRES, rows, columns, direction="programming")
    assert together.shape == (3, 5, 4)
    for drive, across in zip(rows, together):
        alone = solve(conductances, WIRES, drive, columns, direction="programming").device_voltages
        assert_allclose(across, alone, rtol=1e-12, atol=1e-14)
    for drive in range(2):
        some = rows.copy()
        some[drive, 2] = np.nan
        for sides in ((some, 0.0), (0.0, some[:, 1:])):
            with pytest.raises(ValueError, match="drives leave different lines floating"):
                local_voltages(conductances, WIRES, *sides)


@pytest.mark.parametrize("law", LAWS)
def test_ideal_wires_give_every_cell_its_own_law(law):
    conductances, voltages = drawn((4, 3)), np.array([0.5, -0.2, 0.0, 0.9])
    currents = law.current(conductances, np.repeat(voltages[:, None], 3, axis=1)).sum(axis=0)
    assert_allclose(solve(conductances, Wires(), voltages, cells=law).column_currents, currents, rtol=1e-11)


@pytest.mark.parametrize("v_0", [0.1, 0.02, 0.004, 1e-4])
def test_one_cell_behind_a_resistor(v_0):
    """V = v + R G v_0 sinh(v / v_0), solved by bisection; at v_0 = 0.1 mV an exponential of 10,000 must be tamed."""
    resistance, g, low, high = 3.0, 0.5, 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        with np.errstate(over="ignore"):
            low, high = ((middle, high) if middle + resistance * g * v_0 * np.sinh(middle / v_0) < 1 else (low, middle))
    solution = solve([[g]], Wires(word_line=1.0, bit_line=2.0), 1.0, cells=Sinh(v_0=v_0))
    assert solution.device_voltages[0, 0] == pytest.approx(low, rel=1e-10)


class Saturating:
    """I = G V_0 tanh(V / V_0), a law on which plain Newton steps overshoot ever further."""

    def current(self, conductances, voltages):
        return conductances * 0.1 * np.tanh(voltages / 0.1)

    def slope(self, conductances, voltages):
        return conductances / np.cosh(voltages / 0.1) ** 2


def test_a_step_too_far_is_taken_back():
    """Two cells in series through a floating bit line: the weaker one saturates and limits the current of both."""
    solution = solve([[1.0], [0.5]], Wires(), [0.6, 0.0], np.nan, cells=Saturating())
    assert solution.device_voltages[0, 0] == pytest.approx(0.1 * np.arctanh(0.5), rel=1e-3)
    assert solution.row_currents == pytest.approx([0.05, -0.05], rel=1e-3)


def test_drives_fit_the_array_and_each_other():
    with pytest.raises(ValueError, match="2 drives of the word lines, 3 of the bit lines"):
        local_voltages(drawn((3, 4)), WIRES, np.ones((2, 3)), np.ones((3, 4)))
    with pytest.raises(ValueError, match=r"column_voltages has shape \(2, 5\)"):
        local_voltages(drawn((3, 4)), WIRES, 1.0, np.ones((2, 5)))
    with pytest.raises(ValueError, match="infinite voltage"):
        local_voltages(drawn((3, 4)), WIRES, [[1.0, 0.0, 0.0], [np.inf, 0.0, 0.0]])


def test_conductances_beyond_float64_are_singular():
    with pytest.raises(ValueError, match="^wires: the array is singular, its conductances span too many decades"):
        solve([[1e200, 1e-200]], Wires(), 1.0, [0.0, np.nan])


def test_no_solution_is_said_to_be_one():
    with pytest.raises(ValueError, match="Newton's method did not converge for Sinh"):
        solve(np.ones((2, 2)), WIRES, 1e6, cells=Sinh(v_0=1e-6))
