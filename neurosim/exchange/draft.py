"""A card in the making: numbers of another simulator with their sources, and what was lost on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from neurosim.memristor.device import ANCHOR, IMPERFECTIONS, RANGE, Device, with_defaults
from neurosim.memristor.laws import LAWS
from neurosim.toml import to_toml

#: Set pulse [V, s], reset pulse [V, s] and read [V], where neither file nor user says them.
PULSES = {"set_voltage": 1.0, "set_width": 1e-6, "reset_voltage": -1.0, "reset_width": 1e-6, "read_voltage": 0.1}


@dataclass
class Draft:
    """A card in the making.

    law, steps_follow, table, citation : of the card; values : dict from key to number; sources : dict from key to text
    losses : list of what the card cannot say; origin : what the numbers come from, for sources
    """

    law: str
    origin: str
    steps_follow: str = "own range"
    table: str = ""
    citation: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    losses: list[str] = field(default_factory=list)

    def set(self, key: str, value: Any, source: str, off: float = 0.0) -> None:
        """Give a number its source; an imperfection that is `off` is left out."""
        if key in IMPERFECTIONS and value == off:
            return
        self.values[key] = value
        self.sources[key] = f"{self.origin}: {source}"

    def choose(self, values: dict[str, float], source: str) -> None:
        """Take numbers that stand nowhere in the file, where they are still missing."""
        for key, value in values.items():
            if key not in self.values:
                self.values[key], self.sources[key] = value, source

    def device(self, stem: str, name: str, citation: str) -> Device:
        """Return the Device that the card describes; raises ValueError for numbers that a card does not allow."""
        entries = {**RANGE, **LAWS[self.law].keys, **ANCHOR, **IMPERFECTIONS}
        checked = {key: entries[key].check(value, key) for key, value in self.values.items()}
        return Device(stem=stem, name=name, law=self.law, citation=citation, values=with_defaults(checked),
                      sources=self.sources, steps_follow=self.steps_follow, table=self.table)

    def card_text(self, name: str, citation: str) -> str:
        """Return TOML text of the card."""
        entries = {**RANGE, **LAWS[self.law].keys, **ANCHOR, **IMPERFECTIONS}
        labels = {text: f"source_{number}" for number, text in enumerate(dict.fromkeys(self.sources.values()), 1)}
        card = {"name": name, "law": self.law, "citation": citation}
        if self.steps_follow != "own range":
            card["steps_follow"] = self.steps_follow
        if self.table:
            card["table"] = self.table
        if self.losses:
            card["note"] = f"Left out: {'; '.join(self.losses)}."
        values = {key: {"value": list(value) if isinstance(value, tuple) else value, "unit": entries[key].unit,
                        "source": labels[self.sources[key]]} for key, value in self.values.items()}
        return to_toml({**card, "sources": {label: text for text, label in labels.items()}, "values": values})


def lost(device: Device, kept: Iterable[str]) -> list[str]:
    """Return what another simulator does not know: imperfections of a card that are switched on and not among `kept`.
    """
    neutral, kept = with_defaults({}), set(kept)
    return [f"{key} ({IMPERFECTIONS[key].text})" for key in IMPERFECTIONS
            if device[key] != neutral[key] and key not in kept]
