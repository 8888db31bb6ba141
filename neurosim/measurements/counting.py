"""What columns of counts and times say of rows: one read after every pulse, in the order of measurement."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from neurosim.measurements.cells import Column
from neurosim.measurements.names import VALUES, words_of

_FEWEST = 4       #: rows of a run that tell
_MOSTLY = 0.9     #: part of the pulses that are read several times, where all are
_ALIKE = 0.05     #: part by which voltages of reads of one pulse differ at most
_DIVIDING = ("direction", "device", "cycle")


def check_order(columns: list[Column], starts: set[int], path: Path | str) -> None:
    """Raise ValueError where pulses or times are not in the order of measurement, or pulses lie between the reads.

    starts : rows at which something new begins
    """
    for column in columns:
        if column.numbers is None or column.name.role not in ("pulse", "index", "time"):
            continue
        place = f"{path}: column {column.number}, {column.title or '-'!r},"
        runs = [steps for run in _runs(columns, starts, len(column.numbers))
                if len(steps := _steps(column.numbers[run])) >= _FEWEST - 1]
        if runs and all((steps < 0).all() for steps in runs):
            raise ValueError(f"{place} runs backwards; sort the rows by it, in the order of measurement")
        if column.name.role == "time" or not column.title:
            continue
        falls = [_elsewhere(column.numbers[run]) for run in _runs(columns, starts, len(column.numbers))]
        elsewhere, fell = (sum(counts) for counts in zip(*falls))
        if 2 * elsewhere > fell:
            raise ValueError(f"{place} is not in order; sort the rows by cycle, direction and number, in the order of "
                             "measurement")
        rises = np.concatenate([steps[steps > 0] for steps in runs] or [np.zeros(0)])
        if len(rises) and np.median(rises) >= 2 and "pulse" in words_of(column.title):
            raise ValueError(f"{place} counts pulses in steps of {np.median(rises):g}, and steps of single pulses "
                             "cannot be told from reads after several; give a read after every pulse, or take each "
                             "group for one pulse by leaving the column out with --columns, - in its place")


def one_read_a_pulse(columns: list[Column], lines: np.ndarray, starts: set[int],
                     path: Path | str) -> tuple[list[Column], np.ndarray, set[int], list[str]]:
    """Average reads that follow one and the same pulse, as a column that counts pulses shows.

    returns : list of Column, lines, int (rows), starts, and notes; raises : ValueError where reads of one pulse were
    not taken in the same way
    """
    counter = next((column for column in columns if column.numbers is not None and "pulse" in words_of(column.title)
                    and column.name.role in ("pulse", "index")), None)
    if counter is None or counter.numbers is None:
        return columns, lines, starts, []
    groups = [group for run in _runs(columns, starts, len(lines))
              for group in np.split(run, np.flatnonzero(np.diff(counter.numbers[run]) != 0) + 1)]
    runs = [run for run in _runs(columns, starts, len(lines)) if len(run) >= _FEWEST]
    if not runs or not all(_repeats(counter.numbers[run]) for run in runs):
        return columns, lines, starts, []
    _check_alike(columns, groups, path)
    first = np.array([group[0] for group in groups])
    kept = [replace(column, cells=[column.cells[row] for row in first], numbers=_means(column, groups))
            for column in columns if column is counter or column.name.role != "index"]
    begins = {int(np.searchsorted(first, start)) for start in starts}
    return kept, lines[first], begins - {0}, [f"reads of one pulse averaged, {len(lines)} of {len(groups)} pulses"]


def _check_alike(columns: list[Column], groups: list[np.ndarray], path: Path | str) -> None:
    for column in columns:
        if column.numbers is None or column.name.role not in ("voltage", "beside"):
            continue
        apart = [np.ptp(column.numbers[group]) for group in groups]
        if np.nanmax(apart) > _ALIKE * np.nanmax(np.abs(column.numbers)):
            raise ValueError(f"{path}: column {column.number}, {column.title!r}, differs between reads of one pulse; "
                             "give the rows of one value")


def _means(column: Column, groups: list[np.ndarray]) -> np.ndarray | None:
    if column.numbers is None:
        return None
    if column.name.role not in VALUES:
        return np.array([column.numbers[group[0]] for group in groups])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")    # of means of nothing, which are NaN
        return np.array([np.nanmean(column.numbers[group]) for group in groups])


def _runs(columns: list[Column], starts: set[int], count: int) -> list[np.ndarray]:
    """Rows between which direction, device and cycle stay the same."""
    edges = set(starts)
    for column in columns:
        if column.name.role in _DIVIDING:
            edges.update(row for row, (last, cell) in enumerate(zip(column.cells, column.cells[1:]), 1) if cell != last)
    return [run for run in np.split(np.arange(count), sorted(edges)) if len(run)]


def _steps(numbers: np.ndarray) -> np.ndarray:
    return np.diff(numbers[np.isfinite(numbers)])


def _elsewhere(numbers: np.ndarray) -> tuple[int, int]:
    """How often numbers fall by more than one to another number than that at which they begin, and how often at all."""
    known = numbers[np.isfinite(numbers)]
    if len(known) < _FEWEST:
        return 0, 0
    falls = np.flatnonzero(np.diff(known) < -1) + 1
    return int(np.sum(known[falls] > known.min())), len(falls)


def _repeats(numbers: np.ndarray) -> bool:
    """Return whether numbers count upwards, most of them several times."""
    steps = np.diff(numbers)
    _, times = np.unique(numbers, return_counts=True)
    return bool(np.isfinite(numbers).all() and len(times) >= 2 and (steps >= 0).mean() > 0.5
                and np.mean(times >= 2) >= _MOSTLY and np.sum(steps == 0) >= np.sum(steps > 0))
