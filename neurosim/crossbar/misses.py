"""What programming a chip left undone, and why: sentences for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.crossbar.placement import Placement
from neurosim.memristor.device import Device
from neurosim.memristor.array import DeviceArray
from neurosim.memristor.laws import LAWS
from neurosim.memristor.response import DOWN, Response

#: Reasons why a device is not where it should be, of which the first that holds counts, and what mends it.
REASONS = {
    "stuck": ("they are stuck", "lower the stuck_ keys of [device], or let the chip learn"),
    "worn": ("they are worn out", "raise device.endurance, or write fewer pulses"),
    "out of reach": ("their own range ends before it", "raise synapses.ranges, or lower the spreads of [device]"),
    "erased": ("one reset pulse erases a device", 'write synapses.programming = "one-sided"'),
    "coarse": ("levels are further apart than the tolerance", "raise device.levels or synapses.tolerance"),
    "noisy": ("noise moves them much further than the tolerance",
              "raise synapses.tolerance, or lower c2c and write_noise of [device]"),
    "unread": ("one read of a device is noisier than the tolerance",
               "lower the read noise of [device], or raise readout.seconds where it is thermal or shot noise"),
    "still": ("pulses do not move them any further", "correct the steps of the card where its range ends"),
    "unfinished": ("write-verify gave up", "raise synapses.rounds or synapses.tolerance"),
}
#: Noise of so many tolerances keeps more than one device of twenty from its target in 200 rounds.
_NOISY = 25


def why_missed(array: DeviceArray, target: np.ndarray, still: np.ndarray, noise: np.ndarray, placement: Placement,
               step: float) -> dict:
    """Return why devices are further from their targets than the tolerance.

    array : DeviceArray; target : conductances (shape) [S]; still : devices that pulses do not move, bool (shape)
    noise : standard deviation of a read of each device (shape) [S]
    placement : Placement; step : see `usable_step` [S]
    returns : dict from REASONS to numbers of devices
    """
    device, reach = array.device, placement.tolerance * step
    low, high = array.cells.low.reshape(array.shape), array.cells.high.reshape(array.shape)
    level = device.span / (device["levels"] - 1) if device["levels"] else 0.0
    holds = {"stuck": array.stuck, "worn": array.worn, "out of reach": (target < low - reach) | (target > high + reach),
             "erased": _erased(device, placement) > 0, "coarse": level > 2 * reach,
             "noisy": _deviation(device, step) > _NOISY * reach, "unread": noise > reach, "still": still,
             "unfinished": True}
    left, reasons = np.abs(target - array.conductances()) > reach, {}
    for reason in REASONS:
        here = left & holds[reason]
        reasons[reason], left = int(here.sum()), left & ~here
    return reasons


def _erased(device: Device, placement: Placement) -> float:
    """Part of the range that one reset pulse takes from g_max, where devices are reset and it is half of it or more."""
    if placement.programming == "one-sided" or LAWS[device.law].tabular:
        return 0.0
    part = -Response(device).step(DOWN, device["g_max"]) / device.span
    return part if part > 0.5 else 0.0


def _deviation(device: Device, step: float) -> float:
    """Return the noise of one pulse in the middle of the range [S]."""
    of_steps = device["c2c"] * step + device["c2c_additive"] + device["c2c_scaled"]
    return max(of_steps + (device["c2c_range"] + device["c2c_slope"] / 2) * device.span, device["write_noise"])


@dataclass(frozen=True, kw_only=True)
class Miss:
    """What the latest write of all weights of one connection left undone.

    devices : that were written; reasons : of those that missed their target, dict from REASONS to numbers of devices
    weights : that were written; clipped : of those that lie outside the range of the devices
    wanted, error : root mean square of the weights, and of what reads find instead of them [1]
    """

    devices: int
    reasons: dict
    weights: int
    clipped: int
    wanted: float
    error: float

    @classmethod
    def of(cls, weights: np.ndarray, found: np.ndarray, largest: float, reasons: dict) -> "Miss":
        """Compare wanted weights with what reads find; returns Miss.

        largest : weight that the devices can hold; reasons : dict from role to what `why_missed` found, and the size
        """
        wanted = np.asarray(weights, float)
        return cls(devices=sum(size for size, _ in reasons.values()),
                   reasons={reason: sum(told[reason] for _, told in reasons.values()) for reason in REASONS},
                   weights=wanted.size, clipped=int(np.count_nonzero(np.abs(wanted) > largest * (1 + 1e-6))),
                   wanted=float(np.sqrt(np.mean(wanted ** 2))), error=float(np.sqrt(np.mean((found - wanted) ** 2))))

    @classmethod
    def nothing(cls) -> "Miss":
        """Return the Miss of a connection that was not written yet."""
        return cls(devices=0, reasons=dict.fromkeys(REASONS, 0), weights=0, clipped=0, wanted=0.0, error=0.0)

    @property
    def share(self) -> float:
        """Devices that missed, of all [1]."""
        return sum(self.reasons.values()) / max(self.devices, 1)

    @property
    def far(self) -> bool:
        """Whether more than one device or weight of a hundred is not where it should be."""
        return max(self.share, self.clipped / max(self.weights, 1)) > 0.01

    @property
    def size(self) -> float:
        """Error over the weights, root mean square [1]."""
        return self.error / self.wanted if self.wanted else 0.0

    def stored(self) -> np.ndarray:
        """Return the same as one array of floats, to save."""
        return np.array([self.devices, self.weights, self.clipped, self.wanted, self.error,
                         *self.reasons.values()], float)

    @classmethod
    def load(cls, values: np.ndarray) -> "Miss":
        """Return the Miss that `stored` made an array of."""
        devices, weights, clipped, wanted, error, *counts = np.asarray(values, float).tolist()
        return cls(devices=int(devices), weights=int(weights), clipped=int(clipped), wanted=wanted, error=error,
                   reasons=dict(zip(REASONS, map(int, counts))))


#: Weights that are off by more than this part of themselves are worth a word [1].
_WORTH = 0.1


def programming_warnings(synapses: Any) -> Iterator[str]:
    """Yield sentences: where programming left weights far from what they should be, or erases what it should lower.

    synapses : of any kind; ideal ones have nothing to say
    """
    missed = synapses.missed
    far = sorted((name for name, miss in missed.items() if miss.size > _WORTH and miss.far), key=lambda name:
                 -missed[name].size)
    if far:
        yield _missed_sentence(far, missed[far[0]])
    if missed and (part := _erased(synapses.device, synapses.placement)):
        pair = "" if synapses.placement.mapping == "pair" else ' and synapses.mapping = "pair"'
        yield (f"one reset pulse takes a device of {synapses.device.stem} over {part:.0%} of its range, so that every "
               f'weight that should fall a little is erased; write synapses.programming = "one-sided"{pair}')


def _missed_sentence(names: list[str], worst: Miss) -> str:
    """Return the sentence about connections, the worst one first, whose Miss is given."""
    name = f"{names[0]}{f' (one of {len(names)} such connections)' if len(names) > 1 else ''}"
    size = f"weights are off by {worst.size:.0%} (root mean square)"
    reason = max(worst.reasons, key=worst.reasons.__getitem__)
    if 2 * worst.clipped > worst.reasons[reason]:    # a pair has two devices at their ends
        return (f"{worst.clipped / worst.weights:.0%} of the weights of {name} lie outside the range of the devices, "
                f"and {size}; raise synapses.ranges")
    why, fix = REASONS[reason]
    return (f"programming missed the targets of {worst.share:.0%} of the devices of {name}, and {size}, because {why}; "
            f"{fix}")
