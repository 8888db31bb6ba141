"""Run files made by hand: what a test does not care about is filled in as the schema asks for it."""

import re

import numpy as np

from neurosim.results import Quantity
from neurosim.results.schema import SCHEMA, entry_of

ATTRIBUTES = {"config": "", "epoch": 0, "batch": 0, "finished": True, "partial": "{}"}
FIRST = {"real": 0.5, "whole": 1, "number": 1.0, "flag": True}


def completed(content, epochs):
    """The tree with every data set that its parts need; sizes are those that it has, others are 3."""
    flat = dict(_flat(content, ""))
    sizes = {"epochs": epochs}
    for name, quantity in flat.items():
        entry, braces = entry_of(name)
        for symbol, length in zip(entry.shape if entry and not isinstance(entry.shape, str) else (),
                                  np.shape(quantity.data)):
            if isinstance(symbol, str) and "+" not in symbol:
                sizes.setdefault(symbol.format(**braces), length)
    parts = {""} | {entry.part for entry in SCHEMA.values() if entry.part and any(
        name.startswith(f"{entry.part}/") for name in flat)}
    for name, entry in SCHEMA.items():
        if entry.part in parts and name not in flat and not any(_matches(name, own) for own in flat):
            name = name.replace("{", "").replace("}", "")
            flat[name] = Quantity(_values(entry, sizes), entry.unit, entry.text)
    return _nested(flat)


def _values(entry, sizes):
    shape = (3,) if isinstance(entry.shape, str) else tuple(_length(part, sizes) for part in entry.shape)
    shape = (2, 3) if entry.ranks == (2, 4) else shape
    if entry.kind == "text":
        return np.array([entry.choices[0] if entry.choices else f"name{i}" for i in range(int(np.prod(shape)))], str)
    if entry.distinct:
        return np.arange(int(np.prod(shape)))
    return np.full(shape, FIRST[entry.kind])


def _length(part, sizes):
    if isinstance(part, int):
        return part
    more, symbol = re.fullmatch(r"(?:(\d+)\+)?(.*)", part).groups()
    return sizes.get(symbol, 3) + int(more or 0)


def _matches(pattern, name):
    return "{" in pattern and entry_of(name)[0] is SCHEMA[pattern]


def _flat(tree, prefix):
    for name, item in tree.items():
        if isinstance(item, dict):
            yield from _flat(item, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", item


def _nested(flat):
    tree = {}
    for name, item in flat.items():
        *way, last = name.split("/")
        place = tree
        for part in way:
            place = place.setdefault(part, {})
        place[last] = item
    return tree
