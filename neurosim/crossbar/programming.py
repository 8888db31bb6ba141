"""Programming a chip: pulses, write-verify and refresh, and what they cost."""

from typing import Any

import numpy as np

from neurosim.crossbar._kernels import sum_pulses
from neurosim.crossbar.counts import ArrayCounts
from neurosim.crossbar.electrics import NoCircuits
from neurosim.crossbar.mapping import Mapping
from neurosim.crossbar.misses import Miss, why_missed
from neurosim.crossbar.placement import Placement, usable_step, whole_pulses
from neurosim.crossbar.tiling import Floorplan
from neurosim.memristor.device import Device

#: Rounds of write-verify without a move after which a device is left alone.
PATIENCE = 5
#: Times over its range that the average device is driven before write-verify gives up.
ENOUGH = 6


class Programmer:
    """What sends pulses to the devices of a chip and reads them one by one.

    device : Device; mappings : dict from connection to Mapping; placement : Placement
    floorplans : dict from connection to Floorplan, whose lines half-select the devices beside a pulse
    circuits : NoCircuits or Circuits, through which pulses and reads go; table : measured steps, for the law "table"
    step : mean step in the middle of the range [S]; granularity : dict from connection to the change of a weight by it
    counts : ArrayCounts, MUTATED; missed : dict from connection to the Miss of the latest `write`
    raises : ValueError for a device whose pulses cannot be counted, see `usable_step`
    """

    def __init__(self, device: Device, mappings: dict[str, Mapping], placement: Placement,
                 floorplans: dict[str, Floorplan], circuits: NoCircuits, table: Any = None) -> None:
        self.device, self.mappings, self.placement, self.circuits = device, mappings, placement, circuits
        self.step, self.counts = usable_step(device, table), ArrayCounts.zero(mappings)
        self.granularity = {name: self.step / mapping.scale.unit for name, mapping in mappings.items()}
        self.missed = {name: Miss.nothing() for name in mappings}
        self._one_sided = placement.programming == "one-sided"
        self._beside = {name: {role: mapping.placed(floorplans[name].beside(), role, floorplans[name]).ravel()
                               for role in mapping.arrays} for name, mapping in mappings.items()}

    def program(self, counts: dict) -> None:
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

    def write(self, weights: dict) -> None:
        """Pulse and read by write-verify until devices are close enough to their targets; MUTATES them and `missed`."""
        for name, values in weights.items():
            mapping = self.mappings[name]
            reasons = self._approach(name, mapping.targets(values, self._one_sided))
            self.missed[name] = Miss.of(values, mapping.weights(), self.placement.ranges[name], reasons)

    def read(self) -> dict:
        """Read every device once: weights with the noise of such reads, dict of arrays; counted."""
        return {name: mapping.difference({role: self._read(name, role, np.ones(array.shape, bool))[0]
                                          for role, array in mapping.arrays.items()})
                for name, mapping in self.mappings.items()}

    def _pulse(self, name: str, role: str, counts: np.ndarray) -> None:
        array = self.mappings[name].arrays[role]
        array.settle(counts)
        stored = array.cells.g
        before = stored.copy()
        array.pulse(counts, self.circuits.strength(name, role, counts))
        found = sum_pulses(counts.reshape(-1), self._beside[name][role], before, stored)
        for kind, number in zip(("set", "reset", "exposures", "set_siemens", "reset_siemens"), found):
            self.counts.add(kind, name, number)

    def _approach(self, name: str, targets: dict, chosen: bool | np.ndarray = True) -> dict:
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

    def _read(self, name: str, role: str, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read the chosen devices of one role one by one; they are counted.

        returns : conductances (shape) and the standard deviation of their noise [S]
        """
        number = self.counts.verify[name]
        self.counts.add("verify", name, int(np.count_nonzero(chosen)))
        return self.circuits.read_devices(name, role, number)

    def _refresh(self, name: str) -> None:
        """Reset both devices of the pairs in which one is almost full and the other not empty; write the difference."""
        mapping, full = self.mappings[name], self.placement.full
        plus, minus = ((mapping.arrays[role].conductances() - self.device["g_min"]) / self.device.span
                       for role in ("plus", "minus"))
        tired = (np.maximum(plus, minus) > full) & (np.minimum(plus, minus) > 1 - full)
        if tired.any():
            self.counts.add("refreshes", name, int(tired.sum()))
            found = {role: self._read(name, role, tired)[0] for role in mapping.arrays}
            self._approach(name, mapping.targets(mapping.difference(found), one_sided=True), tired)
