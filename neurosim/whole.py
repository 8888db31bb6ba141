"""Whole numbers: those that a call or an option takes, and those that a sentence names."""

from __future__ import annotations

import numbers
from collections.abc import Sized

THREADS = 4096    #: most threads, and most processes, that a call takes
SEEDS = 2 ** 63    #: seeds are below it: a run file holds them


def whole(value: object, owner: str, low: int = 0, high: int = SEEDS - 1, *, least: str = "", most: str = "") -> int:
    """Return a whole number as int; raises ValueError, a sentence that begins with `owner`, for anything else.

    low, high : bounds, both allowed; least, most : what lies beyond them, for the sentence
    """
    between = f"give {low:,} or more" if high >= SEEDS - 1 else f"give {low:,} to {high:,}"
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise ValueError(f"{owner}: {_shown(value)} is not a whole number; {between}")
    number = int(value)
    if number < low:
        raise ValueError(f"{owner}: {_shown(number)} is below {low:,}{f', {least}' if least else ''}; {between}")
    if number > high:
        raise ValueError(f"{owner}: {_shown(number)} exceeds {high:,}{f', {most}' if most else ''}; {between}")
    return number


def counted(amount: int | Sized, one: str, many: str = "") -> str:
    """Return how many things there are: "1 image", "1,200 images".

    amount : number, or what holds so many; one : name of a thing; many : of several, "" = with an s
    """
    number = len(amount) if isinstance(amount, Sized) else amount
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _shown(value: object) -> str:
    try:
        text = str(value) if isinstance(value, numbers.Number) else repr(value)
    except ValueError:    # an integer of thousands of digits
        return "a very long number"
    return text if len(text) <= 60 else f"{text[:57]}..."
