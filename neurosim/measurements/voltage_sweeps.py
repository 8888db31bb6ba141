"""Sweeps of the voltage: currents of one or more devices over a voltage that a column gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.measurements.cells import in_si
from neurosim.measurements.columns import named_columns
from neurosim.measurements.dividing import check_unknown, parts_of, rows_of
from neurosim.measurements.names import SECONDARY, words_of
from neurosim.measurements.reading import table_of
from neurosim.measurements.stated import Stated

if TYPE_CHECKING:
    from neurosim.measurements.cells import Column

_LARGEST_VOLTS, _LARGEST_AMPERES = 100.0, 10.0


@dataclass(frozen=True, eq=False)
class Sweep:
    """One sweep. label : of device, column or file; volts [V], amperes [A] : float (points)."""

    label: str
    volts: np.ndarray
    amperes: np.ndarray


def read_sweeps(files: Sequence[Path | str], stated: Stated = Stated()) -> list[Sweep]:
    """Read files of I-V curves: one column of voltages, and one or more of currents; returns a list of Sweep.

    A column of devices or of sweeps, `device`, `cycle`, `sweep`, divides the rows. Units stand in the names, or by
    --unit for currents; without any they are volts and amperes. Formats are those of `measurements.reading.read`.
    raises : ValueError
    """
    return [sweep for file in files for sweep in _of_file(Path(file), stated, len(files) > 1)]


def _of_file(path: Path, stated: Stated, several: bool) -> Iterator[Sweep]:
    columns, _, _ = named_columns(table_of(path, stated), path, stated)
    pairs = _pairs(columns, path)
    curves = [(column, in_si(voltage, "voltage", path), in_si(column, "current", path, stated.known_unit()))
              for voltage, column in pairs]
    if not any((np.isfinite(v) & np.isfinite(i)).any() for _, v, i in curves):
        raise ValueError(f"{path}: no row has a voltage and a current; check the columns")
    parts = parts_of(columns, len(curves[0][1]), ("device", "cycle", "state"))
    check_unknown(columns, [parts], path)
    for column, v, i in curves:
        for values, most, what, unit in ((v, _LARGEST_VOLTS, "voltage", "V"), (i, _LARGEST_AMPERES, "current", "A")):
            largest = float(np.abs(values[np.isfinite(values)]).max(initial=0.0))
            if largest > most:
                raise ValueError(f"{path}: {what}s reach {largest:g} {unit}; write their unit in the name, "
                                 f"{what} ({'mV' if unit == 'V' else 'uA'}){'' if unit == 'V' else ', or use --unit'}")
        for part, rows in rows_of(parts).items():
            here = rows[np.isfinite(v[rows]) & np.isfinite(i[rows])]
            words = [path.stem if several else "", column.title if len(curves) > 1 else "", part]
            if len(here):
                yield Sweep(" ".join(filter(None, words)) or path.stem, v[here], i[here])


def _pairs(columns: Sequence[Column], path: Path) -> list[tuple[Column, Column]]:
    """Columns of voltages and currents of every curve: one voltage of all, or one before each current."""
    volts, amperes = ([column for column in columns if column.name.role == role and column.numbers is not None]
                      for role in ("voltage", "current"))
    amperes = [column for column in amperes if not set(words_of(column.title)) & SECONDARY] or amperes
    pairs = list(zip(volts * len(amperes) if len(volts) == 1 else volts, amperes))
    in_turn = all(voltage.number == column.number - 1 for voltage, column in pairs)
    if not pairs or len(volts) != 1 and (len(volts) != len(amperes) or not in_turn):
        titles = ", ".join(column.title for column in columns[:8]) or "columns without names"
        raise ValueError(f"{path}: an I-V curve needs one column of voltages and one or more of currents, or one of "
                         f"voltages before each current, and the file has {titles}; name them voltage and current, in "
                         "the file or with --columns")
    return pairs
