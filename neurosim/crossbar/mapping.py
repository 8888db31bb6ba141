"""How a signed weight is kept in conductances: a differential pair, a shared reference device, or an offset."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.cards import Entry
from neurosim.crossbar._kernels import divide_among_pairs
from neurosim.crossbar.tiling import Floorplan
from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import Device

MAPPINGS = ("pair", "reference", "offset")
_LARGEST = Entry("1", 1e-12, 1e9)    #: weight of a connection


@dataclass(frozen=True)
class Scale:
    """How much conductance stands for a weight of 1.

    unit : [S]; low, high : nominal conductance range of the devices [S]
    """

    unit: float
    low: float
    high: float

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


class Mapping:
    """The devices of one connection and the weights that they stand for.

    pair       w = (G+ - G-) / unit,      every weight has two devices; |w| <= (g_max - g_min) / unit
    reference  w = (G - G_row) / unit,    the devices of one row of a tile share a reference device at mid-range
    offset     w = (G - G_mid) / unit,    a constant is subtracted behind the converter

    column_edges : first weight of every column tile, and one past the last; default: one tile
    groups : of upper units that have word lines of their own
    arrays : dict from the role of an array ("plus", "minus", "reference") to DeviceArray; references (column tiles,
        *shape[1:])
    """

    def __init__(self, kind: str, device: Device, shape: tuple, largest: float, seed: int, name: str, table: Any = None,
                 threads: int | None = None, column_edges: np.ndarray | None = None, groups: int = 1) -> None:
        self.kind, self.shape, self.groups = kind, shape, groups
        _LARGEST.check(largest, f"synapses: the largest weight of {name}")
        span = device.span if kind == "pair" else device.span / 2
        self.scale = Scale(span / largest, device["g_min"], device["g_max"])
        self._widths = np.diff((0, shape[0]) if column_edges is None else column_edges)
        roles = {"pair": {"plus": shape, "minus": shape}, "offset": {"plus": shape},
                 "reference": {"plus": shape, "reference": (len(self._widths), *shape[1:])}}[kind]
        self.arrays = {role: DeviceArray(device, size, seed, f"{name} {role}", table, threads)
                       for role, size in roles.items()}

    def weights(self) -> np.ndarray:
        """Return weights that a read finds now, float32 (shape)."""
        return self.difference(self.conductances())

    def conductances(self) -> dict:
        """Return conductances that a read finds now, dict from role to float32 array [S]."""
        return {role: array.conductances() for role, array in self.arrays.items()}

    def difference(self, conductances: dict) -> np.ndarray:
        """Return weights that conductances stand for, float32 (shape); what `conductances` returns."""
        facing = self.by_weight(conductances)
        other = facing.get({"pair": "minus", "reference": "reference"}.get(self.kind), np.float32(self.scale.middle))
        return np.asarray((facing["plus"] - other) * np.float32(1 / self.scale.unit), np.float32)

    def by_weight(self, conductances: dict) -> dict:
        """The same conductances, in every role an array of the weights' shape: a reference faces all of its tile."""
        if self.kind != "reference":
            return conductances
        return {**conductances, "reference": conductances["reference"].repeat(self._widths, axis=0)}

    def lines(self, conductances: dict, floorplan: Floorplan) -> np.ndarray:
        """Return conductances as they lie on the chip, float32 (rows, bit lines) [S].

        The two devices of a pair lie side by side; a reference device is the last of its word line in every tile.
        """
        plus = floorplan.matrix(conductances["plus"])
        if self.kind == "pair":
            return np.stack([plus, floorplan.matrix(conductances["minus"])], axis=2).reshape(floorplan.rows, -1)
        if self.kind == "offset":
            return np.ascontiguousarray(plus)
        reference = floorplan.matrix(conductances["reference"])
        edges = floorplan.column_edges
        return np.concatenate([part for tile, (a, b) in enumerate(zip(edges[:-1], edges[1:]))
                               for part in (plus[:, a:b], reference[:, tile:tile + 1])], axis=1)

    def from_lines(self, lines: np.ndarray, floorplan: Floorplan) -> np.ndarray:
        """Return weights that conductances (rows, bit lines) stand for, float32 (shape)."""
        if self.kind == "pair":
            weights = lines[:, 0::2] - lines[:, 1::2]
        elif self.kind == "offset":
            weights = lines - self.scale.middle
        else:
            starts = floorplan.column_edges[:-1] + np.arange(floorplan.column_tiles)
            widths = np.diff(floorplan.column_edges)
            weights = np.concatenate([lines[:, a:a + n] - lines[:, a + n:a + n + 1]
                                      for a, n in zip(starts, widths)], axis=1)
        return np.ascontiguousarray(floorplan.unmatrix(weights / self.scale.unit, self.shape), np.float32)

    def placed(self, matrix: np.ndarray, role: str, floorplan: Floorplan) -> np.ndarray:
        """Return the part of a (rows, bit lines) array that belongs to one role, in the shape of its devices."""
        if self.kind == "pair":
            return floorplan.unmatrix(matrix[:, {"plus": 0, "minus": 1}[role]::2], self.shape)
        if self.kind == "offset":
            return floorplan.unmatrix(matrix, self.shape)
        last = np.cumsum(np.diff(floorplan.column_edges) + 1) - 1
        if role == "reference":
            return floorplan.unmatrix(matrix[:, last], self.arrays[role].shape)
        return floorplan.unmatrix(np.delete(matrix, last, axis=1), self.shape)

    def targets(self, weights: np.ndarray, one_sided: bool = False) -> dict:
        """Return conductances that stand for weights: dict from role to float array [S], clipped to the nominal range.
        """
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

    def shares(self, counts: np.ndarray, one_sided: bool = False) -> dict:
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
