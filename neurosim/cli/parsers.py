"""Parsers of the command line, and the type of what a verb adds its own to, for which argparse has no public name."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace, _SubParsersAction
from typing import Any, NoReturn, TypeAlias

Parsers: TypeAlias = "_SubParsersAction[ArgumentParser]"


class Once(argparse.Action):
    """Takes a value, which is not empty, and of an option only once, since one of two would have no effect."""

    _given: Namespace | None = None    # in which it stands; a parser may read several lines

    def __call__(self, parser: argparse.ArgumentParser, namespace: Namespace, values: Any,
                 option_string: str | None = None) -> None:
        if option_string and self._given is namespace:
            raise argparse.ArgumentError(self, "is given twice; give it once")
        if "" in (values if isinstance(values, (list, tuple)) else [values]):
            raise argparse.ArgumentError(self, "is empty; give a value, or omit it")
        self._given = namespace
        setattr(namespace, self.dest, values)


class Parser(argparse.ArgumentParser):
    """A parser whose errors are single sentences, and whose options are given once."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)    # type: ignore[arg-type]
        for action in (None, "store"):
            self.register("action", action, Once)

    def error(self, message: str) -> NoReturn:
        owner = self.prog.removeprefix("neurosim").strip()
        raise ValueError(f"{owner}{': ' if owner else ''}{message}; see `{self.prog} --help`")
