"""The imperfections of a chip: which values of a configuration belong together, and what switches them off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from neurosim.experiment.chip import card_device
from neurosim.memristor.laws import LAWS
from neurosim.memristor.response import Response

if TYPE_CHECKING:
    from neurosim.experiment.config import Config
    from neurosim.memristor.device import Device


_FOOT = 1e-3    #: of the width of the range, where its lower end lies on an on/off ratio of a thousand


def _card(*keys: str) -> Callable[[Config, Any], dict]:
    """Return the numbers of the device card that are 0 when they are off."""
    return lambda config, device: {f"device.{key}": 0.0 for key in keys if device and device.values.get(key)}


def _section(section: str, **neutral: Any) -> Callable[[Config, Any], dict]:
    """Return the options of one section and their neutral values."""
    return lambda config, device: {f"{section}.{key}": value for key, value in neutral.items()
                                   if getattr(getattr(config, section), key) != value}


def _unequal_steps(config: Config, device: Any) -> dict:
    """Return the equal steps of the size that they have in the middle of the range.

    Other laws keep the shape that they are.
    """
    law = device and LAWS[device.law]
    if not law or law.equal is None:
        return {}
    equal = {key: float(value) for name, value in law.equal(device.span, Response(device).middle_step).items()
             for key in law.keys_of(name)}
    sizes = {device[key] for key, value in equal.items() if value}
    if len(sizes) == 1 and not any(device[key] for key in (*equal, "asymmetry") if not equal.get(key)):
        return {}
    return {f"device.{key}": value for key, value in {**equal, "asymmetry": 0.0}.items()}


def _drift(config: Config, device: Any) -> dict:
    drifts = device and any(device[key] for key in _DRIFT)
    return {"synapses.shelf_seconds": 0.0} if drifts and config.synapses.shelf_seconds > 0 else {}


def _converter_errors(config: Config, device: Any) -> dict:
    kind = config.readout.kind
    keys = {"ideal": ("gain",), "adc": ("gain", "offset")}.get(kind, ("gain", "offset", "leak"))
    return _section("readout", **dict.fromkeys(keys, 0.0))(config, device)


def _common_part(config: Config, device: Any) -> dict:
    """Return the same steps and width of the range, a thousandth of that width above 0."""
    if not device or LAWS[device.law].tabular or device["g_min"] <= 1.01 * _FOOT * device.span:
        return {}
    low = _FOOT * device.span
    stuck = {"device.stuck_conductance": max(0.0, device["stuck_conductance"] - device["g_min"] + low)}
    return {"device.g_min": low, "device.g_max": low + device.span, **(stuck if device["stuck_value"] else {})}


def _rule(config: Config, device: Any) -> dict:
    """Return the register of `neurosim.learning.pulses.accumulate`, once per batch."""
    return _section("synapses", pulses="accumulate", update="batch")(config, device) if device else {}


def _when(condition: Callable[[Config], bool], off: Callable[[Config, Any], dict]) -> Callable[[Config, Any], dict]:
    """Return the same where the condition on a Config holds, nothing elsewhere: what has no effect is not listed."""
    return lambda config, device: off(config, device) if condition(config) else {}


_DRIFT = ("drift", "drift_spread", "relaxation")


def _less_drift(config: Config, device: Any, part: float) -> dict:
    return {f"device.{key}": part * device[key] for key in _DRIFT}


def _more_levels(config: Config, device: Any, part: float) -> dict:
    return {"device.levels": device["levels"] / part}


def _longer_life(config: Config, device: Any, part: float) -> dict:
    return {"device.endurance": device["endurance"] / part}


def _nothing_between(config: Config, device: Any, part: float) -> dict:
    return {}


def _noisy(config: Config) -> bool:
    return config.readout.noise != "off"


@dataclass(frozen=True)
class Imperfection:
    """Values of a configuration that are switched together.

    off : function from Config and Device (None for ideal synapses) to what switches it off, a dict from a path such as
        "device.c2c" to the neutral value; {} where it is absent
    needs : names of the imperfections without which it has no effect
    through : names of the imperfections that it enlarges; without any of them it has no effect
    learns : it has a part in learning alone, and none in the transfer of a learnt network
    partly : function from Config, Device and a part in 0 ... 1 to what leaves that part of it; {} where there is
        nothing between on and off; None = all its numbers come closer to their neutral values in proportion
    """

    name: str
    off: Callable
    needs: tuple = ()
    through: tuple = ()
    learns: bool = False
    partly: Callable | None = None


IMPERFECTIONS = (
    Imperfection("pulse rule", _rule, learns=True),
    Imperfection("one-sided programming", _when(lambda config: not config.synapses.ideal, _section(
        "synapses", programming="bidirectional")), learns=True),
    Imperfection("programming noise", _card("c2c", "c2c_additive", "c2c_scaled", "c2c_range", "c2c_slope",
                                            "write_noise", "scatter")),
    Imperfection("levels", _card("levels"), partly=_more_levels),
    Imperfection("unequal steps", _unequal_steps),
    Imperfection("device spread", _card("step_spread", "step_spread_log", "asymmetry_spread", "g_min_spread",
                                        "g_max_spread", "shape_spread")),
    Imperfection("stuck devices", _card("stuck_on", "stuck_off", "stuck_anywhere", "stuck_value")),
    Imperfection("wear", _card("endurance"), partly=_longer_life),
    Imperfection("drift", _drift, partly=_less_drift),
    Imperfection("on/off ratio", _common_part, through=(
        "drift", "wires", "thermal and shot noise", "relative read noise", "telegraph noise", "1/f noise")),
    Imperfection("wires", _section("array", word_line=0.0, bit_line=0.0, driver=0.0, sense=0.0)),
    Imperfection("local pulses", _when(lambda config: config.array.wired, _section("array", pulses="full")),
                 ("wires",)),
    Imperfection("converters", _section("readout", kind="ideal")),
    Imperfection("converter errors", _converter_errors, ("converters",)),
    Imperfection("driver DAC", _section("readout", dac_bits=0), partly=_nothing_between),
    Imperfection("thermal and shot noise", _section("readout", noise="off")),
    Imperfection("relative read noise", _when(_noisy, _card("read_noise")), ("thermal and shot noise",)),
    Imperfection("telegraph noise", _when(_noisy, _card("rtn_amplitude")), ("thermal and shot noise",)),
    Imperfection("1/f noise", _when(_noisy, _card("flicker")), ("thermal and shot noise",)),
    Imperfection("comparator noise", _when(lambda config: _noisy(config) and config.readout.kind != "ideal",
                                           _section("readout", comparator=0.0)),
                 ("converters", "thermal and shot noise")),
)


def present(config: Config, learning: bool = False) -> dict[str, dict]:
    """Return the imperfections of a configuration: dict from name to what switches each of them off.

    learning : with those that have a part in learning alone
    """
    device = card_device(config)
    found = {one.name: changes for one in IMPERFECTIONS if learning or not one.learns
             if (changes := one.off(config, device))}
    return {one.name: found[one.name] for one in IMPERFECTIONS if one.name in found
            and (not one.through or found.keys() & set(one.through))}


def left(config: Config, name: str, part: float) -> dict[str, float]:
    """What leaves a part of an imperfection: dict from path to value; {} where there is nothing between on and off.

    part : 1 = as it is, 0 = none [1]
    """
    device, one = card_device(config), next(one for one in IMPERFECTIONS if one.name == name)
    if one.partly:
        return one.partly(config, device, part)
    found, off = {}, one.off(config, device)
    for path, neutral in off.items():
        now = value_of(config, device, path)
        if isinstance(neutral, str) or isinstance(now, str):
            return {}
        found[path] = neutral + part * (now - neutral)
    return found


def value_of(config: Config, device: Device | None, path: str) -> float | str:
    """Return the value of a dotted key of a configuration, those of the section [device] as its card has them."""
    section, _, key = path.partition(".")
    return device[key] if device and section == "device" else getattr(getattr(config, section), key)


#: A chip by the names of the imperfections that are on.
Chip = frozenset[str]


def pairs(found: dict[str, dict]) -> dict[str, tuple[tuple[Chip, Chip], tuple[Chip, Chip]]]:
    """Return dict from imperfection to two pairs of chips, with it and without: alone, and among all others.

    Alone, what it needs is on in both chips; among all others, what needs it is off in both: so that neither pair holds
    what the other imperfection costs.

    found : what `present` returned
    """
    needs = {one.name: frozenset(found).intersection(one.needs) for one in IMPERFECTIONS if one.name in found}
    among = {name: frozenset(found) - _dependent(found, name) for name in found}
    return {name: ((needs[name] | {name}, needs[name]), (among[name], among[name] - {name})) for name in found}


def couples(found: dict[str, dict]) -> dict[tuple[str, str], tuple[Chip, Chip, Chip, Chip]]:
    """Return dict from an imperfection and one that it enlarges to four chips: with both, without the first, the second
    and either.

    All others are on but what needs the second, as in `pairs`.

    found : what `present` returned
    """
    four = {}
    for one in IMPERFECTIONS:
        for other in one.through if one.name in found else ():
            if other in found:
                both = frozenset(found) - _dependent(found, other)
                four[one.name, other] = (both, both - {one.name}, both - {other}, both - {one.name, other})
    return four


def _dependent(found: dict[str, dict], name: str) -> frozenset[str]:
    return frozenset(one.name for one in IMPERFECTIONS if one.name in found and name in one.needs)


def switched_off(found: dict[str, dict], chip: Chip) -> dict[str, Any]:
    """Return what makes of a configuration that of a chip: dict from path to value, for `switched`."""
    return {path: value for name, changes in found.items() if name not in chip for path, value in changes.items()}


def told(chip: Chip, found: dict[str, dict]) -> str:
    """Return what a chip is called."""
    if chip in (frozenset(), frozenset(found)):
        return "all imperfections" if chip else "no imperfection"
    few = len(chip) <= len(found) / 2
    listed = " and ".join(name for name in found if (name in chip) == few)
    return f"{listed} alone" if few else f"all but {listed}"


def switched(config: Config, changes: dict) -> Config:
    """Return the configuration with values replaced, a dict from paths such as "readout.bits"; returns Config."""
    sections: dict[str, dict] = {}
    for path, value in changes.items():
        section, _, key = path.partition(".")
        sections.setdefault(section, {})[key] = value
    replaced: dict[str, Any] = {section: {**config.device, **values} if section == "device" else
                                replace(getattr(config, section), **values) for section, values in sections.items()}
    return replace(config, **replaced)
