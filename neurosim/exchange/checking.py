"""What a card assumes, what it lacks, and which of its numbers lie beyond those of published devices."""

from __future__ import annotations

import re
from dataclasses import dataclass

from neurosim.cards import card_names
from neurosim.memristor.device import ANCHOR, IMPERFECTIONS, RANGE, Device, load_device, with_defaults
from neurosim.memristor.laws import LAWS
from neurosim.memristor.si_format import quantity

#: What a card should say of a device, and what its absence means for what is learnt on it.
_WANTED = {
    ("c2c", "c2c_additive", "c2c_scaled", "c2c_range", "c2c_slope"):
        "noise of a step from cycle to cycle: every pulse is exact",
    ("step_spread", "step_spread_log", "shape_spread"):
        "spread of steps from device to device: all devices are alike",
    ("g_min_spread", "g_max_spread"): "spread of the range from device to device",
    ("read_noise", "rtn_amplitude", "flicker"): "noise of reads",
    ("drift", "relaxation"): "drift of stored conductances: they do not change",
    ("endurance",): "wear: no device wears out",
    ("stuck_on", "stuck_off", "stuck_anywhere", "stuck_value"): "stuck devices: the yield is 100 %"}
_PLACE = re.compile(r"doi|arxiv|fig|tab|eq|page|p\.\s*\d|pp\.|section|manual|\.py|\.cpp|\(\d{4}\)|data set|fitted|"
                    r"measured|derived|imported|stated", re.IGNORECASE)
_DOI = re.compile(r"(?:doi:\s*|doi\.org/)(\S+)", re.IGNORECASE)
_VALID_DOI = re.compile(r"10\.\d{4,9}/\S+")


@dataclass(frozen=True)
class Finding:
    """One thing to know about a card. kind : "assumed", "missing", "unusual" or "source"; key : "" or of the card."""

    kind: str
    key: str
    text: str


def findings(device: Device) -> list[Finding]:
    """List what a Device assumes, lacks, has beyond the published devices that ship, and cites badly."""
    return [*_assumed(device), *_missing(device), *_unusual(device), *_cited(device)]


def _assumed(device: Device) -> list[Finding]:
    found: dict[str, list[str]] = {}
    for key, source in device.sources.items():
        if re.search(r"\b(chosen|assumed|estimated|guessed)\b", source, re.IGNORECASE):
            found.setdefault(source, []).append(key)
    return [Finding("assumed", ", ".join(keys), source) for source, keys in found.items()]


def _missing(device: Device) -> list[Finding]:
    neutral = with_defaults({})
    tabular = LAWS[device.law].tabular
    return [Finding("missing", keys[0], text) for keys, text in _WANTED.items()
            if all(device[key] == neutral[key] for key in keys) and not (tabular and keys[0] == "c2c")]


def _unusual(device: Device) -> list[Finding]:
    """Return numbers outside the range of the published devices that ship, with those at its ends as sources."""
    entries = {**RANGE, **LAWS[device.law].keys, **ANCHOR, **IMPERFECTIONS}
    others = [other for other in map(load_device, card_names()) if other.stem != device.stem]
    found = []
    for key in device.sources:
        value = device.values[key]
        known = sorted((other.values[key], other.stem) for other in others
                       if key in other.sources and isinstance(other.values[key], float))
        if isinstance(value, tuple) or len(known) < 2 or key == "temperature":
            continue
        (low, lowest), (high, highest) = known[0], known[-1]
        if not low <= value <= high:
            side = "below" if value < low else "above"
            own, first, last = (quantity(number, entries[key].unit, 3) for number in (value, low, high))
            found.append(Finding("unusual", key, f"{own} lies {side} the {len(known)} published devices, {first} "
                                                 f"({lowest}) to {last} ({highest})"))
    return found


def _cited(device: Device) -> list[Finding]:
    found = []
    texts = {device.citation: "citation", **{source: key for key, source in reversed(device.sources.items())}}
    for text, key in texts.items():
        for doi in _DOI.findall(text):
            if not _VALID_DOI.fullmatch(doi.rstrip(".,;)")):
                found.append(Finding("source", key, f"{doi!r} is not a DOI; write doi:10.NNNN/..."))
        unsourced = re.match(r"chosen|assumed|set by", text, re.IGNORECASE)
        if key != "citation" and not _PLACE.search(text) and not unsourced:
            found.append(Finding("source", key, f"{text!r} names no DOI, page, figure or table where it stands"))
    if not _DOI.search(device.citation) and "arxiv" not in device.citation.lower():
        found.append(Finding("source", "citation", "names no DOI"))
    return found
