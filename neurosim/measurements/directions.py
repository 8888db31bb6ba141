"""Which pulses the readings of a file follow: by names, a column of directions, signs of voltages, or as stated."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.measurements.names import PULSED, side_of, words_of

if TYPE_CHECKING:
    from neurosim.measurements.cells import Column
    from neurosim.measurements.rows import Rows
    from neurosim.measurements.stated import Stated

_SWEPT = 0.8    #: part of the rows in which the voltage of a sweep changes


@dataclass
class Directions:
    """Directions of the pulses of one file.

    side : "up" or "down" where all are one, else ""; rows : one for each row, [] where columns have their own
    starts : rows at which a train begins, a set; free : whether + and - of a voltage stand for up and down
    """

    side: str = ""
    rows: list = field(default_factory=list)
    starts: set = field(default_factory=set)
    free: bool = False


def directions_of(columns: list[Column], values: list[Column], path: Path | str, rows: Rows, stated: Stated,
                  side: str) -> Directions:
    """Find the directions of the pulses before every reading; returns Directions, raises ValueError."""
    column = next((column for column in columns if column.name.role == "direction"), None)
    named = [value.name.side for value in values]
    if column is not None and not any(named):
        column.meaning = "direction"
        return _written(column, path, rows)
    if all(named):
        return Directions()
    if any(named):
        raise ValueError(f"{path}: {rows.word} {rows.lines[0]} has the columns "
                         f"{', '.join(value.title for value in values[:8])}, some without a direction; name each up or "
                         "down, in the file or with --columns")
    if side:
        return Directions(side)
    if stated.pulses:
        return _alternating(stated.pulses, len(values[0].cells), path)
    return _signed(columns, values, path)


def _written(column: Column, path: Path | str, rows: Rows) -> Directions:
    found = [side_of(cell) for cell in column.cells]
    if "" in found:
        row = found.index("")
        line = (rows.lines[-len(found):])[row]
        raise ValueError(f"{path}: {rows.word} {line}: direction {column.cells[row]!r} is unknown; write up or down")
    starts = {row for row in range(1, len(found)) if column.cells[row] != column.cells[row - 1]}
    return Directions(rows=found, starts=starts)


def _alternating(pulses: tuple[int, int], count: int, path: Path | str) -> Directions:
    """Return the trains of so many set and reset pulses, one after the other."""
    blocks = itertools.cycle(zip(("up", "down"), pulses))
    found: list[str] = []
    starts = set()
    while len(found) < count:
        starts.add(len(found))
        side, length = next(blocks)
        found += [side] * length
    if len(found) != count:
        raise ValueError(f"{path}: {count} readings are not a whole number of trains of {pulses[0]} set and "
                         f"{pulses[1]} reset pulses; correct --pulses")
    return Directions(rows=found, starts=starts - {0})


def _signed(columns: list[Column], values: list[Column], path: Path | str) -> Directions:
    """Return directions from the signs of a voltage; which of them raises the conductance the readings tell."""
    for column in columns:
        if column.name.role != "voltage" or column.numbers is None or "read" in words_of(column.title):
            continue
        volts = column.numbers
        changes = np.mean(np.diff(volts) != 0) if len(volts) > 1 else 0
        if changes > _SWEPT and not set(words_of(column.title)) & PULSED:
            raise ValueError(f"{path}: column {column.number}, {column.title!r}, sweeps the voltage, as I-V curves do; "
                             "give readings after pulses, or call the column pulse voltage where it holds theirs")
        if np.all(volts != 0) and np.isfinite(volts).all() and volts.min() < 0 < volts.max():
            column.meaning = "voltage of the pulses, whose sign is their direction"
            return Directions(rows=["up" if volt > 0 else "down" for volt in volts], free=True)
    raise ValueError(f"{path}: holds {values[0].quantity}s without the directions of their pulses; use --pulses SET "
                     "RESET, how many set and reset pulses follow each other, or --sides up (down) where "
                     "a file has one side only")
