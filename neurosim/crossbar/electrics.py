"""The electrics of a chip: what wires and circuits make of its conductances when they are read, and of its pulses."""

from dataclasses import dataclass

import numpy as np

from neurosim.crossbar.ir_drop import IRDrop, path_resistance, wires_of
from neurosim.crossbar.mapping import Mapping
from neurosim.crossbar.options import ArrayOptions, ReadoutOptions
from neurosim.crossbar.read_noise import driven_variance, thermal_variance
from neurosim.crossbar.synapses import EffectiveWeights
from neurosim.crossbar.verification import DeviceReads
from neurosim.memristor.device import Device


@dataclass(frozen=True, kw_only=True)
class Electrics:
    """Where the devices lie and what reads them.

    floorplans : dict from connection to Floorplan; array : ArrayOptions; readout : ReadoutOptions
    """

    floorplans: dict
    array: ArrayOptions = ArrayOptions()
    readout: ReadoutOptions = ReadoutOptions()

    def around(self, device: Device, mappings: dict[str, Mapping], seed: int, threads: int) -> "Circuits":
        """Return the Circuits of a chip; device : Device; mappings : dict from connection to Mapping."""
        return Circuits(self, device, mappings, seed, threads)


class NoCircuits:
    """Devices that are read one by one, exactly, and get their pulses whole.

    mappings : dict from connection to Mapping
    """

    def __init__(self, mappings: dict[str, Mapping]) -> None:
        self.mappings = mappings

    def effective(self) -> EffectiveWeights:
        """Return the EffectiveWeights that reads meet now."""
        weights = {name: mapping.weights() for name, mapping in self.mappings.items()}
        return EffectiveWeights(weights, dict(weights))

    def strength(self, name: str, role: str, counts: np.ndarray) -> np.ndarray | None:
        """Return the factor on the step of each device of one role, (shape) [1]; None for 1.

        counts : (shape), positive where set pulses are sent
        """

    def read_devices(self, name: str, role: str, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Read the devices of one role one by one; number : such reads of the connection before.

        returns : conductances (shape), and the standard deviation of their noise [S]
        """
        found = self.mappings[name].arrays[role].conductances()
        return found, np.zeros(found.shape)

    def stored(self) -> dict:
        """Return the arrays from which `load` restores what is kept of earlier reads."""
        return {}

    def load(self, stored: dict) -> None:
        """Take back what `stored` returned."""


class Circuits(NoCircuits):
    """Wires, and circuits whose reads are noisy.

    electrics : Electrics; device : Device; mappings : dict from connection to Mapping; seed : of the noise of reads
    """

    def __init__(self, electrics: Electrics, device: Device, mappings: dict[str, Mapping], seed: int,
                 threads: int) -> None:
        super().__init__(mappings)
        self.electrics, self.device = electrics, device
        self._drops: dict[str, IRDrop] = {}
        self._paths: dict[str, np.ndarray] = {}
        self._reads = DeviceReads(device, electrics.readout, seed) if electrics.readout.noise != "off" else None
        if electrics.array.wired:
            self._wire(threads)

    def _wire(self, threads: int) -> None:
        array, wires = self.electrics.array, wires_of(self.electrics.array)
        for name, floorplan in self.electrics.floorplans.items():
            self._drops[name] = IRDrop(wires, floorplan, self.device.span, array.refresh, threads)
            if array.pulses == "local":
                self._paths[name] = path_resistance(floorplan, wires)

    def effective(self) -> EffectiveWeights:
        """Return the EffectiveWeights that reads meet now; solutions of IR drop that are too old are MUTATED."""
        found = EffectiveWeights({}, {}, siemens={})
        for name, mapping in self.mappings.items():
            conductances = mapping.conductances()
            found.forward[name] = found.backward[name] = mapping.difference(conductances)
            self._add(found, name, conductances)
        return found

    def _add(self, found: EffectiveWeights, name: str, conductances: dict) -> None:
        """Add to EffectiveWeights what wires, read noise and the ledger make of one connection; `found` is MUTATED."""
        mapping, floorplan, readout = self.mappings[name], self.electrics.floorplans[name], self.electrics.readout
        facing = mapping.by_weight(conductances)
        lines, total = mapping.lines(conductances, floorplan), floorplan.matrix(sum(facing.values()))
        columns = total if mapping.kind == "pair" else floorplan.matrix(conductances["plus"])
        assert found.siemens is not None
        found.siemens[name] = lines.sum(axis=1, dtype=float), floorplan.column_sums(columns)
        if name in self._drops:
            found.forward[name], found.backward[name] = (mapping.from_lines(effective, floorplan)
                                                         for effective in self._drops[name].effective(lines))
        if readout.noise != "off":
            unit = mapping.scale.unit
            found.variances[name] = sum(driven_variance(self.device, values, unit, readout.seconds)
                                        for values in facing.values())
            for forward, values in ((True, total), (False, lines)):
                sums = floorplan.sums_of_slices(forward, values)
                found.variance_floors[name, forward] = thermal_variance(self.device, sums, unit, readout.seconds)

    def strength(self, name: str, role: str, counts: np.ndarray) -> np.ndarray | None:
        """Return the same of pulses of which wires take a part; see NoCircuits.

            p = 1 / (1 + R G), the part of the voltage V that reaches the device;   exp(-(1 - p) |V| / V0)

        with the step_voltage V0 of a card, and without one p: a step that is proportional to its voltage.
        """
        if name not in self._paths:
            return None
        mapping, floorplan = self.mappings[name], self.electrics.floorplans[name]
        path = mapping.placed(self._paths[name], role, floorplan)
        part = 1 / (1 + path * mapping.arrays[role].cells.g.reshape(path.shape))
        if not self.device["step_voltage"]:
            return part
        volts = np.where(counts > 0, abs(self.device["set_voltage"]), abs(self.device["reset_voltage"]))
        return np.exp(-(1 - part) * volts / self.device["step_voltage"])

    def read_devices(self, name: str, role: str, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the same with the noise of the circuits; see NoCircuits."""
        found, noise = super().read_devices(name, role, number)
        if self._reads is None:
            return found, noise
        array = self.mappings[name].arrays[role]
        deviation = self._reads.deviation(found, self.electrics.floorplans[name])
        return found + deviation * self._reads.noise(array.name, number, array.shape), deviation

    def stored(self) -> dict:
        """Return the conductances that solutions of IR drop belong to, by "connection.solved"."""
        return {f"{name}.solved": drop.solved for name, drop in self._drops.items()}

    def load(self, stored: dict) -> None:
        """Take back what `stored` returned, and solve it again."""
        for name, drop in self._drops.items():
            if f"{name}.solved" in stored:
                drop.load(stored[f"{name}.solved"])
