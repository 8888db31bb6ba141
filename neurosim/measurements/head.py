"""Where a table begins among the lines of a file, and what its header of one to three rows says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from neurosim.measurements.names import CYCLES, DEVICES, NOTHING, ROLES, is_number, named, role_of
from neurosim.measurements.units import unit_of

_ROWS = 2000    #: in which the shape of a table is looked for
_PART = 0.5     #: of the cells of a header that are known words
_BELOW = 3      #: rows of units and comments between names and numbers
_DIGITS = re.compile(r"[-+]?\.?\d")
_KNOWN = set().union(*ROLES.values())


@dataclass(frozen=True)
class Head:
    """Where a table begins.

    first : index of its first row; width : cells of its rows
    raw, names : row of names as it stands in the file, and with what the rows around it add; both [] without names
    beside : those rows: of groups above the names, of units below
    """

    first: int
    width: int
    raw: Sequence[str] = ()
    names: Sequence[str] = ()
    beside: Sequence[Sequence[str]] = ()


def find_head(rows: list[list[str]]) -> Head:
    """Find the table among rows of cells, by the shape that most of them have; returns Head."""
    counts = Counter(len(row) for row in rows[-_ROWS:] if any(cell and is_number(cell) for cell in row))
    if not counts:
        return Head(0, max(map(len, rows)))
    width = counts.most_common(1)[0][0]
    shape = _shape(rows[-_ROWS:], width)
    for index, row in enumerate(rows[:-1]):
        if _is_header(row, shape, width) and _follows(rows, index, shape):
            return _around(rows, index, shape, width)
    first = next((index for index in range(len(rows)) if _fits(rows[index], shape)
                  and (index + 1 == len(rows) or _fits(rows[index + 1], shape))), 0)
    if first and len(rows[first - 1]) == width and _words(rows[first - 1]):
        return _around(rows, first - 1, shape, width)
    return Head(first, width)


def _shape(rows: list[list[str]], width: int) -> list[int]:
    """Return columns that hold numbers in most rows of that width."""
    found = [row for row in rows if len(row) == width]
    filled = [[row[column] for row in found if row[column].lower() not in NOTHING] for column in range(width)]
    return [column for column, cells in enumerate(filled) if 2 * sum(map(is_number, cells)) > len(cells)]


def is_astray(row: list[str], rows: list[list[str]]) -> bool:
    """Return whether a row is none of a table of rows, as those of a summary are: its first cell is a word where most
    of the rows of the commonest length have numbers, or it has words and fewer cells.
    """
    width = Counter(map(len, rows[-_ROWS:])).most_common(1)[0][0]
    shape = _shape(rows[-_ROWS:], width)
    first = next((column for column, cell in enumerate(row) if cell), None)
    if first is None or is_number(row[first]):
        return False
    return len(row) < width and not _fits(row, shape) or first in shape or sum(map(bool, row)) < len(shape)


def _fits(row: list[str], shape: list[int]) -> bool:
    """Return whether a row has numbers, or nothing, where most have numbers."""
    cells = [row[column] for column in shape if column < len(row)]
    return bool(cells) and all(map(is_number, cells)) and any(cell for cell in row)


def _words(row: list[str]) -> bool:
    said = [cell for cell in row if cell]
    return bool(said) and not any(map(is_number, said))


def _is_header(row: list[str], shape: list[int], width: int) -> bool:
    """Return whether a row may hold the names of the columns: known words, or labels of devices beside one."""
    while len(row) > width and not row[-1]:
        row = row[:-1]
    said = [cell for cell in row if cell]
    if len(said) < min(width, 2) or len(row) > width or _fits(row, shape) or len(row) < width - 1 > 0:
        return False
    words = [cell for cell in said if not is_number(cell)]
    known = sum(bool(role_of(cell) or unit_of(cell)) for cell in words)
    labels = all(re.fullmatch(r"\d+", cell) for cell in said if is_number(cell))
    return bool(words) and labels and known >= _PART * len(words) and (len(words) == len(said) or width > 2)


def _follows(rows: list[list[str]], index: int, shape: list[int]) -> bool:
    """Return whether data come below a header, perhaps below rows of units and comments, and headers again."""
    for row in rows[index + 1:index + 2 + _BELOW]:
        if _fits(row, shape):
            return True
        if row != rows[index] and not _kind(row):
            return False
    return False


def _kind(row: list[str]) -> str:
    """Return what a row between names and numbers holds: "units", a "comment" or the name of an "index"; else ""."""
    said = [cell.strip("()[]{} ") for cell in row if cell]
    units = [cell for cell in said if unit_of(cell) or cell == "-"]
    others = [cell for cell in said if cell not in units]
    if not said or any(_DIGITS.match(cell) for cell in said if cell != "1") or all(map(is_number, said)):
        return ""
    if len(said) == 1 and row[0] and len(row) > 2 and role_of(row[0]):
        return "index"
    if units and not any(cell.lower() in _KNOWN for cell in others):
        return "units"
    labels = [cell for cell in said if named(cell).device or named(cell).cycle]
    commented = said[0].lower().startswith(("comment", "kommentar"))
    return "comment" if commented or labels and not any(cell.lower() in _KNOWN for cell in said) else ""


def _around(rows: list[list[str]], index: int, shape: list[int], width: int) -> Head:
    """Return the head of a row of names, with groups above, and units, comments and the name of an index below."""
    raw = rows[index]
    names, beside = list(raw) + [""] * (width - len(raw)), []
    first = index
    group = _labels(rows[index - 1]) if index else []
    if _groups(group, names, width):
        label = ""
        for column in range(width):
            label = group[column] if column < len(group) and group[column] else label
            names[column] = f"{label} {names[column]}".strip()
        beside, first = [rows[index - 1]], index - 1
    for below in rows[index + 1:index + 1 + _BELOW]:
        kind = _kind(below) if below != raw and not _fits(below, shape) else ""
        if not kind:
            break
        for column, cell in enumerate(below[:width]):
            names[column] = _joined(names[column], cell, kind)
        beside = [*beside, below]
    return Head(first, width, raw, names, beside)


def _joined(name: str, cell: str, kind: str) -> str:
    """Return the name of a column with what a cell below says: its unit, or the label of its device or cycle."""
    if not cell or not name and kind != "index":
        return name
    if kind == "index":
        return cell
    if kind == "units":
        return f"{name} [{cell.strip('()[]{} ')}]" if unit_of(cell.strip("()[]{} ")) else name
    return f"{cell} {name}" if named(cell).device or named(cell).cycle else name


def _groups(group: list[str], names: list[str], width: int) -> bool:
    """Return whether a row above the names holds groups of columns: labels that devices, cycles or sides share."""
    return len(group) in (width, width - 1) and _words(group) and len(set(names)) < width and \
        (sum(map(bool, group)) < width or len(set(group)) < width) and any(
            named(cell).device or named(cell).cycle or role_of(cell) for cell in group if cell)


def _labels(row: list[str]) -> list[str]:
    """Return a row whose first cell says what the numbers behind it count, "cycle", 1, 1, 2, 2, as labels."""
    kind = row[0].lower() if row else ""
    if kind not in CYCLES | DEVICES or not all(cell.isdigit() for cell in row[1:]):
        return row
    return ["", *(f"{kind} {cell}" for cell in row[1:])]
