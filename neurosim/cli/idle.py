"""Options that are given where they have no effect: they are refused, since whoever gives one expects it to matter."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Iterable, Sequence
from typing import Any


def refuse_idle(arguments: Namespace, options: Iterable[str], reason: str) -> None:
    """Raise ValueError for the first of some options, "--out", that is given; reason : why it has no effect."""
    for option in options:
        value = getattr(arguments, option.lstrip("-").replace("-", "_"), None)
        if value is not None and value is not False and value != [] and value != ():
            raise ValueError(f"{option}: {reason}")


class Once(argparse.Action):
    """Takes the value of an option, which is given once and not empty, since one of two would have no effect."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest, **options)
        self._given = False

    def __call__(self, parser: argparse.ArgumentParser, namespace: Namespace, values: Any,
                 option_string: str | None = None) -> None:
        if option_string:
            if self._given:
                raise argparse.ArgumentError(self, "is given twice; give it once")
            if values == "":
                raise argparse.ArgumentError(self, "is empty; give a value, or omit it")
            self._given = True
        setattr(namespace, self.dest, values)
