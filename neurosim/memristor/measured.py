"""Read measured devices: CSV files of pulse trains, and CrossSim's text tables of steps. HDF5: `results.measured`.

Every number is checked here, once; what is wrong is a ValueError of one sentence with file, line and fix.
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from neurosim.memristor.device import RANGE
from neurosim.memristor.measured_data import PulseTrains, StepTable, check_bins, check_probabilities

__all__ = ["PulseTrains", "StepTable", "read_pulses", "read_steps"]

_UP = {"up", "set", "potentiation", "ltp", "increasing", "1", "+1"}
_DOWN = {"down", "reset", "depression", "ltd", "decreasing", "-1"}
_LAYOUT = "write two columns up,down, or two columns conductance,direction"
_LIMIT = RANGE["g_max"].high


def read_pulses(path, g_min=None, g_max=None, scale=None):
    """Read a CSV file of conductances after each pulse [S]; returns PulseTrains.

    Either two columns up,down, one train each, with or without a header, or two columns conductance,direction with
    one, where every run of equal directions is a train. Commas separate cells; lines that begin with # are comments.

    g_min, g_max : range [S] of normalised data, both or none
    scale : the two values that stand for g_min and g_max; by default the lowest and the highest value of the file
    raises : ValueError with file, line and fix
    """
    path = Path(path)
    if (g_min is None) != (g_max is None) or scale is not None and g_min is None:
        raise ValueError(f"{path}: normalised data need both g_min and g_max [S]; data in siemens need neither")
    rows = _rows(path)
    names = _header(path, rows)
    values, sides = _columns(path, rows, names)
    if g_min is None:
        _check_siemens(path, values)
    else:
        _scale(path, values, g_min, g_max, scale)
    up, down = ([[g for _, g in train] for side, train in _trains(values, sides) if side == wanted]
                for wanted in ("up", "down"))
    return PulseTrains(up=up, down=down, source=str(path))


def read_steps(folder):
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


def _lines(path):
    """Lines of a text file, perhaps compressed, as (number, text) without the empty ones."""
    try:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{path}: cannot be read: {reason}; give an intact text file") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}: line {line} is not text in UTF-8; save the file as CSV in UTF-8") from error
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    if not any(line for _, line in lines):
        raise ValueError(f"{path}: is empty; give a file with measured conductances")
    return [(number, line) for number, line in lines if line]


def _rows(path):
    """Cells of each line of a CSV file, as (number, cells); gaps and wrong delimiters are refused."""
    lines = [(number, line) for number, line in _lines(path) if not line.startswith("#")]
    rows = []
    for number, line in lines:
        for mark, name in ((";", "semicolons"), ("\t", "tabs"), (" ", "spaces")):
            if mark in line and ("," not in line or mark == ";"):
                raise ValueError(f"{path}: line {number}: cells are separated by {name}; separate them by commas, "
                                 "with a point in decimal numbers")
        cells = [cell.strip().strip('"') for cell in line.split(",")]
        if len(cells) == 1:
            raise ValueError(f"{path}: line {number} has one column where two are needed; {_LAYOUT}")
        if rows and len(cells) != len(rows[0][1]):
            raise ValueError(f"{path}: line {number} has {len(cells)} cells, line {rows[0][0]} has {len(rows[0][1])}; "
                             "give every line the same columns")
        rows.append((number, cells))
    if not rows:
        raise ValueError(f"{path}: holds only comments; {_LAYOUT}")
    return rows


def _header(path, rows):
    """Take the header off `rows`, MUTATED; returns the kinds of its columns: up, down, conductance or direction."""
    number, cells = rows[0]
    if any(map(_is_number, cells)):
        kinds = ["up", "down"]
    else:
        kinds = [_kind(cell, path, number) for cell in cells]
        rows.pop(0)
    if len(cells) != 2 or sorted(kinds) not in (["down", "up"], ["conductance", "direction"]):
        raise ValueError(f"{path}: line {number} has the columns {', '.join(cells)}; {_LAYOUT}")
    if not rows:
        raise ValueError(f"{path}: line {number} is a header without data; add one line per pulse")
    return kinds


def _kind(cell, path, number):
    name, _, unit = cell.replace("(", "[").partition("[")
    if unit and unit.rstrip(") ]") not in ("S", "1", "a.u.", "siemens"):
        raise ValueError(f"{path}: line {number}: {cell!r}: the unit is {unit.rstrip(') ]')!r}; write conductances in "
                         "siemens, 1 uS is 1e-6")
    name = name.strip().lower()
    return _side(name) or {"g": "conductance"}.get(name, name)


def _side(name):
    return "up" if name in _UP else "down" if name in _DOWN else None


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return not cell
    return True


def _columns(path, rows, kinds):
    """Values and directions in the order of measurement: [(line, value)], MUTABLE, and [up or down]."""
    if "direction" not in kinds:
        return ([(number, _value(cells[kinds.index(side)], path, number)) for side in ("up", "down")
                 for number, cells in rows], ["up"] * len(rows) + ["down"] * len(rows))
    values = [(number, _value(cells[kinds.index("conductance")], path, number)) for number, cells in rows]
    sides = []
    for number, cells in rows:
        word = cells[kinds.index("direction")].lower()
        sides.append(_side(word))
        if sides[-1] is None:
            raise ValueError(f"{path}: line {number}: direction {word!r} is unknown; write up or down")
    return values, sides


def _value(cell, path, number):
    if not cell:
        raise ValueError(f"{path}: line {number}: a cell is empty; fill the gap, or write trains of different length "
                         "below each other in two columns conductance,direction")
    try:
        value = float(cell)
    except ValueError as error:
        raise ValueError(f"{path}: line {number}: {cell!r} is not a number; write one with a decimal point") from error
    if not math.isfinite(value):
        raise ValueError(f"{path}: line {number}: {cell} is not finite; remove the line or measure it again")
    return value


def _check_siemens(path, values):
    for number, value in values:
        if value < 0:
            raise ValueError(f"{path}: line {number}: {value:g} is negative and no conductance; "
                             "if the data are normalised, give g_min and g_max [S]")
    number, largest = max(values, key=lambda item: item[1])
    if largest > _LIMIT:
        fix = f"if they are in microsiemens, multiply by 1e-6 ({largest * 1e-6:g} S)"
        other = "if they are normalised, give g_min and g_max [S]"
        first, second = (other, fix) if largest <= 2 else (fix, other)
        raise ValueError(f"{path}: line {number}: {largest:g} S exceeds {_LIMIT:g} S; conductances are in siemens: "
                         f"{first}; {second}")


def _scale(path, values, g_min, g_max, scale):
    """Turn normalised values into siemens; `values` is MUTATED."""
    if not 0 <= g_min < g_max <= _LIMIT:
        raise ValueError(f"{path}: g_min = {g_min:g} S, g_max = {g_max:g} S; give 0 <= g_min < g_max <= {_LIMIT:g} S")
    low, high = scale or (min(v for _, v in values), max(v for _, v in values))
    if not low < high:
        raise ValueError(f"{path}: the values that stand for g_min and g_max are {low:g} and {high:g}; "
                         "give a lower and a higher one")
    for k, (number, value) in enumerate(values):
        g = g_min + (g_max - g_min) * (value - low) / (high - low)
        if g < -1e-12 * g_max:
            raise ValueError(f"{path}: line {number}: {value:g} becomes the negative conductance {g:g} S; "
                             "raise g_min or let a lower value stand for it")
        values[k] = number, max(g, 0.0)


def _trains(values, sides):
    """Runs of equal direction, as (direction, values)."""
    starts = [k for k, side in enumerate(sides) if k == 0 or side != sides[k - 1]]
    return [(sides[a], values[a:b]) for a, b in zip(starts, starts[1:] + [len(sides)])]


def _step_file(folder, name):
    """Conductance bins, probability bins and dG of one text table, checked."""
    paths = [folder / f"{name}.txt", folder / f"{name}.txt.gz"]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        raise ValueError(f"{folder}: holds neither {paths[0].name} nor {paths[1].name}; "
                         "name the folder of a table of steps")
    lines = _lines(path)
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
