"""Reads of devices that get no pulses: repeated reads, and conductances over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.measurements.cells import in_si
from neurosim.measurements.columns import understood_columns
from neurosim.measurements.cycles import not_read
from neurosim.measurements.dividing import SERIES, check_unknown, parts_of, rows_of
from neurosim.measurements.reading import table_of
from neurosim.measurements.stated import Stated
from neurosim.measurements.types import check_siemens
from neurosim.summaries import Fielded

if TYPE_CHECKING:
    from neurosim.measurements.cells import Column
    from neurosim.measurements.columns import Columns
    from neurosim.measurements.reading import Reading


@dataclass(frozen=True, eq=False, repr=False)
class Series(Fielded):
    """Reads of one device, or of one state of it, in the order of measurement.

    label : of the device, its file or its column; values : float (reads) [S]
    times : float (reads) [s], None where the file has none
    """

    label: str
    values: np.ndarray
    times: np.ndarray | None


def of_trains(reading: Reading) -> list[Series]:
    """Return the pulse trains of each device as one Series, in the order of measurement."""
    return [Series(label, np.concatenate([piece.values for piece in reading.pieces if piece.device == label]), None)
            for label in reading.devices]


def read_series(files: Sequence[Path | str], stated: Stated = Stated()) -> list[Series]:
    """Read files of conductances, resistances or currents of devices that get no pulses; returns a list of Series.

    Every column of values is a series, and so is every device, cycle, state or direction of a column of labels, and
    what comes after a count or a time has begun again; a column of times may stand beside, or one before each column
    of values. Formats, units and options are those of `measurements.reading.read`.
    raises : ValueError
    """
    found = [series for file in files for series in _of_file(Path(file), stated, len(files) > 1)]
    for series in found:
        check_siemens(series.values, series.label)
    return found


def _of_file(path: Path, stated: Stated, several: bool) -> Iterator[Series]:
    columns = understood_columns(table_of(path, stated), path, stated, side="up")
    parts = _parts(columns, path)
    for column, read, labels in zip(columns.readings, columns.values, columns.devices):
        times = _times(columns, column, path)
        for part, rows in parts.items():
            here = rows[np.isfinite(read[rows])]
            here = here[~not_read(read[here])]
            if len(here) > 1:
                label = part[0] or (labels if isinstance(labels, str) else "") or column.title
                name = " ".join(filter(None, [path.stem if several else "", label])) or path.stem
                yield Series(name, read[here], None if times is None else times[here])


def _parts(columns: Columns, path: Path) -> dict[tuple[str, int], np.ndarray]:
    """Rows by what divides them: labels, and how often a count or a time has begun again under the same label."""
    labels = parts_of(columns.table, len(columns.lines), SERIES)
    check_unknown(columns.table, [labels], path)
    number = np.zeros(len(labels), int)
    for column in columns.table:
        if column.name.role in ("time", "index", "pulse") and column.numbers is not None:
            for rows in rows_of(labels).values():
                number[rows[1:]] += np.cumsum(np.diff(column.numbers[rows]) < 0)
    return rows_of(list(zip(labels, number.tolist())))


def _times(columns: Columns, reading: Column, path: Path) -> np.ndarray | None:
    """Return the times of the reads of a column [s], the nearest before it; None without a column of times."""
    found = [column for column in columns.table if column.name.role == "time" and column.numbers is not None]
    if not found:
        return None
    column = max((one for one in found if one.number < reading.number), key=lambda one: one.number, default=found[0])
    return in_si(column, "time", path)
