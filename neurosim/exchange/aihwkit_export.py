"""A card as a device of IBM's aihwkit: the inverse of `exchange.aihwkit`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from neurosim.exchange.draft import lost
from neurosim.memristor.device import RANGE, Device
from neurosim.memristor.response import DOWN, UP, Response

_NODES = 33      #: of a law that aihwkit does not have
_KEPT = ("c2c", "c2c_scaled", "c2c_additive", "c2c_range", "write_noise", "asymmetry", "step_spread",
         "step_spread_log", "asymmetry_spread", "g_min_spread", "g_max_spread", "stuck_anywhere", "drift",
         "drift_spread", "drift_start")


def aihwkit_table(device: Device, table: Any = None) -> tuple[dict[str, Any], list[str]]:
    """Make of a card what builds its device in aihwkit; returns a dict for JSON, and what is lost, a list of str.

    The weights run over 2, and 0 is the anchor, or the middle of the range. "class" names the device, "device" holds
    its fields, "neurosim" what aihwkit has no place for: conductances, voltages and widths.
    table : StepTable of the law "table"
    """
    response = Response(device, table)
    anchor = device.values.get("anchor", 0.5)
    zero = device["g_min"] + anchor * device.span
    scale = device.span / 2
    kind, shape, losses = _shape(device, response)
    up, down = shape.pop("steps", None) or (abs(response.step(side, zero)) / scale for side in (UP, DOWN))
    fields = {"w_min": -2 * anchor, "w_max": 2 * (1 - anchor), "dw_min": max(up, down),
              "up_down": 1 - down / up if up >= down else up / down - 1}
    mean = (up + down) / 2
    part = mean / fields["dw_min"]
    logarithmic = device["step_spread_log"] != 0
    fields |= {"dw_min_dtod": (device["step_spread_log"] if logarithmic else device["step_spread"]) * part,
               "dw_min_dtod_log_normal": logarithmic, "up_down_dtod": device["asymmetry_spread"] * part,
               "w_max_dtod": _over(2 * device["g_max_spread"], fields["w_max"]),
               "w_min_dtod": _over(2 * device["g_min_spread"], -fields["w_min"]),
               "corrupt_devices_prob": device["stuck_anywhere"]}
    noise, more = _noise(device, kind, scale * mean)
    fields |= {**noise, "write_noise_std": device["write_noise"] / (scale * fields["dw_min"]), **shape}
    if device["drift"]:
        fields["drift"] = {"nu": device["drift"], "t_0": device["drift_start"],
                           "nu_dtod": device["drift_spread"] / device["drift"]}
    kept = [*_KEPT, *_stuck(device, anchor, fields), *(["shape_spread"] if "Linear" in kind or "Pow" in kind else [])]
    losses += [*more, *lost(device, kept), *_spread_losses(device)]
    own = {**{key: device[key] for key in RANGE}, "citation": device.citation}
    return {"class": kind, "device": fields, "neurosim": own}, losses


def _over(value: float, end: float) -> float:
    return value / end if end else 0.0


def _shape(device: Device, response: Response) -> tuple[str, dict[str, Any], list[str]]:
    """Return the class of the device, the fields of its shape, and what is lost."""
    anchored = "anchor" in device.values
    if device.law in ("linear", "neurosim", "soft-bounds"):
        slopes = [float(np.ravel(response.shapes[side][0])[0]) for side in (UP, DOWN)]
        gammas = slopes if anchored else [slope / 2 / (1 - slope / 2) for slope in slopes]
        spread = device["shape_spread"] if device.law == "linear" and anchored else 0.0
        losses = [f"shape_spread of the law {device.law}"] if device["shape_spread"] and not spread else []
        if device.law == "soft-bounds":
            return "SoftBoundsDevice", {}, losses
        if not any(gammas) and not spread:
            return "ConstantStepDevice", {}, losses
        return "LinearStepDevice", {"gamma_up": gammas[0], "gamma_down": gammas[1], "gamma_up_dtod": spread,
                                    "gamma_down_dtod": spread,
                                    "mean_bound_reference": device.steps_follow == "card range"}, losses
    scale = device.span / 2
    if device.law == "exponential" and (device.values.get("anchor", 0.5) == 0.5 or anchored):
        begin = 0.0 if anchored else 0.5
        fields: dict[str, Any] = {"a": -0.5, "b": 0.0}
        for side in ("up", "down"):
            rate = device[f"rate_{side}"]
            fields |= {f"A_{side}": -device[f"amplitude_{side}"] * math.exp(-rate * begin), f"gamma_{side}": rate}
        sides = ((1 + device["asymmetry"]) * device["step_up"], (1 - device["asymmetry"]) * device["step_down"])
        fields["steps"] = tuple(step / scale for step in sides)
        return "ExpStepDevice", fields, ["shape_spread of the law exponential"] if device["shape_spread"] else []
    if device.law == "power" and not anchored:
        powers = device["power_up"], device["power_down"]
        total = sum(powers)
        sides = ((1 + device["asymmetry"]) * device["step_up"], (1 - device["asymmetry"]) * device["step_down"])
        return "PowStepDevice", {
            "pow_gamma": total / 2, "pow_up_down": (powers[0] - powers[1]) / total if total else 0.0,
            "pow_gamma_dtod": _over(2 * device["shape_spread"], total),
            "steps": tuple(step / scale for step in sides)}, []
    return _nodes(device, response)


def _nodes(device: Device, response: Response) -> tuple[str, dict[str, Any], list[str]]:
    """Return a piecewise device along the noise-free response."""
    exact = device.law == "piecewise" and len(device["nodes_up"]) == len(device["nodes_down"])
    places = np.linspace(device["g_min"], device["g_max"], len(device["nodes_up"]) if exact else _NODES)
    steps = [np.array([abs(response.step(side, g)) for g in places]) for side in (UP, DOWN)]
    means = [float(values.mean()) for values in steps]
    fields = {f"piecewise_{side}": (values / mean).tolist()
              for side, values, mean in zip(("up", "down"), steps, means)}
    losses = [] if exact else [f"the law {device.law} became {_NODES} nodes with straight lines between them"]
    if device["shape_spread"]:
        losses.append(f"shape_spread of the law {device.law}")
    return "PiecewiseStepDevice", {**fields, "steps": tuple(mean / (device.span / 2) for mean in means)}, losses


def _noise(device: Device, kind: str, step: float) -> tuple[dict[str, Any], list[str]]:
    """Return the fields of the noise of a step; step : mean of set and reset, in siemens."""
    additive = math.hypot(device["c2c_scaled"], device["c2c_additive"], device["c2c_range"] * device.span)
    can_add = kind in ("LinearStepDevice", "SoftBoundsDevice")
    if additive and (can_add or kind == "ConstantStepDevice") and not device["c2c"]:
        return {"dw_min_std": additive / step, **({"mult_noise": False} if can_add else {})}, []
    everywhere = [key for key in ("c2c_scaled", "c2c_additive", "c2c_range") if device[key]]
    losses = [f"{', '.join(everywhere)} (noise of a step that is the same everywhere)"] if everywhere else []
    return {"dw_min_std": device["c2c"], **({"mult_noise": True} if can_add else {})}, losses


def _stuck(device: Device, anchor: float, fields: dict[str, Any]) -> list[str]:
    """Return the keys of stuck devices that aihwkit knows, too; `fields` are MUTATED."""
    at_zero = abs(device["stuck_conductance"] - device["g_min"] - anchor * device.span) < 1e-3 * device.span
    if device["stuck_value"] and at_zero and not device["stuck_anywhere"]:
        fields |= {"corrupt_devices_prob": device["stuck_value"], "corrupt_devices_range": 0.01}
        return ["stuck_value", "stuck_conductance"]
    return []


def _spread_losses(device: Device) -> list[str]:
    spread = device["g_min_spread"] or device["g_max_spread"]
    if spread and device.steps_follow == "own range" and device.law not in ("power", "piecewise"):
        return ["steps that stretch with a device's own range"]
    return []
