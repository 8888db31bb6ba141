"""Read measured devices from text: CSV files of pulse trains, and CrossSim's tables of steps.

Every number is checked here, once; what is wrong is a ValueError with file, line and fix.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from neurosim.measurements.reading import read
from neurosim.measurements.rows import text_lines
from neurosim.measurements.stated import Stated
from neurosim.measurements.types import PulseTrains, StepTable, check_bins, check_probabilities

__all__ = ["PulseTrains", "StepTable", "read_pulses", "read_steps"]


def read_pulses(path: Path, g_min: float | None = None, g_max: float | None = None,
                scale: tuple[float, float] | None = None) -> PulseTrains:
    """Read a text file of conductances after each pulse; returns PulseTrains, whose `understood` says what was found.

    Either two columns up,down with or without a header, several such pairs with one, or two columns
    conductance,direction, where every run of equal directions is a train. Columns that count pulses or cycles, times
    and voltages may stand beside; they are not taken for conductances, named or not. Names may hold units, [uS].
    A train ends where the other direction begins, a count starts again or skips, a cycle number changes, readings are
    missing (empty, NaN, 0 in between, 9.9e37, far off both neighbours) or the conductance jumps back to the start.
    Reset pulses that are listed from low to high in a column of their own, as NeuroSim's are, are turned round.
    `measurements.reading.read` reads several files, other formats, and what a user states beside them.

    g_min, g_max : range [S] of normalised data, both or none
    scale : the two values that stand for g_min and g_max; by default the lowest and the highest value of the file
    raises : ValueError with file, line and fix
    """
    return read([path], Stated(g_min=g_min, g_max=g_max, scale=scale)).trains


def read_steps(folder: Path) -> StepTable:
    """Read the two text tables of CrossSim, dG_increasing.txt and dG_decreasing.txt, each perhaps with .gz.

    Row 1 is a title, row 2 the conductances before the pulse [S], row 3 the cumulative probabilities; then comes one
    row of changes of the conductance [S] per probability. Empty rows do not count.

    folder : path of the folder of both files; returns StepTable; raises : ValueError with file, line and fix
    """
    up, down = (_step_file(Path(folder), name) for name in ("dG_increasing", "dG_decreasing"))
    for row, name in enumerate(("conductance", "probability")):
        if not np.array_equal(up[row], down[row]):
            raise ValueError(f"{folder}: the {name} bins of dG_increasing and dG_decreasing differ; "
                             "give both tables on the same bins")
    return StepTable(g=up[0], cdf=up[1], up=up[2], down=down[2], source=str(folder))


def _step_file(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return conductance bins, probability bins and dG of one text table, checked."""
    paths = [folder / f"{name}.txt", folder / f"{name}.txt.gz"]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        raise ValueError(f"{folder}: holds neither {paths[0].name} nor {paths[1].name}; "
                         "name the folder of a table of steps")
    lines = text_lines(path)
    if len(lines) < 4:
        raise ValueError(f"{path}: has {len(lines)} rows; give a title, conductances, probabilities and rows of dG")
    if all(map(_is_number, lines[0][1].split(","))):
        raise ValueError(f"{path}: line {lines[0][0]} holds numbers; row 1 is a title, put one in front")
    rows = [np.array([_value(cell.strip(), path, number) for cell in line.rstrip(",").split(",")])
            for number, line in lines[1:]]
    check_bins(rows[0], f"{path}: line {lines[1][0]}")
    check_probabilities(rows[1], f"{path}: line {lines[2][0]}")
    for (number, _), row in zip(lines[3:], rows[2:]):
        if row.size != rows[0].size:
            raise ValueError(f"{path}: line {number} has {row.size} steps for {rows[0].size} conductances; "
                             "give one each")
    if len(rows) - 2 != rows[1].size:
        raise ValueError(f"{path}: line {lines[-1][0]} ends {len(rows) - 2} rows of dG for {rows[1].size} "
                         "probabilities; give one row each")
    return rows[0], rows[1], np.array(rows[2:])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return not cell
    return True


def _value(cell: str, path: Path, number: int) -> float:
    try:
        value = float(cell)
    except ValueError as error:
        found = repr(cell) if cell else "an empty cell"
        raise ValueError(f"{path}: line {number}: {found} is not a number; write one with a decimal point") from error
    if not math.isfinite(value):
        raise ValueError(f"{path}: line {number}: {cell} is not finite; remove the line or measure it again")
    return value
