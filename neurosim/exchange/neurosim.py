"""Numbers of NeuroSim's source files: devices of Cell.cpp (MLP NeuroSim) and resistances of Param.cpp (DNN+NeuroSim).

The law is NeuroSim's own, see `memristor.laws.neurosim`, so that nothing is converted but 1/R and signs of voltages.
"""

from __future__ import annotations

import ast
import operator
import re
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.exchange.draft import Draft, lost
from neurosim.memristor.device import Device
from neurosim.memristor.laws.neurosim import LARGEST_LABEL, curve, label, time_constant
from neurosim.memristor.response import DOWN, UP, Response
from neurosim.tables import abbreviated
from neurosim.user_files import TEXT_LIMIT, read_limited

_CLASSES = ("RealDevice", "IdealDevice", "MeasuredDevice")
_ASSIGNED = re.compile(r"^\s*(?:double\s+|int\s+|bool\s+|float\s+|this->|param->)*(\w+)\s*=\s*([^;=]+);", re.MULTILINE)
_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}
#: Numbers of a card by the names of Cell.cpp and Param.cpp, the first that is there.
_NAMES = {"g_min": ("minConductance",), "g_max": ("maxConductance",), "pulses_up": ("maxNumLevelLTP",),
          "pulses_down": ("maxNumLevelLTD",), "nonlinearity_up": ("NL_LTP", "nonlinearityLTP"),
          "nonlinearity_down": ("NL_LTD", "nonlinearityLTD"), "set_voltage": ("writeVoltageLTP", "writeVoltage"),
          "reset_voltage": ("writeVoltageLTD", "writeVoltage"), "set_width": ("writePulseWidthLTP", "writePulseWidth"),
          "reset_width": ("writePulseWidthLTD", "writePulseWidth"), "read_voltage": ("readVoltage",)}
_CLOSE, _WALK = 1e-3, 20_000


def read_numbers(path: Path, data: str | None) -> tuple[str, dict[str, Any]]:
    """Assignments of one device of a source file of NeuroSim: name of its class ("" without one), and numbers by name.

    data : which class, RealDevice by default where there are several; raises : ValueError
    """
    content = read_limited(path, TEXT_LIMIT, "a source file of NeuroSim").decode("utf-8", "replace")
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", content, flags=re.DOTALL)
    parts = re.split(r"\b(\w+)::\1\s*\(", text)
    classes = {name: body for name, body in zip(parts[1::2], parts[2::2]) if name in _CLASSES}
    if data is not None and data not in classes:
        raise ValueError(f"--data {abbreviated(data)}: {path} has no such device; it has "
                         f"{', '.join(classes) or 'none'}")
    name = data or next((known for known in _CLASSES if known in classes), "")
    body = re.split(r"\b\w+::\w+\s*\(", classes[name])[0] if name else text
    numbers: dict[str, Any] = {}
    for key, expression in _ASSIGNED.findall(body):
        value = _value(expression, numbers)
        if value is not None and key not in numbers:
            numbers[key] = value
    return name, numbers


def _value(expression: str, known: dict[str, Any]) -> float | bool | None:
    """Return the value of an expression of numbers and known names; None where it is anything else."""
    if expression.strip() in ("true", "false"):
        return expression.strip() == "true"
    if len(expression) > 200:
        return None
    try:
        return _evaluated(ast.parse(re.sub(r"(?<=[\d.])[fF]\b", "", expression.strip()), mode="eval").body, known)
    except (SyntaxError, ValueError, ZeroDivisionError, KeyError, OverflowError, RecursionError):
        return None


def _evaluated(node: ast.AST, known: dict[str, Any]) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value)
    if isinstance(node, ast.Name):
        return float(known[node.id])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_evaluated(node.operand, known)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return float(_OPERATORS[type(node.op)](_evaluated(node.left, known), _evaluated(node.right, known)))
    raise ValueError("no number")


def draft_of(path: Path, data: str | None) -> Draft:
    """Make a card of a device of NeuroSim; returns Draft, raises ValueError."""
    name, numbers = read_numbers(path, data)
    if name == "MeasuredDevice":
        raise ValueError(f"{path}: MeasuredDevice holds conductances after pulses; copy its two lists into a file and "
                         "use neurosim device fit, or name another device with --data")
    draft = Draft("neurosim", f"imported from {path.name}{f', {name}' if name else ''}")
    for key, name_of in (("maxConductance", "resistanceOn"), ("minConductance", "resistanceOff")):
        if key not in numbers and numbers.get(name_of):
            numbers[key] = 1 / numbers[name_of]
    if name == "IdealDevice" or numbers.get("nonlinearWrite") is False:
        numbers |= {"NL_LTP": 0.0, "NL_LTD": 0.0}
    for key, names in _NAMES.items():
        found = next((candidate for candidate in names if candidate in numbers), None)
        if found is not None:
            sign = -1 if key == "reset_voltage" else 1
            draft.set(key, sign * abs(numbers[found]) if "voltage" in key else numbers[found], f"{found}")
    _require(draft, path)
    _imperfections(draft, numbers)
    for flag, word in (("nonlinearIV", "the nonlinear I-V curve, nonlinearIV"), ("FeFET", "the gate of a FeFET"),
                       ("nonIdenticalPulse", "pulses that grow, nonIdenticalPulse")):
        if numbers.get(flag):
            draft.losses.append(word)
    return draft


