"""TOML text <-> tables."""

import json
import re
import tomllib
from pathlib import Path

from neurosim.tables import to_table

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")    #: a key that needs no quotes
_WIDTH = 100    #: longest line on which a small table inside a section is written


def read_toml(path):
    """Read a TOML file (UTF-8) as a table; every failure is a ValueError of one sentence with the line."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror or error}; give the path of a TOML file") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}: line {line} is not UTF-8; save the file as UTF-8") from error
    return parse_toml(text, path)


def parse_toml(text, owner):
    """Read TOML text as a table; `owner` says where the text comes from, for the error."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{owner}: not valid TOML: {str(error).splitlines()[0]}; correct it") from error


def to_toml(config):
    """Write a dataclass, or a table of plain values, as TOML text that reads back as its equal.

    Plain keys come first, then sections and arrays of tables; small tables inside a section stay on one line.
    """
    table = config if isinstance(config, dict) else to_table(config)
    return "\n".join(_lines(table, "")).strip("\n") + "\n"


def value_text(value):
    """Write one value as TOML on one line."""
    if isinstance(value, dict):
        items = ", ".join(f"{_key_text(key)} = {value_text(item)}" for key, item in value.items())
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(value_text(item) for item in value)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _lines(table, path):
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


def _is_section(key, value, path):
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, dict) for item in value)
    if not isinstance(value, dict):
        return False
    nested = any(isinstance(item, (dict, list)) and _is_section(name, item, "") for name, item in value.items())
    return not path or nested or len(f"{key} = {value_text(value)}") > _WIDTH


def _key_text(key):
    return key if BARE_KEY.fullmatch(key) else value_text(key)
