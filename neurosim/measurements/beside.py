"""Several columns of one kind: repeats of one device, devices, or something else that only a user can tell."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.measurements.languages import in_english
from neurosim.measurements.names import DOWN, QUANTITIES, ROLES, UP
from neurosim.measurements.units import unit_part

if TYPE_CHECKING:
    from neurosim.measurements.cells import Column
    from neurosim.measurements.stated import Stated

_SPOKEN = sorted(UP | DOWN | {word for role in (*QUANTITIES, "reading", "pulse") for word in ROLES[role]} | {"at"},
                 key=len, reverse=True)
_WORD = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(map(re.escape, _SPOKEN))})(?![^\W\d_])", re.IGNORECASE)


def tell_apart(values: list[Column], path: Path | str, stated: Stated) -> None:
    """Give columns of readings that differ in a label alone the name of their device or cycle; `values` are MUTATED.

    Columns of the same name, without names, or with numbers behind the words for set and reset are cycles of one
    device. Raises ValueError where nothing tells.
    """
    groups: dict[tuple[str, str, str], list[Column]] = {}
    for column in values:
        groups.setdefault((column.name.side, column.name.device, column.name.cycle), []).append(column)
    for (side, device, _), group in groups.items():
        labels = [label_of(column.title) for column in group]
        if len(group) < 2:
            continue
        if not stated.beside:
            _check(group, labels, bool(side), path)
        elif stated.beside == "devices":
            clear = len(set(labels)) == len(labels) and all(labels)
            for column, label in zip(group, labels if clear else map(str, range(1, len(group) + 1))):
                column.name = replace(column.name, device=f"{device} {label}".strip())


def _check(group: list[Column], labels: list[str], sided: bool, path: Path | str) -> None:
    if len({column.title for column in group}) == 1 or sided and all(re.fullmatch(r"\d*", label) for label in labels):
        return
    titles = ", ".join(repr(column.title[:40]) for column in group[:4])
    raise ValueError(f"{path}: {titles}{' ...' if len(group) > 4 else ''} all hold {group[0].quantity}s; use --beside "
                     "devices or --beside cycles where they are devices or repeats of one, or --columns with - for "
                     "those that are no reads after pulses")


def label_of(title: str) -> str:
    """Return what is left of the name of a column without unit, quantity and direction: "A1 LTP (uS)" -> "A1"."""
    return re.sub(r"\s+", " ", _WORD.sub(" ", in_english(unit_part(title)[1])).replace("_", " ")).strip(" -.:()[]|")
