"""Bias schemes of passive arrays: how one cell is written while all others are spared."""

from dataclasses import dataclass

import numpy as np

from neurosim.crossbar.wires.solution import Solution

#: Voltages of unselected word lines and bit lines, in units of that of the selected cell; NaN = left floating.
SCHEMES = {"V/2": (1 / 2, 1 / 2), "V/3": (1 / 3, 2 / 3), "floating": (np.nan, np.nan), "grounded": (0.0, 0.0)}


@dataclass(frozen=True, kw_only=True)
class Disturbance:
    """What a scheme does to the selected cell and to the others, in voltages across devices.

    Half-selected cells share a line with the selected one.
    """

    selected: float         #: voltage across the selected cell [V]
    half_selected: float    #: largest magnitude across a half-selected cell [V]; 0 where there is none
    unselected: float       #: largest magnitude across any other cell [V]; 0 where there is none
    sneak: float            #: current of the selected bit line that did not pass the selected cell [A]


def bias(scheme: str, shape: tuple, row: int, column: int, voltage: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the voltages of all terminals that put `voltage` across the cell (row, column) of an ideal array.

        selected word line V, selected bit line 0; unselected word lines and bit lines:
        V/2: V/2 and V/2   V/3: V/3 and 2V/3   floating: open   grounded: 0 and 0

    Chen, IEEE Trans. Electron Devices 60, 1318 (2013), doi:10.1109/TED.2013.2246791, compares the first two.

    returns : row voltages (m), column voltages (n) [V], NaN = floating, for `solve` with direction="programming"
    Raises ValueError for an unknown scheme and for a cell outside the array.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"wires: bias scheme {scheme!r} is unknown; use one of {', '.join(SCHEMES)}")
    if not (0 <= row < shape[0] and 0 <= column < shape[1]):
        raise ValueError(f"wires: cell ({row}, {column}) is outside the array of {shape[0]} x {shape[1]}; count from 0")
    others = SCHEMES[scheme]
    rows, columns = np.full(shape[0], others[0] * voltage), np.full(shape[1], others[1] * voltage)
    rows[row], columns[column] = voltage, 0.0
    return rows, columns


def disturbance(solution: Solution, row: int, column: int) -> Disturbance:
    """Read off a Solution what happens to the cell (row, column) and to the others; returns Disturbance."""
    across = np.abs(solution.device_voltages)
    half, other = np.zeros(across.shape, bool), np.ones(across.shape, bool)
    half[row], half[:, column], half[row, column] = True, True, False
    other[row], other[:, column] = False, False
    return Disturbance(selected=float(solution.device_voltages[row, column]),
                       half_selected=float(across[half].max(initial=0.0)),
                       unselected=float(across[other].max(initial=0.0)),
                       sneak=float(solution.column_currents[column] - solution.device_currents[row, column]))
