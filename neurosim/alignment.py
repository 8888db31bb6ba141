"""Tables of text for people: rows of cells become lines with aligned columns."""

import itertools
import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence

_NARROW = 16    #: characters of a column of words that are left to it at least


def aligned(rows: Iterable[Sequence[str]], names: int | Collection[int] | None = 1, indent: str = "",
            width: int | None = None) -> list[str]:
    """Align rows of cells, all of one length; returns one line (str) per row, without spaces at its end.

    names : how many columns at the left are words, or which are, the rest are numbers and end at the right; None = all
        are words
    width : of a line in characters, to which words are wrapped, onto lines of their own, as far as it can be met; None
        = as wide as it becomes
    """
    rows = list(rows)
    columns = len(rows[0]) if rows else 0
    words = set(range(columns) if names is None else range(names) if isinstance(names, int) else names)
    if width is not None and rows:
        limits = _limits(rows, words, width - len(indent))
        rows = [line for row in rows for line in _wrapped(row, limits)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [(indent + "  ".join(cell.ljust(width) if column in words else cell.rjust(width)
                                for column, (cell, width) in enumerate(zip(row, widths)))).rstrip() for row in rows]


def _limits(rows: Sequence[Sequence[str]], words: Collection[int], width: int) -> list[int]:
    """Return characters of each column, so that lines fit a width: the widest columns of words give way first.

    The first column holds names that people copy, whose words are never cut.
    """
    columns = [*zip(*rows)]
    limits = [max(map(len, column)) for column in columns]
    least = [_NARROW] * len(columns)
    least[0] = max((len(word) for cell in columns[0] for word in cell.split()), default=0)
    for _ in range(sum(limits) + 2 * (len(limits) - 1) - width):
        wide = [column for column in words if limits[column] > least[column]]
        if not wide:
            break
        limits[max(wide, key=lambda column: (limits[column], column))] -= 1
    return limits


def _wrapped(row: Sequence[str], limits: Sequence[int]) -> Iterator[tuple[str, ...]]:
    cells = [textwrap.wrap(cell, limit, break_on_hyphens=False) if len(cell) > limit else [cell]
             for cell, limit in zip(row, limits)]
    return itertools.zip_longest(*cells, fillvalue="")
