"""Options that are given where they have no effect: they are refused, since whoever gives one expects it to matter."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable


def refuse_idle(arguments: Namespace, options: Iterable[str], reason: str) -> None:
    """Raise ValueError for the first of some options, "--out", that is given; reason : why it has no effect."""
    for option in options:
        value = getattr(arguments, option.lstrip("-").replace("-", "_"), None)
        if value is not None and value is not False and value != [] and value != ():
            raise ValueError(f"{option}: {reason}")
