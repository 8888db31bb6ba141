"""What decides the result of a point, told by what is used of the files that a configuration names.

Numbers of cards and prices, measured steps, images and weights count; comments, texts, bytes, times and folders of the
files do not, so that a file may be moved, opened for writing or explained better.
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.datasets import load
from neurosim.energy import load_prices
from neurosim.experiment.chip import card_device, card_numbers, measured_table
from neurosim.experiment.config import Config
from neurosim.experiment.runs import learnt
from neurosim.tables import from_table

_TEXTS = ("source", "unit", "key")    #: of a price


def digest(*parts: object, size: int = 16) -> str:
    """Hash of numbers, text, lists, tables and arrays, hexadecimal digits; an array counts by type, shape and bytes."""
    found = hashlib.blake2b(digest_size=size)
    for part in parts:
        if isinstance(part, np.ndarray):
            found.update(repr((part.dtype.str, part.shape)).encode())
            found.update(np.ascontiguousarray(part).data)
        else:
            found.update(repr(part).encode())
    return found.hexdigest()


def weights_digest(path: Path | str) -> str:
    """Digest of the weights and biases of a run file."""
    return digest(*(item for arrays in learnt(path) for name in sorted(arrays) for item in (name, arrays[name])))


class Identities:
    """Turns tables of configurations into what counts of them; each file that they name is read once."""

    def __init__(self) -> None:
        self._known: dict = {}

    def of(self, table: dict) -> Any:
        """Return a table of a configuration whose names of the user's own files have become digests of their contents.

        A file that cannot be read stays as it is named; whoever computes the point says what is wrong.
        """
        found = copy.deepcopy(table)
        for (section, key), content in _CONTENTS.items():
            named = table[section].get(key, "") if isinstance(table.get(section), dict) else ""
            if isinstance(named, str) and named and (key not in _CARDS or named.endswith(".toml")):
                found[section][key] = self._digest(content, table, named)
        return found

    def _digest(self, content: Any, table: dict, named: Any) -> str:
        names = _named(table)
        known = content, repr(names)
        if known not in self._known:
            try:
                self._known[known] = digest(*content(from_table(Config, names)))
            except (ValueError, OSError):
                self._known[known] = named
        return self._known[known]


def _named(table: dict) -> dict:
    """Return what a configuration says of its files, and nothing else, so that every other mistake is found elsewhere.
    """
    keys = {"data": ("name", "path"), "synapses": ("device", "tables"), "energy": ("prices",)}
    return {section: {key: table[section][key] for key in names if key in table[section]}
            for section, names in keys.items() if isinstance(table.get(section), dict)}


def _images(config: Config) -> tuple:
    data = load(config.data.name, config.data.path)
    kept = (data.validation_images, data.validation_labels) if data.validation_labels is not None else ()
    return data.train_images, data.train_labels, data.test_images, data.test_labels, *kept


def _card(config: Config) -> tuple:
    return (json.dumps(card_numbers(config), sort_keys=True),)


def _steps(config: Config) -> tuple[np.ndarray, ...]:
    device = card_device(config)
    table = None if device is None else measured_table(device, config.synapses.tables)
    return () if table is None else (table.g, table.cdf, table.up, table.down)


def _prices(config: Config) -> list:
    prices = load_prices(config.energy.prices).prices
    return [sorted((key, sorted((name, value) for name, value in dataclasses.asdict(price).items()
                                if name not in _TEXTS)) for key, price in prices.items())]


_CONTENTS = {("data", "path"): _images, ("synapses", "device"): _card, ("synapses", "tables"): _steps,
             ("energy", "prices"): _prices}
_CARDS = ("device", "prices")    #: keys that also name what ships, known by the version


def names_files(keys: Iterable[str]) -> bool:
    """Return whether one of these dotted keys names files of the user's own."""
    return any(tuple(key.split(".")) in _CONTENTS for key in keys)
