"""A tile of a run as a netlist for ngspice: which lines are driven, what its devices are, and what is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.crossbar.wires import Cubic, Linear, PooleFrenkel, Sinh, solve
from neurosim.exchange.spice import difference, netlist, with_expected

if TYPE_CHECKING:
    from neurosim.experiment.tiles import Tile

CELLS = "linear, cubic:A [1/V^2], sinh:V0 [V] or poole-frenkel:V0 [V]"


def tile_netlist(tile: Tile, voltages: tuple[np.ndarray, np.ndarray], direction: str, cells: Any, title: str,
                 simulate: bool = False) -> tuple[str, float | None]:
    """Text of the netlist of a tile, with the currents that neurosim expects as comments.

    voltages : of `driven_lines`; direction : "forward" or "backward"; cells : of `cell_law`
    simulate : let ngspice solve it
    returns : text; largest difference of a current over the largest current, None where nothing was simulated
    """
    text = netlist(tile.conductances, tile.wires, *voltages, direction=direction, cells=cells, title=title)
    solution = solve(tile.conductances, tile.wires, *voltages, direction=direction, cells=cells)
    return with_expected(text, solution), difference(text, solution) if simulate else None


def driven_lines(tile: Tile, direction: str, voltage: float | None = None,
                 line: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Voltages of word lines and of bit lines [V].

    direction : "forward" drives word lines, "backward" bit lines; voltage : of driven lines, default: of a read
    line : the only one that is driven; raises : ValueError for one that the tile does not have
    """
    shape, forward = tile.conductances.shape, direction == "forward"
    volts = tile.read_voltage if voltage is None else voltage
    if not np.isfinite(volts):
        raise ValueError(f"--voltage {volts:g}: is not finite; give a voltage")
    driven = np.full(shape[0 if forward else 1], float(volts))
    if line is not None:
        if not 0 <= line < len(driven):
            raise ValueError(f"--line {line}: the tile has {len(driven)} driven lines; give 0 to "
                             f"{len(driven) - 1}")
        driven[np.arange(len(driven)) != line] = 0.0
    return (driven, np.zeros(shape[1])) if forward else (np.zeros(shape[0]), driven)


def cell_law(text: str) -> Any:
    """Law of the cells from its name and number, "sinh:0.25"; raises ValueError."""
    name, _, number = text.partition(":")
    laws: dict[str, Any] = {"cubic": lambda value: Cubic(a=value), "sinh": lambda value: Sinh(v_0=value),
                            "poole-frenkel": lambda value: PooleFrenkel(v_0=value)}
    if text == "linear":
        return Linear()
    try:
        return laws[name](float(number))
    except (KeyError, ValueError) as error:
        raise ValueError(f"--cells {text}: is no law of a cell; give {CELLS}") from error
