"""A device card as text and as plain values: every number with its unit, its meaning and its source."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from neurosim.memristor.derived import on_off_ratio, step_noise, summary, travel_text, travels
from neurosim.memristor.device import STEPS_FOLLOW
from neurosim.memristor.si_format import quantities, quantity

if TYPE_CHECKING:
    from neurosim.memristor.device import Device

_WIDTH = 118


def card_lines(device: Device) -> list[str]:
    """Return the card as lines: heading, sections with their numbers, what follows from them, sources."""
    return [*_heading(device), *_sections(device), *_derived(device), *_sources(device)]


def card_report(device: Device) -> dict[str, Any]:
    """Return the card as plain values, numbers in SI units."""
    numbers = {key: {"value": device[key], "unit": entry.unit, "meaning": entry.text,
                     "source": device.sources.get(key, "switched off")}
               for section in _groups(device).values() for key, entry in section.items()}
    return {**summary(device), "note": device.note, "steps_follow": device.steps_follow, "worn": device.worn,
            "table": device.table, "values": numbers}


def _groups(device: Device) -> dict[str, Any]:
    """Return the entries of the card by section: those of the range, of the law, and all imperfections."""
    folder = f", of measured steps in the folder {device.table}" if device.table else ""
    titles = ("range and pulses", f"law: {device.law}{folder}", "imperfections")
    return dict(zip(titles, device.entries.values()))


def _heading(device: Device) -> Iterator[str]:
    yield f"{device.stem}: {device.name}"
    yield from textwrap.wrap(device.citation, _WIDTH)
    yield from textwrap.wrap(device.note, _WIDTH)


def _sections(device: Device) -> Iterator[str]:
    numbers = _numbered_sources(device)
    off = []
    for title, entries in _groups(device).items():
        given = {key: entry for key, entry in entries.items() if key in device.sources}
        off += [key for key in entries if key not in given]
        if given:
            yield f"\n{title}"
            yield from _lines(device, given, numbers)
    if off:
        yield "\nswitched off"
        yield from (f"  {line}" for line in textwrap.wrap(", ".join(off), _WIDTH - 2))


def _lines(device: Device, entries: dict[str, Any], numbers: dict[str, int]) -> Iterator[str]:
    """Yield name, value, meaning and number of the source, aligned; lists of numbers are wrapped."""
    names = max(map(len, entries))
    values = {key: quantities(device[key], entry.unit) for key, entry in entries.items()}
    width = max(len(text) for text in values.values() if len(text) <= 24) if _any_short(values) else 0
    for key, entry in entries.items():
        source = f"[{numbers[device.sources[key]]}]"
        if len(values[key]) <= 24:
            yield f"  {key:<{names}}  {values[key]:<{width}}  {entry.text}  {source}"
        else:
            yield f"  {key:<{names}}  {entry.text}  {source}"
            yield from textwrap.wrap(values[key], _WIDTH, initial_indent=" " * (names + 4),
                                     subsequent_indent=" " * (names + 4))


def _any_short(values: dict[str, str]) -> bool:
    return any(len(text) <= 24 for text in values.values())


def _derived(device: Device) -> Iterator[str]:
    ratio, noise = on_off_ratio(device), step_noise(device)
    found = travels(device)
    yield "\nwhat follows"
    yield f"  range         {quantity(device.span, 'S')}, on/off ratio {f'{ratio:.4g}' if ratio else 'without limit'}"
    if found:
        ends = " (~ to 95 % of the range, or to where the steps vanish)" if "~" in travel_text(found) else ""
        yield f"  pulses        {travel_text(found)} from one end of the range to the other, set / reset{ends}"
    if noise is not None:
        yield f"  noise         {100 * noise:.3g} % of the range, for one set step in mid-range"
    yield from textwrap.wrap(f"  steps follow  {device.steps_follow}: {_meaning(device)}", _WIDTH,
                             subsequent_indent=" " * 16)
    for side, word in (("set", "set pulse"), ("reset", "reset pulse")):
        energy = device[f"{side}_voltage"] ** 2 * (device["g_min"] + device["g_max"]) / 2 * device[f"{side}_width"]
        yield f"  {word:<12}  {quantity(energy, 'J', 3)} in the device, in mid-range"


def _meaning(device: Device) -> str:
    """Return what the ends of a device's own range, where they differ from those of the card, do to its steps."""
    origin = "the anchor" if "anchor" in device.values else "the end at which pulses begin"
    return (STEPS_FOLLOW[device.steps_follow] if device.steps_follow == "own range" else
            f"x of the law is 0 at {origin}; {STEPS_FOLLOW[device.steps_follow]}")


def _numbered_sources(device: Device) -> dict[str, int]:
    """Return the number of each source, in the order in which the numbers of the card are printed."""
    shown = [device.sources[key] for section in _groups(device).values() for key in section if key in device.sources]
    return {text: number for number, text in enumerate(dict.fromkeys(shown), 1)}


def _sources(device: Device) -> Iterator[str]:
    yield "\nsources"
    for text, number in _numbered_sources(device).items():
        yield from textwrap.wrap(f"[{number}] {text}", _WIDTH, initial_indent="  ", subsequent_indent="      ")
