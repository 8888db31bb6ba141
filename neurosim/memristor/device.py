"""A memristive device as its card describes it: law of its response, range, spread, noise, faults, wear and drift."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from neurosim.cards import Entry, card_path, read_card
from neurosim.memristor.laws import LAWS
from neurosim.memristor.si_format import quantities
from neurosim.summaries import Summarised, Summary
from neurosim.tables import nearest

IDEAL = "ideal"    #: in place of a card: real numbers
#: Keys that every card has.
RANGE = {
    "g_min": Entry("S", 0.0, 0.01, "lowest conductance"),
    "g_max": Entry("S", 1e-12, 0.01, "highest conductance"),
    "set_voltage": Entry("V", -20, 20, "voltage of a pulse that raises the conductance"),
    "set_width": Entry("s", 1e-12, 10, "duration of a pulse that raises the conductance"),
    "reset_voltage": Entry("V", -20, 20, "voltage of a pulse that lowers the conductance"),
    "reset_width": Entry("s", 1e-12, 10, "duration of a pulse that lowers the conductance"),
    "read_voltage": Entry("V", 1e-3, 5, "voltage of a read"),
}
ANCHOR = {"anchor": Entry("1", 0, 1, "part of the range at which the law has x = 0, for set and reset pulses alike")}
#: What the steps of a device follow whose own range differs from that of the card. Where x = 0 of a law is does not
#: change with the ends of a device, apart from the first of them: it is the anchor or, without one, the end of the
#: card's range at which a train of pulses begins. Spreads of steps and shapes leave that point alone, too.
STEPS_FOLLOW = {
    "own range": "x runs from 0 to 1 over the device's own range, so that other ends stretch all steps",
    "own end": "x is 1 at the device's own end ahead",
    "own width": "x is 1 one width of the device's own range ahead",
    "card range": "x is 1 at the end of the card's range ahead; the device's own ends only stop it",
}
#: Imperfections that any card may have; what a card leaves out is switched off.
IMPERFECTIONS = {
    "c2c": Entry("1", 0, 10, "noise of a step, standard deviation over the step itself",
                 most="twice that of the noisiest device here"),
    "c2c_additive": Entry("S", 0, 0.01, "noise of a step, standard deviation, the same everywhere"),
    "c2c_scaled": Entry("S", 0, 0.01, "noise of a step, standard deviation, larger for devices of larger steps"),
    "c2c_range": Entry("1", 0, 1, "noise of a step, standard deviation over g_max - g_min"),
    "c2c_slope": Entry("1", 0, 1, "noise of a step, standard deviation over g - g_min"),
    "write_noise": Entry("S", 0, 0.01, "write noise: lasting difference of the stored from the target conductance"),
    "levels": Entry("1", 2, 1e6, "conductances that can be distinguished"),
    "asymmetry": Entry("1", -0.99, 0.99, "set steps times 1 + asymmetry, reset steps times 1 - asymmetry"),
    "step_spread": Entry("1", 0, 2, "device-to-device spread of the step, relative"),
    "step_spread_log": Entry("1", 0, 2, "device-to-device spread of the logarithm of the step"),
    "asymmetry_spread": Entry("1", 0, 1, "device-to-device spread of the asymmetry"),
    "g_min_spread": Entry("1", 0, 1, "device-to-device spread of the lowest conductance over g_max - g_min"),
    "g_max_spread": Entry("1", 0, 1, "device-to-device spread of the highest conductance over g_max - g_min"),
    "shape_spread": Entry("1", 0, 10, "device-to-device spread of slope, rate, power or nonlinearity label"),
    "stuck_on": Entry("1", 0, 1, "fraction of devices stuck at their highest conductance"),
    "stuck_off": Entry("1", 0, 1, "fraction of devices stuck at their lowest conductance"),
    "stuck_anywhere": Entry("1", 0, 1, "fraction of devices stuck at a conductance drawn from the range"),
    "stuck_value": Entry("1", 0, 1, "fraction of devices stuck at stuck_conductance"),
    "stuck_conductance": Entry("S", 0, 0.01, "conductance of devices stuck at a value"),
    "endurance": Entry("1", 1, 1e15, "pulses after which a device is worn out, median"),
    "endurance_spread": Entry("1", 0, 5, "device-to-device spread of the logarithm of the endurance"),
    "drift": Entry("1", 0, 1, "exponent nu of the decay (t / t0)^-nu, mean"),
    "drift_spread": Entry("1", 0, 1, "device-to-device spread of nu"),
    "drift_start": Entry("s", 1e-9, 1e6, "time t0 after a pulse at which drift or relaxation begins"),
    "relaxation": Entry("1", 0, 0.5, "spread of ln G that a pulse leaves behind, per ln(1 + t / t0)"),
    "activation_energy": Entry("eV", 0, 5, "of drift and relaxation; 0 = independent of temperature"),
    "temperature": Entry("K", 1, 1000, "temperature of the chip; drift and relaxation are given for 300 K"),
    "read_noise": Entry("1", 0, 1, "noise of a read, standard deviation over the conductance itself"),
    "rtn_amplitude": Entry("1", 0, 2, "random telegraph noise: distance of its two states over the conductance"),
    "rtn_probability": Entry("1", 0, 1, "random telegraph noise: probability of the upper state"),
    "flicker": Entry("1", 0, 1, "1/f noise: its density at 1 Hz over the square of the current, times 1 Hz"),
    "step_voltage": Entry("V", 0.005, 20, "voltage by which a pulse must rise for steps e times as large", off=True),
    "iv_cubic": Entry("1/V2", 1e-3, 1e4, "cells of a current G (V + a V^3): a", off=True),
    "iv_sinh": Entry("V", 1e-3, 100, "cells of a current G V0 sinh(V / V0): V0", off=True),
    "iv_poole_frenkel": Entry("V", 1e-4, 100, "cells of a current G V exp(sqrt(|V| / V0)): V0", off=True),
}
#: Numbers of nonlinear cells, of which a card has one or none.
CELLS = ("iv_cubic", "iv_sinh", "iv_poole_frenkel")
#: Values that stand for "switched off" and are not 0.
_NEUTRAL = {"drift_start": 1.0, "temperature": 300.0, "rtn_probability": 0.5}
_TEXTS = {"law": True, "citation": True, "note": False, "steps_follow": False, "worn": False, "table": False}
_WORN = ("sticks", "shrinks")
_LEAST_VOLTAGE, _LEAST_SPAN = 1e-3, 1e-3    #: of a pulse [V], and of the range over g_max [1]
_FOLDS = 50    #: most e-folds of the current of a nonlinear cell in a pulse


@dataclass(frozen=True, kw_only=True, repr=False)
class Device(Summarised):
    """A device card in use.

    stem, name, citation, note : of the card; law : one of LAWS; steps_follow : one of STEPS_FOLLOW
    worn : what happens at the end of the endurance: the device "sticks", or its range "shrinks" in proportion to its
        pulses until nothing is left
    table : folder of a table of measured steps, for the law "table"
    values : dict of numbers, those of RANGE, of the law and of all IMPERFECTIONS, and the anchor where there is one,
        SI units
    sources : dict from key to source; a value that was set by hand has the source "set by the user"
    """

    stem: str
    name: str
    law: str
    citation: str
    values: dict
    sources: dict
    note: str = ""
    steps_follow: str = "own range"
    worn: str = "sticks"
    table: str = ""

    def __post_init__(self) -> None:
        owner, value = f"device card {self.stem}.toml", self.values
        if not value["g_min"] < value["g_max"]:
            raise ValueError(f"{owner}: g_min = {value['g_min']:g} S is not below g_max = {value['g_max']:g} S; "
                             "give the lower one as g_min")
        for key in LAWS[self.law].keys_of(*LAWS[self.law].bounded):
            if value[key] > self.span:
                raise ValueError(f"{owner}: {key} = {value[key]:g} S exceeds the range "
                                 f"g_max - g_min = {self.span:g} S, so that one pulse would leave it; give less")
        self._refuse_implausible(owner)
        self._check_anchor(owner)
        cells = [key for key in CELLS if value[key]]
        if len(cells) > 1:
            raise ValueError(f"{owner}: {' and '.join(cells)} are two laws of one cell; leave one of them")
        stuck = sum(value[key] for key in ("stuck_on", "stuck_off", "stuck_anywhere", "stuck_value"))
        if stuck > 1:
            raise ValueError(f"{owner}: the fractions of stuck devices add up to {stuck:g}; give 1 or less in all")

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def summary(self) -> Summary:
        """Return the card as the table that `print` and notebooks show: what it gives, with units and meanings."""
        given = {key: entry for section in self.entries.values() for key, entry in section.items()
                 if key in self.sources}
        rows = [("key", "value", "meaning"),
                *((key, quantities(self[key], entry.unit), entry.text) for key, entry in given.items())]
        rows.insert(1, ("law", self.law, "of the step that a pulse makes"))
        remarks = *filter(None, (self.citation, self.note)), "Imperfections that are not listed are off."
        return Summary(heading=f"Device {self.stem}: {self.name}", rows=rows, remarks=remarks)

    @property
    def span(self) -> float:
        """Conductance range g_max - g_min [S]."""
        return self.values["g_max"] - self.values["g_min"]

    def _refuse_implausible(self, owner: str) -> None:
        """Raise ValueError for numbers that are possible each for itself, and not beside the range."""
        for key in ("set_voltage", "reset_voltage"):
            if abs(self.values.get(key, 1.0)) < _LEAST_VOLTAGE:
                raise ValueError(f"{owner}: {key} = {self[key]:g} V: pulses without a voltage would cost nothing; give "
                                 "the voltage at which the steps were measured")
        if self.span < _LEAST_SPAN * self["g_max"]:
            raise ValueError(f"{owner}: g_min = {self['g_min']:g} S and g_max = {self['g_max']:g} S differ by less "
                             "than a thousandth, which no read distinguishes; give ends of the range that differ more")
        highest = max(abs(self.values.get(key, 0.0)) for key in ("set_voltage", "reset_voltage"))
        for key, power in (("iv_sinh", 1.0), ("iv_poole_frenkel", 0.5)):
            if self[key] and (highest / self[key]) ** power > _FOLDS:
                raise ValueError(f"{owner}: {key} = {self[key]:g} V lets a pulse of {highest:g} V carry e^{_FOLDS} "
                                 "times the current of an ohmic cell, or more, which no wire can; give more")
        for key, part in (("c2c_additive", 1.0), ("write_noise", 0.5)):
            if self[key] > part * self.span:
                raise ValueError(f"{owner}: {key} = {self[key]:g} S exceeds {part:g} of the range g_max - g_min = "
                                 f"{self.span:g} S, so that nothing could be written; give less")

    @property
    def entries(self) -> dict[str, dict]:
        """Entry of every number of the device by section: of its range, its law, and all imperfections."""
        return {"range": RANGE, "law": {**LAWS[self.law].keys, **(ANCHOR if "anchor" in self.values else {})},
                "imperfections": IMPERFECTIONS}

    def _check_anchor(self, owner: str) -> None:
        if self.steps_follow == "own end" and self.worn == "shrinks":
            raise ValueError(f'{owner}: worn = "shrinks" takes an end past the point x = 0, and steps that follow '
                             'the "own end" turn round there; write worn = "sticks" or another steps_follow')
        if "anchor" not in self.values:
            return
        if self.steps_follow == "own range":
            raise ValueError(f'{owner}: anchor has no meaning where steps follow the "own range"; remove it, or write '
                             'steps_follow = "own end", "own width" or "card range"')
        if self.steps_follow != "own width" and not 0 < self["anchor"] < 1:
            raise ValueError(f"{owner}: anchor = {self['anchor']:g} leaves no range ahead of it; give a number between "
                             '0 and 1, or write steps_follow = "own width"')

    def with_values(self, changes: Mapping) -> "Device":
        """Copy with numbers replaced, for example {"c2c": 0.0}; unknown keys and impossible values are a ValueError."""
        entries = _entries(self.law)
        for key in changes:
            if key not in entries:
                raise ValueError(f"device.{key}: the law {self.law!r} of {self.stem} has no such value"
                                 f"{nearest(key, entries)}")
        checked = {key: _checked(key, value, entries[key]) for key, value in changes.items()}
        return replace(self, values={**self.values, **checked},
                       sources={**self.sources, **dict.fromkeys(checked, "set by the user")})


def device_path(name_or_path: str | Path) -> Path:
    """Return the path of a card that ships, by its stem, or of a .toml file; raises ValueError, also for "ideal"."""
    if str(name_or_path) == IDEAL:
        raise ValueError(f'device card {IDEAL}: stands for real numbers in synapses.device, without a device and a '
                         'card; name ideal-device, which has a card and no imperfection')
    return card_path(name_or_path, others=(IDEAL,))


def load_device(name_or_path: str | Path, changes: Mapping | None = None) -> Device:
    """Read a card that ships, by its stem, or a .toml file; `changes` replaces numbers. Returns Device.

    raises : ValueError with card, key, value and fix
    """
    card = read_card(device_path(name_or_path), _TEXTS, _vocabulary, stranger=_stranger)
    values = with_defaults(card.values)
    device = Device(stem=card.stem, name=card.name, values=values, sources=card.sources, **card.text)
    return device.with_values(changes or {})


def with_defaults(values: dict) -> dict:
    """Return the numbers of a card, and all imperfections that it does not name, switched off: dict."""
    return {**{key: _off(key) for key in IMPERFECTIONS}, **values}


def _vocabulary(text: dict) -> tuple[dict, set]:
    if text["law"] not in LAWS:
        raise ValueError(f"law = {text['law']!r} is unknown{nearest(text['law'], LAWS)}")
    for key, words in (("worn", _WORN), ("steps_follow", STEPS_FOLLOW)):
        if text.get(key, next(iter(words))) not in words:
            raise ValueError(f"{key} = {text[key]!r}; write one of {', '.join(words)}")
    if ("table" in text) != LAWS[text["law"]].tabular:
        raise ValueError("the key table names a folder of measured steps and belongs to law = \"table\" alone")
    return _entries(text["law"]), set(RANGE) | set(LAWS[text["law"]].keys)


def _stranger(key: str, text: dict) -> str:
    laws = [name for name, law in LAWS.items() if key in law.keys or law.anchored and key in ANCHOR]
    return f"belongs to the law {' or '.join(laws)}, and this card has law = {text['law']!r}; remove it" if laws else ""


def _checked(key: str, value: Any, entry: Entry) -> Any:
    """Check a number that replaces that of a card, where 0 switches every imperfection off."""
    switched_off = key in IMPERFECTIONS and not isinstance(value, bool) and value == _off(key)
    return _off(key) if switched_off else entry.check(value, f"device.{key}")


def _entries(law: str) -> dict[str, Entry]:
    return {**RANGE, **LAWS[law].keys, **(ANCHOR if LAWS[law].anchored else {}), **IMPERFECTIONS}


def _off(key: str) -> float:
    return _NEUTRAL.get(key, 0.0)
