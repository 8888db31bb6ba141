"""Options that take numbers, whole or not."""

from __future__ import annotations

import math
import re
from argparse import ArgumentTypeError
from collections.abc import Callable

from neurosim.tables import abbreviated
from neurosim.whole import SEEDS, whole


def count(low: int = 1, high: int = SEEDS - 1) -> Callable[[str], int]:
    """Return the type of an option that takes a whole number from `low` to `high`."""
    def read(text: str) -> int:
        try:
            number = int(text) if re.fullmatch(r"[+-]?[0-9]{1,30}", text.strip()) else text
            return whole(number, "", low, high)
        except ValueError as error:
            raise ArgumentTypeError(str(error).removeprefix(": ")) from error
    return read


def number(text: str) -> float:
    """Return the finite number of an option; raises ArgumentTypeError."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ArgumentTypeError(f"{abbreviated(text)} is not a finite number; give one, for example 0.1 or 1e-6")
    return found
