"""A small figure of letters: conductance over pulses, + for set and o for reset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neurosim.memristor.si_format import quantity
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.measurements.cycles import Piece

_WIDTH, _HEIGHT = 72, 10


def sketch(pieces: Sequence[Piece]) -> list[str]:
    """Draw trains after each other, set and reset in turn; returns lines of text."""
    ordered = _in_turn(pieces)
    values = np.concatenate([piece.values for piece in ordered])
    marks = np.concatenate([np.full(len(piece.values), "+" if piece.side == "up" else "o") for piece in ordered])
    low, high = float(values.min()), float(values.max())
    width = min(_WIDTH, len(values))
    columns = np.arange(len(values)) * width // len(values)
    rows = np.rint((values - low) / max(high - low, np.finfo(float).tiny) * (_HEIGHT - 1)).astype(int)
    canvas = np.full((_HEIGHT, width), " ")
    canvas[rows, columns] = marks
    labels = {0: quantity(low, "S", 3), _HEIGHT - 1: quantity(high, "S", 3)}
    room = max(map(len, labels.values()))
    lines = [f"{labels.get(row, ''):>{room}} |{''.join(canvas[row])}".rstrip() for row in reversed(range(_HEIGHT))]
    device = f", device {pieces[0].device}" if pieces[0].device else ""
    return [*lines, f"{'':>{room}}  {counted(values, 'pulse')}: + set, o reset{device}"]


def _in_turn(pieces: Sequence[Piece]) -> list[Piece]:
    """Set and reset trains in turn, as they were measured where each side stands in a column of its own."""
    sides = [[piece for piece in pieces if piece.side == side] for side in ("up", "down")]
    longest = max(map(len, sides))
    return [side[number] for number in range(longest) for side in sides if number < len(side)]
