"""The card of fitted numbers as text."""

from collections.abc import Mapping
from typing import Any

from neurosim.memristor.device import IMPERFECTIONS, RANGE
from neurosim.memristor.laws import LAWS
from neurosim.toml import to_toml


def card_text(law: str, values: Mapping[str, Any], told: Mapping[str, str], name: str, citation: str,
              programming: Any) -> str:
    """Return TOML text of a card that `neurosim.memristor.device.load_device` reads.

    law : of the card; values : dict from key to number, or tuple of numbers; told : dict from key to its source
    name, citation : of the device; programming : Programming
    """
    entries = {**RANGE, **LAWS[law].keys, **IMPERFECTIONS}
    sources, numbers = {"programming": programming.source}, {}
    others = dict.fromkeys(programming.sources.values())
    sources |= {f"programming_{number}": text for number, text in enumerate(others, 2)}
    labels = {text: label for label, text in reversed(list(sources.items()))}
    for key, value in values.items():
        sources[f"fit_{key}"] = told[key]
        plain = [float(item) for item in value] if isinstance(value, tuple) else float(value)
        numbers[key] = {"value": plain, "unit": entries[key].unit, "source": f"fit_{key}"}
    for key in RANGE:
        if key not in numbers:
            numbers[key] = {"value": float(getattr(programming, key)), "unit": RANGE[key].unit,
                            "source": labels[programming.sources.get(key, programming.source)]}
    used = {number["source"] for number in numbers.values()}
    sources = {label: text for label, text in sources.items() if label in used}
    return to_toml({"name": name, "law": law, "citation": citation, "sources": sources, "values": numbers})
