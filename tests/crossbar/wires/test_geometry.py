"""What cannot be an array is refused in one sentence."""

import numpy as np
import pytest

from neurosim.crossbar.wires import Wires, effective_conductances, effective_tiles, solve


@pytest.mark.parametrize("name", ["word_line", "bit_line", "driver", "sense"])
@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf, "2", None, True])
def test_a_resistance_is_a_finite_number_that_is_not_negative(name, value):
    with pytest.raises(ValueError, match=rf"^wires\.{name}: [^.]*(\.\d[^.]*)?$"):
        Wires(**{name: value})


@pytest.mark.parametrize("value", [-1e-6, np.nan, np.inf])
def test_a_conductance_is_a_finite_number_that_is_not_negative(value):
    conductances = np.full((3, 4), 1e-5)
    conductances[1, 2] = value
    for use in (lambda: effective_conductances(conductances, Wires()), lambda: solve(conductances, Wires(), 1.0),
                lambda: effective_tiles([conductances], Wires(bit_line=1.0), 1)):
        with pytest.raises(ValueError, match=r"^wires: conductance .* of cell \(1, 2\)"):
            use()


@pytest.mark.parametrize("shape", [(4,), (2, 2, 2), (0, 3), (3, 0), ()])
def test_an_array_is_a_matrix(shape):
    with pytest.raises(ValueError, match="give a matrix of word lines x bit lines"):
        effective_conductances(np.ones(shape), Wires(bit_line=1.0))


def test_directions_are_named():
    with pytest.raises(ValueError, match="'sideways' is unknown; use one of forward, backward"):
        effective_conductances(np.ones((2, 2)), Wires(bit_line=1.0), "sideways")


def test_wires_are_ideal_where_nothing_resists():
    parts = ("word_line", "bit_line", "driver", "sense")
    assert Wires().ideal and not any(Wires(**{name: 1e-9}).ideal for name in parts)
