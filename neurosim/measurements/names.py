"""What the names of columns say: quantity, unit, direction, device; in the words of those who measure memristors."""

from __future__ import annotations

import re
from dataclasses import dataclass

from neurosim.measurements.languages import in_english
from neurosim.measurements.units import Unit, plain, unit_of, unit_part

UP = {"up", "set", "potentiation", "pot", "ltp", "increasing", "increase", "inc", "rising"}
DOWN = {"down", "reset", "depression", "dep", "ltd", "decreasing", "decrease", "dec", "falling"}
#: What a cell of a column of directions may be where it is one of these alone.
SIDES = {**dict.fromkeys(UP | {"1", "+1", "1.0", "+", "p", "s", "lrs", "↑"}, "up"),
         **dict.fromkeys(DOWN | {"-1", "-1.0", "-", "d", "r", "−", "hrs", "↓"}, "down")}
NOTHING = {"", "-", "--", "---", "na", "n/a", "#n/a", "none", "null", "nan", "ovld", "overflow", "overrange", "inf",
           "+inf", "-inf", "infinity", "-infinity", "#ref", "#ref!", "#div/0!", "#num!", "#value!", "overld", "ol"}
DEVICES = {"device", "dev", "cell", "sample", "chip", "die", "junction", "dut", "memristor"}
#: Words of columns that tell with others where a device is.
ADDRESSES = {"row", "col", "column", "wl", "bl", "wordline", "bitline", "wafer"}
CYCLES = {"cycle", "cycles", "loop", "repeat", "run", "trial", "rep", "repetition", "train", "sweep", "cyc", "epoch"}
LOGARITHMS = {"log", "ln", "lg"}
#: Words for what surrounds the pulses; where these differ, so do the steps.
WIDTHS = {"width", "duration", "pw"}
CONDITIONS = WIDTHS | {"temperature", "temp", "compliance", "icc", "delay"}
#: What a word in the name of a column says that it is, the first one that fits.
ROLES = {
    "derived": {"std", "stdev", "sd", "sigma", "sem", "error", "err", "change", "delta", "diff", "difference", "ratio",
                "fit", "fitted", "target", "before", "initial", "pre", "dg", "dr", "nominal"} | LOGARITHMS,
    "beside": CONDITIONS | {"limit", "range", "ilimit", "icomp", "status", "comment", "user", "load", "energy", "power",
                            "charge"},
    "resistance": {"resistance", "ohm", "ohms", "r", "kohm", "mohm", "res", "ω", "kω"},
    "current": {"current", "i", "ampere", "ai", "idrain", "ids", "isd", "psc", "epsc"},
    "direction": {"direction", "polarity", "sign", "operation", "type", "mode", "branch", "op", "event", "dir", "pol"},
    "state": {"state", "level"},
    "device": DEVICES | ADDRESSES,
    "cycle": CYCLES,
    "time": {"time", "t", "seconds", "timestamp", "timestamps", "elapsed", "secs", "date"},
    "index": {"index", "number", "no", "nr", "n", "count", "id", "step", "point", "sample", "num", "rdng"},
    "voltage": {"voltage", "v", "volt", "amplitude", "av", "vd", "bias", "sourcevalues"},
    "up": UP, "down": DOWN,
    "conductance": {"conductance", "g", "cond", "siemens", "conductivity"},
    "reading": {"value", "reading", "readings", "read", "data", "hrs", "lrs"},
    "pulse": {"pulse", "pulses"},
}
MEANS = {"mean", "avg", "average", "median"}
#: Words of columns that are made of others, or belong to the pulses and not to the reads after them.
SECONDARY = {"smooth", "smoothed", "filtered", "norm", "normalised", "normalized", "sim", "simulated", "model",
             "predicted", "theory", "calc", "calculated", "min", "max", "lower", "upper", "prog", "program", "write",
             "pulse", "programming", "leak", "leakage", "gate", "ig", "igate", "ileak", "series", "rseries", "rload"}
#: Words of columns that say that something was measured, and not what.
VAGUE = {"value", "reading", "readings", "read", "data"}
#: Words of columns that hold the voltage of pulses, not that of reads.
PULSED = {"pulse", "write", "program", "programming", "prog", "set", "reset", "amplitude", "compliance"}
#: Roles of columns that hold what was measured after the pulses.
VALUES = ("resistance", "current", "up", "down", "conductance", "reading")
QUANTITIES = ("conductance", "resistance", "current")
_KNOWN = set().union(*ROLES.values())
_PARTS = "set|reset|pot|dep|ltp|ltd|read|prog|pulse|write|hrs|lrs"
_GLUED = re.compile(rf"\b([griv])({_PARTS}|top|bot|te|be|meas|cell|dut|dev|app|mem)(?=\b|\d)")
_JOINT = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])|(?<=[a-z]{3})(?=[A-Z])")    #: of pulseNumber, sampleID
_LASTING = re.compile(rf"\bt ?({_PARTS.replace('|read', '')})(?=\b|\d)")    #: t_set, the width of a set pulse
_LABEL = re.compile(r"[\s_\-#.:]*([A-Za-z]?\d+|[A-Z])\b")
_RUN = re.compile(r"[A-Za-z)\]]\s*\((\d+)\)")    #: as Keithley's 4200 numbers runs
_UNITLIKE = ("us", "ns", "ms", "s")


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


def words_of(name: str) -> list[str]:
    """Return the lower-case English words of a name; numbers are none, and Vread is two."""
    spaced = _JOINT.sub(" ", in_english(plain(name))).lower().replace("_", " ")
    return re.findall(r"[a-zμω]+", _LASTING.sub(r"width \1", _GLUED.sub(r"\1 \2", spaced)))


def role_of(name: str) -> str:
    """Return what a name of a column says that it is, a key of ROLES; "" where it says nothing."""
    bare = re.split(r"[(\[{/|]", in_english(plain(name)).strip("| "))[0]
    words = {word for word in words_of(bare) if word not in _UNITLIKE}
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
    text, bare = unit_part(name)
    unit = unit_of(text) if text else None
    known = set(re.findall(r"\w+", text.lower())) <= _KNOWN
    if text and unit is None and "/" not in name and (known or _side_in(text)):
        text, bare = "", plain(name)    # what stands in brackets is no unit
    if text and unit is None:
        unit = Unit(text, "", 0.0)
    role, spoken = role_of(name), in_english(plain(name))
    device, cycle = label_behind(spoken, DEVICES), label_behind(spoken, CYCLES)
    if run := _RUN.search(name):
        cycle = cycle or run[1]
    if device or cycle:
        left = re.sub("|".join(sorted(DEVICES | CYCLES, key=len, reverse=True)), " ", spoken, flags=re.IGNORECASE)
        role = found if (found := role_of(left)) in VALUES else "reading" if role in ("device", "cycle") else role
    role = _role_by_unit(role, unit)
    words = set(words_of(bare))
    quantity = role if role in QUANTITIES else next((found for found in QUANTITIES if words & ROLES[found]), "")
    return Name(role, _side_in(bare), unit, device, cycle, quantity if role in VALUES else "")


def _role_by_unit(role: str, unit: Unit | None) -> str:
    """Return the role of a column where its unit says more than its words."""
    if unit and unit.quantity == "temperature":
        return "beside"
    return unit.quantity if unit and unit.factor and unit.quantity and role in ("", "index", "reading") else role


def is_number(cell: str) -> bool:
    """Return whether a cell holds a number, or says that there is none."""
    try:
        float(cell)
    except ValueError:
        return cell.lower() in NOTHING
    return "_" not in cell
