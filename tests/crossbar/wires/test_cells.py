"""Current-voltage laws: slopes, limits, and a selector in series."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from neurosim.crossbar.wires import Cubic, Linear, PooleFrenkel, Sinh, WithSelector

LAWS = [Linear(), Cubic(a=2.0), Sinh(v_0=0.1), PooleFrenkel(v_0=0.05, v_read=0.1),
        WithSelector(selector=Sinh(v_0=0.05), selector_conductance=1e-8, cell=Cubic(a=2.0))]
VOLTAGES = np.linspace(-0.8, 0.8, 18)


@pytest.mark.parametrize("law", LAWS)
def test_the_slope_is_the_derivative_and_the_law_is_odd(law):
    g, step = np.full(VOLTAGES.shape, 1e-5), 1e-6
    differences = (law.current(g, VOLTAGES + step) - law.current(g, VOLTAGES - step)) / (2 * step)
    assert_allclose(law.slope(g, VOLTAGES), differences, rtol=1e-6)
    assert_allclose(law.current(g, -VOLTAGES), -law.current(g, VOLTAGES), rtol=1e-12)
    assert np.all(np.diff(law.current(g, VOLTAGES)) > 0)


@pytest.mark.parametrize("law", [Cubic(a=2.0), Sinh(v_0=0.1)])
def test_at_low_voltage_the_conductance_is_the_nominal_one(law):
    assert law.current(1e-5, 1e-6) == pytest.approx(1e-11, rel=1e-9)


def test_poole_and_frenkel_at_the_read_voltage():
    """Nominal conductance at V_read; ln(I / V) against sqrt(V) is a line of slope 1 / sqrt(V_0)."""
    law, volts = PooleFrenkel(v_0=0.05, v_read=0.1), np.array([0.1, 0.2, 0.9])
    assert law.current(1e-5, 0.1) == pytest.approx(1e-6, rel=1e-12)
    slope = np.diff(np.log(law.current(1e-5, volts) / volts)) / np.diff(np.sqrt(volts))
    assert_allclose(slope, 1 / np.sqrt(0.05), rtol=1e-12)


def test_the_first_terms_of_sinh_are_a_cubic():
    v_0, volts = 0.5, np.array([0.01, 0.02])
    assert_allclose(Sinh(v_0=v_0).current(1.0, volts), Cubic(a=1 / (6 * v_0 ** 2)).current(1.0, volts), rtol=3e-8)


def test_one_current_flows_through_cell_and_selector():
    selector, g, g_s = Sinh(v_0=0.05), np.array([1e-4, 1e-5, 1e-6, 0.0]), 1e-9
    law = WithSelector(selector=selector, selector_conductance=g_s)
    volts = np.array([1.0, -0.7, 0.3, 0.5])
    inner = law.cell_voltages(g, volts)
    assert_allclose(g[:3] * inner[:3], selector.current(g_s, volts - inner)[:3], rtol=1e-12)
    assert law.current(g, volts)[3] == 0 and law.slope(g, volts)[3] == 0 and inner[3] == pytest.approx(0.5, rel=1e-12)


def test_a_selector_closes_at_half_the_voltage():
    """V/2 passes less than a hundredth of the current at V, where a plain cell passes half."""
    law = WithSelector(selector=Sinh(v_0=0.05), selector_conductance=1e-10)
    full, half = law.current(np.array([1e-4, 1e-4]), np.array([1.0, 0.5]))
    assert 0 < half < full / 100


@pytest.mark.parametrize("law", [Sinh(v_0=1e-4), PooleFrenkel(v_0=1e-9)])
def test_an_open_device_stays_open_where_others_overflow(law):
    currents, slopes = (f(np.array([0.0, 1e-5]), np.array([1.0, 1.0])) for f in (law.current, law.slope))
    assert currents.tolist() == slopes.tolist() == [0.0, np.inf]


@pytest.mark.parametrize("make, owner", [
    (lambda: Sinh(v_0=0.0), r"Sinh\.v_0"), (lambda: Cubic(a=-1.0), r"Cubic\.a"),
    (lambda: PooleFrenkel(v_0=np.nan), r"PooleFrenkel\.v_0"), (lambda: PooleFrenkel(v_0=1.0, v_read=-1.0), r"\.v_read"),
    (lambda: WithSelector(selector=Linear(), selector_conductance=0.0), r"WithSelector\.selector_conductance")])
def test_parameters_without_meaning_are_refused(make, owner):
    with pytest.raises(ValueError, match=rf"{owner}: .* is out of range; give a finite number"):
        make()
