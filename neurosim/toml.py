"""TOML text <-> tables."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neurosim.tables import to_table
from neurosim.user_files import TEXT_LIMIT, read_limited

DEPTH = 32    #: parts of a dotted key, and tables and lists inside each other
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")    #: a key that needs no quotes
_WIDTH = 100    #: longest line on which a small table inside a section is written
_PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DOT = r"[ \t]*+\.[ \t]*+"
_DOTTED = re.compile(rf"(?P<deep>{_PART}(?:{_DOT}{_PART}){{{DEPTH},}}+[ \t]*+[=\]]|{_PART}(?:{_DOT}{_PART}){{1000,}}+)"
                     rf"|{_PART}(?:{_DOT}{_PART})*+")    #: in a string, a long dotted word is not a key
_LARGEST = 2**63    #: TOML's integers have 64 bits


def read_toml(path: Path | str) -> dict[str, Any]:
    """Read a TOML file (UTF-8) as a table; every failure is a ValueError with the line."""
    content = read_limited(path, TEXT_LIMIT, "a TOML file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}: line {line} is not UTF-8; save the file as UTF-8") from error
    return parse_toml(text, path)


def parse_toml(text: str, owner: Path | str) -> dict[str, Any]:
    """Read TOML text as a table; `owner` says where the text comes from, for the error.

    Text longer than TEXT_LIMIT, deeper than DEPTH or with integers beyond 64 bits is refused, before it can take long.
    """
    if len(text) > TEXT_LIMIT:
        raise ValueError(f"{owner}: not valid TOML: {len(text):,} characters exceed {TEXT_LIMIT:,}; shorten it")
    if any(match["deep"] for match in _DOTTED.finditer(text)):
        raise _too_deep(owner)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{owner}: not valid TOML: {str(error).splitlines()[0]}; correct it") from error
    except RecursionError as error:
        raise _too_deep(owner) from error
    except ValueError as error:    # Python converts no number of so many digits
        raise _too_large(f"{owner}: not valid TOML") from error
    _check_contents(table, owner)
    return table


def _check_contents(table: dict[str, Any], owner: Path | str) -> None:
    queue: list[tuple[Any, tuple[str, ...], int]] = [(table, (), 1)]
    while queue:
        value, path, depth = queue.pop()
        if depth > DEPTH + 1:
            raise _too_deep(owner)
        if isinstance(value, dict):
            queue.extend((item, (*path, key), depth + 1) for key, item in value.items())
        elif isinstance(value, list):
            queue.extend((item, path, depth + 1) for item in value)
        elif isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
            raise _too_large(f"{owner}: {'.'.join(path)}")


def _too_deep(owner: str | Path) -> ValueError:
    return ValueError(f"{owner}: not valid TOML: keys, tables or lists are nested more than {DEPTH} deep; flatten them")


def _too_large(owner: str | Path) -> ValueError:
    return ValueError(f"{owner}: an integer exceeds 64 bits, which TOML does not allow; write a smaller number, or one "
                      "with a decimal point and an exponent")


def to_toml(config: Any) -> str:
    """Write a dataclass, or a table of plain values, as TOML text that reads back as its equal.

    Plain keys come first, then sections and arrays of tables; small tables inside a section stay on one line.
    """
    table = config if isinstance(config, dict) else to_table(config)
    return "\n".join(_lines(table, "")).strip("\n") + "\n"


def value_text(value: Any) -> str:
    """Write one value as TOML on one line."""
    if isinstance(value, dict):
        items = ", ".join(f"{_key_text(key)} = {value_text(item)}" for key, item in value.items())
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(value_text(item) for item in value)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _lines(table: dict[str, Any], path: str | Path) -> Iterator[str]:
    sections = {}
    for key, value in table.items():
        if _is_section(key, value, path):
            sections[key] = value
        else:
            yield f"{_key_text(key)} = {value_text(value)}"
    for key, value in sections.items():
        name = f"{path}.{_key_text(key)}" if path else _key_text(key)
        header, parts = (f"[{name}]", [value]) if isinstance(value, dict) else (f"[[{name}]]", value)
        for part in parts:
            yield f"\n{header}"
            yield from _lines(part, name)


def _is_section(key: str, value: Any, path: str | Path) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, dict) for item in value)
    if not isinstance(value, dict):
        return False
    nested = any(isinstance(item, (dict, list)) and _is_section(name, item, "") for name, item in value.items())
    return not path or nested or len(f"{key} = {value_text(value)}") > _WIDTH


def _key_text(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else value_text(key)
