"""Changes of a configuration as values of Python: the assignments that the command line takes as words."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from neurosim.tables import to_table
from neurosim.toml import value_text


def assignments_of(overrides: Mapping[str, Any], strings: Sequence[str] | str = ()) -> list[str]:
    """Return assignments `key.path=value` of overrides; strings, which are assignments already, come first.

    strings : sequence of str, or one
    overrides : dict from dotted keys, or from sections to dicts of their keys, to values; dataclasses are values, too
    raises : ValueError for a value that no configuration can hold

    >>> assignments_of({"training.batch": 5, "optimiser": {"rates": (0.1, 0.2)}})
    ['training.batch=5', 'optimiser.rates=[0.1, 0.2]']
    """
    return [*([strings] if isinstance(strings, str) else strings), *_assignments(overrides, "")]


def _assignments(overrides: Mapping[str, Any], owner: str) -> Iterator[str]:
    for key, value in overrides.items():
        path = f"{owner}.{key}" if owner else str(key)
        if isinstance(value, Mapping) and value:
            yield from _assignments(value, path)
        elif value is not None:
            yield f"{path}={value_text(_plain(value, path))}"


def _plain(value: Any, path: str) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return to_table(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item, path) for item in value]
    if hasattr(value, "tolist"):    # of numpy
        return value.tolist()
    if isinstance(value, (bool, int, float, str, Mapping)):
        return value
    raise ValueError(f"{path}: a {type(value).__name__} is not a value of a configuration; give numbers, text, lists "
                     "or dicts of them")
