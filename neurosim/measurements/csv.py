"""Read measured devices from text: CSV files of pulse trains, and CrossSim's tables of steps.

Every number is checked here, once; what is wrong is a ValueError of one sentence with file, line and fix.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.measurements.columns import LAYOUT, understood_columns
from neurosim.measurements.cycles import directed, summary, trains_of
from neurosim.measurements.rows import read_rows, text_lines
from neurosim.measurements.types import PulseTrains, StepTable, check_bins, check_probabilities, siemens_advice
from neurosim.memristor.device import RANGE
from neurosim.memristor.si_format import quantity

if TYPE_CHECKING:
    from neurosim.measurements.cycles import Piece

__all__ = ["PulseTrains", "StepTable", "read_pulses", "read_steps"]

_LIMIT = RANGE["g_max"].high


def read_pulses(path: Path, g_min: float | None = None, g_max: float | None = None,
                scale: tuple[float, float] | None = None) -> PulseTrains:
    """Read a text file of conductances after each pulse; returns PulseTrains, whose `understood` says what was found.

    Either two columns up,down with or without a header, several such pairs with one, or two columns
    conductance,direction, where every run of equal directions is a train. Columns that count pulses or cycles, times
    and voltages may stand beside; they are not taken for conductances, named or not. Names may hold units, [uS].
    A train ends where the other direction begins, a count starts anew or skips, a cycle number changes, readings are
    missing (empty, NaN, 0 in between, 9.9e37, far off both neighbours) or the conductance jumps back to the start.
    Reset pulses that are listed from low to high in a column of their own, as NeuroSim's are, are turned round.

    g_min, g_max : range [S] of normalised data, both or none
    scale : the two values that stand for g_min and g_max; by default the lowest and the highest value of the file
    raises : ValueError with file, line and fix
    """
    path = Path(path)
    if (g_min is None) != (g_max is None) or scale is not None and g_min is None:
        raise ValueError(f"{path}: normalised data need both g_min and g_max [S]; data in siemens need neither")
    scaled = g_min is not None
    columns = understood_columns(read_rows(path, LAYOUT), path, scaled)
    pieces, notes = trains_of(columns, path, zeros=not scaled)
    if not scaled:
        _check_siemens(path, pieces)
    pieces, turned = directed(pieces, path, listed=isinstance(columns.sides[0], str))
    if g_min is not None and g_max is not None:
        _scale(path, pieces, g_min, g_max, scale)
    return assembled(pieces, str(path), [*notes, *turned])


def assembled(pieces: list[Piece], source: str, notes: list[str]) -> PulseTrains:
    """PulseTrains of trains that were understood: list of `cycles.Piece`, values in siemens."""
    up, down = ([piece.values for piece in pieces if piece.side == side] for side in ("up", "down"))
    trains = PulseTrains(up=up, down=down, source=source)
    ends = min(map(np.min, (*up, *down))), max(map(np.max, (*up, *down)))
    low, high = (quantity(float(end), "S", 3) for end in ends)
    return PulseTrains(up=trains.up, down=trains.down, source=source, understood=summary(pieces, low, high, notes))


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


def _check_siemens(path: Path, pieces: list[Piece]) -> None:
    """Raise ValueError with the line of the first value that is no conductance."""
    for piece in pieces:
        if piece.values.min() < 0:
            index = int(np.argmax(piece.values < 0))
            raise ValueError(f"{path}: line {piece.lines[index]}: {piece.values[index]:g} is negative and no "
                             "conductance; if the data are normalised, give g_min and g_max [S]")
    if not pieces:
        return
    piece = max(pieces, key=lambda one: one.values.max())
    if piece.values.max() > _LIMIT:
        everything = np.concatenate([one.values for one in pieces])
        line = piece.lines[int(np.argmax(piece.values))]
        raise ValueError(f"{path}: line {line}: {siemens_advice(everything, normalised=True)}")


def _scale(path: Path, pieces: list[Piece], g_min: float, g_max: float, scale: tuple[float, float] | None) -> None:
    """Turn normalised values into siemens; values of `pieces` are MUTATED."""
    if not 0 <= g_min < g_max <= _LIMIT:
        raise ValueError(f"{path}: g_min = {g_min:g} S, g_max = {g_max:g} S; give 0 <= g_min < g_max <= {_LIMIT:g} S")
    if not pieces:
        return
    low, high = scale or (min(float(piece.values.min()) for piece in pieces),
                          max(float(piece.values.max()) for piece in pieces))
    if not low < high or not math.isfinite(high - low):
        raise ValueError(f"{path}: the values that stand for g_min and g_max are {low:g} and {high:g}; "
                         "give a lower and a higher one")
    for piece in pieces:
        with np.errstate(over="ignore"):
            g = g_min + (g_max - g_min) * ((piece.values - low) / (high - low))
        outside = (g < -1e-12 * g_max) | ~np.isfinite(g)
        if outside.any():
            index = int(np.argmax(outside))
            sign = "negative " if g[index] < 0 else ""
            raise ValueError(f"{path}: line {piece.lines[index]}: {piece.values[index]:g} becomes the "
                             f"{sign}conductance {g[index]:g} S; raise g_min or let another value stand for it")
        piece.values[:] = np.maximum(g, 0.0)


def _step_file(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Conductance bins, probability bins and dG of one text table, checked."""
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
