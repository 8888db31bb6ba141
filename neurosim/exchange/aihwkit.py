"""Devices of IBM's aihwkit: from JSON or what it prints to a card, and back to JSON.

A weight w of aihwkit becomes G = g_min + (w - w_min) (g_max - g_min) / (w_max - w_min). Fields and equations are those
of the docstrings of aihwkit 1.2, simulator/configs/devices.py; where steps are given at the weight 0, that is the
anchor.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from neurosim.exchange.draft import PULSES, Draft
from neurosim.tables import abbreviated
from neurosim.user_files import TEXT_LIMIT, read_limited

#: Kind of device by a field that only this kind has.
_KINDS = {"A_up": "ExpStepDevice", "pow_gamma": "PowStepDevice", "piecewise_up": "PiecewiseStepDevice",
          "gamma_up": "LinearStepDevice"}
_DEFAULTS = {"dw_min": 0.001, "dw_min_dtod": 0.3, "dw_min_std": 0.3, "up_down": 0.0, "up_down_dtod": 0.01, "w_max": 0.6,
             "w_max_dtod": 0.3, "w_min": -0.6, "w_min_dtod": 0.3}
_OTHERS = {"dw_min_dtod_log_normal": False, "corrupt_devices_prob": 0.0, "corrupt_devices_range": 0.1,
           "write_noise_std": 0.0, "mult_noise": True, "mean_bound_reference": True, "gamma_up": 0.0, "gamma_down": 0.0,
           "gamma_up_dtod": 0.05, "gamma_down_dtod": 0.05, "pow_gamma": 1.0, "pow_gamma_dtod": 0.1, "pow_up_down": 0.0,
           "piecewise_up": [1.0], "piecewise_down": [1.0]}
#: Fields that a card has no place for, with what they are where they do nothing, and what to call them.
_LOST = {"lifetime": (0.0, "the leak per mini-batch, lifetime"), "diffusion": (0.0, "diffusion"),
         "reference_std": (0.0, "the error of the reference device, reference_std"),
         "reference_mean": (0.0, "reference_mean"), "subtract_symmetry_point": (False, "subtract_symmetry_point"),
         "reverse_up": (False, "reverse_up"), "reverse_down": (False, "reverse_down"),
         "perfect_bias": (False, "perfect_bias"),
         "allow_increasing": (False, "allow_increasing"), "pow_up_down_dtod": (0.0, "pow_up_down_dtod")}
_ALIASES = ("class", "__class__", "_class", "type", "device_class", "_target_")
_NUMBER = re.compile(r"(\w+)\s*=\s*(\[[^\]]*\]|[-+]?[\w.]+(?:[-+]\d+)?)")
_STEEPEST = 300.0    #: largest exponent of a step
_NODES = 1000    #: most nodes of a piecewise device


def read_fields(path: Path) -> tuple[str, dict[str, Any]]:
    """Name of the class and fields of the device in a JSON file, or in what aihwkit prints of a configuration.

    raises : ValueError
    """
    content = read_limited(path, TEXT_LIMIT, "a device of aihwkit")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: is not UTF-8 text; give JSON, or what aihwkit prints") from error
    kind, fields = _from_json(text, path) if text.lstrip().startswith("{") else _from_print(text, path)
    return kind.rsplit(".", 1)[-1], fields


def _from_json(text: str, path: Path) -> tuple[str, dict[str, Any]]:
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: is not valid JSON; give an intact file") from error
    outer, kind = table, ""
    while isinstance(table, dict):
        kind = next((str(table[key]) for key in _ALIASES if isinstance(table.get(key), str)), kind)
        inner = table.get("device", table.get("rpu_config", table.get("unit_cell_devices")))
        if isinstance(inner, list):
            if len(inner) != 1:
                raise ValueError(f"{path}: holds {len(inner)} devices in one unit cell; give a file with one of them")
            inner = inner[0]
        if inner is None:
            break
        table = inner
    if not isinstance(table, dict) or not set(table) & {*_DEFAULTS, *_KINDS}:
        raise ValueError(f"{path}: holds no fields of a device, such as dw_min and w_max; give the device of an "
                         "rpu_config as JSON")
    own = outer.get("neurosim") if isinstance(outer, dict) else None
    return kind, {**table, **({"neurosim": own} if isinstance(own, dict) else {})}


def _from_print(text: str, path: Path) -> tuple[str, dict[str, Any]]:
    found = re.findall(r"\b(\w*Device)\(", text)
    if not found:
        raise ValueError(f"{path}: holds no device of aihwkit; give JSON, or what it prints of a configuration")
    if len(found) > 1:
        raise ValueError(f"{path}: holds the devices {', '.join(found[:5])}; give a file with one of them")
    begin = text.index(f"{found[0]}(") + len(found[0]) + 1
    depth, end = 1, begin
    while end < len(text) and depth:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    if depth:
        raise ValueError(f"{path}: the bracket behind {found[0]} is never closed; give all that aihwkit prints")
    inner = text[begin:end - 1]
    flat = re.sub(r"\w+\s*=\s*\w+\([^()]*\)", "", inner)
    fields: dict[str, Any] = {name: _plain(value) for name, value in _NUMBER.findall(flat)}
    if drift := re.search(r"drift\s*=\s*\w+\(([^()]*)\)", inner):
        fields["drift"] = {name: _plain(value) for name, value in _NUMBER.findall(drift[1])}
    return found[0], fields


def _plain(text: str) -> Any:
    if text in ("True", "False"):
        return text == "True"
    try:
        return json.loads(text) if text.startswith("[") else float(text)
    except ValueError:
        return text


def draft_of(path: Path, g_min: float | None, g_max: float | None) -> Draft:
    """Make a card of a device of aihwkit; returns Draft.

    g_min, g_max : conductances of w_min and w_max [S]; a file that neurosim wrote holds them itself
    raises : ValueError
    """
    kind, given = read_fields(path)
    own = given.pop("neurosim", {})
    low, high = (own.get(key) if value is None else value for key, value in (("g_min", g_min), ("g_max", g_max)))
    if low is None or high is None:
        raise ValueError(f"{path}: weights of aihwkit have no unit; use --g-min and --g-max, the conductances [S] of "
                         "w_min and w_max")
    kind = next((named for key, named in _KINDS.items() if key in given), kind)
    if not kind:
        raise ValueError(f'{path}: does not say which device it is; add "class": "SoftBoundsDevice" or '
                         '"ConstantStepDevice"')
    fields = _Fields(path, {**_DEFAULTS, **_OTHERS, **given})
    taken = [name for name in _DEFAULTS if name not in given]
    draft = Draft("linear", f"imported from {path.name}, {kind}{_as_default(taken)}")
    if not 0 <= low < high:
        raise ValueError(f"{path}: --g-min {low:g} --g-max {high:g}: give 0 <= g_min < g_max")
    _common(draft, fields, low, high)
    _law(draft, fields, kind, path)
    _noise(draft, fields)
    _faults(draft, fields)
    for key, (neutral, word) in _LOST.items():
        if given.get(key, neutral) != neutral:
            draft.losses.append(f"{word} = {abbreviated(given[key])}")
    draft.choose({key: value for key, value in own.items() if key in PULSES and isinstance(value, (int, float))},
                 f"{path.name}: the card that was exported")
    draft.citation = str(own.get("citation", ""))
    return draft


def _as_default(names: list[str]) -> str:
    return f" (not in the file, so aihwkit's defaults: {', '.join(names)})" if names else ""


class _Fields:
    """Fields of a device of aihwkit, checked as they are asked for; in weights, and scaled to siemens."""

    def __init__(self, path: Path, fields: dict[str, Any]) -> None:
        self.path, self._fields = path, fields
        self.low, self.high = self["w_min"], self["w_max"]
        if not self.low <= 0 <= self.high or not self.low < self.high:
            raise ValueError(f"{path}: w_min = {self.low:g}, w_max = {self.high:g}; give w_min <= 0 <= w_max")
        self.width = self.high - self.low
        bias = self["up_down"]
        self.up, self.down = self["dw_min"] * (1 + min(bias, 0)), self["dw_min"] * (1 - max(bias, 0))
        self.mean = (self.up + self.down) / 2
        if self.mean <= 0:
            raise ValueError(f"{path}: dw_min = {self['dw_min']:g} with up_down = {bias:g} leaves no step; correct "
                             "them")

    def __getitem__(self, key: str) -> float:
        return self._number(key, self._fields.get(key))

    def _number(self, key: str, value: Any) -> float:
        if value is None:
            raise ValueError(f"{self.path}: {key} is missing, and this device is nothing without it; add it")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise ValueError(f"{self.path}: {key} = {abbreviated(value)} is not a finite number; correct it")
        return float(value)

    def flag(self, key: str) -> bool:
        """Return a field that is true or false."""
        return bool(self._fields[key])

    def within(self, key: str, name: str, other: float) -> float:
        """Return a number of a field that has fields itself, `other` where there is none."""
        inner = self._fields.get(key)
        return self._number(f"{key}.{name}", inner.get(name, other)) if isinstance(inner, dict) else other

    def nodes(self, key: str) -> list[float]:
        """Return a field that is a list of numbers."""
        values = self._fields[key]
        good = isinstance(values, list) and 0 < len(values) <= _NODES and all(
            isinstance(value, (int, float)) and math.isfinite(value) for value in values)
        if not good:
            raise ValueError(f"{self.path}: {key} = {abbreviated(values)} is not a list of 1 to {_NODES} numbers; "
                             "correct it")
        return [float(value) for value in values] * (2 if len(values) == 1 else 1)


def _common(draft: Draft, fields: _Fields, low: float, high: float) -> None:
    """Set range, steps and their spreads; `draft` is MUTATED."""
    scale = (high - low) / fields.width
    draft.set("g_min", low, f"w_min = {fields.low:g}, put at {low:g} S")
    draft.set("g_max", high, f"w_max = {fields.high:g}, put at {high:g} S")
    told = f"dw_min = {fields['dw_min']:g}, up_down = {fields['up_down']:g}, times {scale:.9g} S per weight"
    for side in ("up", "down"):
        draft.set(f"step_{side}", fields.mean * scale, f"{told}; mean of up and down")
    draft.set("asymmetry", (fields.up - fields.down) / (fields.up + fields.down), told)
    part = fields["dw_min"] / fields.mean
    spread = "step_spread_log" if fields.flag("dw_min_dtod_log_normal") else "step_spread"
    draft.set(spread, fields["dw_min_dtod"] * part, f"dw_min_dtod = {fields['dw_min_dtod']:g}")
    draft.set("asymmetry_spread", fields["up_down_dtod"] * part, f"up_down_dtod = {fields['up_down_dtod']:g}")
    for key, name, end in (("g_max_spread", "w_max_dtod", fields.high), ("g_min_spread", "w_min_dtod", -fields.low)):
        draft.set(key, fields[name] * end / fields.width, f"{name} = {fields[name]:g}, over w_max - w_min")


def _law(draft: Draft, fields: _Fields, kind: str, path: Path) -> None:
    """Set the law of the steps and its shape; `draft` is MUTATED."""
    laws = {"Exp": _exponential, "Pow": _power, "Piecewise": _piecewise, "Linear": _linear, "Constant": _constant,
            "SoftBounds": _soft_bounds, "ReRamSB": _soft_bounds, "ReRamArray": _soft_bounds}
    shape = next((law for word, law in laws.items() if word in kind), None)
    if shape is None:
        raise ValueError(f"{path}: {abbreviated(kind)} is not a device that a card can describe; known are "
                         "ConstantStep, LinearStep, SoftBounds, ExpStep, PowStep and PiecewiseStep devices")
    shape(draft, fields)
    if draft.law not in ("power", "piecewise"):
        draft.set("anchor", -fields.low / fields.width, "the weight 0, -w_min / (w_max - w_min)")


def _exponential(draft: Draft, fields: _Fields) -> None:
    """y = 1 - A exp(gamma z), z = 2 a w / (w_max - w_min) + b, with -z for reset pulses."""
    draft.law, draft.steps_follow = "exponential", "own width"
    rate = -2 * fields["a"]
    for side, sign in (("up", 1), ("down", -1)):
        gamma, told = fields[f"gamma_{side}"], f"A, a, b and gamma of ExpStepDevice, {side}"
        exponent = sign * gamma * fields["b"]
        if abs(exponent) > _STEEPEST:
            raise ValueError(f"{fields.path}: gamma_{side} * b = {exponent:g} makes a step that no card can hold; give "
                             f"numbers whose product is below {_STEEPEST:g}")
        draft.set(f"amplitude_{side}", -fields[f"A_{side}"] * math.exp(exponent), told)
        draft.set(f"rate_{side}", rate * gamma, told)


def _power(draft: Draft, fields: _Fields) -> None:
    draft.law = "power"
    for side, sign in (("up", 1), ("down", -1)):
        power = fields["pow_gamma"] * (1 + sign * fields["pow_up_down"])
        draft.set(f"power_{side}", power, "pow_gamma, pow_up_down")
    draft.set("shape_spread", abs(fields["pow_gamma"] * fields["pow_gamma_dtod"]), "pow_gamma_dtod")


def _piecewise(draft: Draft, fields: _Fields) -> None:
    """Set nodes from w_min to w_max; those of reset pulses are listed from g_max to g_min on a card."""
    draft.law = "piecewise"
    for side, order in (("up", 1), ("down", -1)):
        step = draft.values.pop(f"step_{side}")
        draft.sources.pop(f"step_{side}")
        draft.set(f"nodes_{side}", tuple(step * node for node in fields.nodes(f"piecewise_{side}")[::order]),
                  f"piecewise_{side}, times the step of dw_min")


def _linear(draft: Draft, fields: _Fields) -> None:
    draft.steps_follow = "card range" if fields.flag("mean_bound_reference") else "own end"
    for side in ("up", "down"):
        draft.set(f"slope_{side}", fields[f"gamma_{side}"], f"gamma_{side}")
    spreads = fields["gamma_up_dtod"], fields["gamma_down_dtod"]
    draft.set("shape_spread", sum(spreads) / 2, "gamma_up_dtod, gamma_down_dtod")
    if spreads[0] != spreads[1]:
        draft.losses.append(f"gamma_up_dtod = {spreads[0]:g} and gamma_down_dtod = {spreads[1]:g} became their mean")


def _constant(draft: Draft, fields: _Fields) -> None:
    draft.steps_follow = "card range"
    for side in ("up", "down"):
        draft.set(f"slope_{side}", 0.0, "steps of constant size")


def _soft_bounds(draft: Draft, fields: _Fields) -> None:
    draft.law, draft.steps_follow = "soft-bounds", "own end"


def _noise(draft: Draft, fields: _Fields) -> None:
    """Set noise of steps and write noise; `draft` is MUTATED."""
    scale = (draft.values["g_max"] - draft.values["g_min"]) / fields.width
    std, told = fields["dw_min_std"], f"dw_min_std = {fields['dw_min_std']:g}"
    additive = draft.law in ("linear", "soft-bounds") and not fields.flag("mult_noise")
    if additive:
        draft.set("c2c_scaled", std * fields.mean * scale, f"{told}, additive, in units of the device's own step")
    else:
        draft.set("c2c", std, told)
    draft.set("write_noise", fields["write_noise_std"] * fields["dw_min"] * scale,
              f"write_noise_std = {fields['write_noise_std']:g}, times dw_min")


def _faults(draft: Draft, fields: _Fields) -> None:
    """Set stuck devices and drift; `draft` is MUTATED."""
    share, reach = fields["corrupt_devices_prob"], fields["corrupt_devices_range"]
    if share and reach < 0.1 * fields.width:
        draft.set("stuck_value", share, f"corrupt_devices_prob = {share:g}, within {reach:g} of the weight 0")
        low, high = draft.values["g_min"], draft.values["g_max"]
        draft.set("stuck_conductance", low - fields.low / fields.width * (high - low), "the weight 0")
    else:
        draft.set("stuck_anywhere", share, f"corrupt_devices_prob = {share:g}")
    if nu := fields.within("drift", "nu", 0.0):
        draft.set("drift", nu, f"drift.nu = {nu:g}")
        draft.set("drift_spread", nu * fields.within("drift", "nu_dtod", 0.0), "drift.nu_dtod")
        draft.set("drift_start", fields.within("drift", "t_0", 1.0), "drift.t_0", off=1.0)
