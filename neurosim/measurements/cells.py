"""One column of a file of measurements: its cells, its numbers, the unit that stands in its cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from neurosim.measurements.names import DOWN, NOTHING, SIDES, UP, VALUES, Name, is_number, named, words_of
from neurosim.measurements.units import LONGEST, Unit, unit_of
from neurosim.tables import abbreviated

SENTINEL = 9e36    #: instruments write 9.9e37, 9.91e37 or 1e38 where there is no reading
_FEWEST = 5        #: rows from which on equal steps are not chance
_WITH_UNIT = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([A-Za-zµμΩΩ]+)")
_SI = {"conductance": "S", "resistance": "ohm", "current": "A", "voltage": "V", "time": "s"}
#: Units that a sentence offers.
_WRITTEN = {"current": "A, mA, uA or nA", "voltage": "V or mV", "time": "s, ms, us, ns, min or h"}
_WORDS = ("direction", "device", "state", "beside", "derived", "")    #: roles of columns that may hold words


@dataclass
class Column:
    """One column.

    number : 1 for the first; title : its name in the file; name : what that says; cells : list of str
    numbers : float (rows), NaN is not a reading; None where the cells are words
    quantity : of values, "conductance", "resistance" or "current"; unit : of the file, for people
    meaning : what it was understood as, for people
    read_voltage : at which its currents were read [V], None where it holds none
    """

    number: int
    title: str
    name: Name
    cells: list
    numbers: np.ndarray | None
    quantity: str = ""
    unit: str = ""
    meaning: str = ""
    read_voltage: float | None = None

    @property
    def ends(self) -> tuple[str, str]:
        """Least and largest number, or first and last cell, for people; empty where there is neither."""
        if self.numbers is not None and np.isfinite(self.numbers).any():
            return f"{np.nanmin(self.numbers):.6g}", f"{np.nanmax(self.numbers):.6g}"
        return (str(self.cells[0])[:20], str(self.cells[-1])[:20]) if self.cells else ("", "")


def column_of(number: int, title: str, cells: list[str], path: Path | str, lines: np.ndarray) -> Column:
    """Make a Column of cells; raises ValueError where a cell should be a number and is none."""
    name = named(title) if title and title != "-" else Name("")
    if title.isdigit():
        name = Name("reading", cycle=title)
    cells, name = _without_units(cells, name)
    if name.role in ("device", "cycle") and len(cells) > 2 and len(set(cells)) == len(cells):
        name = replace(name, role="index")
    if title and name.role in ("", "state", "up", "down") and _says_directions(cells):
        name = Name("direction")
    words = name.role in _WORDS and title or name.role == "time" or not title and _are_words(cells)
    if words and not all(map(is_number, cells)):
        return Column(number, title, name, cells, None)
    numbers = numbers_of(cells, path, lines)
    if name.role == "reading" and set(words_of(title)) == {"read"} and counts(numbers, whole=True):
        name = Name("index")    # "read" 1, 2, 3 ... numbers reads
    return Column(number, title, name, cells, numbers)


def _without_units(cells: list[str], name: Name) -> tuple[list[str], Name]:
    """Return cells whose numbers have units of one quantity behind them, without these; the name says it then."""
    found = [_WITH_UNIT.fullmatch(cell) if len(cell) < LONGEST else None for cell in cells]
    if name.unit or not all(match or is_number(cell) for match, cell in zip(found, cells)):
        return cells, name
    return _with_units([match[1] if match else cell for match, cell in zip(found, cells)],
                       [match[2] if match else "" for match in found], cells, name)


def _with_units(numbers: list[str], texts: list[str], cells: list[str], name: Name) -> tuple[list[str], Name]:
    """Return cells in one unit, and the name with it, where `texts` are units of one quantity; else `cells`.

    texts : of the units of all cells, "" where a cell has none, which is allowed where it holds no number
    """
    units = {text: unit_of(text) for text in texts if text}
    known = [unit for unit in units.values() if unit and unit.factor and unit.quantity]
    quantities = {unit.quantity for unit in known}
    if len(quantities) != 1 or len(known) != len(units) or any(
            not text and number.lower() not in NOTHING and len(units) > 1 for text, number in zip(texts, numbers)):
        return cells, name
    unit = known[0] if len({one.factor for one in known}) == 1 else Unit(_SI[known[0].quantity], known[0].quantity, 1.0)
    if unit.factor != known[0].factor or len(units) > 1:
        numbers = [repr(float(number) * (units[text] or unit).factor / unit.factor) if text else number
                   for number, text in zip(numbers, texts)]
    role = unit.quantity if name.role not in (*VALUES, "time", "voltage") or name.role == "reading" else name.role
    return numbers, replace(name, unit=unit, role=role)


def with_units_beside(columns: list[Column], path: Path | str, lines: np.ndarray) -> list[Column]:
    """Return columns, of which those before a column "Unit" have the units that it holds, row by row."""
    found = list(columns)
    for place, column in enumerate(columns):
        before = found[place - 1] if place else None
        if before is None or column.title.lower() not in ("unit", "units") or before.name.unit \
                or before.numbers is None:
            continue
        texts = [cell if number.lower() not in NOTHING else "" for cell, number in zip(column.cells, before.cells)]
        cells, name = _with_units(before.cells, texts, before.cells, before.name)
        if name is not before.name:
            found[place - 1] = Column(before.number, before.title, name, cells, numbers_of(cells, path, lines))
            column.meaning = f"unit of column {before.number}"
    return found


def _are_words(cells: list[str]) -> bool:
    return set(map(str.lower, cells)) <= set(SIDES)


def guessed(column: Column) -> str:
    """Return the role of a column without a name, as far as its words tell."""
    return "direction" if _says_directions(column.cells) else ""


def _says_directions(cells: list[str]) -> bool:
    words = {cell.lower() for cell in cells}
    return words <= set(SIDES) and bool(words & (UP | DOWN)) or \
        words in ({"1", "-1"}, {"p", "d"}, {"+", "-"}, {"lrs", "hrs"})


def numbers_of(cells: list[str], path: Path | str, lines: np.ndarray) -> np.ndarray:
    """Return the values of cells; NaN where there is no reading."""
    values = np.empty(len(cells))
    for row, cell in enumerate(cells):
        if cell.lower() in NOTHING:
            values[row] = np.nan
            continue
        try:
            values[row] = float(cell)
        except ValueError as error:
            raise ValueError(f"{path}: line {lines[row]}: {abbreviated(cell)} is not a number; write one with a "
                             "decimal point") from error
    values[np.abs(values) > SENTINEL] = np.nan
    return values


def counts(values: np.ndarray | None, whole: bool = False) -> bool:
    """Return whether values rise in equal steps, perhaps from the begin again and again. whole : only 1, 2, 3 ..."""
    if values is None or len(values) < _FEWEST or not np.isfinite(values).all():
        return False
    steps = np.diff(values)
    step = np.median(steps)
    usual = np.abs(steps - step) <= 1e-6 * abs(step) + 4 * np.spacing(np.abs(values).max())
    back = ~usual
    regular = step > 0 and back.sum() <= len(steps) // _FEWEST and np.all(steps[back] < 0)
    return bool(regular and (not whole or step == 1 and np.all(values == np.rint(values))))


def in_si(column: Column, quantity: str, path: Path | str, stated: Unit | None = None) -> np.ndarray:
    """Return the numbers of a column in the SI unit of a quantity, in which they are where nothing gives a unit.

    stated : unit of what has none in the file
    raises : ValueError for a unit that is unknown or measures something else
    """
    unit = column.name.unit or stated
    if unit and (not unit.factor or unit.quantity not in ("", quantity)):
        raise ValueError(f"{path}: column {column.number}, {column.title!r}, has the unit {unit.text!r}, which is none "
                         f"of a {quantity}; write {_WRITTEN[quantity]}")
    return np.asarray(column.numbers, float) * (unit.factor if unit else 1.0)
