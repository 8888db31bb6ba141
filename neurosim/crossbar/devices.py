"""Synapses made of devices: weights that change by pulses and are read as differences of conductances."""

from copy import deepcopy
from typing import Any

import numpy as np

from neurosim._jit import thread_count
from neurosim.crossbar.counts import ArrayCounts
from neurosim.crossbar.electrics import Electrics, NoCircuits
from neurosim.crossbar.mapping import Mapping
from neurosim.crossbar.misses import Miss
from neurosim.crossbar.placement import Placement
from neurosim.crossbar.programming import Programmer
from neurosim.crossbar.synapses import EffectiveWeights
from neurosim.crossbar.tiling import Floorplan, Tiling
from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import Device
from neurosim.summaries import Summarised, Summary

__all__ = ["ArrayCounts", "DeviceSynapses", "Electrics", "Placement"]

#: What stored counters of the initial programming, and what stored Misses begin with.
_INITIAL, _MISSED = "initial.", "missed."


class DeviceSynapses(Summarised):
    """Connections on arrays of one device: `Synapses` that are programmed by one object and read through another.

    device : Device; weights : dict of the weights to begin with, programmed by write-verify
    placement : Placement; seed : of fabrication and noise; table : measured steps, for the law "table"
    electrics : Electrics, for wires, read noise and sums of conductances; None without
    programmed : False leaves the devices as they were fabricated, for a `load`, or a `write` to come
    mappings : dict from connection to Mapping, with its DeviceArrays; initial : counts of the initial programming
    raises : ValueError for a device whose pulses cannot be counted, see `usable_step`
    """

    pulsed = True

    def __init__(self, device: Device, weights: dict, placement: Placement, seed: int = 0, table: Any = None,
                 threads: int | None = None, electrics: Electrics | None = None, programmed: bool = True) -> None:
        self.device, self.placement, self.table, self.electrics = device, placement, table, electrics
        self.threads, self.time = thread_count(threads), 0.0
        floorplans = electrics.floorplans if electrics else {name: _alone(placement, values.shape)
                                                             for name, values in weights.items()}
        self.mappings = {name: Mapping(placement.mapping, device, values.shape, placement.ranges[name], seed, name,
                                       table, self.threads, floorplans[name].weight_edges, floorplans[name].groups)
                         for name, values in weights.items()}
        self.circuits = NoCircuits(self.mappings) if electrics is None else \
            electrics.around(device, self.mappings, seed, self.threads)
        self.programmer = Programmer(device, self.mappings, placement, floorplans, self.circuits, table)
        if programmed:
            self.write(weights)
        self.begin()

    def summary(self) -> Summary:
        """Return the Summary: shape, devices and programming of every connection."""
        counts = self.counts
        rows = [("connection", "shape", "devices", "set pulses", "reset pulses", "reads by write-verify"),
                *((name, " x ".join(map(str, mapping.shape)),
                   *(f"{number:,}" for number in (sum(array.cells.g.size for array in mapping.arrays.values()),
                                                  counts.set.get(name, 0), counts.reset.get(name, 0),
                                                  counts.verify.get(name, 0))))
                  for name, mapping in self.mappings.items())]
        return Summary(heading=f"Synapses on devices {self.device.stem}, mapping {self.placement.mapping!r}", rows=rows,
                       words=2)

    def another(self, seed: int) -> "DeviceSynapses":
        """Return DeviceSynapses of the same devices, shapes and circuits, fabricated again and not programmed yet."""
        zeros = {name: np.zeros(mapping.shape, np.float32) for name, mapping in self.mappings.items()}
        return DeviceSynapses(self.device, zeros, self.placement, seed, self.table, self.threads, self.electrics,
                              programmed=False)

    @property
    def weights(self) -> dict:
        """Weights as a read finds them now, dict of float32 arrays."""
        return {name: mapping.weights() for name, mapping in self.mappings.items()}

    @property
    def granularity(self) -> dict:
        """Weight change of one pulse in the middle of the range, dict from connection [1]."""
        return self.programmer.granularity

    @property
    def counts(self) -> ArrayCounts:
        """ArrayCounts of all that programming has cost."""
        return self.programmer.counts

    @property
    def missed(self) -> dict:
        """Dict from connection to the Miss of the latest `write`."""
        return self.programmer.missed

    def read(self) -> dict:
        """Read every device once, as a transfer does: weights with the noise of such reads, dict of arrays; counted."""
        return self.programmer.read()

    def effective(self) -> EffectiveWeights:
        """Return what reads meet now; solutions of IR drop that have become too old are MUTATED."""
        return self.circuits.effective()

    def program(self, pulses: dict) -> None:
        """Apply signed pulses, a dict from connection to whole numbers of the weights' shape; MUTATES the devices.

        raises : ValueError for more pulses than `whole_pulses` lets pass
        """
        self.programmer.program(pulses)

    def write(self, weights: dict) -> None:
        """Pulse and read by write-verify until devices are close enough to their targets; MUTATES them and `missed`."""
        self.programmer.write(weights)

    def begin(self) -> None:
        """Begin to learn: what was counted so far is the initial programming."""
        self.initial = deepcopy(self.counts)

    def set_time(self, seconds: float) -> None:
        """Set the clock of the chip; devices drift from their last pulse."""
        self.time = seconds
        for array in self.arrays():
            array.time = seconds

    def arrays(self) -> list[DeviceArray]:
        """Return all DeviceArrays, in order."""
        return [array for arrays in self.arrays_by_connection().values() for array in arrays]

    def arrays_by_connection(self) -> dict[str, list[DeviceArray]]:
        """Return dict from connection to the list of its DeviceArrays."""
        return {name: list(mapping.arrays.values()) for name, mapping in self.mappings.items()}

    def stored(self) -> dict:
        """Return the whole state as arrays, from which `load` restores it."""
        arrays = {f"{name}.{role}.{key}": values for name, mapping in self.mappings.items()
                  for role, array in mapping.arrays.items() for key, values in array.stored().items()}
        missed = {f"{_MISSED}{name}": miss.stored() for name, miss in self.missed.items()}
        return {**arrays, **self.counts.stored(), **self.initial.stored(_INITIAL), **self.circuits.stored(), **missed,
                "time": np.float64(self.time)}

    def load(self, stored: dict, weights: dict | None = None) -> None:
        """Take back what `stored` returned, bit for bit; the weights follow from it. MUTATES everything."""
        for name, mapping in self.mappings.items():
            for role, array in mapping.arrays.items():
                prefix = f"{name}.{role}."
                array.load({key.removeprefix(prefix): values for key, values in stored.items()
                            if key.startswith(prefix)})
        self.programmer.counts = ArrayCounts.load(stored, self.mappings)
        self.initial = ArrayCounts.load(stored, self.mappings, _INITIAL)
        self.programmer.missed = {name: Miss.load(stored[f"{_MISSED}{name}"]) for name in self.mappings
                                  if f"{_MISSED}{name}" in stored}
        self.circuits.load(stored)
        self.set_time(float(stored["time"]))


def _alone(placement: Placement, shape: tuple) -> Floorplan:
    """Return the Floorplan of weights by themselves, of shape (upper, lower) or (upper, lower, rows, columns)."""
    tiling = Tiling(size=placement.tile, devices=2 if placement.mapping == "pair" else 1,
                    reference=placement.mapping == "reference")
    return Floorplan(tiling=tiling, taps=int(np.prod(shape[2:])), lower=shape[1], upper=shape[0])
