"""Netlists of tiles: what is driven, which law the cells follow, and what ngspice finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from neurosim.crossbar.wires import Cubic, Linear, PooleFrenkel, Sinh, chord, solve
from neurosim.exchange import spice
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.experiment.tiles import Tile

_Law: TypeAlias = Linear | Cubic | Sinh | PooleFrenkel
_CELLS: dict[str, Callable[[float], _Law]] = {
    "cubic": lambda value: Cubic(a=value), "sinh": lambda value: Sinh(v_0=value),
    "poole-frenkel": lambda value: PooleFrenkel(v_0=value)}


def netlist_of_tile(tile: Tile, title: str, *, direction: Literal["forward", "backward"] = "forward",
                    voltage: float | None = None, line: int | None = None, cells: str = "card", large: bool = False,
                    compare: bool = False) -> tuple[str, float | None]:
    """Write a tile as a netlist for ngspice, with the currents that neurosim expects as comments.

    voltage : of the driven lines [V], default: that of a read; line : the only one that is driven
    cells : "card", the law of the card, whose conductances are those of a read; "linear", or a law and its number such
        as "sinh:0.25"; large : more cells than `spice.LARGE`, too
    compare : run ngspice
    returns : its text, and by how much ngspice is apart, over the largest current, or None
    raises : ValueError
    """
    law = tile.cells if cells == "card" else _law(cells)
    _check_size(tile, large)
    rows, columns = _voltages(tile, direction, voltage, line)
    low = tile.conductances / (chord(law, tile.read_voltage) if cells == "card" else 1.0)
    text = spice.netlist(low, tile.wires, rows, columns, direction=direction, cells=law, title=title)
    solution = solve(low, tile.wires, rows, columns, direction=direction, cells=law)
    return spice.with_expected(text, solution), spice.difference(text, solution) if compare else None


def _check_size(tile: Tile, large: bool) -> None:
    count = tile.conductances.size
    if count > spice.LARGE and not large:
        raise ValueError(f"--tile {tile.number}: {count:,} cells are a netlist of some "
                         f"{count * spice.BYTES_PER_CELL / 1e6:,.0f} MB, more than ngspice is likely to solve; use "
                         "--large to write it, or --set array.tile=128 for smaller tiles")


def _voltages(tile: Tile, direction: str, voltage: float | None, line: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the voltages of word lines and of bit lines [V]."""
    shape, forward = tile.conductances.shape, direction == "forward"
    volts = tile.read_voltage if voltage is None else voltage
    if not np.isfinite(volts):
        raise ValueError(f"--voltage {volts:g}: is not finite; give a voltage")
    driven = np.full(shape[0 if forward else 1], float(volts))
    if line is not None:
        if not 0 <= line < len(driven):
            raise ValueError(f"--line {line}: the tile has {counted(driven, 'driven line')}; give 0 to "
                             f"{len(driven) - 1}")
        driven[np.arange(len(driven)) != line] = 0.0
    return (driven, np.zeros(shape[1])) if forward else (np.zeros(shape[0]), driven)


def _law(text: str) -> _Law:
    """Return the law of the cells from its name and number, "sinh:0.25"; raises ValueError."""
    name, _, number = text.partition(":")
    if text == "linear":
        return Linear()
    try:
        return _CELLS[name](float(number))
    except (KeyError, ValueError) as error:
        raise ValueError(f"--cells {text}: is not a law of a cell; give card, linear, cubic:A [1/V^2], sinh:V0 [V] or "
                         "poole-frenkel:V0 [V]") from error
