"""How a signed weight is kept in conductances: a differential pair, a shared reference device, or an offset."""

from dataclasses import dataclass

import numpy as np

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.kernels import divide_among_pairs

MAPPINGS = ("pair", "reference", "offset")


@dataclass(frozen=True)
class Scale:
    """How much conductance stands for a weight of 1.

    unit : [S]; low, high : nominal conductance range of the devices [S]
    """

    unit: float
    low: float
    high: float

    @property
    def middle(self):
        return (self.low + self.high) / 2


class Mapping:
    """The devices of one connection and the weights that they stand for.

    pair       w = (G+ - G-) / unit,      every weight has two devices; |w| <= (g_max - g_min) / unit
    reference  w = (G - G_row) / unit,    the devices of one row of the array share a reference device at mid-range
    offset     w = (G - G_mid) / unit,    a constant is subtracted behind the converter

    arrays : dict from the role of an array ("plus", "minus", "reference") to DeviceArray
    """

    def __init__(self, kind, device, shape, largest, seed, name, table=None, threads=None):
        self.kind, self.shape = kind, shape
        span = device.span if kind == "pair" else device.span / 2
        self.scale = Scale(span / largest, device["g_min"], device["g_max"])
        roles = {"pair": {"plus": shape, "minus": shape}, "reference": {"plus": shape, "reference": (1, *shape[1:])},
                 "offset": {"plus": shape}}[kind]
        self.arrays = {role: DeviceArray(device, size, seed, f"{name} {role}", table, threads)
                       for role, size in roles.items()}

    def weights(self):
        """Weights that a read finds now, float32 (shape)."""
        plus = self.arrays["plus"].conductances()
        other = {"pair": lambda: self.arrays["minus"].conductances(),
                 "reference": lambda: self.arrays["reference"].conductances(),
                 "offset": lambda: np.float32(self.scale.middle)}[self.kind]()
        return (plus - other) * np.float32(1 / self.scale.unit)

    def targets(self, weights, one_sided=False):
        """Conductances that stand for weights: dict from role to float array [S], clipped to the nominal range."""
        unit, low, high, middle = self.scale.unit, self.scale.low, self.scale.high, self.scale.middle
        if self.kind != "pair":
            wanted = {"plus": middle + unit * weights}
            if self.kind == "reference":
                wanted["reference"] = np.full(self.arrays["reference"].shape, middle)
        elif one_sided:
            wanted = {"plus": low + unit * np.maximum(weights, 0), "minus": low + unit * np.maximum(-weights, 0)}
        else:
            wanted = {"plus": middle + unit / 2 * weights, "minus": middle - unit / 2 * weights}
        return {role: np.clip(values, low, high) for role, values in wanted.items()}

    def shares(self, counts, one_sided=False):
        """Divide signed pulses of the weights among the devices: dict from role to signed counts.

        A pair divides them evenly, set pulses to one and reset pulses to the other. Odd ones go to either in turn;
        those that raise the weight take turns apart from those that lower it, so that no device fills up.
        One-sided programming knows set pulses only: to G+ where the weight shall rise, to G- where it shall fall.
        """
        if self.kind != "pair":
            return {"plus": counts}
        if one_sided:
            return {"plus": np.maximum(counts, 0), "minus": np.maximum(-counts, 0)}
        counts = np.ascontiguousarray(counts, np.int64)
        plus, minus = np.empty_like(counts), np.empty_like(counts)
        received = (self.arrays[role].cells.pulses for role in ("plus", "minus"))
        divide_among_pairs(counts.reshape(-1), *received, plus.reshape(-1), minus.reshape(-1))
        return {"plus": plus, "minus": minus}
