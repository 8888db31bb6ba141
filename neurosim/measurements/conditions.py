"""What surrounds the pulses: columns and lines with their voltages and widths, and conditions that change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.measurements.dividing import check_unknown
from neurosim.measurements.names import CONDITIONS, DOWN, PULSED, UP, WIDTHS, named, role_of, words_of
from neurosim.measurements.units import plain, unit_of

if TYPE_CHECKING:
    from neurosim.measurements.cells import Column
    from neurosim.measurements.columns import Columns
    from neurosim.measurements.rows import Rows

_APART = 0.05     #: part by which voltages and widths of one pulse differ at most
_KELVIN = 5.0     #: and temperatures
_VOLTS, _SECONDS = 20.0, 0.1    #: largest without a unit
_SIDES = {"up": "set", "down": "reset"}
#: Words of which the name of a voltage or width of the pulses may be made; "set transition voltage" is none.
_SPOKEN = PULSED - {"compliance"} | UP | DOWN | WIDTHS | {"v", "voltage", "volt", "pulses", "height", "t", "length"}
_STATED = re.compile(r"(?P<key>[^\W\d_][^=:,;\t()\[\]]*?)\s*(?:[(\[]\s*(?P<unit>[^)\]]*?)\s*[)\]])?\s*[=:,;\t]\s*"
                     r"(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<behind>[^\W\d_]+)?(?=$|[\s,;)])")


def check_conditions(found: Columns, path: Path | str) -> None:
    """Raise ValueError where voltage, width or temperature differ between pulses of one direction, or a column whose
    name is unknown divides the rows.
    """
    for column in _others(found):
        if column.numbers is not None and kind_of(column):
            for pulses in _rows_of_sides(found, column).values():
                _check_same(column, column.numbers[pulses], path)
    rows = [sides for sides in found.sides if not isinstance(sides, str)]
    devices = [labels for labels in found.devices if not isinstance(labels, str)]
    cycles = [column.cells for column in found.table if column.name.role == "cycle"]
    check_unknown(list(_others(found)), [*rows[:1], *devices[:1], *cycles], path)


def pulses_of(found: Columns, rows: Rows) -> dict[str, float]:
    """Return what columns and the lines around the table state of the pulses, by key of a card, SI units."""
    stated = dict(_from_lines(rows))
    for column in _others(found):
        kind = kind_of(column)
        if kind not in ("voltage", "width") or column.numbers is None:
            continue
        factor = column.name.unit.factor if column.name.unit and column.name.unit.factor else 1.0
        ends = {side: float(np.nanmedian(column.numbers[rows_])) * factor
                for side, rows_ in _rows_of_sides(found, column).items() if np.isfinite(column.numbers[rows_]).any()}
        told = kind == "width" or set(words_of(column.title)) & PULSED or len(set(ends.values())) > 1
        for side, value in ends.items() if told else ():
            if value and abs(value) <= (_VOLTS if kind == "voltage" else _SECONDS) or column.name.unit and value:
                stated[f"{_SIDES[side]}_{kind}"] = value
    return stated


def _others(found: Columns) -> Iterator[Column]:
    for column in found.table:
        if column not in found.readings and column.meaning not in ("read voltage", "direction") \
                and not column.meaning.startswith("unit of"):
            yield column


def kind_of(column: Column) -> str:
    """Return "voltage", "width", "temperature" ... where a column holds a condition of the pulses; else ""."""
    if column.name.role == "voltage":
        return "voltage"
    if column.name.unit and column.name.unit.quantity == "temperature":
        return "temperature"
    words = [word for word in words_of(column.title) if word in CONDITIONS]
    return "" if column.name.role != "beside" or not words else "width" if set(words) & WIDTHS else words[0]


def _rows_of_sides(found: Columns, column: Column) -> dict[str, np.ndarray]:
    """Return rows of the pulses to which a column of conditions belongs, by side, bool (rows)."""
    every = np.ones(len(found.lines), bool)
    if column.name.side:
        return {column.name.side: every}
    rows = next((sides for sides in found.sides if not isinstance(sides, str)), None)
    if rows is not None:
        return {side: np.array(rows) == side for side in _SIDES if side in rows}
    return {side: every for side in _SIDES if side in found.sides}


def _check_same(column: Column, values: np.ndarray, path: Path | str) -> None:
    known = values[np.isfinite(values)]
    if not len(known):
        return
    if np.ptp(known) > (_KELVIN if kind_of(column) in ("temperature", "temp") else _APART * np.abs(known).max()):
        steps = ", or see neurosim device add step-voltage" if kind_of(column) == "voltage" else ""
        raise ValueError(f"{path}: column {column.number}, {column.title[:40]!r}, runs from {known.min():g} to "
                         f"{known.max():g} at pulses of one direction, whose steps then differ; give the rows of one "
                         f"value, or leave the column out with --columns, - in its place{steps}")


def _from_lines(rows: Rows) -> Iterator[tuple[str, float]]:
    """Yield what lines around a table state of the pulses, V_set = 1.2 V, by key of a card."""
    for _, line in rows.above:
        for found in _STATED.finditer(plain(line.lstrip("#%!;/ "))):
            yield from _stated(found["key"], found["unit"] or found["behind"] or "", float(found["number"]))


def _stated(key: str, text: str, number: float) -> Iterator[tuple[str, float]]:
    words, unit, side = set(words_of(key)), unit_of(text) if text else None, named(key).side
    quantity = unit.quantity if unit else "voltage" if role_of(key) == "voltage" else ""
    if not number or quantity not in ("voltage", "time") or words - _SPOKEN:
        return
    value = number * (unit.factor if unit else 1.0)
    if quantity == "voltage" and side and abs(value) <= _VOLTS:
        yield f"{_SIDES[side]}_voltage", value
    if quantity == "time" and (side or words & (WIDTHS | {"pulse"})):
        for one in (side,) if side else _SIDES:
            yield f"{_SIDES[one]}_width", value
