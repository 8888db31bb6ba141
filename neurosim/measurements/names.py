"""What the names of columns say: quantity, unit, direction, device; in the words of those who measure memristors."""

from __future__ import annotations

import re
from dataclasses import dataclass

UP = {"up", "set", "potentiation", "pot", "ltp", "increasing", "increase", "inc", "rising"}
DOWN = {"down", "reset", "depression", "dep", "ltd", "decreasing", "decrease", "dec", "falling"}
#: What a cell of a column of directions may be where it is one of these alone.
SIDES = {**dict.fromkeys(UP | {"1", "+1", "1.0", "+", "p", "s"}, "up"),
         **dict.fromkeys(DOWN | {"-1", "-1.0", "-", "d", "r", "−"}, "down")}
NOTHING = {"", "-", "--", "---", "na", "n/a", "#n/a", "none", "null", "nan", "ovld", "overflow", "overrange", "inf",
           "+inf", "-inf", "infinity", "-infinity", "#ref", "#ref!", "#div/0!", "#num!", "#value!", "overld", "ol"}
DEVICES = {"device", "dev", "cell", "sample", "chip", "die", "junction"}
CYCLES = {"cycle", "cycles", "loop", "repeat", "run", "trial", "rep", "repetition", "train", "zyklus", "sweep"}
#: What a word in the name of a column says that it is, the first one that fits.
ROLES = {
    "derived": {"std", "stdev", "sd", "sigma", "sem", "error", "err", "change", "delta", "diff", "difference", "ratio",
                "fit", "fitted", "target", "before", "initial", "pre"},
    "resistance": {"resistance", "ohm", "ohms", "r", "kohm", "mohm", "res", "widerstand", "ω", "kω"},
    "current": {"current", "i", "ampere", "ai", "idrain", "strom"},
    "direction": {"direction", "polarity", "sign", "operation", "type", "mode", "branch", "op", "event"},
    "device": DEVICES,
    "cycle": CYCLES,
    "time": {"time", "t", "seconds", "timestamp", "elapsed", "zeit", "secs", "date"},
    "index": {"index", "number", "no", "nr", "n", "count", "id", "step", "point", "sample", "num", "rdng"},
    "voltage": {"voltage", "v", "volt", "amplitude", "av", "vpulse", "vread", "vd", "bias", "spannung"},
    "beside": {"width", "temperature", "status", "compliance", "delay", "range", "comment", "user", "temp"},
    "up": UP, "down": DOWN,
    "conductance": {"conductance", "g", "cond", "siemens", "leitwert", "conductivity"},
    "reading": {"value", "reading", "read", "data", "hrs", "lrs"},
    "pulse": {"pulse", "pulses", "puls"},
}
MEANS = {"mean", "avg", "average", "median"}
#: Roles of columns that hold what was measured after the pulses.
VALUES = ("resistance", "current", "up", "down", "conductance", "reading")
QUANTITIES = ("conductance", "resistance", "current")
_PREFIX = {"": 1.0, "p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3, "k": 1e3, "K": 1e3, "M": 1e6,
           "G": 1e9}
_UNIT = re.compile(r"(?P<prefix>[pnuµμmkKMG]?)(?P<unit>[Ss]iemens|S|[Oo]hms?|OHMS?|Ω|Ω|A|[Aa]mperes?|V|[Vv]olts?|s"
                   r"|sec)")
_QUANTITY = {"s": "time", "S": "conductance", "o": "resistance", "O": "resistance", "Ω": "resistance",
             "Ω": "resistance", "A": "current", "a": "current", "V": "voltage", "v": "voltage"}
#: Words for units of time [s].
_TIMES = {**dict.fromkeys(("secs", "second", "seconds"), 1.0),
          **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
          **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0), **dict.fromkeys(("day", "days"), 86400.0)}
_KEITHLEY = {"NADC": "A", "NVDC": "V", "NOHM": "ohm", "ADC": "A", "VDC": "V", "SECS": "s", "OHM": "ohm"}
_SUFFIX = re.compile(r"[\s_]([munpµμ]?S|[munpµμ]A|[kKMG]?(?:[Oo]hms?|Ω|Ω)|Siemens|siemens)$")
_BRACKETS = re.compile(r"[(\[{]\s*([^)\]}]*)[)\]}]?|/\s*([^)\]/]*)$")
_LABEL = re.compile(r"[\s_\-#.:]*([A-Za-z]?\d+|[A-Z])\b")
_NORMALISED = {"1", "a.u.", "a. u.", "au", "arb. unit", "arb. units", ""}


