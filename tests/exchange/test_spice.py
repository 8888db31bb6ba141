"""Netlists: ngspice, which knows nothing of neurosim, finds the same currents in the same arrays."""

import numpy as np
import pytest

from neurosim.crossbar.wires import Cubic, Linear, PooleFrenkel, Sinh, Wires, WithSelector, solve
from neurosim.exchange.spice import difference, has_ngspice, netlist, terminal_currents, with_expected

ngspice = pytest.mark.skipif(not has_ngspice(), reason="ngspice is not installed: apt-get install ngspice")
WIRES = Wires(word_line=1.3, bit_line=2.7, driver=45.0, sense=20.0)


def drawn(seed, most=32):
    """A non-square array with open devices, unequal lines and terminals, and voltages at both sides."""
    rng = np.random.default_rng(seed)
    m, n = 1, 1
    while m == n:
        m, n = rng.integers(1, most + 1, 2)
    conductances = 10 ** rng.uniform(-8, -3, (m, n)) * (rng.random((m, n)) > 0.1)
    wires = Wires(word_line=rng.uniform(0.1, 5), bit_line=rng.uniform(0.1, 5), driver=rng.uniform(10, 500),
                  sense=rng.uniform(1, 100))
    return conductances, wires, rng.uniform(-0.3, 0.3, m), rng.uniform(-0.1, 0.1, n)


@ngspice
@pytest.mark.parametrize("seed", range(20))
def test_ngspice_finds_the_same_currents(seed):
    conductances, wires, rows, columns = drawn(seed)
    for direction in ("forward", "backward"):
        rows, columns = (rows, columns) if direction == "forward" else (0 * rows, rows.mean() + columns)
        solution = solve(conductances, wires, rows, columns, direction=direction)
        text = netlist(conductances, wires, rows, columns, direction=direction)
        found = np.concatenate(terminal_currents(text, conductances.shape))
        expected = np.concatenate([solution.row_currents, solution.column_currents])
        assert np.allclose(found, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max() * 1e-6)


CELLS = [Cubic(a=4.0), Sinh(v_0=0.15), PooleFrenkel(v_0=0.03, v_read=0.1),
         WithSelector(selector=Sinh(v_0=0.05), selector_conductance=3e-6, cell=Cubic(a=1.0))]


@ngspice
@pytest.mark.parametrize("cells", CELLS)
@pytest.mark.parametrize("direction", ["forward", "backward", "programming"])
def test_ngspice_finds_the_same_currents_in_nonlinear_cells(cells, direction):
    conductances, _, rows, columns = drawn(3, most=8)
    text = netlist(conductances, WIRES, rows, columns, direction=direction, cells=cells)
    assert difference(text, solve(conductances, WIRES, rows, columns, direction=direction, cells=cells)) < 1e-6


@ngspice
@pytest.mark.parametrize("zero", [(), ("word_line",), ("bit_line",), ("driver",), ("sense",), ("driver", "sense"),
                                  ("word_line", "driver"), ("word_line", "bit_line", "driver", "sense")])
def test_parts_without_resistance_are_exact(zero):
    wires = Wires(**{key: 0.0 if key in zero else getattr(WIRES, key)
                     for key in ("word_line", "bit_line", "driver", "sense")})
    conductances, _, rows, columns = drawn(5, most=6)
    assert difference(netlist(conductances, wires, rows, columns), solve(conductances, wires, rows, columns)) < 1e-9


@ngspice
def test_floating_lines_have_no_source():
    conductances, _, rows, columns = drawn(7, most=6)
    conductances[conductances == 0] = 1e-6
    rows[0] = np.nan
    text = netlist(conductances, WIRES, rows, columns, direction="programming")
    found, leaving = terminal_currents(text, conductances.shape)
    solution = solve(conductances, WIRES, rows, columns, direction="programming")
    assert np.isnan(found[0]) and np.allclose(found[1:], solution.row_currents[1:], rtol=1e-6)
    assert np.allclose(leaving, solution.column_currents, rtol=1e-6)


@ngspice
def test_what_ngspice_cannot_solve_is_one_sentence():
    with pytest.raises(ValueError, match="ngspice: found no operating point .*; open the smallest"):
        terminal_currents("* nothing\nr1 a 0 1\n.control\nop\nprint i(vr0)\n.endc\n.end\n", (1, 1))


def test_a_netlist_holds_every_part_once():
    conductances = np.array([[1e-6, 2e-6, 0.0], [3e-6, 4e-6, 5e-6]])
    lines = netlist(conductances, WIRES, 0.2, title="x\n.system rm").splitlines()
    assert lines[0] == "* x\\n.system rm: 2 word lines, 3 bit lines, forward"
    names = [line.split()[0] for line in lines if line[0] not in "*." and not line.startswith(("set", "op", "print"))]
    assert len(names) == len(set(names)) == 5 + 5 + 6 + 6    # sources, devices, parts of word lines, of bit lines
    values = {line.split()[0]: float(line.split()[3]) for line in lines if line.startswith("r")}
    assert values["rd0x1"] == pytest.approx(5e5) and values["rw1x0"] == 46.3 and values["rw1x2"] == 1.3
    assert values["rb2x0"] == 22.7 and values["rb2x1"] == 2.7 and "rd0x2" not in values


def test_expected_currents_stand_as_comments_before_the_control_section():
    conductances, _, rows, columns = drawn(1, most=4)
    solution = solve(conductances, WIRES, rows, columns)
    text = with_expected(netlist(conductances, WIRES, rows, columns), solution)
    assert f"* i(vc0) = {solution.column_currents[0]:.15e}" in text.partition(".control")[0]
    assert text.count(".control") == 1 and text.endswith(".end\n")


def test_cells_that_spice_does_not_know_are_refused():
    with pytest.raises(ValueError, match="cells: str has no form in a netlist"):
        netlist(np.full((1, 1), 1e-6), WIRES, 0.1, cells="x")
    assert "rd0x0 w0x0 b0x0 1000000.0" in netlist(np.full((1, 1), 1e-6), WIRES, 0.1, cells=Linear())
