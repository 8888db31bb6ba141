"""Synapses made of devices: weights that change by pulses and are read as differences of conductances."""

from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np

from neurosim._jit import thread_count
from neurosim.crossbar._kernels import sum_pulses
from neurosim.crossbar.ir_drop import IRDrop, path_resistance, wires_of
from neurosim.crossbar.mapping import Mapping
from neurosim.crossbar.options import ArrayOptions, ReadoutOptions
from neurosim.crossbar.programming import Miss, Placement, usable_step, whole_pulses, why_missed
from neurosim.crossbar.read_noise import driven_variance, thermal_variance
from neurosim.crossbar.synapses import EffectiveWeights
from neurosim.crossbar.tiling import Floorplan, Tiling
from neurosim.crossbar.verification import DeviceReads

__all__ = ["ArrayCounts", "DeviceSynapses", "Electrics", "Placement"]

#: Rounds of write-verify without a move after which a device is left alone.
PATIENCE = 5
#: Times over its range that the average device is driven before write-verify gives up.
ENOUGH = 6


@dataclass(frozen=True, kw_only=True)
class Electrics:
    """Where the devices lie and what reads them.

    floorplans : dict from connection to Floorplan; array : ArrayOptions; readout : ReadoutOptions
    """

    floorplans: dict
    array: ArrayOptions = ArrayOptions()
    readout: ReadoutOptions = ReadoutOptions()


@dataclass
class ArrayCounts:
    """What programming has cost so far, by connection: integers that add up.

    set, reset : pulses; verify : reads of single devices, by write-verify, refresh and transfers; refreshes : pairs
        refreshed; exposures : half-selected devices, one for every other device on the two lines of a pulse
    set_siemens, reset_siemens : conductances of the devices that were pulsed, the mean of before and after the pulses
        of one call, summed over pulses [S]
    """

    set: dict = field(default_factory=dict)
    reset: dict = field(default_factory=dict)
    verify: dict = field(default_factory=dict)
    exposures: dict = field(default_factory=dict)
    refreshes: dict = field(default_factory=dict)
    set_siemens: dict = field(default_factory=dict)
    reset_siemens: dict = field(default_factory=dict)

    def add(self, kind, name, number):
        """Count `number` more of one kind; mutates the counts."""
        counter = getattr(self, kind)
        counter[name] = counter.get(name, 0) + number

    def take_over(self, later, earlier):
        """Count what other ArrayCounts have gained from `earlier` to `later`; mutates the counts."""
        for kind, counter in vars(later).items():
            for name, number in counter.items():
                self.add(kind, name, number - vars(earlier)[kind].get(name, 0))


#: What stored counters of the initial programming, and what stored Misses begin with.
_INITIAL, _MISSED = "initial.", "missed."


