"""Pulses of different voltages or widths, as in incremental programming: the reads after them, pulse by pulse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.measurements.cells import in_si
from neurosim.measurements.columns import named_columns
from neurosim.measurements.dividing import check_unknown, parts_of, rows_of
from neurosim.measurements.names import WIDTHS, side_of, words_of
from neurosim.measurements.quantities import in_siemens, value_columns
from neurosim.measurements.reading import table_of
from neurosim.measurements.stated import Stated
from neurosim.measurements.types import check_siemens

if TYPE_CHECKING:
    from neurosim.measurements.cells import Column


@dataclass(frozen=True, eq=False)
class Pulsed:
    """Pulses of one device, in their order; each row follows from the one before.

    label : of the device or its file; volts [V], siemens [S] : float (pulses), the amplitude with its sign and the read
    after it; widths : float (pulses) [s], None where the file has none
    """

    label: str
    volts: np.ndarray
    siemens: np.ndarray
    widths: np.ndarray | None


def read_pulsed(files: Sequence[Path | str], stated: Stated = Stated()) -> list[Pulsed]:
    """Read files with a column of pulse voltages and one of reads; returns a list of Pulsed.

    A column of widths may stand beside; one of devices, or of cycles, divides the rows. Formats, units and options are
    those of `measurements.reading.read`; raises : ValueError
    """
    return [pulsed for file in files for pulsed in _of_file(Path(file), stated, len(files) > 1)]


def _of_file(path: Path, stated: Stated, several: bool) -> Iterator[Pulsed]:
    table = table_of(path, stated)
    columns, _, _ = named_columns(table, path, stated)
    volts = [column for column in columns if column.name.role == "voltage" and column.numbers is not None
             and "read" not in "".join(words_of(column.title))]
    if len(volts) != 1:
        titles = ", ".join(column.title for column in columns[:8]) or "columns without names"
        raise ValueError(f"{path}: one column with the voltage of every pulse is needed, and the file has {titles}; "
                         "name it pulse voltage, in the file or with --columns")
    read = value_columns(columns, path, table, stated)
    if len(read) != 1:
        raise ValueError(f"{path}: one column of reads is needed, and the file has {len(read)}; leave out the others "
                         "with --columns, with - in their places")
    siemens = in_siemens(read[0], columns, path, table, stated)
    check_siemens(siemens[np.isfinite(siemens)], str(path))
    widths = next((in_si(column, "time", path) for column in columns if WIDTHS & set(words_of(column.title))
                   and column.numbers is not None), None)
    amplitudes = _signed(in_si(volts[0], "voltage", path), columns)
    parts = parts_of(columns, len(siemens))
    check_unknown([column for column in columns if column not in read], [parts], path)
    for part, rows in rows_of(parts).items():
        here = rows[np.isfinite(siemens[rows]) & np.isfinite(amplitudes[rows])]
        label = " ".join(filter(None, [path.stem if several else "", part])) or path.stem
        yield Pulsed(label, amplitudes[here], siemens[here], None if widths is None else widths[here])


def _signed(volts: np.ndarray, columns: Sequence[Column]) -> np.ndarray:
    """Return voltages with the signs of their directions, where a column of these stands beside magnitudes."""
    column = next((column for column in columns if column.name.role == "direction"), None)
    if column is None or np.nanmin(volts, initial=0.0) < 0:
        return volts
    return np.where([side_of(cell) == "down" for cell in column.cells], -volts, volts)
