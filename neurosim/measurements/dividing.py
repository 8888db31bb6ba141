"""Columns that divide the rows of a table: labels of devices, cycles and states; and those of which nobody knows it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from neurosim.measurements.cells import Column

_BLOCK = 4    #: rows from which on a block of an unknown column divides a table
_UNKNOWN = ("", "state")
SERIES = ("device", "cycle", "direction", "state")


def parts_of(columns: Sequence[Column], count: int, roles: Sequence[str] = ("device", "cycle")) -> list[str]:
    """Return what divides the rows, a text for each: the labels of columns of these roles, as far as they change."""
    labels = [column.cells for column in columns if column.name.role in roles]
    changing = [cells for cells in labels if len(set(cells)) > 1] or labels[:1]
    return [" ".join(map(str, cells)) for cells in zip(*changing)] if changing else [""] * count


def rows_of(parts: Sequence[Hashable]) -> dict[Any, np.ndarray]:
    """Return the rows of every part, int (rows of it), in the order in which parts appear."""
    found: dict[Hashable, list[int]] = {}
    for row, part in enumerate(parts):
        found.setdefault(part, []).append(row)
    return {part: np.array(rows) for part, rows in found.items()}


def check_unknown(columns: Sequence[Column], known: Sequence[Sequence[str]], path: Path | str) -> None:
    """Raise ValueError where a column whose name is unknown stays the same over blocks of rows.

    known : labels of all rows, of directions, devices and cycles; a column that follows one of them divides nothing
    """
    for column in columns:
        if column.name.role in _UNKNOWN and column.title != "-" and not column.meaning.startswith("unit of") \
                and _divides(column.cells) and not _counts_blocks(column, known) \
                and not any(_follows(column.cells, labels) for labels in known):
            values = list(dict.fromkeys(column.cells))
            raise ValueError(f"{path}: column {column.number}, {column.title[:40]!r}, is unknown and divides the rows "
                             f"into {', '.join(str(value)[:20] for value in values[:3])}"
                             f"{' ...' if len(values) > 3 else ''}; name it device or cycle, or - where it does not "
                             "matter, with --columns")


def _divides(cells: Sequence[str]) -> bool:
    edges = [row for row, (last, cell) in enumerate(zip(cells, cells[1:]), 1) if cell != last]
    return bool(edges) and int(np.diff([0, *edges, len(cells)]).min()) >= _BLOCK


def _counts_blocks(column: Column, known: Sequence[Sequence[str]]) -> bool:
    """Return whether a column numbers the runs of one direction, and so divides what is divided anyway."""
    numbers = list(dict.fromkeys(column.numbers.tolist())) if column.numbers is not None else []
    return len(numbers) > 1 and bool(np.all(np.diff(numbers) == 1)) and any(_follows(labels, column.cells)
                                                                            for labels in known if len(set(labels)) > 1)


def _follows(cells: Sequence[str], known: Sequence[str]) -> bool:
    """Return whether each value of what is known has one of `cells`."""
    return len(set(zip(known, cells))) == len(set(known))
