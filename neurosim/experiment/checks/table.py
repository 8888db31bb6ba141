"""Numbers in columns."""

from neurosim.alignment import aligned


def table(rows):
    """Align rows of cells (str, or numbers shown with three digits) under the first row; returns lines."""
    texts = [[cell if isinstance(cell, str) else f"{cell:.3g}" for cell in row] for row in rows]
    return aligned(texts, indent="  ")


def verdict(passed):
    """Word for the outcome of a check."""
    return "passed" if passed else "FAILED"


def conclusion(check, reasons):
    """Last line of a check: that it passed, or why not."""
    return f"{check}: passed" if not reasons else f"{check}: FAILED: {'; '.join(reasons)}"
