"""Units as laboratories write them: uS, kΩ, 1/kOhm, uA/V, 1e-6 S, microsiemens, Amp DC; and where names hold them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_PREFIX = {"": 1.0, "p": 1e-12, "n": 1e-9, "u": 1e-6, "μ": 1e-6, "m": 1e-3, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9,
           "pico": 1e-12, "nano": 1e-9, "micro": 1e-6, "mikro": 1e-6, "milli": 1e-3, "kilo": 1e3, "mega": 1e6,
           "meg": 1e6, "giga": 1e9}
_BASES = {"conductance": r"[Ss]iemens|S|mhos?|℧", "resistance": r"[Oo]hms?|OHMS?|Ω", "current": r"A|[Aa]mp(?:ere)?s?",
          "voltage": r"V|[Vv]olts?", "time": r"s|secs?|seconds?"}
#: Units that take no prefix: quantity and size.
_PLAIN = {**dict.fromkeys(("min", "mins", "minute", "minutes"), ("time", 60.0)),
          **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), ("time", 3600.0)),
          **dict.fromkeys(("day", "days"), ("time", 86400.0)),
          **dict.fromkeys(("K", "°C", "degC"), ("temperature", 1.0))}
_KEITHLEY = {"NADC": "A", "NVDC": "V", "NOHM": "ohm", "ADC": "A", "VDC": "V", "SECS": "s", "OHM": "ohm",
             "AMP DC": "A", "VOLT DC": "V", "AMP": "A", "VOLT": "V"}
_WORDS = "|".join(sorted((prefix for prefix in _PREFIX if len(prefix) > 1), key=len, reverse=True))
_SINGLE = re.compile("|".join(rf"(?P<{quantity}>(?:[pnuμmkKMG]?|(?i:{_WORDS})[ -]?)(?:{base}))"
                              for quantity, base in _BASES.items()))
_SCALED = re.compile(r"[x×*]?\s*(?:10\s*\^?\s*([-−+]?\d{1,2})|1[eE]([-−+]?\d{1,2}))\s*[*·]?\s*(\S.*)")
_INVERSE = re.compile(r"1\s*/\s*(?P<over>\S+)|(?P<power>[^\s^]+?)\^?[-−]1")
_QUOTIENTS = {("current", "voltage"): "conductance", ("voltage", "current"): "resistance",
              ("", "resistance"): "conductance", ("", "conductance"): "resistance"}
_RAISED = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789")
_RAISE = re.compile("[⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_BRACKET = re.compile(r"[(\[{]\s*([^()\[\]{}]*(?:\([^()]*\))?[^()\[\]{}]*)[)\]}]?")
_BEHIND = re.compile(r"(?:/|,)\s*([^)\]/,]*(?:/[^)\]/,]*)?)$")
_TOKEN = re.compile(r"(?<=[\s_])(?:[munpμkKMG](?:S|A|V|s|[Oo]hms?|Ω)|[Oo]hms?|Ω|[Ss]iemens)(?=$|[\s_,;:@])")
_SCALE = re.compile(r"(?:[x×*]\s*(?:10\s*\^?|1[eE])[-−+]?\d+)")
LONGEST = 300    #: letters of a name, or of a line that is searched for one
_NORMALISED = {"1", "#", "a.u.", "a. u.", "au", "arb. unit", "arb. units", ""}


@dataclass(frozen=True)
class Unit:
    """A unit: its text, the quantity that it measures ("" where values are plain numbers), and its size in SI."""

    text: str
    quantity: str
    factor: float


def plain(text: str) -> str:
    """Return text with one sign for every letter: full width, micro and ohm signs, raised numbers behind a ^.

    What exceeds the length of a name is cut off, for regular expressions take the square of a length.
    """
    lowered = _RAISE.sub(lambda found: f"^{found[0].translate(_RAISED)}", text[:LONGEST])
    return unicodedata.normalize("NFKC", lowered.replace("Â", "").replace(r"\g(m)", "μ").replace(r"\g(W)", "Ω"))


def unit_of(text: str) -> Unit | None:
    """Unit that a text stands for, "uS", "kΩ", "1/Mohm", "nA/V", "1e-6 S"; None where it stands for none that is known.
    """
    stripped = plain(text).strip()
    if stripped in _NORMALISED:
        return Unit(stripped, "", 1.0)
    if stripped in _PLAIN:
        return Unit(stripped, *_PLAIN[stripped])
    known = _KEITHLEY.get(stripped.upper(), stripped)
    for read in (_single, _scaled, _inverse, _quotient):
        if found := read(known):
            return Unit(known, *found)
    return None


def _single(text: str) -> tuple[str, float] | None:
    found = _SINGLE.fullmatch(text)
    if not found:
        return None
    quantity, whole = next((name, part) for name, part in found.groupdict().items() if part is not None)
    base = re.search(rf"(?:{_BASES[quantity]})$", whole)
    prefix = whole[:base.start()].rstrip(" -") if base else ""
    return quantity, _PREFIX[prefix if prefix in _PREFIX else prefix.lower()]


def _scaled(text: str) -> tuple[str, float] | None:
    found = _SCALED.fullmatch(text)
    inner = unit_of(found[3]) if found else None
    if not found or inner is None or not inner.quantity:
        return None
    return inner.quantity, inner.factor * 10.0 ** int((found[1] or found[2]).replace("−", "-"))


def _inverse(text: str) -> tuple[str, float] | None:
    found = _INVERSE.fullmatch(text)
    inner = _single(found["over"] or found["power"]) if found else None
    quantity = _QUOTIENTS.get(("", inner[0])) if inner else None
    return (quantity, 1.0 / inner[1]) if quantity and inner else None


def _quotient(text: str) -> tuple[str, float] | None:
    parts = [_single(part.strip()) for part in text.split("/")]
    if len(parts) != 2 or parts[0] is None or parts[1] is None:
        return None
    quantity = _QUOTIENTS.get((parts[0][0], parts[1][0]))
    return (quantity, parts[0][1] / parts[1][1]) if quantity else None


def unit_part(name: str) -> tuple[str, str]:
    """Return what stands in a name where a unit stands, and the name without it: in brackets, behind a slash or comma,
    or as a word of its own, such as nA or kOhm. "" without one; labels in brackets, "(2)", are none.
    """
    whole = plain(name)
    places = list(_places(whole))
    chosen = next((place for place in places if unit_of(place[0])), places[0] if places else None)
    if chosen:
        return chosen[0], f"{whole[:chosen[1]]} {whole[chosen[2]:]}".strip()
    scale = _SCALE.search(whole)
    return (scale[0], _SCALE.sub(" ", whole)) if scale else ("", whole)


def _places(name: str) -> Iterator[tuple[str, int, int]]:
    """Yield text, begin and end of what may be a unit, what says so most clearly first."""
    for found in _BRACKET.finditer(name):
        if found[1].strip() and not found[1].strip().isdigit():
            yield found[1].strip(), *found.span()
    bare = _BRACKET.sub(lambda found: " " * len(found[0]), name)
    behind = _BEHIND.search(bare)
    if behind and behind[1].strip() and (behind[0][0] == "/" or unit_of(behind[1])):
        yield behind[1].strip(), *behind.span()
    for found in _TOKEN.finditer(bare):
        yield found[0], *found.span()