def _imperfections(draft: Draft, numbers: dict[str, Any]) -> None:
    """Set noise and spreads that are switched on; `draft` is MUTATED."""
    span = draft.values["g_max"] - draft.values["g_min"]
    draft.set("c2c_range", abs(numbers.get("sigmaCtoC", 0.0)) / span, "sigmaCtoC over the range")
    draft.set("shape_spread", abs(numbers.get("sigmaDtoD", 0.0)), "sigmaDtoD, of the labels")
    if numbers.get("readNoise"):
        draft.set("read_noise", abs(numbers.get("sigmaReadNoise", 0.0)), "sigmaReadNoise")
    if numbers.get("conductanceRangeVar"):
        for end in ("max", "min"):
            draft.set(f"g_{end}_spread", abs(numbers.get(f"{end}ConductanceVar", 0.0)) / span, f"{end}ConductanceVar")


def _require(draft: Draft, path: Path) -> None:
    missing = [key for key in _NAMES if key not in draft.values and "voltage" not in key and "width" not in key]
    if missing:
        names = ", ".join(_NAMES[key][0] for key in missing)
        raise ValueError(f"{path}: does not give {names}; give Cell.cpp of MLP "
                         "NeuroSim, or add these numbers to a copy of the file")
    if not 0 <= draft.values["g_min"] < draft.values["g_max"]:
        raise ValueError(f"{path}: minConductance = {draft.values['g_min']:g} is not below maxConductance = "
                         f"{draft.values['g_max']:g}; correct them")


def neurosim_text(device: Device, table: Any = None) -> tuple[str, list[str]]:
    """Make of a card the numbers of a RealDevice, lines of Cell.cpp; returns text, and what is lost, a list of str.

    table : StepTable of the law "table"
    """
    numbers, losses = _law(device, Response(device, table))
    span = device.span
    numbers |= {"readVoltage": device["read_voltage"], "writeVoltageLTP": abs(device["set_voltage"]),
                "writeVoltageLTD": abs(device["reset_voltage"]), "writePulseWidthLTP": device["set_width"],
                "writePulseWidthLTD": device["reset_width"]}
    if not device["reset_voltage"] < 0 < device["set_voltage"]:
        losses.append(f"polarity of the pulses, set at {device['set_voltage']:g} V and reset at "
                      f"{device['reset_voltage']:g} V")
    middle = Response(device, table).middle_step
    noise = {"c2c_range": device["c2c_range"] * span, "c2c_additive": device["c2c_additive"],
             "c2c_scaled": device["c2c_scaled"], "c2c": device["c2c"] * middle}
    sigma = float(np.sqrt(sum(value ** 2 for value in noise.values())))
    losses += [f"{key} became noise that is the same everywhere" for key in ("c2c", "c2c_scaled") if device[key]]
    spread = device["shape_spread"] if device.law == "neurosim" else 0.0
    varied = bool(device["g_min_spread"] or device["g_max_spread"])
    flags = {"readNoise": bool(device["read_noise"]), "conductanceRangeVar": varied}
    numbers |= {"sigmaReadNoise": device["read_noise"], "sigmaDtoD": spread, "sigmaCtoC": sigma,
                "maxConductanceVar": device["g_max_spread"] * span, "minConductanceVar": device["g_min_spread"] * span}
    kept = ["c2c_range", "c2c_additive", "c2c", "c2c_scaled", "read_noise", "g_min_spread", "g_max_spread", "asymmetry"]
    losses += lost(device, kept + (["shape_spread"] if device.law == "neurosim" else []))
    lines = [f"// {device.name}: numbers of RealDevice::RealDevice, Cell.cpp of MLP NeuroSim; from a card of neurosim",
             *(f"{key} = {value!r};" for key, value in numbers.items()),
             *(f"{key} = {str(value).lower()};" for key, value in flags.items()),
             "nonlinearWrite = true;", *(f"// not here: {text}" for text in losses)]
    return "\n".join(lines) + "\n", losses


def _law(device: Device, response: Response) -> tuple[dict[str, float], list[str]]:
    """Range, pulses and labels; where the law is another one, those of the closest curve, and how far that is off."""
    numbers: dict[str, float] = {"maxConductance": device["g_max"], "minConductance": device["g_min"]}
    if device.law == "neurosim" and not device["asymmetry"]:
        return numbers | {"maxNumLevelLTP": device["pulses_up"], "maxNumLevelLTD": device["pulses_down"],
                          "NL_LTP": device["nonlinearity_up"], "NL_LTD": device["nonlinearity_down"]}, []
    worst = 0.0
    for side, suffix, sign in ((UP, "LTP", 1), (DOWN, "LTD", -1)):
        path = response.walk(side, _WALK)
        part = (path - path[0]) / (path[-1] - path[0]) if path[-1] != path[0] else np.linspace(0, 1, len(path))
        pulses = max(int(np.argmax(part >= 1 - _CLOSE)), 2)
        shape = _closest(part[:pulses + 1])
        found = sign * np.copysign(min(label(abs(shape)), LARGEST_LABEL), shape) if np.isfinite(shape) else 0.0
        numbers |= {f"maxNumLevel{suffix}": float(pulses), f"NL_{suffix}": float(found)}
        fitted = curve(np.linspace(0, 1, pulses + 1), sign * time_constant(float(found)))
        worst = max(worst, float(np.abs(fitted - part[:pulses + 1]).max()))
    return numbers, [f"the law {device.law} became NeuroSim's curve, off by up to {100 * worst:.2g} % of the range"]


def _closest(part: np.ndarray) -> float:
    """Return normalised time constant of the curve closest to `part` (pulses + 1), which rises from 0 to 1."""
    from scipy.optimize import minimize_scalar
    places = np.linspace(0, 1, len(part))

    def far(bend: float) -> float:
        return float(np.square(curve(places, 1 / bend if abs(bend) > 1e-6 else np.inf) - part).sum())
    return float(1 / (minimize_scalar(far, bounds=(-20, 60), method="bounded").x or 1e-9))
