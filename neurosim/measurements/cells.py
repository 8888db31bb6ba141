"""One column of a file of measurements: its cells, its numbers, the unit that stands in its cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from neurosim.measurements.names import DOWN, NOTHING, SIDES, UP, VALUES, Name, Unit, is_number, named, unit_of

SENTINEL = 9e36    #: instruments write 9.9e37, 9.91e37 or 1e38 where there is no reading
_FEWEST = 5        #: rows from which on equal steps are not chance
_WITH_UNIT = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([A-Za-zµμΩΩ]+)")
_WORDS = ("direction", "device", "beside", "derived", "")    #: roles of columns that may hold words


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
    words = name.role in _WORDS and title or name.role == "time" or not title and _are_words(cells)
    if words and not all(map(is_number, cells)):
        return Column(number, title, name, cells, None)
    return Column(number, title, name, cells, numbers_of(cells, path, lines))


def _without_units(cells: list[str], name: Name) -> tuple[list[str], Name]:
    """Return cells whose numbers have one and the same unit behind them, without it; the name says it then."""
    found = [_WITH_UNIT.fullmatch(cell) for cell in cells]
    units = {match[2] for match in found if match}
    unit = unit_of(units.pop()) if len(units) == 1 and not name.unit else None
    if not unit or not unit.factor or not all(match or is_number(cell) for match, cell in zip(found, cells)):
        return cells, name
    role = unit.quantity if name.role not in (*VALUES, "time", "voltage") or name.role == "reading" else name.role
    return [match[1] if match else cell for match, cell in zip(found, cells)], replace(name, unit=unit, role=role)


def _are_words(cells: list[str]) -> bool:
    return set(map(str.lower, cells)) <= set(SIDES)


def guessed(column: Column) -> str:
    """Return the role of a column without a name, as far as its words tell."""
    words = {cell.lower() for cell in column.cells}
    return "direction" if words <= set(SIDES) and words & (UP | DOWN) or words == {"1", "-1"} or \
        words in ({"p", "d"}, {"+", "-"}) else ""


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
            raise ValueError(f"{path}: line {lines[row]}: {cell!r} is not a number; write one with a decimal "
                             "point") from error
    values[np.abs(values) > SENTINEL] = np.nan
    return values


def in_si(column: Column, quantity: str, path: Path | str, assumed: Unit | None = None) -> np.ndarray:
    """Return the numbers of a column of a quantity, "time", "voltage" or "current", in SI units; NaN is not a reading.

    assumed : Unit of a column that has none, None = that of SI
    raises : ValueError for a unit that is unknown, or of another quantity
    """
    unit = column.name.unit or assumed
    if unit and (not unit.factor or unit.quantity not in ("", quantity)):
        raise ValueError(f"{path}: {column.title!r} is a {quantity} in {unit.text!r}; write the unit of a {quantity} "
                         "behind its name")
    return np.asarray(column.numbers, float) * (unit.factor if unit else 1.0)


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
