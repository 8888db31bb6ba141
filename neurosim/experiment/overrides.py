"""Change a table by dotted paths, and say by dotted paths how two tables differ."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from neurosim.tables import abbreviated, to_table
from neurosim.toml import BARE_KEY, parse_toml, value_text


def apply_overrides(table: dict, assignments: Sequence[str]) -> dict:
    """Return a copy of `table` with assignments such as `training.epochs=3` or `network.layers.0.channels=16` made.

    The value is read as TOML; what is not TOML is a string, so that `data.path=/tmp/x y` needs no quotes.

    assignments : sequence of str, made in their order
    raises : ValueError naming the assignment or the path
    """
    table = copy.deepcopy(table)
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        keys = path.strip().split(".")
        if not equals or not all(BARE_KEY.fullmatch(key) for key in keys):
            raise ValueError(f"--set {abbreviated(assignment)}: not an assignment; write key.path=value, as in "
                             "training.epochs=3")
        _assign(table, keys, _parsed(text.strip()))
    return table


def differences(a: object, b: object) -> list[str]:
    """List what differs between two dataclasses or tables, one `path: value of a -> value of b` for each leaf."""
    return [f"{path}: {abbreviated(old or 'absent', str)} -> {abbreviated(new or 'absent', str)}"
            for path, old, new in changes(a, b)]


def changes(a: object, b: object) -> list[tuple[str, str, str]]:
    """List what differs between two dataclasses or tables: path, value of a and value of b as TOML writes them.

    A value that one of them does not have is "".
    """
    left, right = (dict(_leaves(item if isinstance(item, dict) else to_table(item), "")) for item in (a, b))
    paths = [*left, *(path for path in right if path not in left)]
    texts = [(path, *(value_text(leaves[path]) if path in leaves else "" for leaves in (left, right)))
             for path in paths]
    return [(path, old, new) for path, old, new in texts if old != new and not _equal(path, left, right)]


def _assign(container: Any, keys: list[str], value: Any) -> None:
    *way, last = keys
    for depth, key in enumerate(way):
        step = _step(container, key, ".".join(keys[:depth]))
        container = container.setdefault(step, {}) if isinstance(container, dict) else container[step]
    container[_step(container, last, ".".join(way))] = value


def _step(container: Any, key: str, path: str) -> str | int:
    """Check that `key` leads into `container`, the value at `path`; return it as dict key or list index."""
    if isinstance(container, dict):
        return key
    if not isinstance(container, list):
        raise ValueError(f"--set {path}.{key}: {path} is {abbreviated(container, value_text)}, not a table; set {path} "
                         "itself")
    if key not in map(str, range(len(container))):
        raise ValueError(f"--set {path}.{key}: {path} is a list of {len(container)}; write an index, counted from 0")
    return int(key)


def _parsed(text: str) -> Any:
    try:
        table = parse_toml(f"value = {text}", "value")
    except ValueError:
        return text
    value = table.pop("value")
    return value if not table and isinstance(value, (bool, int, float, str, list, dict)) else text


def _equal(path: str, left: Any, right: Any) -> bool:
    """Return a value by which 1 and 1.0 are equal, and a truth value is not a number."""
    if path not in left or path not in right:
        return False
    a, b = left[path], right[path]
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):    # an empty one says no more than none
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, (list, tuple)) and any(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}.{index}")
    else:
        yield path, value