@dataclass(frozen=True)
class Unit:
    """A unit: its text, the quantity that it measures ("" where values are plain numbers), and its size in SI."""

    text: str
    quantity: str
    factor: float


@dataclass(frozen=True)
class Name:
    """What the name of a column says.

    role : key of ROLES, "" where nothing is known; side : "up", "down" or ""; unit : Unit or None
    device, cycle : label behind such a word, "" without one; quantity : "conductance", "resistance", "current" or ""
    """

    role: str
    side: str = ""
    unit: Unit | None = None
    device: str = ""
    cycle: str = ""
    quantity: str = ""


def unit_of(text: str) -> Unit | None:
    """Unit that a text stands for, "uS", "kΩ", "NADC", "min"; None where it stands for none that is known."""
    if text.strip() in _NORMALISED:
        return Unit(text.strip(), "", 1.0)
    plain = _KEITHLEY.get(text.strip().upper(), text.strip())
    if plain.lower() in _TIMES:
        return Unit(plain, "time", _TIMES[plain.lower()])
    found = _UNIT.fullmatch(plain)
    if not found:
        return None
    if plain == "siemens":
        return Unit(plain, "conductance", 1.0)
    first = found["unit"][0]
    quantity = "conductance" if found["unit"].lower() == "siemens" else _QUANTITY[first]
    return Unit(plain, quantity, _PREFIX[found["prefix"]])


def unit_text(name: str) -> str:
    """Return what stands in a name where a unit stands: in brackets, behind a slash, or as its last word.

    "" without one.
    """
    found = _BRACKETS.search(name)
    if found:
        return (found[1] if found[1] is not None else found[2]).strip()
    found = _SUFFIX.search(name.strip())
    return found[1] if found else ""


def words_of(name: str) -> list[str]:
    """Return the lower-case words of a name; numbers are none."""
    return re.findall(r"[a-zµμωäöü]+", re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", name).lower())


def role_of(name: str) -> str:
    """Return what a name of a column says that it is, a key of ROLES; "" where it says nothing."""
    bare = re.split(r"[(\[{/]", name)[0]
    words = {word for word in words_of(bare) if word not in ("us", "ns", "ms", "s")}
    words = words or set(words_of(bare))
    return next((role for role, known in ROLES.items() if words & known), "index" if name.strip() == "#" else "")


def side_of(text: str) -> str:
    """Return direction that a cell or the name of a file names, "up" or "down"; "" where it names none or both."""
    return SIDES.get(text.strip().lower(), "") or _side_in(text)


def _side_in(text: str) -> str:
    words = set(words_of(text))
    return "up" if words & UP and not words & DOWN else "down" if words & DOWN and not words & UP else ""


def label_behind(name: str, words: set[str]) -> str:
    """Return what stands behind one of `words` in a name, "Device 3" -> "3"; "" where nothing does."""
    for found in re.finditer(r"[A-Za-z]+", name):
        if found[0].lower() in words and (label := _LABEL.match(name, found.end())):
            return label[1]
    return ""


def named(name: str) -> Name:
    """Understand the name of a column; a unit that is unknown is a Unit without quantity and of size 0.

    A label, as in "Device 3" and "G_cycle2", makes a column one of values, not one of labels.
    """
    role, text = role_of(name), unit_text(name)
    unit = unit_of(text) if text else None
    if text and unit is None:
        unit = Unit(text, "", 0.0)
    device, cycle = label_behind(name, DEVICES), label_behind(name, CYCLES)
    if device or cycle:
        left = re.sub("|".join(sorted(DEVICES | CYCLES, key=len, reverse=True)), " ", name, flags=re.IGNORECASE)
        role = found if (found := role_of(left)) in VALUES else "reading" if role in ("device", "cycle") else role
    if unit and unit.factor and unit.quantity and role in ("", "index", "reading"):
        role = unit.quantity
    bare = re.sub(r"[(\[{][^)\]}]*[)\]}]?", " ", name)
    words = set(words_of(bare))
    quantity = role if role in QUANTITIES else next((found for found in QUANTITIES if words & ROLES[found]), "")
    return Name(role, _side_in(bare), unit, device, cycle, quantity if role in VALUES else "")


def is_number(cell: str) -> bool:
    """Return whether a cell holds a number, or says that there is none."""
    try:
        float(cell)
    except ValueError:
        return cell.lower() in NOTHING
    return "_" not in cell
