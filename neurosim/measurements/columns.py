"""What the columns of a file of measurements are: conductances, directions, counts, times."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from neurosim.measurements.rows import Rows

LAYOUT = "write two columns up,down, or two columns conductance,direction"
UP = {"up", "set", "potentiation", "pot", "ltp", "increasing", "increase", "inc"}
DOWN = {"down", "reset", "depression", "dep", "ltd", "decreasing", "decrease", "dec"}
#: What a word in the name of a column says it is, the first one that fits.
_ROLES = {
    "resistance": {"resistance", "ohm", "ohms", "r", "kohm", "mohm"},
    "current": {"current", "i", "ampere"},
    "direction": {"direction", "polarity", "sign", "operation", "type"},
    "cycle": {"cycle", "cycles", "loop", "device", "repeat", "run"},
    "time": {"time", "t", "seconds", "timestamp", "elapsed"},
    "index": {"index", "number", "no", "nr", "n", "count", "id", "step", "point", "sample"},
    "voltage": {"voltage", "v", "volt", "amplitude", "width", "temperature"},
    "up": UP, "down": DOWN,
    "conductance": {"conductance", "g", "cond", "siemens", "value"},
    "pulse": {"pulse", "pulses"},
}
_SIDES = {**dict.fromkeys(UP | {"1", "+1", "1.0"}, "up"), **dict.fromkeys(DOWN | {"-1", "-1.0"}, "down")}
_UNITS = {"S": 1.0, "siemens": 1.0, "1": 1.0, "a.u.": 1.0, "": 1.0, "mS": 1e-3, "uS": 1e-6, "µS": 1e-6, "μS": 1e-6,
          "nS": 1e-9, "pS": 1e-12}
_NOTHING = {"", "-", "--", "---", "na", "n/a", "none", "null", "nan", "ovld", "overflow", "overrange"}
_READ = ("up", "down", "conductance")
_SENTINEL = 9e36    #: instruments write 9.9e37, 9.91e37 or 1e38 where there is no reading
_FEWEST = 5         #: rows from which on equal steps are not chance


@dataclass
class Columns:
    """Columns of one file.

    lines : numbers of the lines, int (rows)
    values : list of conductances, float (rows) each, in the unit of the file; NaN is no reading
    sides : for each of them "up" or "down", or a list of these for every row
    starts : rows at which something new begins, a set; notes : list of what was understood beside
    """

    lines: np.ndarray
    values: list = field(default_factory=list)
    sides: list = field(default_factory=list)
    starts: set = field(default_factory=set)
    notes: list = field(default_factory=list)


def understood_columns(rows: Rows, path: Path, scaled: bool) -> Columns:
    """Find out what the columns of Rows are, by their names or, without names, by their numbers; returns Columns.

    scaled : whether the values are normalised, so that whole numbers may be conductances
    raises : ValueError of one sentence
    """
    names, lines, cells = _names(rows)
    if not cells:
        raise ValueError(f"{path}: line {rows.lines[0]} is a header without data; add one line per pulse")
    lines, cells, starts = _without_repeats(names, lines, cells)
    if not cells:
        raise ValueError(f"{path}: holds headers without data; add one line per pulse")
    every = [[row[number] for row in cells] for number in range(len(cells[0]))]
    columns = [(number, column) for number, column in enumerate(every, 1)
               if any(column) or names and names[number - 1]]
    names = [names[number - 1] for number, _ in columns] if names else ()
    found = Columns(np.array(lines), starts=starts)
    if names:
        kinds = [_named(name, rows.lines[0], path) for name in names]
    else:
        kinds = [(_guessed(column), 1.0) for _, column in columns]
    roles = [role for role, _ in kinds]
    data = [(role, factor, number, column) for (role, factor), (number, column) in zip(kinds, columns)]
    numbers = {number: _numbers(column, path, found.lines) for role, _, number, column in data if role != "direction"}
    if not names:
        data = _without_names(data, numbers, rows, path, scaled)
        roles = [role for role, *_ in data]
    _check_layout(roles, names or rows.cells[0], rows.lines[0], path)
    sides = next((_sides(column, path, found.lines) for role, _, _, column in data if role == "direction"), None)
    steady = all(_counts(numbers[number]) or _counts(-numbers[number]) for role, _, number, _ in data if role in _READ)
    for role, factor, number, column in data:
        if role in _READ:
            if not scaled and (factor == 1.0 or not steady):
                _refuse_counts(numbers[number], f"{path}: column {number}")
            found.values.append(numbers[number] * (1.0 if scaled else factor))
            found.sides.append(sides or role)
        elif role != "direction":
            _understand_other(found, role, number, numbers[number])
    return found


def _names(rows: Rows) -> tuple[list[str] | tuple, list[int], list[list]]:
    """Names of the columns, () without any, and lines and cells of the data below."""
    first = rows.cells[0]
    said = [cell for cell in first if cell]
    words = bool(said) and not any(map(_is_number, said))
    if words and (not any(cell.lower() in UP | DOWN for cell in said) or _all_sides(said)):
        return first, rows.lines[1:], rows.cells[1:]
    if rows.comment and all(_role(name) for name in rows.comment):
        return list(rows.comment), rows.lines, rows.cells
    if words:
        return first, rows.lines[1:], rows.cells[1:]
    return (), rows.lines, rows.cells


def _without_repeats(names: list[str] | tuple, lines: list[int],
                     cells: list[list[str]]) -> tuple[list[int], list[list[str]], set[int]]:
    """Lines and cells without rows that repeat the header, and the rows that come after these, a set."""
    kept = [(line, row) for line, row in zip(lines, cells) if row != names]
    heads = [index for index, row in enumerate(cells) if row == names]
    starts = {index - before for before, index in enumerate(heads)} - {0, len(kept)}
    return [line for line, _ in kept], [row for _, row in kept], starts


def _all_sides(cells: list[str]) -> bool:
    return all(cell.lower() in UP | DOWN for cell in cells)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.lower() in _NOTHING
    return True


def _words(name: str) -> list[str]:
    return re.findall(r"[a-zµμ]+", name.lower())


def _role(name: str) -> str:
    """What a name of a column says that it is; "" where it says nothing."""
    bare = re.split(r"[(\[/]", name)[0]
    words = {word for word in _words(bare) if word not in ("us", "ns", "ms", "s")}
    words = words or set(_words(bare))
    return next((role for role, known in _ROLES.items() if words & known), "index" if name.strip() == "#" else "")


def _named(name: str, line: int, path: Path) -> tuple[str, float]:
    """Role of a column, and the factor that turns its unit into siemens."""
    role = _role(name)
    if not role:
        raise ValueError(f"{path}: line {line} has the column {name!r}, which is unknown; {LAYOUT}; columns pulse, "
                         "cycle, time and voltage may stand beside")
    found = re.search(r"[(\[/]\s*([^)\]]*)", name) or re.search(r"[\s_]([munpµμ]?S)$", name)
    unit = found[1].strip() if found else ""
    if role in ("up", "down", "conductance"):
        if re.search("ohm|Ω", unit, re.IGNORECASE):
            raise ValueError(f"{path}: line {line}: {name!r}: these are resistances; write 1/R, in siemens")
        if unit not in _UNITS:
            raise ValueError(f"{path}: line {line}: {name!r}: the unit {unit!r} is unknown; write conductances in "
                             "siemens, S, mS, uS or nS")
        return role, _UNITS[unit]
    return "index" if role == "pulse" else role, 1.0


def _guessed(column: list[str]) -> str:
    """Role of a column without a name, as far as its words tell."""
    words = {cell.lower() for cell in column}
    return "direction" if words <= set(_SIDES) and words & (UP | DOWN) or words == {"1", "-1"} else ""


def _numbers(column: list[str], path: Path, lines: np.ndarray) -> np.ndarray:
    """Values of cells; NaN where there is no reading."""
    values = np.empty(len(column))
    for row, cell in enumerate(column):
        if cell.lower() in _NOTHING:
            values[row] = np.nan
            continue
        try:
            values[row] = float(cell)
        except ValueError as error:
            raise ValueError(f"{path}: line {lines[row]}: {cell!r} is not a number; write one with a decimal "
                             "point") from error
    values[np.abs(values) > _SENTINEL] = np.nan
    return values


def _sides(column: list[str], path: Path, lines: np.ndarray) -> list[str | None]:
    found = [_SIDES.get(cell.lower()) for cell in column]
    if None in found:
        row = found.index(None)
        raise ValueError(f"{path}: line {lines[row]}: direction {column[row]!r} is unknown; write up or down")
    return found


def _without_names(data: list[tuple[str, float, int, list]], numbers: dict[int, np.ndarray], rows: Rows, path: Path,
                   scaled: bool) -> list[tuple[str, float, int, list]]:
    """Columns with roles that their numbers tell: what counts in equal steps is an index, all else conductances."""
    counting = [number for number in numbers if _counts(numbers[number])]
    rest = [item for item in data if item[2] not in counting or item[0]]
    directed = any(role for role, *_ in data)
    wanted = ["conductance"] if directed else ["up", "down"]
    free = [number for role, _, number, _ in rest if not role]
    if len(free) != len(wanted) and len(numbers) == len(wanted):    # what counts is also what is left
        if len(counting) == 1 or not scaled and _counts(numbers[counting[0]], whole=True):
            number = counting[0]
            raise ValueError(f"{path}: column {number} counts in equal steps, as numbers of pulses and times do; name "
                             "the columns in the first line: up,down where both hold conductances, else "
                             "pulse,conductance,direction with the direction of every pulse")
        counting, free = [], list(numbers)
    if len(free) != len(wanted):
        raise ValueError(f"{path}: line {rows.lines[0]} has the columns {', '.join(rows.cells[0][:8])}, {len(free)} of "
                         f"which may be conductances; {LAYOUT}, with their names in the first line")
    roles = dict(zip(free, wanted))
    return [(role or roles.get(number, "index"), factor, number, column) for role, factor, number, column in data]


def _counts(values: np.ndarray, whole: bool = False) -> bool:
    """Whether values rise in equal steps, perhaps from the begin again and again. whole : only 1, 2, 3 ..."""
    steps = np.diff(values)
    if len(values) < _FEWEST or not np.isfinite(values).all():
        return False
    step = np.median(steps)
    usual = np.abs(steps - step) <= 1e-6 * abs(step) + 4 * np.spacing(np.abs(values).max())
    back = ~usual
    regular = step > 0 and back.sum() <= len(steps) // _FEWEST and np.all(steps[back] < 0)
    return bool(regular and (not whole or step == 1 and np.all(values == np.rint(values))))


def _refuse_counts(values: np.ndarray, owner: str) -> None:
    if _counts(values, whole=True):
        raise ValueError(f"{owner} counts 1, 2, 3 ..., as numbers of pulses do; name it pulse, and give the "
                         "conductances in columns up,down, or in conductance,direction")


def _check_layout(roles: list[str], names: list[str], line: int, path: Path) -> None:
    if roles.count("conductance") == 1 == roles.count("direction") and not {"up", "down"} & set(roles):
        return
    if "up" in roles and "down" in roles and not {"conductance", "direction"} & set(roles):
        return
    for role, fix in (("resistance", "write 1/R, in siemens"), ("current", "divide by the read voltage")):
        if role in roles:
            raise ValueError(f"{path}: line {line} has a column of {role} and none of conductances; {fix}, and "
                             f"{LAYOUT}")
    raise ValueError(f"{path}: line {line} has the columns {', '.join(names[:8])}; {LAYOUT}")


def _understand_other(found: Columns, role: str, number: int, values: np.ndarray) -> None:
    """Take from a column that holds no conductances where something new begins; `found` is MUTATED."""
    word = {"index": "pulse numbers"}.get(role, role)
    steps, begins = np.diff(values), np.array([], int)
    if role == "cycle":
        begins = np.flatnonzero(steps != 0)
    elif role in ("index", "time") and np.isfinite(steps).any():
        usual = np.nanmedian(steps)
        if usual > 0:
            begins = np.flatnonzero((steps < 0) | (steps > (10 if role == "time" else 1.5) * usual))
        pauses = int(np.sum(steps[begins] > 0)) if len(begins) else 0
        word += f" with {pauses} gap{'s' * (pauses > 1)}" if pauses else ""
    found.starts.update(int(row) + 1 for row in begins)
    found.notes.append(f"column {number} = {word}")