class DeviceSynapses:
    """Connections on arrays of one device.

    device : Device; weights : dict of the weights to begin with, programmed by write-verify
    placement : Placement; seed : of fabrication and noise; table : measured steps, for the law "table"
    electrics : Electrics, for wires, read noise and sums of conductances; None without
    granularity : dict from connection to the weight change of one pulse in the middle of the range [1]
    counts, initial : ArrayCounts in all, and of the initial programming; time : clock of the chip [s]
    missed : dict from connection to the Miss of the latest `write`
    raises : ValueError for a device whose pulses cannot be counted, see `usable_step`
    """

    def __init__(self, device, weights, placement, seed=0, table=None, threads=None, electrics=None):
        self.device, self.placement, self.table, self.electrics = device, placement, table, electrics
        self.threads = threads or thread_count()
        self.time, self.counts = 0.0, ArrayCounts(*(dict.fromkeys(weights, 0) for _ in vars(ArrayCounts())))
        self.step, self.missed = usable_step(device, table), {}
        self.mappings = {name: Mapping(placement.mapping, device, values.shape, placement.ranges[name], seed, name,
                                       table, threads, self._column_edges(name, values.shape[0]))
                         for name, values in weights.items()}
        self.granularity = {name: self.step / mapping.scale.unit for name, mapping in self.mappings.items()}
        self._one_sided = placement.programming == "one-sided"
        self._lines = {name: _lines(values.shape, placement.tile, electrics.floorplans[name].groups if electrics else 1)
                       for name, values in weights.items()}
        self._drops, self._paths = {}, {}
        noisy = electrics is not None and electrics.readout.noise != "off"
        self._reads = DeviceReads(device, electrics.readout, seed) if noisy else None
        if electrics and electrics.array.wired:
            self._wire(electrics.array)
        self.write(weights)
        self.begin()

    def another(self, seed):
        """DeviceSynapses of the same devices, shapes and circuits, fabricated anew, with all weights zero."""
        zeros = {name: np.zeros(mapping.shape, np.float32) for name, mapping in self.mappings.items()}
        return DeviceSynapses(self.device, zeros, self.placement, seed, self.table, self.threads, self.electrics)

    def _column_edges(self, name, columns):
        """First weight of every column tile of a connection, and one past the last."""
        if self.electrics is None:
            tiling = Tiling(size=self.placement.tile, devices=1)
            return Floorplan(tiling=tiling, taps=1, lower=1, upper=columns).weight_edges
        return self.electrics.floorplans[name].weight_edges

    @property
    def weights(self):
        """Weights as a read finds them now, dict of float32 arrays."""
        return {name: mapping.weights() for name, mapping in self.mappings.items()}

    def read(self):
        """Read every device once, as a transfer does: weights with the noise of such reads, dict of arrays; counted."""
        return {name: mapping.difference({role: self._read(name, role, np.ones(array.shape, bool))[0]
                                          for role, array in mapping.arrays.items()})
                for name, mapping in self.mappings.items()}

    def effective(self):
        """What reads meet now; solutions of IR drop that have become too old are MUTATED."""
        found = EffectiveWeights({}, {}, siemens=None if self.electrics is None else {})
        for name, mapping in self.mappings.items():
            conductances = mapping.conductances()
            found.forward[name] = found.backward[name] = mapping.difference(conductances)
            if self.electrics is not None:
                self._add_electrics(found, name, conductances)
        return found

    def _add_electrics(self, found, name, conductances):
        """Add to EffectiveWeights what wires, read noise and the ledger make of one connection; `found` is MUTATED."""
        mapping, floorplan, readout = self.mappings[name], self.electrics.floorplans[name], self.electrics.readout
        facing = mapping.by_weight(conductances)
        lines, total = mapping.lines(conductances, floorplan), floorplan.matrix(sum(facing.values()))
        columns = total if mapping.kind == "pair" else floorplan.matrix(conductances["plus"])
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
                found.floors[name, forward] = thermal_variance(self.device, sums, unit, readout.seconds)

    def _wire(self, array):
        wires, span = wires_of(array), self.device.span
        for name, floorplan in self.electrics.floorplans.items():
            self._drops[name] = IRDrop(wires, floorplan, span, array.refresh, self.threads)
            if array.pulses == "local":
                self._paths[name] = path_resistance(floorplan, wires)

    def program(self, counts):
        """Apply signed pulses, a dict from connection to whole numbers of the weights' shape; MUTATES the devices.

        raises : ValueError for more pulses than `whole_pulses` lets pass
        """
        for name, number in counts.items():
            crossing = 2 * self.placement.ranges[name] / self.granularity[name]
            shares = self.mappings[name].shares(whole_pulses(number, name, crossing), self._one_sided)
            for role, share in shares.items():
                self._pulse(name, role, share)
            if self._one_sided:
                self._refresh(name)

    def write(self, weights):
        """Write-verify: pulse and read until devices are close enough to their targets; MUTATES them and `missed`."""
        for name, values in weights.items():
            mapping = self.mappings[name]
            reasons = self._approach(name, mapping.targets(values, self._one_sided))
            self.missed[name] = Miss.of(values, mapping.weights(), self.placement.ranges[name], reasons)

    def begin(self):
        """From now on the chip learns: what was counted so far is its initial programming."""
        self.initial = deepcopy(self.counts)

    def set_time(self, seconds):
        self.time = seconds
        for array in self.arrays():
            array.time = seconds

    def arrays(self):
        """All DeviceArrays, in order."""
        return [array for mapping in self.mappings.values() for array in mapping.arrays.values()]

    def stored(self):
        arrays = {f"{name}.{role}.{key}": values for name, mapping in self.mappings.items()
                  for role, array in mapping.arrays.items() for key, values in array.stored().items()}
        counters = {f"{prefix}{kind}.{name}": np.asarray(number)
                    for prefix, counts in (("", self.counts), (_INITIAL, self.initial))
                    for kind, by_name in vars(counts).items() for name, number in by_name.items()}
        solved = {f"{name}.solved": drop.solved for name, drop in self._drops.items()}
        missed = {f"{_MISSED}{name}": miss.stored() for name, miss in self.missed.items()}
        return {**arrays, **counters, **solved, **missed, "time": np.float64(self.time)}

    def load(self, stored):
        for name, mapping in self.mappings.items():
            for role, array in mapping.arrays.items():
                prefix = f"{name}.{role}."
                array.load({key.removeprefix(prefix): values for key, values in stored.items()
                            if key.startswith(prefix)})
        self.counts, self.initial = (
            ArrayCounts(*({name: stored[f"{prefix}{kind}.{name}"].item() for name in self.mappings
                           if f"{prefix}{kind}.{name}" in stored} for kind in vars(ArrayCounts())))
            for prefix in ("", _INITIAL))
        self.missed = {name: Miss.load(stored[f"{_MISSED}{name}"]) for name in self.mappings
                       if f"{_MISSED}{name}" in stored}
        for name, drop in self._drops.items():
            if f"{name}.solved" in stored:
                drop.load(stored[f"{name}.solved"])
        self.set_time(float(stored["time"]))

    def _pulse(self, name, role, counts):
        array = self.mappings[name].arrays[role]
        array.settle(counts)
        stored = array.cells.g
        before = stored.copy()
        array.pulse(counts, self._strength(name, role))
        found = sum_pulses(counts.reshape(-1), before, stored)
        for kind, number in zip(("set", "reset", "set_siemens", "reset_siemens"), found):
            self.counts.add(kind, name, number)
        self.counts.add("exposures", name, (found[0] + found[1]) * (sum(self._lines[name]) - 2))

    def _strength(self, name, role):
        """Part of the voltage of a pulse that reaches each device of one role, 1 / (1 + R G); None for all of it."""
        if name not in self._paths:
            return None
        mapping, floorplan = self.mappings[name], self.electrics.floorplans[name]
        path = mapping.placed(self._paths[name], role, floorplan)
        return 1 / (1 + path * mapping.arrays[role].cells.g.reshape(path.shape))

    def _approach(self, name, targets, chosen=True):
        """Pulse and read the chosen devices in turn; one that came within the tolerance once is left alone.

        A device that has not been seen to move in PATIENCE rounds, in which noise of reads would not have hidden it, is
        given up: it is stuck, or at an end. No device is sent more pulses in a round than cross its range.

        returns : dict from role to the number of devices and what `why_missed` finds
        """
        reasons, crossing = {}, np.ceil(self.device.span / self.step)
        for role, target in targets.items():
            array, sent = self.mappings[name].arrays[role], 0.0
            waiting = np.array(np.broadcast_to(chosen, target.shape))
            (found, noise), idle = self._read(name, role, waiting), np.zeros(target.shape, np.int64)
            for _ in range(self.placement.rounds):
                missing = (target - found) / self.step
                waiting &= (np.abs(missing) > self.placement.tolerance) & (idle < PATIENCE)
                if not waiting.any() or sent > ENOUGH * crossing * target.size:
                    break
                steps = np.where(waiting, np.minimum(np.ceil(np.abs(missing) / 2), crossing), 0)
                sent += float(steps.sum())
                self._pulse(name, role, np.sign(missing) * steps)
                before, (found, noise) = found, self._read(name, role, waiting)
                seen = self.step / 1000 + 3 * np.sqrt(2) * noise    # all but 3 of 1000 reads of one that stays
                idle = np.where(np.abs(found - before) < seen, idle + (steps * self.step > seen), 0)
            reasons[role] = target.size, why_missed(array, target, idle >= PATIENCE, noise, self.placement, self.step)
        return reasons

    def _read(self, name, role, chosen):
        """Read the chosen devices of one role one by one; they are counted.

        returns : conductances (shape) and the standard deviation of their noise [S]
        """
        array, number = self.mappings[name].arrays[role], self.counts.verify[name]
        self.counts.add("verify", name, int(np.count_nonzero(chosen)))
        found = array.conductances()
        if self._reads is None:
            return found, np.zeros(found.shape)
        deviation = self._reads.deviation(found, self.electrics.floorplans[name])
        return found + deviation * self._reads.noise(array.name, number, array.shape), deviation

    def _refresh(self, name):
        """Reset both devices of the pairs in which one is almost full and the other not empty; write the difference."""
        mapping, full = self.mappings[name], self.placement.full
        plus, minus = ((mapping.arrays[role].conductances() - self.device["g_min"]) / self.device.span
                       for role in ("plus", "minus"))
        tired = (np.maximum(plus, minus) > full) & (np.minimum(plus, minus) > 1 - full)
        if tired.any():
            self.counts.add("refreshes", name, int(tired.sum()))
            found = {role: self._read(name, role, tired)[0] for role in mapping.arrays}
            self._approach(name, mapping.targets(mapping.difference(found), one_sided=True), tired)


def _lines(shape, tile, groups):
    """Devices on a bit line and on a word line: rows are inputs (C_in k k), columns are outputs, cut into tiles."""
    return min(int(np.prod(shape[1:])), tile), min(shape[0] // groups, tile)
