"""Cards: one TOML file per published device, checked number by number, every number with its unit and its source.

    name = "EpiRAM (SiGe)"
    law = "neurosim"

    [sources]
    manual = "MLP NeuroSim V3.0, user manual, Table II"

    [values]
    g_max = { value = 1.2346e-05, unit = "S", source = "manual" }
"""

from __future__ import annotations

import math
import numbers
import re
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim.tables import abbreviated, check_kinds, nearest
from neurosim.toml import read_toml
from neurosim.user_files import path_of

PACKAGE = Path(__file__).resolve().parent
FOLDERS = (PACKAGE / "shipped" / "devices", PACKAGE.parent / "devices")    #: installed; in a checkout

_PREFIXES = {"m": 1e-3, "u": 1e-6, "µ": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "k": 1e3, "M": 1e6, "G": 1e9}
_USUAL_PREFIX = {"S": "u", "s": "n", "J": "p"}    #: in which papers give what a card takes in S, in s and in J
_PARTS = ("value", "unit", "source")


@dataclass(frozen=True)
class Entry:
    """What may stand under one key of a card.

    unit : the one unit that the key is written in; "1" for fractions and counts
    low, high : bounds of what is plausible, both allowed
    text : what the number means
    many : the value is a list of numbers
    least, most : what the lower and the upper bound are, for the error: "the shortest pulse that ..."
    off : 0 is allowed too, and switches off
    """

    unit: str
    low: float
    high: float
    text: str = ""
    many: bool = False
    least: str = ""
    most: str = ""
    off: bool = False

    def check(self, value: Any, owner: str) -> Any:
        """Return the value (or tuple of values) as float; raises ValueError that begins with `owner`."""
        if self.many:
            if not isinstance(value, (list, tuple)) or len(value) < 2:
                raise ValueError(f"{owner} = {abbreviated(value)} is not a list; write two or more numbers in brackets")
            return tuple(self._check(item, owner) for item in value)
        return self._check(value, owner)

    def _check(self, value: float, owner: str) -> float:
        if not _is_number(value):
            raise ValueError(f"{owner} = {abbreviated(value)} is not a finite number; write one{self._unit(' in ')}")
        if not self.low <= value <= self.high and not (self.off and value == 0):
            raise ValueError(f"{owner} = {value:g}{self._unit()} {self._beyond(value)}; {self._advice(value)}")
        return float(value)

    def _unit(self, before: str = " ") -> str:
        return "" if self.unit == "1" else f"{before}{self.unit}"

    def _beyond(self, value: float) -> str:
        if value < 0 <= self.low:
            return "is negative"
        beyond, limit, reason = (("is below", self.low, self.least) if value < self.low else
                                 ("exceeds", self.high, self.most))
        return f"{beyond} {limit:g}{self._unit()}{f', {reason}' if reason else ''}"

    def _advice(self, value: float) -> str:
        prefix = _USUAL_PREFIX.get(self.unit)
        if prefix and value > self.high and self.low <= value * _PREFIXES[prefix] <= self.high:
            return f"numbers are in SI units: write {value:g} {prefix}{self.unit} as {value * _PREFIXES[prefix]:g}"
        return f"give {'0 or ' if self.off else ''}{self.low:g} to {self.high:g}{self._unit()}"


def check_numbers(options: Any, section: str, entries: dict[str, Entry]) -> None:
    """Raise ValueError unless a section of a configuration, a dataclass, holds what it says, numbers within bounds.

    section : its name; entries : dict from a field to its Entry; words and None in place of a number have none
    """
    check_kinds(options, section)
    for key, entry in entries.items():
        values = getattr(options, key)
        for value in values if isinstance(values, (tuple, list)) else (values,):
            if not isinstance(value, str | None):
                entry.check(value, f"{section}.{key}")


@dataclass(frozen=True)
class Card:
    """A card as its file gives it, checked.

    stem : name of the file without .toml; name : of what it describes; text : other top-level keys
    values : dict from key to number or tuple of numbers; sources : dict from key to the text of its source
    marks : dict from key to what else its entry says, a dict
    """

    stem: str
    name: str
    text: dict
    values: dict
    sources: dict
    marks: dict


def card_names(folder: str | Path = ".") -> list[str]:
    """Return the stems of all cards that ship, sorted; `folder` is that below devices/."""
    return sorted(_files(folder))


def card_path(name_or_path: Path | str, kind: str = "device card", folder: str | Path = ".",
              others: Collection[str] = ()) -> Path:
    """Return the path of a card that ships, given by its stem, or of a file given by a path that ends in .toml.

    others : words that stand for no card and may be meant where there is no such card
    """
    path = path_of(name_or_path, kind)
    if path.suffix == ".toml":
        if not path.is_file():
            raise ValueError(f"{kind} {path}: no such file; check the path or name a card that ships")
        return path
    files = _files(folder)
    if str(name_or_path) not in files:
        raise ValueError(f"{kind} {abbreviated(str(name_or_path))}: unknown{nearest(path.name, {*files, *others})}")
    return files[str(name_or_path)]


