"""Reads of devices that get no pulses: repeated reads, and conductances over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.measurements.cells import in_si
from neurosim.measurements.columns import understood_columns
from neurosim.measurements.reading import table_of
from neurosim.measurements.stated import Stated
from neurosim.measurements.types import check_siemens
from neurosim.summaries import Fielded

if TYPE_CHECKING:
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

    Every column of values is a series, and so is every device of a column of labels; a column of times may stand
    beside. Formats, units and options are those of `measurements.reading.read`.
    raises : ValueError
    """
    found = [series for file in files for series in _of_file(Path(file), stated, len(files) > 1)]
    for series in found:
        check_siemens(series.values, series.label)
    return found


def _of_file(path: Path, stated: Stated, several: bool) -> Iterator[Series]:
    columns = understood_columns(table_of(path, stated), path, stated, side="up")
    times = _times(columns, path)
    values = [column for column in columns.table if column.quantity and column.meaning.startswith(column.quantity)]
    for number, (read, labels) in enumerate(zip(columns.values, columns.devices)):
        title = values[number].title if number < len(values) else ""
        every = np.array([labels] * len(read) if isinstance(labels, str) else labels)
        for label in dict.fromkeys(every.tolist()):
            here = (every == label) & np.isfinite(read)
            if here.sum() > 1:
                name = " ".join(filter(None, [path.stem if several else "", label or title])) or path.stem
                yield Series(name, read[here], None if times is None else times[here])


def _times(columns: Columns, path: Path) -> np.ndarray | None:
    """Return the times of the rows [s]; None without a column of times that holds numbers."""
    found = [column for column in columns.table if column.name.role == "time" and column.numbers is not None]
    return in_si(found[0], "time", path) if found else None
