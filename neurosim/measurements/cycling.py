"""Long cycling: conductances after set and after reset pulses, at checkpoints of one or more devices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.measurements.columns import understood_columns
from neurosim.measurements.dividing import check_unknown, parts_of
from neurosim.measurements.names import named
from neurosim.measurements.reading import table_of
from neurosim.measurements.stated import Stated
from neurosim.measurements.types import check_siemens
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.measurements.cells import Column
    from neurosim.measurements.columns import Columns

_PULSES = {"cycle": 2.0, "pulse": 1.0}    #: pulses of one step of a column of this role


@dataclass(frozen=True, eq=False)
class Cycling:
    """Checkpoints of one device.

    label : of the device or its file; pulses : float (checkpoints), set and reset pulses received until then, ascending
    high, low : float (checkpoints) [S], conductance after set and after reset
    """

    label: str
    pulses: np.ndarray
    high: np.ndarray
    low: np.ndarray


def read_cycling(files: Sequence[Path | str], stated: Stated = Stated()) -> list[Cycling]:
    """Read files with a column of cycles (two pulses each) or of pulses, and conductances of both states.

    These stand in two columns for each device, of which the higher one at first is that after set unless their names
    tell, or in one column beside a column of directions. Formats, units and options are those of
    `measurements.reading.read`; returns a list of Cycling
    raises : ValueError
    """
    return [one for file in files for one in _of_file(Path(file), stated, len(files) > 1)]


def _of_file(path: Path, stated: Stated, several: bool) -> Iterator[Cycling]:
    columns = understood_columns(table_of(path, stated), path, stated, side="up")
    counts = _counts(columns.table, path)
    labels = parts_of(columns.table, len(columns.lines), ("device", "direction"))
    check_unknown(columns.table, [labels], path)
    for values in columns.values:
        check_siemens(values[np.isfinite(values)], str(path))
    for device, high, low in _states(columns, counts, path):
        both = sorted(high.keys() & low.keys())
        if not both:
            raise ValueError(f"{path}: no cycle has a conductance after set and one after reset; give both states of "
                             "every checkpoint")
        label = " ".join(filter(None, [path.stem if several else "", device])) or path.stem
        yield Cycling(label, np.array(both), *(np.array([float(np.mean(state[at])) for at in both])
                                               for state in (high, low)))


def _counts(table: Sequence[Column], path: Path) -> np.ndarray:
    """Pulses that were received at every row, float (rows)."""
    for role, factor in _PULSES.items():
        for column in table:
            if column.numbers is not None and column.meaning not in ("direction", "device") \
                    and named(column.title).role == role:
                if column.name.unit and column.name.unit.text not in ("1", "#", ""):
                    raise ValueError(f"{path}: column {column.number}, {column.title!r}, has the unit "
                                     f"{column.name.unit.text!r}; write plain numbers of cycles or pulses")
                return factor * np.asarray(column.numbers)
    raise ValueError(f"{path}: no column counts the cycles; name it cycle, where each has a set and a reset pulse, or "
                     "pulse, in the file or with --columns")


def _states(columns: Columns, counts: np.ndarray,
            path: Path) -> Iterator[tuple[str, dict[float, list[float]], dict[float, list[float]]]]:
    """Label of every device, and conductances by pulses of its high and of its low state."""
    found: dict[str, dict[str, dict[float, list[float]]]] = {}
    if not np.isfinite(counts).any():
        raise ValueError(f"{path}: no row has a number of cycles; check the columns")
    for number, (read, sides, labels) in enumerate(zip(columns.values, columns.sides, columns.devices)):
        listed = not isinstance(sides, str)
        side = columns.readings[number].name.side or str(number)
        for row in np.flatnonzero(np.isfinite(read) & np.isfinite(counts)):
            device = labels if isinstance(labels, str) else labels[row]
            state = sides[row] if listed else side
            found.setdefault(device, {}).setdefault(state, {}).setdefault(float(counts[row]), []).append(
                float(read[row]))
    for device, states in found.items():
        if len(states) != 2:
            raise ValueError(f"{path}: {f'device {device} has' if device else 'holds'} {counted(states, 'column')} "
                             "of conductances; give two for each device, after set and after reset, or one beside a "
                             "column of directions")
        first, second = (states["up"], states["down"]) if set(states) == {"up", "down"} else \
            sorted(states.values(), key=_at_first, reverse=True)
        yield device, first, second


def _at_first(state: dict[float, list[float]]) -> float:
    """Conductance of a state at its first checkpoints."""
    return float(np.median([np.mean(state[at]) for at in sorted(state)[:3]]))
