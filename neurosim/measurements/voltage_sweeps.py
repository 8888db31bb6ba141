"""Sweeps of the voltage: currents of one or more devices over a voltage that a column gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

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
    volts = [column for column in columns if column.name.role == "voltage" and column.numbers is not None]
    amperes = [column for column in columns if column.name.role == "current" and column.numbers is not None]
    amperes = [column for column in amperes if not set(words_of(column.title)) & SECONDARY] or amperes
    if len(volts) != 1 or not amperes:
        titles = ", ".join(column.title for column in columns[:8]) or "columns without names"
        raise ValueError(f"{path}: an I-V curve needs one column of voltages and one or more of currents, and the "
                         f"file has {titles}; name them voltage and current, in the file or with --columns")
    v = _in_si(volts[0], "voltage", stated, path)
    every = [_in_si(column, "current", stated, path) for column in amperes]
    if not any((np.isfinite(v) & np.isfinite(i)).any() for i in every):
        raise ValueError(f"{path}: no row has a voltage and a current; check the columns")
    if np.nanmax(np.abs(v)) > _LARGEST_VOLTS:
        raise ValueError(f"{path}: voltages reach {np.nanmax(np.abs(v)):g} V; write their unit in the name, "
                         "voltage (mV)")
    parts = parts_of(columns, len(v), ("device", "cycle", "state"))
    check_unknown(columns, [parts], path)
    for column, i in zip(amperes, every):
        largest = float(np.abs(i[np.isfinite(i)]).max(initial=0.0))
        if largest > _LARGEST_AMPERES:
            raise ValueError(f"{path}: currents reach {largest:g} A; write their unit in the name, "
                             "current (uA), or use --unit")
        for part, rows in rows_of(parts).items():
            here = rows[np.isfinite(v[rows]) & np.isfinite(i[rows])]
            words = [path.stem if several else "", column.title if len(amperes) > 1 else "", part]
            if len(here):
                yield Sweep(" ".join(filter(None, words)) or path.stem, v[here], i[here])


def _in_si(column: Column, quantity: str, stated: Stated, path: Path) -> np.ndarray:
    unit = column.name.unit or (stated.known_unit() if quantity == "current" else None)
    if unit and (not unit.factor or unit.quantity not in ("", quantity)):
        raise ValueError(f"{path}: {column.title!r} is a {quantity} in {unit.text!r}; write the unit of a {quantity} "
                         "behind its name")
    return np.asarray(column.numbers, float) * (unit.factor if unit else 1.0)
