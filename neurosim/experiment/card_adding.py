"""Numbers that were measured one quantity at a time, added to a card."""

from __future__ import annotations

import tempfile
from pathlib import Path

from neurosim.cards import card_path
from neurosim.memristor.device import IMPERFECTIONS, Device, load_device
from neurosim.memristor.fitting.ageing import Measured
from neurosim.toml import read_toml, to_toml


def added(card: str | Path, found: Measured, stem: str) -> tuple[str, Device]:
    """Put measured numbers on a card in place of those that it has; returns its text, and the Device stem.toml.

    card : name of one that ships, or path; raises : ValueError where the card would not be sound
    """
    table = read_toml(card_path(card))
    for key, value in found.values.items():
        low, high = found.intervals[key]
        label = f"measured_{key}"
        table["sources"][label] = f"measured: {found.source}, 95 % interval {low:.4g} ... {high:.4g}"
        table["values"][key] = {"value": float(value), "unit": IMPERFECTIONS[key].unit, "source": label}
    cited = {number["source"] for number in table["values"].values()}
    table["sources"] = {label: text for label, text in table["sources"].items() if label in cited}
    text = to_toml(table)
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / f"{stem}.toml"
        draft.write_text(text, encoding="utf-8")
        return text, load_device(draft)
