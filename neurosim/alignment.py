"""Tables of text for people: rows of cells become lines with aligned columns."""

from collections.abc import Iterable, Sequence


def aligned(rows: Iterable[Sequence[str]], names: int | None = 1, indent: str = "") -> list[str]:
    """Align rows of cells, all of one length; returns one line (str) per row, without spaces at its end.

    names : how many columns at the left are words, the rest are numbers and end at the right; None = all are words
    """
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows)]
    names = len(widths) if names is None else names
    return [(indent + "  ".join(cell.ljust(width) if column < names else cell.rjust(width)
                                for column, (cell, width) in enumerate(zip(row, widths)))).rstrip() for row in rows]