def read_card(path: Path, text_keys: dict[str, bool], vocabulary: Callable, kind: str = "device card",
              stranger: Callable = lambda key, text: "", marks: dict[str, Any] | None = None) -> Card:
    """Read and check one card.

    text_keys : dict from top-level text key to whether it is required; `name` and [sources] always are
    vocabulary : function from the dict of texts to (dict key -> Entry, set of required keys); a ValueError that it
        raises is about the texts
    stranger : function from an unknown key and the texts to what is known about it, or to ""
    marks : dict from what an entry may say beside value, unit and source to its Entry, or to a tuple of words
    raises : ValueError that names card, key, value and fix
    """
    path, marks = Path(path), marks or {}
    owner = f"{kind} {path.name}"
    table = read_toml(path)
    sources, values = (_section(table, name, owner) for name in ("sources", "values"))
    text = _texts(table, {"name": True, **text_keys}, owner)
    try:
        entries, required = vocabulary(text)
    except ValueError as error:
        raise ValueError(f"{owner}: {error}") from error
    for key in values:
        if key not in entries:
            raise ValueError(f"{owner}: {key}: {stranger(key, text) or f'unknown key{nearest(key, entries)}'}")
    for key in sorted(required - set(values)):
        raise ValueError(f"{owner}: {key}: missing; give {entries[key].text} [{entries[key].unit}]")
    checked = {key: _number(entries[key], values[key], f"{owner}: {key}", sources, marks) for key in values}
    used = {item["source"] for item in values.values()}
    for key in sorted(set(sources) - used):
        raise ValueError(f"{owner}: source {key!r} is used by no value; remove it or cite it")
    name = text.pop("name")
    marked = {key: {mark: _marked(rule, values[key][mark], f"{owner}: {key}: {mark}")
                    for mark, rule in marks.items() if mark in values[key]} for key in values}
    cited = {key: _on_one_line(sources[values[key]["source"]]) for key in values}
    return Card(path.stem, name, text, checked, cited, marked)


def _files(below: str | Path) -> dict[str, Path]:
    folder = next((folder for folder in FOLDERS if folder.is_dir()), None)
    return {path.stem: path for path in (folder / below).glob("*.toml")} if folder else {}


def _section(table: dict[str, Any], name: str, owner: str) -> dict[str, Any]:
    section = table.pop(name, None)
    if not isinstance(section, dict):
        raise ValueError(f"{owner}: the section [{name}] is missing; add it")
    return section


def _texts(table: dict[str, Any], keys: dict[str, bool], owner: str) -> dict[str, str]:
    for key, value in table.items():
        if key not in keys:
            raise ValueError(f"{owner}: {key}: unknown key{nearest(key, keys)}")
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{owner}: {key} = {abbreviated(value)} is not text; write it in quotes")
    for key, required in keys.items():
        if required and key not in table:
            raise ValueError(f"{owner}: {key}: missing; give text")
    return {key: _on_one_line(table[key]) for key in keys if key in table}


def _on_one_line(text: str) -> str:
    """Return text without line breaks and other spaces of a file's own, as it is printed."""
    return " ".join(text.split())


def _number(entry: Entry, item: float | dict[str, Any], owner: str, sources: dict[str, Any],
            marks: dict[str, Any]) -> tuple[float, ...] | float:
    if not isinstance(item, dict):
        raise ValueError(f'{owner} = {abbreviated(item)} has no unit and no source; '
                         f'write {{ value = {abbreviated(item)}, unit = "{entry.unit}", source = "..." }}')
    for part in _PARTS:
        if part not in item:
            raise ValueError(f"{owner}: its {part} is missing; every number has a value, a unit and a source")
    for part in item:
        if part not in (*_PARTS, *marks):
            raise ValueError(f"{owner}: {part}: unknown key{nearest(part, (*_PARTS, *marks))}")
    _check_unit(entry, item, owner)
    _check_source(item["source"], owner, sources)
    return entry.check(item["value"], owner)


def _marked(rule: Entry | tuple[str, str, str, str, str], value: Any, owner: str) -> Any:
    if isinstance(rule, Entry):
        return rule.check(value, owner)
    if value not in rule:
        raise ValueError(f"{owner} = {abbreviated(value)} is unknown{nearest(value, rule)}")
    return value


def _check_unit(entry: Entry, item: dict[str, Any], owner: str) -> None:
    unit, value = item["unit"], item["value"]
    if unit == entry.unit:
        return
    advice = f'write the value in {entry.unit}, with unit = "{entry.unit}"'
    prefix = _PREFIXES.get(unit[:-len(entry.unit)]) if isinstance(unit, str) and unit.endswith(entry.unit) else None
    if prefix and _is_number(value):
        converted = value * (prefix ** 2 if entry.unit == "m2" else prefix)
        if entry.low <= converted <= entry.high:
            advice = f'cards are in SI units, write {converted:g} with unit = "{entry.unit}"'
    elif entry.unit == "S" and isinstance(unit, str) and re.search("ohm|Ω", unit, re.IGNORECASE):
        advice = 'conductances are in siemens, write 1/R with unit = "S"'
    raise ValueError(f"{owner} = {abbreviated(value)} has the unit {abbreviated(unit)}; {advice}")


def _check_source(source: list[str] | str, owner: str, sources: dict[str, Any]) -> None:
    if not isinstance(source, str) or source not in sources:
        raise ValueError(f"{owner}: source {abbreviated(source)} is not listed in "
                         f"[sources]{nearest(str(source), sources)}")
    if not isinstance(sources[source], str) or not sources[source].strip():
        raise ValueError(f"{owner}: source {source!r} is empty; name a paper, DOI, figure or table, or write "
                         "\"assumed: why\"")


def _is_number(value: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return False
    return abs(value) <= sys.float_info.max if isinstance(value, int) else math.isfinite(value)
