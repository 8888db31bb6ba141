"""Titles between the blocks of a table, such as "SET, cycle 2", as columns; and lines below a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from neurosim.measurements.names import CYCLES, DEVICES, is_number, label_behind, role_of, side_of

_MOST = 30    #: lines below a table, as summaries are
Lines = list[tuple[int, list[str]]]
_TOLD: dict[str, Callable[[str], str]] = {
    "direction": side_of, "device": lambda text: label_behind(text, DEVICES),
    "cycle": lambda text: label_behind(text, CYCLES)}


def with_titles(split: Lines, comments: list[tuple[int, str]]) -> tuple[Lines, list[str]]:
    """Turn titles between blocks of rows into columns: directions, devices, cycles; returns rows, and names of these.

    Titles are lines of words, alone or in a comment; a table that has none between its rows comes back as it is.
    """
    titles = {number: text.lstrip("#%!;/ ") for number, text in comments}
    titles |= {number: "".join(row) for number, row in split if sum(map(bool, row)) == 1 and not any(map(_value, row))}
    found = {number: told for number, text in titles.items() if (told := _told(text))}
    rows = [(number, row) for number, row in split if number not in found]
    data = [number for number, row in rows if any(map(_value, row))]
    begins = [number for number in found if data and number < data[-1]]
    between = [number for number in begins if number > data[0]]
    kinds = [kind for kind in _TOLD if any(kind in found[number] for number in begins)
             and any(kind in found[number] for number in between)]
    headed = any(map(role_of, rows[0][1])) if rows else False
    if not kinds or not headed and kinds != ["direction"] or min(begins) > data[0] or _known(rows[0][1], kinds):
        return split, []
    return _joined(rows, found, kinds), kinds


def _told(text: str) -> dict[str, str]:
    """Return what a title tells, by kind."""
    return {kind: said for kind, of in _TOLD.items() if (said := of(text))}


def _known(names: Sequence[str], kinds: Sequence[str]) -> bool:
    """Return whether a column tells already what titles tell."""
    return any(role_of(name) in kinds or "direction" in kinds and side_of(name) for name in names)


def _joined(rows: Lines, found: dict[int, dict[str, str]], kinds: Sequence[str]) -> Lines:
    width = max(len(row) for _, row in rows if any(map(_value, row)))
    current: dict[str, str] = {}
    waiting = sorted(found)
    joined = []
    for number, row in rows:
        while waiting and waiting[0] < number:
            current = {**current, **found[waiting.pop(0)]}
        told = [current.get(kind, "") for kind in kinds] if any(map(_value, row)) else \
            list(kinds) if any(map(role_of, row)) else [""] * len(kinds)
        joined.append((number, [*row, *[""] * (width - len(row)), *told]))
    return joined


def _value(cell: str) -> bool:
    return bool(cell) and is_number(cell)


def below(rows: Sequence[list[str]], fits: Callable[[list[str]], bool]) -> int:
    """Return how many lines at the end belong to no table, as those of a summary: words where numbers should be."""
    count = 0
    while count < min(_MOST, len(rows) - 1) and _aside(rows[-1 - count], fits):
        count += 1
    return count if count < len(rows) - 1 else 0


def _aside(row: list[str], fits: Callable[[list[str]], bool]) -> bool:
    said = [cell for cell in row if cell]
    return not fits(row) and bool(said) and not is_number(said[0])
