"""Run files of trainings, opened: what `schema` says of them holds, or one sentence names the entry that breaks it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from neurosim.results.reading import RunFile
from neurosim.results.schema import ATTRIBUTES, COUNTED, POSITIVE, SCHEMA, entry_of

_KINDS = {"real": "f", "whole": "iu", "flag": "b", "spike": "bi", "text": "S", "number": "fiu"}
_SHOWN = 100    #: characters of a text that stand in an error


class RunOfTraining(RunFile):
    """An open run file of `neurosim train`, finished or not.

    Names, types and shapes are checked when it is opened, without reading a data set, and values when they are read,
    so that no reader meets what `schema` excludes.

    raises : RunFileError, as RunFile does, and where the file does not keep to the schema
    """

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            with self._explained():
                self._sizes = _Sizes(self)
                self._check_attributes()
                self._check_shapes()
        except BaseException:
            self._file.close()
            raise
        return self

    def dimension(self, name: str) -> int:
        """Return a number that occurs in shapes, such as "classes"; None where it does not occur in this file."""
        return self._sizes.found.get(name, (None,))[0]

    def _check_attributes(self) -> None:
        for name, (kind, needed) in ATTRIBUTES.items():
            value = self.attributes.get(name)
            if value is None and not needed:
                continue
            if value is None:
                raise self.foreign(f"it has no attribute {name}")
            if type(value) is not kind or name in COUNTED and value < 0:
                more = " of 0 or more" if name in COUNTED else ""
                raise self.foreign(f"its attribute {name} is no {_PLAIN[kind]}{more}")
        self._sizes.bind("epochs", self.attributes["epoch"], "the attribute epoch")

    def _check_shapes(self) -> None:
        held = {dataset.name.removeprefix("/"): dataset for dataset in self._datasets(self._file["/"])}
        parts = {entry.part for entry in SCHEMA.values()}
        present = {""} | {part for part in parts if part and any(name.startswith(f"{part}/") for name in held)}
        matched = {name: entry_of(name) for name in held}
        found = {id(entry) for entry, _ in matched.values()}
        for name, entry in SCHEMA.items():
            if entry.part in present and id(entry) not in found:
                raise self.foreign(f"it has no data set {name}")
        groups = {(entry.part, tuple(braces.items())) for entry, braces in matched.values()
                  if entry is not None and "{" in (entry.part or "")}
        for part, pairs in groups:
            for name in (name.format(**dict(pairs)) for name, entry in SCHEMA.items() if entry.part == part):
                if name not in held:
                    raise self.foreign(f"it has no data set {name}")
        for name, (entry, braces) in matched.items():
            if entry is not None:
                self._check_dataset_by(entry, braces, name, held[name])

    def _check_dataset_by(self, entry: Any, braces: Any, name: str, dataset: Any) -> None:
        kind, shape = dataset.dtype.kind, dataset.shape
        if kind not in _KINDS[entry.kind] or kind != "S" and dataset.dtype.itemsize > 8:
            raise self.foreign(f"{name} holds {dataset.dtype}, where {_TYPES[entry.kind]} belong")
        if isinstance(entry.shape, str):
            if entry.ranks and len(shape) not in entry.ranks or 0 in shape:
                raise self.foreign(f"{name} has the shape {shape}")
            self._sizes.bind(entry.shape.format(**braces), shape, name)
            return
        if len(shape) != len(entry.shape):
            raise self.foreign(f"{name} has {_axes(len(shape))}, where {_axes(len(entry.shape))} belong")
        for length, wanted in zip(shape, entry.shape):
            self._sizes.bind(wanted.format(**braces) if isinstance(wanted, str) else wanted, length, name)

    def _approve(self, name: str, data: Any) -> None:
        entry, _ = entry_of(name)
        if entry is None or entry.bulk or not np.size(data):
            return
        if entry.kind == "text":
            self._check_texts(name, entry, np.atleast_1d(data).tolist())
        elif entry.kind != "flag":
            self._check_numbers(name, entry, np.asarray(data))

    def _check_texts(self, name: str, entry: Any, texts: Any) -> None:
        for text in texts:
            if not text.isprintable() or len(text) > entry.longest or entry.choices and text not in entry.choices:
                raise self.foreign(f"{name} holds the text {text[:_SHOWN]!r}")
        if entry.distinct and len(set(texts)) < len(texts):
            raise self.foreign(f"{name} holds a name twice")

    def _check_numbers(self, name: str, entry: Any, values: Any) -> None:
        values = values[~np.isnan(values)] if entry.gaps else values
        if not values.size:
            return
        high = self.dimension(entry.high) - 1 if isinstance(entry.high, str) else entry.high
        least, most = values.min().item(), values.max().item()
        if not entry.low <= least <= most <= high:
            wrong = most if not most <= high else least
            raise self.foreign(f"{name} holds {wrong:g}, which is not in {entry.low:g} ... {high:g}")
        if entry.distinct and np.any(values[1:] <= values[:-1]):
            raise self.foreign(f"{name} does not rise")


_PLAIN = {str: "text", int: "whole number", bool: "truth value"}
_TYPES = {"real": "real numbers", "whole": "whole numbers", "flag": "truth values",
          "spike": "truth values or whole numbers", "text": "texts", "number": "numbers"}


@dataclass
class _Sizes:
    """Numbers and shapes that entries share, each with the entry that gave it."""

    run: RunOfTraining
    found: dict = field(default_factory=dict)

    def bind(self, wanted: Any, size: Any, name: str) -> None:
        """Note that a length, or a shape, is what `wanted` stands for; raises RunFileError where it cannot be."""
        if isinstance(wanted, int):
            if size != wanted:
                raise self.run.foreign(f"{name} has an axis of {size}, where {wanted} belong")
            return
        more, symbol = re.findall(r"^(?:(\d+)\+)?(.*)$", wanted)[0]
        size = size - int(more) if more else size
        if symbol in POSITIVE and size < 1:
            raise self.run.foreign(f"{name} holds nothing")
        known, giver = self.found.setdefault(symbol, (size, name))
        if known != size:
            raise self.run.foreign(f"{name} and {giver} do not fit each other ({symbol}: {size} and {known})")


def _axes(count: Any) -> Any:
    return "no axis" if not count else f"{count} ax{'is' if count == 1 else 'es'}"
