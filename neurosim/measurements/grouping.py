"""Marks between thousands, 1,234,567.8 or 1.234.567,8 or 1'234'567, removed where they are certain."""

from __future__ import annotations

import re

_BY_MARK = {mark: (re.compile(rf"[-+]?\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+(?:{re.escape(sign)}\d+)?"),
                   re.compile(rf".*{re.escape(mark)}.*{re.escape(mark)}.*|.*{re.escape(mark)}.*{re.escape(sign)}.*"))
            for mark, sign in ((",", "."), (".", ","))}
_SPACED = re.compile(r"[-+]?\d{1,3}(?:['’\u00a0\u202f\u2009]\d{3})+(?:[.,]\d+)?")
_SPACES = re.compile(r"['’\u00a0\u202f\u2009]")
Lines = list[tuple[int, list[str]]]


def ungrouped(split: Lines, comma: bool) -> tuple[Lines, str]:
    """Return rows whose numbers have no marks between thousands, and what the marks were, "" where there are none.

    One mark before three digits, 357,968, may be a decimal sign: it counts where another number of the table shows what
    it is, by two such marks or by a decimal sign behind it.

    comma : whether commas are the decimal sign
    """
    mark = "." if comma else ","
    whole, certain = _BY_MARK[mark]
    cells = [cell for _, row in split for cell in row if len(cell) > 4 and mark in cell]
    shown = any(whole.fullmatch(cell) and certain.fullmatch(cell) for cell in cells)
    spaced = any(_SPACED.fullmatch(cell) for _, row in split for cell in row if len(cell) > 4 and not cell.isascii()
                 or "'" in cell)
    if not shown and not spaced:
        return split, ""

    def bare(cell: str) -> str:
        cell = _SPACES.sub("", cell) if spaced and _SPACED.fullmatch(cell) else cell
        return cell.replace(mark, "") if shown and whole.fullmatch(cell) else cell
    return [(number, [bare(cell) for cell in row]) for number, row in split], mark if shown else "' or space"
