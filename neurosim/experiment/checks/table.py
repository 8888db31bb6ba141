"""Numbers in columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from neurosim.alignment import aligned


def table(rows: Iterable[Sequence]) -> list[str]:
    """Align rows of cells (str, or numbers shown with three digits) under the first row; returns lines."""
    texts = [[cell if isinstance(cell, str) else f"{cell:.3g}" for cell in row] for row in rows]
    return aligned(texts, indent="  ")


def verdict(passed: bool) -> str:
    """Return word for the outcome of a check."""
    return "passed" if passed else "FAILED"


def conclusion(check: str, reasons: Sequence[str]) -> str:
    """Return the last line of a check: that it passed, or why not."""
    return f"{check}: passed" if not reasons else f"{check}: FAILED: {'; '.join(reasons)}"
