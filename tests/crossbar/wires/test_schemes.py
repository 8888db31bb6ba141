"""Bias schemes: what the selected cell gets and what the others must bear."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from neurosim.crossbar.wires import SCHEMES, Sinh, Wires, WithSelector, bias, disturbance, solve

G = np.random.default_rng(5).uniform(1e-6, 1e-4, (7, 6))


def found(scheme, wires=Wires(), **options):
    solution = solve(G, wires, *bias(scheme, G.shape, 2, 4, 3.0), direction="programming", **options)
    return disturbance(solution, 2, 4)


@pytest.mark.parametrize("scheme, half, rest", [("V/2", 1.5, 0.0), ("V/3", 1.0, 1.0), ("grounded", 3.0, 0.0)])
def test_ideal_wires_bring_the_voltages_of_the_scheme(scheme, half, rest):
    report = found(scheme)
    assert report.selected == pytest.approx(3.0, rel=1e-12)
    assert report.half_selected == pytest.approx(half, rel=1e-12)
    assert report.unselected == pytest.approx(rest, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("scheme, share", [("V/2", 1 / 2), ("V/3", 1 / 3), ("grounded", 0.0)])
def test_sneak_current_of_ideal_wires(scheme, share):
    """The other cells of the selected bit line see their share of V."""
    assert_allclose(found(scheme).sneak, 3.0 * share * (G[:, 4].sum() - G[2, 4]), rtol=1e-9, atol=1e-18)


def test_a_floating_array_of_equal_cells_divides_the_voltage():
    """Sneak path of Flocke and Noll, ESSCIRC 2007: (n - 1), (m - 1)(n - 1) and (m - 1) equal cells in series."""
    m, n, g = 5, 8, 1e-5
    solution = solve(np.full((m, n), g), Wires(), *bias("floating", (m, n), 1, 1, 2.0), direction="programming")
    report = disturbance(solution, 1, 1)
    parts = np.array([1 / (n - 1), 1 / ((m - 1) * (n - 1)), 1 / (m - 1)])
    assert report.sneak == pytest.approx(2.0 * g / parts.sum(), rel=1e-11)
    assert report.half_selected == pytest.approx(2.0 * parts.max() / parts.sum(), rel=1e-11)
    assert report.unselected == pytest.approx(2.0 * parts[1] / parts.sum(), rel=1e-11)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_resistive_wires_rob_the_selected_cell(scheme):
    assert 0 < found(scheme, Wires(word_line=50, bit_line=50, driver=100)).selected < found(scheme).selected


@pytest.mark.parametrize("scheme", ["V/2", "V/3", "floating"])
def test_selectors_stop_sneak_currents(scheme):
    cells = WithSelector(selector=Sinh(v_0=0.1), selector_conductance=1e-14)
    assert found(scheme, cells=cells).sneak < found(scheme).sneak / 50


def test_a_single_cell_has_no_neighbours():
    solution = solve([[1e-5]], Wires(), *bias("V/2", (1, 1), 0, 0, 1.0), direction="programming")
    report = disturbance(solution, 0, 0)
    assert (report.selected, report.half_selected, report.unselected, report.sneak) == (1.0, 0.0, 0.0, 0.0)


def test_unknown_schemes_and_cells_are_refused():
    with pytest.raises(ValueError, match="bias scheme 'V/4' is unknown; use one of V/2, V/3, floating, grounded"):
        bias("V/4", (3, 3), 0, 0, 1.0)
    for cell in ((3, 0), (0, 3), (-1, 0)):
        with pytest.raises(ValueError, match="is outside the array of 3 x 3"):
            bias("V/2", (3, 3), *cell, 1.0)
