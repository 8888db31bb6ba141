"""What the columns of a file of measurements are: readings, directions, devices, counts, times."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.measurements.beside import tell_apart
from neurosim.measurements.cells import Column, column_of, counts, guessed, with_units_beside
from neurosim.measurements.conditions import check_conditions, kind_of
from neurosim.measurements.counting import check_order, one_read_a_pulse
from neurosim.measurements.directions import Directions, directions_of
from neurosim.measurements.names import DOWN, UP, VALUES, Name, is_number, named, role_of
from neurosim.measurements.quantities import in_siemens, value_columns
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.measurements.rows import Rows
    from neurosim.measurements.stated import Stated

LAYOUT = "write two columns up,down, or two columns conductance,direction"


@dataclass
class Columns:
    """Columns of one file.

    lines : numbers of the lines, int (rows)
    values : list of conductances [S], or normalised, float (rows) each; NaN is not a reading
    sides : for each of them "up" or "down", or a list of these for every row
    devices : for each of them the label of the device, or a list of these for every row
    starts : rows at which something new begins, a set; notes : list of what was understood beside
    free : whether the sides are those of voltages, so that it is not known yet which of them is up
    table : list of Column as they are printed; readings : those of them that hold the values
    """

    lines: np.ndarray
    values: list = field(default_factory=list)
    sides: list = field(default_factory=list)
    devices: list = field(default_factory=list)
    starts: set = field(default_factory=set)
    notes: list = field(default_factory=list)
    free: bool = False
    table: list = field(default_factory=list)
    readings: list = field(default_factory=list)


def understood_columns(rows: Rows, path: Path | str, stated: Stated, side: str = "") -> Columns:
    """Find out what the columns of Rows are, by their names or, without names, by their numbers; returns Columns.

    Every column of readings is one of its own, and every row a read. side : direction of all pulses of the file, ""
    where its columns must tell
    raises : ValueError
    """
    return _understood(*named_columns(rows, path, stated), rows, path, stated, side)


def pulse_columns(rows: Rows, path: Path | str, stated: Stated, side: str = "") -> Columns:
    """Find out what the columns of Rows are where they hold one read after every pulse; as `understood_columns` does.

    Reads of one pulse are averaged. raises : ValueError where rows are not in order, several columns may be devices or
    cycles, or pulses of one direction are not of one kind
    """
    columns, lines, starts = named_columns(rows, path, stated)
    columns, lines, starts, notes = one_read_a_pulse(columns, lines, starts, path)
    found = _understood(columns, lines, starts, rows, path, stated, side)
    check_order(columns, starts, path)
    tell_apart(found.readings, path, stated)
    found.devices = [_device_of(columns, column) for column in found.readings]
    check_conditions(found, path)
    found.notes += notes
    return found


def _understood(columns: list[Column], lines: np.ndarray, starts: set[int], rows: Rows, path: Path | str,
                stated: Stated, side: str) -> Columns:
    found = Columns(lines, starts=set(starts))
    if not any(column.title for column in columns):
        columns = _without_names(columns, rows, path, stated, side)
    found.readings = values = value_columns(columns, path, rows, stated)
    directions = directions_of(columns, values, path, rows, stated, side)
    for column in values:
        found.values.append(in_siemens(column, columns, path, rows, stated))
        found.sides.append(directions.rows or directions.side or column.name.side)
        found.devices.append(_device_of(columns, column))
    _understand_others(found, columns, values, directions)
    found.table = columns
    found.notes += [f"column {column.number} in {column.unit}" for column in values
                    if column.quantity != "conductance" and not stated.scaled]
    return found


def named_columns(rows: Rows, path: Path | str, stated: Stated) -> tuple[list[Column], np.ndarray, set[int]]:
    """Columns of Rows as their names and cells have them, "" without names; devices stand one after the other.

    returns : list of Column, numbers of the lines, int (rows), and the rows at which something new begins
    raises : ValueError
    """
    names, lines, cells = _names(rows, stated, path)
    header = rows.cells[0] if len(cells) < len(rows.cells) else ()
    if not cells:
        raise ValueError(f"{path}: {rows.word} {rows.lines[0]} is a header without data; add one line per pulse")
    lines, cells, starts = _without_repeats(header, lines, cells)
    if not cells:
        raise ValueError(f"{path}: holds headers without data; add one line per pulse")
    lines, cells = _by_device(names, lines, cells)
    every = [[row[number] for row in cells] for number in range(len(cells[0]))]
    columns = [column_of(number, names[number - 1] if names else "", cells, path, np.array(lines))
               for number, cells in enumerate(every, 1) if any(cells) or names and names[number - 1]]
    return with_units_beside(columns, path, np.array(lines)), np.array(lines), starts


def _names(rows: Rows, stated: Stated, path: Path | str) -> tuple[list[str] | tuple, list[int], list[list]]:
    """Return names of the columns, () without any, and lines and cells of the data below."""
    first = rows.cells[0]
    said = [cell for cell in first if cell]
    labels = len(said) > 2 and not is_number(said[0]) and bool(role_of(said[0])) and all(
        cell.isdigit() for cell in said[1:]) and len(rows.cells) > 1 and is_number(rows.cells[1][0])
    words = bool(said) and not any(map(is_number, said)) or labels
    below = (rows.lines[1:], rows.cells[1:]) if words else (rows.lines, rows.cells)
    if stated.columns:
        if len(stated.columns) != len(first):
            raise ValueError(f"--columns {' '.join(stated.columns)}: {counted(stated.columns, 'word')} for the "
                             f"{counted(first, 'column')} of {path}; give one for each, - for those that are not used")
        return list(stated.columns), *below
    if words and (not any(cell.lower() in UP | DOWN for cell in said) or _all_sides(said)):
        return first, *below
    if rows.comment and (all(map(role_of, rows.comment)) or _named_well(rows.comment)):
        return list(rows.comment), rows.lines, rows.cells
    return (first if words else (), *below)


def _named_well(names: list[str] | tuple) -> bool:
    """Return whether most words of a comment are names of columns, readings among them, and none is a sentence."""
    roles = [role_of(name) for name in names]
    return len(names) > 2 and 2 * sum(map(bool, roles)) > len(names) and bool(set(roles) & set(VALUES)) and any(
        named(name).unit for name in names)


def _all_sides(cells: list[str]) -> bool:
    return all(cell.lower() in UP | DOWN for cell in cells)


def _without_repeats(header: list[str] | tuple, lines: list[int],
                     cells: list[list[str]]) -> tuple[list[int], list[list[str]], set[int]]:
    """Return lines and cells without rows that repeat the header, and the rows that come after these, a set."""
    kept = [(line, row) for line, row in zip(lines, cells) if row != header]
    heads = [index for index, row in enumerate(cells) if row == header]
    starts = {index - before for before, index in enumerate(heads)} - {0, len(kept)}
    return [line for line, _ in kept], [row for _, row in kept], starts


def _by_device(names: list[str] | tuple, lines: list[int],
               cells: list[list[str]]) -> tuple[list[int], list[list[str]]]:
    """Return rows one device after the other, where a column of labels mixes them; their order stays otherwise."""
    numbers = [index for index, name in enumerate(names) if named(name).role == "device"]
    if not numbers:
        return lines, cells
    labels = [" ".join(row[number] for number in numbers) for row in cells]
    first = {label: index for index, label in reversed(list(enumerate(labels)))}
    if sum(a != b for a, b in zip(labels, labels[1:])) < len(first) or len(first) == len(labels):
        return lines, cells
    order = sorted(range(len(cells)), key=lambda row: first[labels[row]])
    return [lines[row] for row in order], [cells[row] for row in order]


def _without_names(columns: list[Column], rows: Rows, path: Path | str, stated: Stated, side: str) -> list[Column]:
    """Return columns with roles that their numbers tell: what counts in equal steps is an index, all else readings."""
    roles = {column.number: guessed(column) for column in columns}
    counting = [column for column in columns if counts(column.numbers)]
    directed = any(roles.values()) or side or stated.pulses
    rest = [column for column in columns if column not in counting or roles[column.number]]
    free = [column for column in rest if not roles[column.number]]
    wanted = ["conductance"] if directed else ["up", "down"]
    if side or stated.pulses and len(free) != 1:
        wanted = ["conductance"] * max(len(free), 1)
    plain = [column for column in columns if not roles[column.number]]
    if len(free) != len(wanted) and len(plain) == len(wanted):    # what counts is also what is left
        if len(counting) == 1 or not stated.scaled and counts(counting[0].numbers, whole=True):
            raise ValueError(f"{path}: column {counting[0].number} counts in equal steps, as numbers of pulses and "
                             "times do; name the columns in the first line or with --columns: up down where both hold "
                             "conductances, else pulse conductance direction with the direction of every pulse")
        free = plain
    if len(free) != len(wanted):
        if len(columns) == 1:
            raise ValueError(f"{path}: {rows.word} {rows.lines[0]} has one column where two are needed; {LAYOUT}, or "
                             "use --pulses SET RESET, how many set and reset pulses follow each other, or --sides")
        raise ValueError(f"{path}: {rows.word} {rows.lines[0]} has the columns {', '.join(rows.cells[0][:8])}, "
                         f"{len(free)} of which may be conductances; {LAYOUT}, with their names in the first line or "
                         "with --columns")
    chosen = dict(zip((column.number for column in free), wanted))
    for column in columns:
        role = roles[column.number] or chosen.get(column.number, "index")
        column.name = Name(role, role if role in ("up", "down") else "")
    return columns


def _device_of(columns: list[Column], column: Column) -> str | list[str]:
    """Label of the device of a column of values, or of every row of it, of all columns of labels that change."""
    labels = [other.cells for other in columns if other.name.role == "device"]
    changing = [cells for cells in labels if len(set(cells)) > 1] or labels[:1]
    if not changing:
        return column.name.device
    return [" ".join(filter(None, ["/".join(map(str, row)), column.name.device])) for row in zip(*changing)]


def _understand_others(found: Columns, columns: list[Column], values: list[Column], directions: Directions) -> None:
    """Take from columns that hold no readings where something new begins; `found` and columns are MUTATED."""
    found.starts |= directions.starts
    found.free = directions.free
    for column in values:
        where = f"{f' of device {column.name.device}' if column.name.device else ''}" \
                f"{f', cycle {column.name.cycle}' if column.name.cycle else ''}"
        given = {"up": "after set pulses", "down": "after reset pulses"}.get(column.name.side or directions.side, "")
        column.meaning = f"{column.quantity} {given}".strip() + where
    for column in columns:
        if column in values or column.meaning:
            continue
        role = column.name.role
        if role in ("cycle", "device"):
            found.starts.update(row for row, (last, cell) in enumerate(zip(column.cells, column.cells[1:]), 1)
                                if cell != last)
            column.meaning = role
        elif role in ("index", "time", "pulse") and column.numbers is not None:
            column.meaning = _begins(found, column, "time" if role == "time" else "index")
        else:
            column.meaning = kind_of(column) or (role if role == "time" else "not used")
        found.notes.append(f"column {column.number} {'=' if column.meaning != 'not used' else 'is'} {column.meaning}")


def _begins(found: Columns, column: Column, role: str) -> str:
    """Return what a column of counts or times is; where it starts again or skips, something begins, in `found`."""
    word, values = {"index": "pulse numbers"}.get(role, role), np.asarray(column.numbers)
    steps, begins = np.diff(values), np.array([], int)
    if np.isfinite(steps).any():
        usual = np.nanmedian(steps)
        if usual > 0:
            begins = np.flatnonzero((steps < 0) | (steps > (10 if role == "time" else 1.5) * usual))
        pauses = int(np.sum(steps[begins] > 0)) if len(begins) else 0
        word += f" with {pauses} gap{'s' * (pauses > 1)}" if pauses else ""
    found.starts.update(int(row) + 1 for row in begins)
    return word
