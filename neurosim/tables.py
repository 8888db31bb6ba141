"""Tables as TOML gives them <-> frozen dataclasses. Knows no section of any configuration.

A field may be int, float, bool, str, a Literal, a tuple (fixed or `tuple[X, ...]`), a `dict[str, X]`, a dataclass, or
a union of these with or without None. Metadata `{"key": "from"}` gives a field a key that Python could not name.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import math
import numbers
import re
import types
import typing
from collections.abc import Callable
from typing import Any

_KINDS = {int: "an integer", float: "a number", bool: "true or false", str: "a string", dict: "a table"}
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb"
                          "\ud800-\udfff\U000e0000-\U000e007f]")    #: C0, C1, direction of writing, halves, tags
_LISTS = {int: "a list of integers", float: "a list of numbers", str: "a list of strings"}


def nearest(word: str, names: Any) -> str:
    """End a sentence about an unknown `word`: "; did you mean 'beta'?", or all that there is to choose from."""
    everything = f"; choose from {', '.join(sorted(names))}" if names else "; there is nothing to choose from"
    return _close(word, names) or everything


def printable(text: str, kept: str = "") -> str:
    """Return the text of a user's file as it may stand on a terminal, on a page or in a figure.

    Control characters, those that turn the direction of writing and whatever no file in UTF-8 can hold are escaped as
    Python writes them. kept : those that stay, for example newlines
    """
    return _UNPRINTABLE.sub(lambda found: found[0] if found[0] in kept else ascii(found[0])[1:-1], text)


def from_table(cls: Any, table: dict[str, Any], owner: str = "") -> Any:
    """Build the dataclass `cls` from a table, checking keys and types.

    table : dict as tomllib gives it
    owner : dotted path of the table, for errors
    raises : ValueError, one sentence that begins with the dotted path of the wrong key
    """
    if not isinstance(table, dict):
        raise _mismatch(owner, cls, table)
    kinds, fields = typing.get_type_hints(cls), {_key(field): field for field in _fields(cls)}
    for key in table:
        if key not in fields:
            raise ValueError(f"{_join(owner, key)}: unknown key{nearest(key, fields)}")
    values = {fields[key].name: _read(kinds[fields[key].name], item, _join(owner, key)) for key, item in table.items()}
    for key, field in fields.items():
        if key not in table and _required(field):
            if not _allows(kinds[field.name], None):
                raise ValueError(f"{_join(owner, key)}: missing; give {_describe(kinds[field.name])}")
            values[field.name] = None
    try:
        return cls(**values)
    except ValueError as error:
        raise ValueError(_owned(str(error), owner, fields)) from error


def check_kinds(options: Any, owner: str = "") -> None:
    """Raise ValueError unless every field of a dataclass holds what it is annotated with; numbers may be of numpy.

    owner : dotted path of its section, for errors, which are those of `from_table`
    """
    for field, kind in _annotated(options.__class__):
        value = getattr(options, field.name)
        if not _holds(kind, value):
            raise _mismatch(_join(owner, _key(field)), kind, value, held=True)


def to_table(config: Any) -> dict[str, Any]:
    """Turn a dataclass into the table that `from_table` reads as its equal; defaults are written, None is left out.

    raises : ValueError for NaN, infinities and whatever else no configuration can hold
    """
    return _plain(config, "")


def _read(kind: Any, value: Any, path: str, expected: Any = None) -> Any:
    """Convert `value` to `kind`; `expected` is the union that `kind` belongs to, for the error."""
    expected = expected or kind
    if not _allows(kind, value):
        raise _mismatch(path, expected, value)
    if dataclasses.is_dataclass(kind):
        return from_table(kind, value, path)
    if _is_union(kind):
        return _read_union(kind, value, path)
    origin = typing.get_origin(kind)
    if origin is dict:
        return {key: _read(typing.get_args(kind)[1], item, _join(path, key)) for key, item in value.items()}
    if origin is tuple:
        return _read_tuple(typing.get_args(kind), value, path)
    if origin is typing.Literal:
        if value not in typing.get_args(kind):
            raise _mismatch(path, expected, value)
        return value
    return _read_number(value, path) if kind is float else value


def _read_union(kind: Any, value: Any, path: str) -> Any:
    """Take the first member that can hold `value`; if none can, the error is that of the first member of its shape."""
    first = None
    for member in typing.get_args(kind):
        if _allows(member, value):
            try:
                return _read(member, value, path, kind)
            except ValueError as error:
                first = first or error
    raise first or _mismatch(path, kind, value)


def _read_tuple(kinds: tuple[Any, ...], value: list[float | dict[str, Any]], path: str) -> tuple[Any, ...]:
    if kinds[-1] is ...:
        kinds = kinds[:1] * len(value)
    if len(kinds) != len(value):
        raise ValueError(f"{path}: expected {len(kinds)} values, got {len(value)}")
    return tuple(_read(kind, item, f"{path}.{index}") for index, (kind, item) in enumerate(zip(kinds, value)))


def _read_number(value: Any, path: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{path}: {number} is not a finite number; give a finite one")
    return number


def _allows(kind: Any, value: Any) -> bool:
    """Return whether `value` has the shape of `kind`: number, text, list or table; contents are not looked at."""
    if _is_union(kind):
        return any(_allows(member, value) for member in typing.get_args(kind))
    if dataclasses.is_dataclass(kind):
        return isinstance(value, dict)
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return type(value) in {type(choice) for choice in typing.get_args(kind)}
    shapes: dict[Any, Any] = {tuple: (list, tuple), dict: dict, float: (int, float), types.NoneType: types.NoneType}
    return isinstance(value, shapes.get(origin or kind, kind)) and (kind is bool or not isinstance(value, bool))


def _holds(kind: Any, value: Any) -> bool:
    """Return whether a field of this kind may hold `value`; unlike a table, it holds dataclasses as they are."""
    if _is_union(kind):
        return any(_holds(member, value) for member in typing.get_args(kind))
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return type(value) in {type(choice) for choice in inner} and value in inner
    if origin is dict:
        return isinstance(value, dict) and all(_holds(inner[1], item) for item in value.values())
    if origin is tuple:
        kinds = inner[:1] * len(value) if isinstance(value, (tuple, list)) and inner[-1] is ... else inner
        return isinstance(value, (tuple, list)) and len(kinds) == len(value) and all(map(_holds, kinds, value))
    towers = {int: numbers.Integral, float: numbers.Real}
    return kind is Any or isinstance(value, towers.get(kind, kind)) and (kind is bool or not isinstance(value, bool))


@functools.cache
def _annotated(cls: Any) -> list[tuple[Any, Any]]:
    """Return the fields of a dataclass that its constructor takes, with their kinds."""
    kinds = typing.get_type_hints(cls)
    return [(field, kinds[field.name]) for field in _fields(cls)]


def _is_union(kind: Any) -> bool:
    return typing.get_origin(kind) in (typing.Union, types.UnionType)


def _mismatch(path: str, kind: Any, value: Any, held: bool = False) -> ValueError:
    choices = [choice for member in _members(kind) for choice in _choices(member)]
    hint = _close(value, choices) if isinstance(value, str) else ""
    return ValueError(f"{path or 'configuration'}: expected {_describe(kind, held)}, got {abbreviated(value)}{hint}")


def _close(word: str, names: Any) -> str:
    close = difflib.get_close_matches(str(word).lower(), names, n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(repr(name) for name in close)}?" if close else ""


def _members(kind: Any) -> tuple[Any, ...]:
    return typing.get_args(kind) if _is_union(kind) else (kind,)


def _choices(kind: Any) -> list[str]:
    return [c for c in typing.get_args(kind) if isinstance(c, str)] if typing.get_origin(kind) is typing.Literal else []


def _describe(kind: Any, held: bool = False) -> str:
    """Name a type as a user would: "an integer or 'auto'"; held : dataclasses by their names, not as tables."""
    if held and dataclasses.is_dataclass(kind):
        return f"a {getattr(kind, '__name__', kind)}"
    if _is_union(kind):
        return " or ".join(_describe(member, held) for member in typing.get_args(kind) if member is not types.NoneType)
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return " or ".join(repr(choice) for choice in typing.get_args(kind))
    if origin is tuple:
        return _LISTS.get(typing.get_args(kind)[0], "a list")
    return "a table" if dataclasses.is_dataclass(kind) or origin is dict else _KINDS[kind]


def abbreviated(value: Any, written: Callable | type = repr) -> str:
    """Return a value as it may stand in a sentence: a long one loses its end.

    written : function that writes it
    """
    if isinstance(value, dict):
        return "a table"
    try:
        text = written(value)
    except (ValueError, RecursionError):    # an integer of thousands of digits; lists within lists
        return f"a very long {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def _fields(cls: Any) -> list[Any]:
    return [field for field in dataclasses.fields(cls) if field.init]


def _key(field: Any) -> str:
    return field.metadata.get("key", field.name)


def _required(field: Any) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _owned(message: str, owner: str, keys: dict[str, Any]) -> str:
    """Put the owner in front of a message of __post_init__ unless it is there: `beta: x` becomes `learning.beta: x`."""
    first = re.escape(owner.partition(".")[0])
    if not owner or re.match(rf"{first}[.:]", message):
        return message
    begins_with_key = re.split(r"[.:]", message, maxsplit=1)[0] in keys
    return f"{owner}{'.' if begins_with_key else ': '}{message}"


def _join(owner: str, key: str) -> str:
    return f"{owner}.{key}" if owner else key


def _plain_fields(config: Any, path: str) -> dict[str, Any]:
    table = {}
    for field in _fields(config):
        value, name = getattr(config, field.name), _join(path, _key(field))
        if value is not None:
            table[_key(field)] = _plain(value, name)
        elif not _required(field) and field.default is not None:
            raise ValueError(f"{name}: None cannot be written as TOML; give a value")
    return table


def _plain(value: Any, path: str) -> Any:
    if dataclasses.is_dataclass(value):
        return _plain_fields(value, path)
    if isinstance(value, dict):
        return {key: _plain(item, _join(path, key)) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item, f"{path}.{index}") for index, item in enumerate(value)]
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return _read_number(value, path)
    raise ValueError(f"{path}: a {type(value).__name__} cannot be written as TOML; use numbers, text, lists and tables")
