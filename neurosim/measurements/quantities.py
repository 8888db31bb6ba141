"""From what an instrument read to siemens: conductances, resistances, and currents at a read voltage."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.measurements.cells import counts, in_si
from neurosim.measurements.names import MEANS, QUANTITIES, VALUES, Unit, unit_of, words_of

if TYPE_CHECKING:
    from neurosim.measurements.cells import Column
    from neurosim.measurements.rows import Rows
    from neurosim.measurements.stated import Stated

_SI = {"conductance": "S", "resistance": "ohm", "current": "A"}
_APART = 0.05       #: part by which columns of two quantities may differ
_SMALLEST = 1e4     #: resistance that without a unit may be of kiloohms [ohm]
_LARGEST = 1e-3     #: current that without a unit may be of microamperes [A]
_READ = re.compile(r"(?:v[\s_]?read|read[\s_]*(?:voltage|bias|v\b)|vread)\s*(?:[(\[]\s*(m?V)\s*[)\]])?[\s:=,;]+"
                   r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(m?V)?", re.IGNORECASE)


def value_columns(columns: list[Column], path: Path | str, rows: Rows, stated: Stated) -> list[Column]:
    """Return columns that hold what was measured after pulses, of one quantity; their `quantity` and `unit` are set.

    Where a file has more than one quantity, they must agree, and conductance goes before resistance and current.
    raises : ValueError for units that are unknown or contradict the names
    """
    found = [column for column in columns if column.name.role in VALUES and column.numbers is not None
             and np.isfinite(column.numbers).any()]
    for column in found:
        column.quantity, column.unit = _quantity(column, path, rows, stated)
    chosen = next(([column for column in found if column.quantity == quantity] for quantity in QUANTITIES
                   if any(column.quantity == quantity for column in found)), [])
    for doubtful in (lambda column: column.name.role == "reading",
                     lambda column: set(words_of(column.title)) & MEANS):
        chosen = [column for column in chosen if not doubtful(column)] or chosen
    if not chosen:
        unknown = [column for column in columns if column.title and not column.name.role]
        if unknown:
            raise ValueError(f"{path}: {rows.word} {rows.lines[0]} has the column {unknown[0].title!r}, which is "
                             "unknown, and none of conductances; name the columns up, down, conductance, direction, "
                             "pulse, cycle, device, time or voltage, in the file or with --columns")
        raise ValueError(f"{path}: {rows.word} {rows.lines[0]} has the columns {', '.join(rows.cells[0][:8])}, and "
                         "none of conductances, resistances or currents; name them in the file or with --columns")
    _check_agreement(found, path)
    _check_units(chosen, [column for column in found if column.name.role in ("up", "down")], path, stated)
    return chosen


def _check_units(chosen: list[Column], sided: list[Column], path: Path | str, stated: Stated) -> None:
    """Raise ValueError where a unit stands at some of the columns that belong together."""
    together = list({column.number: column for column in [*chosen, *sided]}.values())
    with_unit = [column for column in together if column.unit]
    without = [column for column in together if not column.unit]
    if with_unit and without and not stated.scaled:
        raise ValueError(f"{path}: column {with_unit[0].number}, {with_unit[0].title!r}, has a unit and column "
                         f"{without[0].number}, {without[0].title!r}, has none; give it with --unit, or write it in "
                         "the file")


def _quantity(column: Column, path: Path | str, rows: Rows, stated: Stated) -> tuple[str, str]:
    """Return the quantity of a column of values, and its unit."""
    word = column.name.quantity
    unit, known = column.name.unit, stated.known_unit()
    place = f"{path}: {rows.word} {rows.lines[0]}: {column.title!r}"
    if unit and not unit.factor:
        raise ValueError(f"{place}: the unit {unit.text!r} is unknown; write S, mS, uS, nS, ohm, kohm, Mohm, A, uA "
                         "or nA")
    if unit and unit.quantity and unit.text.startswith("m") and unit.quantity == "resistance":
        raise ValueError(f"{place}: {unit.text} are milliohms, which no device has; write Mohm where megohms are meant")
    if unit and unit.quantity and word and unit.quantity != word:
        raise ValueError(f"{place}: is a {word} by name and a {unit.quantity} by unit; correct one of them, or name "
                         "the columns with --columns")
    if unit and unit.quantity not in ("", *QUANTITIES):
        raise ValueError(f"{place}: has a unit of {unit.quantity}; give conductances, resistances or currents")
    if unit and unit.quantity:
        if known and known != unit and column.name.role != "reading":
            raise ValueError(f"{place}: the file says {unit.text}, --unit says {known.text}; leave out --unit, or "
                             "correct the file")
        return unit.quantity, unit.text
    if known:
        if word and word != known.quantity:
            raise ValueError(f"{place}: is a {word}, --unit {known.text} is a unit of {known.quantity}; correct one of "
                             "them")
        return known.quantity, known.text
    return word or "conductance", ""


def _check_agreement(found: list[Column], path: Path | str) -> None:
    """Raise ValueError where one column of conductances and one of resistances contradict each other."""
    pair = [[column for column in found if column.quantity == quantity] for quantity in QUANTITIES[:2]]
    if [len(columns) for columns in pair] != [1, 1] or pair[0][0].name.side != pair[1][0].name.side:
        return
    (g,), (r,) = pair
    product = np.abs(_si(g) * _si(r) - 1)
    if np.isfinite(product).any() and np.nanmedian(product) > _APART:
        raise ValueError(f"{path}: columns {g.number} and {r.number} contradict each other: {g.title!r} is not one "
                         f"over {r.title!r}; correct their units, or leave one out with --columns")


def _si(column: Column) -> np.ndarray:
    unit = unit_of(column.unit) or Unit("", "", 1.0)
    return np.asarray(column.numbers, float) * unit.factor


def in_siemens(column: Column, columns: list[Column], path: Path | str, rows: Rows, stated: Stated) -> np.ndarray:
    """Return values of a column as conductances [S], or as they are where they are normalised; raises ValueError."""
    values = np.asarray(column.numbers, float)
    same = [other for other in columns if other.quantity == column.quantity and other.name.role in VALUES]
    steady = all(counts(other.numbers) or other.numbers is not None and counts(-other.numbers) for other in same)
    if not stated.scaled and counts(values, whole=True) and (not column.unit or not steady):
        raise ValueError(f"{path}: column {column.number} counts 1, 2, 3 ..., as numbers of pulses do; name it pulse, "
                         "and give the conductances in columns up,down, or in conductance,direction")
    if stated.scaled:
        if column.quantity != "conductance":
            raise ValueError(f"{path}: column {column.number} holds {column.quantity}s; normalised data are "
                             "conductances, leave out --g-min and --g-max")
        return values
    values, unit = _si(column), column.unit or _SI[column.quantity]
    if column.quantity == "conductance":
        column.unit = unit if column.unit else "S (taken)"
        return values
    if column.quantity == "resistance":
        if not column.unit and np.nanmedian(np.abs(values)) < _SMALLEST:
            raise ValueError(f"{path}: column {column.number}, {column.title!r}, holds resistances about "
                             f"{np.nanmedian(values):.3g} without a unit; use --unit ohm, kohm or Mohm")
        column.unit = unit if column.unit else "ohm (taken)"
        return np.divide(1.0, values, out=np.full(len(values), np.nan), where=values != 0)
    if not column.unit and np.nanmedian(np.abs(values)) > _LARGEST:
        raise ValueError(f"{path}: column {column.number}, {column.title!r}, holds currents about "
                         f"{np.nanmedian(values):.3g} without a unit; use --unit A, mA, uA or nA")
    volts = read_voltage(columns, path, rows, stated)
    column.read_voltage = float(np.nanmedian(volts))
    column.unit = f"{unit if column.unit else 'A (taken)'} at {column.read_voltage:g} V"
    return values / volts


def read_voltage(columns: list[Column], path: Path | str, rows: Rows, stated: Stated) -> float | np.ndarray:
    """Return voltage at which currents were read [V], from a column, a line of the file or as stated.

    Raises ValueError.
    """
    found: list[tuple[str, float | np.ndarray]] = []
    for column in columns:
        if column.name.role == "voltage" and "read" in "".join(words_of(column.title)) and column.numbers is not None:
            column.meaning = "read voltage"
            volts = in_si(column, "voltage", path)
            found.append((f"column {column.number}", np.where(volts == 0, np.nan, volts)))
    for number, line in rows.above:
        if match := _READ.search(line):
            unit = match[3] or match[1] or "V"
            found.append((f"{rows.word} {number}", float(match[2]) * (1e-3 if unit.lower() == "mv" else 1.0)))
    if stated.read_voltage is not None:
        for place, said in found:
            if not np.allclose(np.nanmedian(said), stated.read_voltage, rtol=0.01):
                raise ValueError(f"{path}: {place} says that currents were read at {np.nanmedian(said):g} V, "
                                 f"--read-voltage {stated.read_voltage:g}; leave it out, or correct the file")
        return stated.read_voltage
    if not found:
        raise ValueError(f"{path}: holds currents and no voltage at which they were read; use --read-voltage V")
    if np.all(found[0][1] == 0):
        raise ValueError(f"{path}: {found[0][0]} has a read voltage of 0 V; correct it, or use --read-voltage V")
    return found[0][1]
