"""From what an instrument read to siemens: conductances, resistances, and currents at a read voltage."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.measurements.cells import counts, in_si
from neurosim.measurements.names import LOGARITHMS, MEANS, PULSED, QUANTITIES, SECONDARY, VAGUE, VALUES, words_of
from neurosim.measurements.units import LONGEST, Unit, plain, unit_of
from neurosim.memristor.device import RANGE

if TYPE_CHECKING:
    from neurosim.measurements.cells import Column
    from neurosim.measurements.rows import Rows
    from neurosim.measurements.stated import Stated

_SI = {"conductance": "S", "resistance": "ohm", "current": "A"}
_APART = 0.05       #: part by which columns of two quantities may differ
_SMALLEST = 1e4     #: resistance that without a unit may be of kiloohms [ohm]
_LARGEST = 1e-3     #: current that without a unit may be of microamperes [A]
_HIGHEST = 10.0     #: read voltage [V]
_MODEST = 0.5       #: voltage that is that of reads where nothing calls it so [V]
_OPPOSITE = 0.95    #: part of the currents whose sign is not that of the voltage, where one of them is a magnitude
_MOST = 1e-3        #: conductance that without a unit may be of millisiemens [S]
_CARD = RANGE["g_max"].high    #: beyond which the check of the trains says more
_CONDUCTANCE = re.compile(r"(?<![^\W\d_])[munpμ]S(?!\w)")
_OHMS = ("ohm", "ohms", "ω")
_GROUPED = re.compile(r"\d{1,3}\.\d{3}")
_AT = re.compile(r"(?:@|\bat|_at_)[\s_]*([-+]?(?:\d+\.?\d*|\.\d+))[\s_]*(m?V)\b")
_READ = re.compile(r"(?:v[\s_]?read|read[\s_]*(?:voltage|bias|v\b)|vread)\s*(?:[(\[]\s*(m?V)\s*[)\]])?[\s:=,;]+"
                   r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\d.eE])"
                   r"(?!\s*(?:m?V)?\s*(?:to|bis|and|or|\.\.|…|–|-)\s*[-+]?\.?\d)\s*(m?V)?", re.IGNORECASE)


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
                     lambda column: set(words_of(column.title)) & SECONDARY,
                     lambda column: set(words_of(column.title)) & MEANS):
        chosen = [column for column in chosen if not doubtful(column)] or chosen
    if not chosen:
        logarithm = next((column for column in columns if set(words_of(column.title)) & LOGARITHMS), None)
        if logarithm:
            raise ValueError(f"{path}: column {logarithm.number}, {logarithm.title!r}, holds logarithms; write the "
                             "conductances, resistances or currents themselves")
        unknown = [column for column in columns if column.title and not column.name.role]
        if unknown:
            raise ValueError(f"{path}: {rows.word} {rows.lines[0]} has the column {unknown[0].title!r}, which is "
                             "unknown, and none of conductances; name the columns up, down, conductance, direction, "
                             "pulse, cycle, device, time or voltage, in the file or with --columns")
        raise ValueError(f"{path}: {rows.word} {rows.lines[0]} has the columns {', '.join(rows.cells[0][:8])}, and "
                         "none of conductances, resistances or currents; name them in the file or with --columns")
    vague = next((column for column in chosen if not column.unit and not column.name.quantity
                  and column.name.role == "reading" and set(words_of(column.title)) & VAGUE), None)
    if vague and not stated.scaled:
        raise ValueError(f"{path}: column {vague.number}, {vague.title!r}, says neither a quantity nor a unit; use "
                         "--unit S, uS, ohm, kohm, A, nA ...")
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
        if not known and not stated.scaled:
            raise ValueError(f"{place}: the unit {unit.text!r} is unknown; write S, mS, uS, nS, ohm, kohm, Mohm, A, uA "
                             "or nA, in the file or with --unit, or give --g-min and --g-max of normalised data")
        unit = None
    if unit and unit.quantity and unit.text.startswith("m") and unit.quantity == "resistance":
        raise ValueError(f"{place}: {unit.text} are milliohms, which no device has; write Mohm where megohms are meant")
    if unit and unit.quantity and word and unit.quantity != word:
        raise ValueError(f"{place}: is a {word} by name and a {unit.quantity} by unit; correct one of them, or name "
                         "the columns with --columns")
    if unit and unit.quantity not in ("", *QUANTITIES):
        raise ValueError(f"{place}: has a unit of {unit.quantity}; give conductances, resistances or currents")
    if unit and unit.quantity:
        if known and (known.quantity, known.factor) != (unit.quantity, unit.factor) and column.name.role != "reading":
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
    if column.quantity == "current":
        return _of_currents(column, values, unit, columns, path, rows, stated)
    volts = _read_voltages(columns, path, rows, False, column.title)
    column.read_voltage = float(np.nanmedian(volts[0][1])) if volts else None
    if column.quantity == "conductance":
        if not column.unit:
            _check_siemens_taken(column, values, path, rows)
        column.unit = unit if column.unit else "S (taken)"
        return values
    if not column.unit and np.nanmedian(np.abs(values)) < _SMALLEST:
        raise ValueError(f"{path}: column {column.number}, {column.title!r}, holds resistances about "
                         f"{np.nanmedian(values):.3g} without a unit; use --unit ohm, kohm or Mohm")
    if "semicolons" in rows.notes and not stated.unit and unit.lower() in _OHMS and all(
            _GROUPED.fullmatch(cell) for cell in column.cells):
        raise ValueError(f"{path}: column {column.number}, {column.title!r}: {column.cells[0]!r} may have a mark "
                         "between thousands; write numbers without any, or use --unit ohm where it is a decimal point")
    column.unit = unit if column.unit else "ohm (taken)"
    return np.divide(1.0, values, out=np.full(len(values), np.nan), where=values != 0)


def _check_siemens_taken(column: Column, values: np.ndarray, path: Path | str, rows: Rows) -> None:
    """Raise ValueError where plain numbers are hardly siemens: too large, or under a line that names another unit."""
    said = [(number, found[0]) for number, line in rows.above for found in _CONDUCTANCE.finditer(plain(line))]
    if said:
        number, unit = said[0]
        raise ValueError(f"{path}: {rows.word} {number} mentions {unit}, and column {column.number} has no unit; use "
                         f"--unit {unit}, or --unit S where the numbers are siemens")
    if _MOST < np.nanmedian(values) <= _CARD:
        raise ValueError(f"{path}: column {column.number}, {column.title or '-'!r}, holds conductances about "
                         f"{np.nanmedian(values):.3g} without a unit; use --unit S, mS, uS or nS")


def _of_currents(column: Column, values: np.ndarray, unit: str, columns: list[Column], path: Path | str, rows: Rows,
                 stated: Stated) -> np.ndarray:
    """Return currents [A] over the voltage at which they were read, as conductances [S].

    Where all currents have the other sign than the voltage, one of them is a magnitude or counted into the other
    terminal, since no device gives energy; conductances are positive then.
    """
    if not column.unit and np.nanmedian(np.abs(values)) > _LARGEST:
        raise ValueError(f"{path}: column {column.number}, {column.title!r}, holds currents about "
                         f"{np.nanmedian(values):.3g} without a unit; use --unit A, mA, uA or nA")
    volts = read_voltage(columns, path, rows, stated, column.title)
    column.read_voltage = float(np.nanmedian(volts))
    if not abs(column.read_voltage) <= _HIGHEST:
        raise ValueError(f"{path}: currents read at {column.read_voltage:g} V, where no device is read; write the unit "
                         "of the voltage behind its name, Vread (mV)")
    column.unit = f"{unit if column.unit else 'A (taken)'} at {column.read_voltage:g} V"
    found = values / volts
    known = found[np.isfinite(found)]
    if len(known) and np.mean(known < 0) > _OPPOSITE:
        column.unit += ", signs opposite"
        return -found
    return found


def read_voltage(columns: list[Column], path: Path | str, rows: Rows, stated: Stated,
                 title: str = "") -> float | np.ndarray:
    """Return voltage at which currents were read [V], from a column, a line of the file, the name of the column of
    currents, `title`, or as stated.

    Raises ValueError.
    """
    found = _read_voltages(columns, path, rows, stated.read_voltage is None, title)
    if stated.read_voltage is not None:
        for place, said in found:
            if not np.allclose(np.nanmedian(np.abs(said)), abs(stated.read_voltage), rtol=0.01):
                raise ValueError(f"{path}: {place} says that currents were read at {np.nanmedian(said):g} V, "
                                 f"--read-voltage {stated.read_voltage:g}; leave it out, or correct the file")
        return stated.read_voltage
    if not found:
        raise ValueError(f"{path}: holds currents and no voltage at which they were read; use --read-voltage V")
    if np.all(found[0][1] == 0):
        raise ValueError(f"{path}: {found[0][0]} has a read voltage of 0 V; correct it, or use --read-voltage V")
    _check_one(found, path)
    return found[0][1]


def _check_one(found: list[tuple[str, float | np.ndarray]], path: Path | str) -> None:
    """Raise ValueError where two places give different read voltages."""
    for place, said in found[1:]:
        first = np.nanmedian(np.abs(found[0][1]))
        if not np.allclose(np.nanmedian(np.abs(said)), first, rtol=0.05):
            raise ValueError(f"{path}: {found[0][0]} says that currents were read at {first:g} V, {place} "
                             f"{np.nanmedian(np.abs(said)):g} V; leave one of them out")


def _read_voltages(columns: list[Column], path: Path | str, rows: Rows, steady: bool,
                   title: str) -> list[tuple[str, float | np.ndarray]]:
    """Places that give a read voltage, and the voltage there [V], that of every row or one.

    steady : whether a voltage that is the same in all rows and called nothing else counts, where no other is found
    """
    found: list[tuple[str, float | np.ndarray]] = []
    for column in columns:
        if column.name.role == "voltage" and "read" in words_of(column.title) and column.numbers is not None:
            column.meaning = "read voltage"
            volts = in_si(column, "voltage", path)
            found.append((f"column {column.number}", np.where(volts == 0, np.nan, volts)))
    for number, line in rows.above:
        if match := _READ.search(line[:LONGEST]):
            unit = match[3] or match[1] or "V"
            found.append((f"{rows.word} {number}", float(match[2]) * (1e-3 if unit.lower() == "mv" else 1.0)))
    if match := _AT.search(title):
        found.append((f"the name {title!r}", float(match[1]) * (1e-3 if match[2] == "mV" else 1.0)))
    sources = [column for column in columns if column.name.role == "voltage" and column.numbers is not None
               and not set(words_of(column.title)) & PULSED and not column.name.side]
    if not found and steady and len(sources) == 1 and _is_steady(in_si(sources[0], "voltage", path)):
        sources[0].meaning = "read voltage"
        found.append((f"column {sources[0].number}", in_si(sources[0], "voltage", path)))
    return found


def _is_steady(volts: np.ndarray) -> bool:
    """Return whether all voltages are one, small enough for a read."""
    return bool(np.isfinite(volts).all() and 0 < np.abs(volts).max() <= _MODEST
                and np.ptp(volts) <= _APART * np.abs(volts).max())
