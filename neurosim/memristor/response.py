"""The response of a device without its noise: which law it follows and with which parameters."""

from typing import Any

import numpy as np

from neurosim.memristor._kernels import Frame
from neurosim.memristor.device import Device
from neurosim.memristor.laws import LAWS
from neurosim.memristor.si_format import quantity
from neurosim.summaries import Summarised, Summary

UP, DOWN = 0, 1


def frame(device: Device, direction: int) -> Frame:
    """Find where the law of a device has x = 0 and x = 1; see STEPS_FOLLOW of `neurosim.memristor.device`.

    direction : UP or DOWN; returns Frame
    """
    if device.steps_follow == "own range":
        return Frame(0.0, 1.0, 0.0, 1.0, 0.0)
    start, end = (device["g_min"], device["g_max"]) if direction == UP else (device["g_max"], device["g_min"])
    if "anchor" in device.values:
        start = device["g_min"] + device["anchor"] * device.span
    return {"own end": Frame(start, 0.0, 0.0, 1.0, 0.0), "own width": Frame(start, 0.0, start, 1.0, -1.0),
            "card range": Frame(start, 0.0, end, 0.0, 0.0)}[device.steps_follow]


class Response(Summarised):
    """Noise-free steps of a device, or of many that differ in their first shape parameter.

        g -> g + sign scale law(x),   x = (g - begin) / (end - begin)

    begin, end : see `frame`
    device : Device; table : measured steps, for the law "table"
    deviation : (2, devices or 1) added to slope, rate, power or nonlinearity label of UP and DOWN steps; a slope that
        falls keeps falling
    shapes : float (2, parameters, devices or 1); scales : of UP and DOWN steps [S], numbers or (devices or 1)
    """

    def __init__(self, device: Device, table: Any = None, deviation: np.ndarray = np.zeros((2, 1))) -> None:
        law = LAWS[device.law]
        self.device, self._step = device, law.step
        self.shapes, self.scales = law.parameters(device, deviation, table)

    def step(self, direction: int, g: float) -> float:
        """Change of conductance by one pulse at conductance g, both [S], with the asymmetry; a fall is negative."""
        low, high, own = self.device["g_min"], self.device["g_max"], frame(self.device, direction)
        sign, near, far = (1, low, high) if direction == UP else (-1, high, low)
        begin, end = own.start + own.near_start * near, own.stop + own.far_stop * far + own.near_stop * near
        x = (g - begin) / (end - begin)
        scale = float(np.ravel(self.scales[direction])[0]) * (1 + sign * self.device["asymmetry"])
        return sign * scale * self._step(x, 0.0, self.shapes[direction], 0)

    def walk(self, direction: int, pulses: int, start: float | None = None) -> np.ndarray:
        """Return conductances before and after each of `pulses` pulses, float (pulses + 1) [S].

        start : conductance to begin with [S]; default: the lowest for UP, the highest for DOWN
        """
        low, high = self.device["g_min"], self.device["g_max"]
        path = [start if start is not None else (low if direction == UP else high)]
        for _ in range(pulses):
            path.append(min(max(path[-1] + self.step(direction, path[-1]), low), high))
        return np.array(path)

    def summary(self) -> Summary:
        """Return the Summary: steps of one pulse at both ends of the range and in its middle."""
        low, high = self.device["g_min"], self.device["g_max"]
        places = (low, (low + high) / 2, high)
        rows = [("pulse", *(f"at {quantity(g, 'S', 3)}" for g in places)),
                *((word, *(quantity(self.step(direction, g), "S", 3) for g in places))
                  for word, direction in (("set", UP), ("reset", DOWN)))]
        many = max(np.shape(shapes)[-1] for shapes in self.shapes)
        remarks = [f"the first of {many:,} devices"] if many > 1 else []
        return Summary(heading=f"Response of {self.device.stem}, law {self.device.law}: noise-free steps of a pulse",
                       rows=rows, words=1, remarks=remarks)

    @property
    def middle_step(self) -> float:
        """Mean size of a set and a reset step in the middle of the range [S]."""
        middle = (self.device["g_min"] + self.device["g_max"]) / 2
        return (abs(self.step(UP, middle)) + abs(self.step(DOWN, middle))) / 2
