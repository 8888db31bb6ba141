"""The whole solution of an array: every voltage, every current, and where the power goes."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.crossbar.wires.cells import Linear
from neurosim.crossbar.wires.geometry import Wires, checked
from neurosim.summaries import Fielded


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Solution(Fielded):
    """State of an array of m word lines and n bit lines that obeys Kirchhoff's laws. Volts, amperes, watts.

    Currents count from the word-line terminal through the device to the bit-line terminal. A floating terminal carries
    none and has the voltage of the line's end.
    """

    row_voltages: np.ndarray           #: behind the word-line terminals (m)
    column_voltages: np.ndarray        #: behind the bit-line terminals (n)
    word_line_voltages: np.ndarray     #: of the word-line nodes (m, n)
    bit_line_voltages: np.ndarray      #: of the bit-line nodes (m, n)
    device_currents: np.ndarray        #: (m, n)
    word_line_currents: np.ndarray     #: in the segment before each cell (m, n)
    bit_line_currents: np.ndarray      #: in the segment after each cell (m, n)
    dissipated: dict                   #: power burnt in "devices", "word lines", "bit lines", "terminals"

    @property
    def device_voltages(self) -> np.ndarray:
        """Voltage across every device (m, n): what a programming pulse leaves of itself there."""
        return self.word_line_voltages - self.bit_line_voltages

    @property
    def row_currents(self) -> np.ndarray:
        """Currents that enter the word lines (m)."""
        return self.word_line_currents[:, 0]

    @property
    def column_currents(self) -> np.ndarray:
        """Currents that leave the bit lines (n)."""
        return self.bit_line_currents[-1]


def solve(conductances: np.ndarray, wires: Wires, row_voltages: float | np.ndarray,
          column_voltages: float | np.ndarray = 0.0, *, direction: str = "forward", cells: Any = Linear()) -> Solution:
    """Solve an array for one set of voltages at its terminals.

    conductances : (m, n) [S], >= 0, 0 = open device
    wires : Wires; direction says which terminals are drivers: "forward", "backward" or "programming" (both)
    row_voltages, column_voltages : one number, or (m) and (n) [V]; NaN leaves the terminal of that line open
    cells : current-voltage law of all cells, Linear(), Cubic, Sinh, PooleFrenkel or WithSelector
    returns : Solution
    Raises ValueError for bad input, where a line floats without any conducting path to a driven one, and where Newton's
    method does not converge. Time: 0.3 s for a linear 128 x 128.
    """
    from neurosim.crossbar.wires.nodal import newton
    array = checked(conductances)
    rows, columns = _terminal_voltages(array.shape, row_voltages, column_voltages, dimensions=1)
    network = _network(array, wires, rows, columns, direction)
    word, bit, entering, leaving = newton(network, cells, network.sources(rows, columns)).reshape(4, *array.shape)
    rows, columns = np.where(np.isnan(rows), word[:, 0], rows), np.where(np.isnan(columns), bit[-1], columns)
    currents = cells.current(array, word - bit)
    return Solution(row_voltages=rows, column_voltages=columns, word_line_voltages=word, bit_line_voltages=bit,
                    device_currents=currents, word_line_currents=entering, bit_line_currents=leaving,
                    dissipated=_dissipated(wires, direction, (word - bit) * currents, entering, leaving))


def local_voltages(conductances: np.ndarray, wires: Wires, row_voltages: float | np.ndarray,
                   column_voltages: float | np.ndarray = 0.0, *, direction: str = "forward") -> np.ndarray:
    """Return voltages across the devices of a linear array for one or many drives, from one factorisation.

    For a loss L of the currents of a forward read at voltages x, whose derivatives by them are delta, with
    v_x = local_voltages(G, wires, x) and v_delta = local_voltages(G, wires, 0, delta), both through the terminals of
    the forward read: dL/dG = -v_x v_delta, summed over drives. Time for 128 x 128: 0.3 s and 10 ms per drive.

    row_voltages : number, (m) or (drives, m) [V]; column_voltages likewise; NaN as in `solve`, on the same lines in
    every drive
    returns : float64 (m, n), or (drives, m, n) where either input has drives [V]
    Raises ValueError as `solve` does.
    """
    array = checked(conductances)
    rows, columns = _terminal_voltages(array.shape, row_voltages, column_voltages, dimensions=2)
    drives = {side.shape[:-1] for side in (rows, columns)} - {()}
    if len(drives) > 1:
        raise ValueError(f"wires: {len(rows)} drives of the word lines, {len(columns)} of the bit lines; give as many "
                         "of either, or one")
    batch = drives.pop() if drives else ()
    rows, columns = (np.broadcast_to(side, (*batch, side.shape[-1])) for side in (rows, columns))
    pairs = list(zip(rows.reshape(-1, rows.shape[-1]), columns.reshape(-1, columns.shape[-1])))
    network = _network(array, wires, *pairs[0], direction)
    if (np.isnan(rows) != network.open_rows).any() or (np.isnan(columns) != network.open_columns).any():
        raise ValueError("wires: drives leave different lines floating; solve for each pattern of lines on its own")
    solver = network.solver(array)
    across = [network.device_voltages(solver(network.sources(*pair))) for pair in pairs]
    return np.array(across).reshape(*batch, *array.shape)


def _network(array: np.ndarray, wires: Wires, rows: np.ndarray, columns: np.ndarray, direction: str) -> Any:
    from neurosim.crossbar.wires.nodal import Network      # scipy's sparse solver takes a while to import
    return Network(array, wires, *wires.terminals(direction), np.isnan(rows), np.isnan(columns))


def _terminal_voltages(shape: tuple, row_voltages: float | np.ndarray, column_voltages: float | np.ndarray,
                       dimensions: int) -> list[np.ndarray]:
    """Voltages of all word lines and of all bit lines, float64 (..., m) and (..., n) of at most `dimensions` axes."""
    sides = []
    given = {"row_voltages": row_voltages, "column_voltages": column_voltages}
    for (name, values), count in zip(given.items(), shape):
        values = np.asarray(values, float)
        if values.ndim > dimensions or (values.ndim and (values.shape[-1] != count or not values.size)):
            raise ValueError(f"wires: {name} has shape {values.shape}, the array has {count} such lines; give one "
                             f"number or {count}")
        if np.isinf(values).any():
            raise ValueError(f"wires: {name} holds an infinite voltage; give finite ones, NaN for a floating line")
        sides.append(values if values.ndim else np.full(count, values))
    return sides


def _dissipated(wires: Wires, direction: str, devices: np.ndarray, entering: np.ndarray, leaving: np.ndarray) -> dict:
    left, bottom = wires.terminals(direction)
    return {"devices": float(devices.sum()), "word lines": float(wires.word_line * (entering ** 2).sum()),
            "bit lines": float(wires.bit_line * (leaving ** 2).sum()),
            "terminals": float(left * (entering[:, 0] ** 2).sum() + bottom * (leaving[-1] ** 2).sum())}
