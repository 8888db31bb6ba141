"""What follows from the numbers of a card, and its summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurosim.memristor.characterise import LIMIT, noise_free_step, travel
from neurosim.memristor.citations import short_citation
from neurosim.memristor.laws import LAWS

if TYPE_CHECKING:
    from neurosim.memristor.device import Device

#: Spreads between devices, how each is written, and the factor before it is.
SPREADS = (("step_spread", "{:.2g} %", 100), ("step_spread_log", "{:.2g} %", 100), ("shape_spread", "shape {:.2g}", 1),
           ("g_max_spread", "range {:.2g} %", 100), ("asymmetry_spread", "up/down {:.2g} %", 100))


def summary(device: Device) -> dict[str, Any]:
    """Return what is known of a device in short, as plain values in SI units."""
    return {"name": device.stem, "title": device.name, "law": device.law,
            "g_min": device["g_min"], "g_max": device["g_max"], "on_off_ratio": on_off_ratio(device),
            "levels": device["levels"] or None, "travel": travels(device), "step_noise_of_range": step_noise(device),
            "write_noise_of_range": device["write_noise"] / device.span,
            "spread": {key: device[key] for key, *_ in SPREADS if device[key]},
            "source": short_citation(device.citation), "citation": device.citation}


def on_off_ratio(device: Device) -> float | None:
    """Return g_max / g_min; None where g_min is 0."""
    return device["g_max"] / device["g_min"] if device["g_min"] else None


def travels(device: Device) -> dict[str, Any] | None:
    """Return pulses from one end of the range to the other and the part of it that they cover, by direction.

    None where the steps stand in a table, outside the card.
    """
    if LAWS[device.law].tabular:
        return None
    return {side: travel(device, direction)._asdict() for direction, side in enumerate(("up", "down"))}


def step_noise(device: Device) -> float | None:
    """Return standard deviation of a set step from cycle to cycle in the middle of the range, over g_max - g_min [1].

    None where the steps stand in a table, which holds their noise too.
    """
    if LAWS[device.law].tabular:
        return None
    flat = device["c2c_additive"] + device["c2c_scaled"]
    return (device["c2c"] * abs(noise_free_step(device, 0)(0.5)) + flat / device.span
            + device["c2c_range"] + device["c2c_slope"] / 2)


def travel_text(found: dict[str, Any] | None) -> str:
    """Return "64", "97/100" (up/down), "~210" where the end of the range is only approached."""
    if found is None:
        return "table"
    texts = []
    for pulses, part in (side.values() for side in found.values()):
        count = f">{LIMIT}" if pulses == LIMIT else f"{pulses}"
        texts.append(count if part == 1 else f"~{count}")
    return texts[0] if texts[0] == texts[1] else "/".join(texts)
