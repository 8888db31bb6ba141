"""Programming a chip: how far one pulse goes, how many may be asked for at once, and what missed its target."""

from dataclasses import dataclass

import numpy as np

from neurosim.cards import Entry, check_numbers
from neurosim.crossbar.mapping import MAPPINGS
from neurosim.memristor.laws import LAWS
from neurosim.memristor.response import DOWN, UP, Response
from neurosim.tables import nearest

#: Most pulses that lie between the ends of a range, and most times over the range that one pulse may go [1].
_FINEST, _COARSEST = 1e5, 2.0
#: Pulses that one update may ask of a weight: so many times those that cross its range, or MANY where that is more.
CROSSINGS, MANY = 10, 10_000
_PLACES = 33    #: of the range at which a law is looked at
_UPDATES = "lower optimiser.rates, or raise learning.beta or synapses.ranges"

#: Bounds of what write-verify is told.
PROGRAMMING = {"tolerance": Entry("1", 0.01, 100, least="closer than pulses can come", most="where nothing is written"),
               "rounds": Entry("1", 1, 10_000), "full": Entry("1", 0.5, 1)}
WAYS = ("bidirectional", "one-sided")


@dataclass(frozen=True, kw_only=True)
class Placement:
    """How weights are put on a chip.

    mapping : "pair", "reference" or "offset", see `Mapping`
    programming : "bidirectional" (set and reset pulses) or "one-sided" (set pulses only, with refresh)
    ranges : largest weight of each connection, dict from its name [1]
    tolerance : write-verify ends when a conductance is this close [steps of the device]
    rounds : write-verify gives up after so many pulses and reads
    full : a pair is refreshed when one device has passed this part of its range and the other as much of what is left,
        one-sided programming [1]
    tile : devices on one word or bit line, for counting half-selected devices
    """

    mapping: str
    programming: str
    ranges: dict
    tolerance: float = 0.5
    rounds: int = 200
    full: float = 0.9
    tile: int = 128

    def __post_init__(self):
        check_numbers(self, "synapses", PROGRAMMING)
        for word, given, words in (("mapping", self.mapping, MAPPINGS), ("programming", self.programming, WAYS)):
            if given not in words:
                raise ValueError(f"synapses.{word} = {given!r} is unknown{nearest(given, words)}")
        if self.programming == "one-sided" and self.mapping != "pair":
            raise ValueError(f'synapses.programming: "one-sided" needs two devices per weight; '
                             f'write mapping = "pair" instead of "{self.mapping}"')


def usable_step(device, table=None):
    """Mean size of a set and a reset step in the middle of the range [S], in which pulses are counted.

    device : Device; table : measured steps, for the law "table"
    raises : ValueError where pulses of one direction move nothing or the wrong way, where one pulse goes more than
        twice over the range, or where more than 100,000 cross it
    """
    response, owner = Response(device, table), f"device card {device.stem}.toml"
    for direction, name, verb in ((UP, "set", "raise"), (DOWN, "reset", "lower")):
        sign = 1 if direction == UP else -1
        steps = np.array([sign * response.step(direction, g)
                          for g in np.linspace(device["g_min"], device["g_max"], _PLACES)])
        if not steps.mean() > 0:
            raise ValueError(f"{owner}: {name} pulses do not {verb} the conductance, their mean step over the range "
                             f"is {sign * steps.mean():g} S; correct the steps, or exchange those of set and reset")
        if not device.span <= _FINEST * steps.mean():
            raise ValueError(f"{owner}: {name} pulses go {steps.mean():g} S far on average, so that more than "
                             f"{_FINEST:,.0f} cross the range; make the steps of {name} pulses larger")
        if steps.max() > _COARSEST * device.span:
            raise ValueError(f"{owner}: one {name} pulse goes {steps.max():g} S far, {steps.max() / device.span:.3g} "
                             f"times the range of {device.span:g} S; make the steps of {name} pulses smaller")
    step = response.middle_step
    if not device.span <= _FINEST * step:
        raise ValueError(f"{owner}: pulses in the middle of the range go {step:g} S far, so that changes of weights "
                         f"cannot be counted in them; make the steps there larger than {device.span / _FINEST:g} S")
    return step


def whole_pulses(wanted, name, crossing):
    """Turn whole numbers of pulses, of any type, into integers: the place where floats become pulses.

    wanted : signed numbers, one per weight of the connection `name`
    crossing : pulses that take a weight from one end of its range to the other; CROSSINGS times over the range it has
        long been at its end, and an update that asks for more is a mistake
    returns : int64 array of the shape of `wanted`; raises : ValueError
    """
    most = max(CROSSINGS * crossing, MANY)
    largest = max(float(wanted.max(initial=0)), -float(wanted.min(initial=0)))
    if not largest <= most:
        asked = f"{largest:.3g} pulses" if np.isfinite(largest) else "more pulses than can be counted"
        raise ValueError(f"synapses: an update asks for {asked} at one weight of {name}, whose whole range takes "
                         f"{crossing:,.0f}, and at most {most:,.0f} are sent at once; {_UPDATES}")
    return wanted.astype(np.int64, copy=False)


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


def why_missed(array, target, still, noise, placement, step):
    """Why devices are further from their targets than the tolerance.

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


def _erased(device, placement):
    """Part of the range that one reset pulse takes from g_max, where devices are reset and it is half of it or more."""
    if placement.programming == "one-sided" or LAWS[device.law].tabular:
        return 0.0
    part = -Response(device).step(DOWN, device["g_max"]) / device.span
    return part if part > 0.5 else 0.0


def _deviation(device, step):
    """Noise of one pulse in the middle of the range [S]."""
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
    def of(cls, weights, found, largest, reasons):
        """Compare wanted weights with what reads find; returns Miss.

        largest : weight that the devices can hold; reasons : dict from role to what `why_missed` found, and the size
        """
        wanted = np.asarray(weights, float)
        return cls(devices=sum(size for size, _ in reasons.values()),
                   reasons={reason: sum(told[reason] for _, told in reasons.values()) for reason in REASONS},
                   weights=wanted.size, clipped=int(np.count_nonzero(np.abs(wanted) > largest * (1 + 1e-6))),
                   wanted=float(np.sqrt(np.mean(wanted ** 2))), error=float(np.sqrt(np.mean((found - wanted) ** 2))))

    @property
    def share(self):
        """Devices that missed, of all [1]."""
        return sum(self.reasons.values()) / max(self.devices, 1)

    @property
    def far(self):
        """Whether more than one device or weight of a hundred is not where it should be."""
        return max(self.share, self.clipped / self.weights) > 0.01

    @property
    def size(self):
        """Error over the weights, root mean square [1]."""
        return self.error / self.wanted if self.wanted else 0.0

    def stored(self):
        """The same as one array of floats, to save."""
        return np.array([self.devices, self.weights, self.clipped, self.wanted, self.error,
                         *self.reasons.values()], float)

    @classmethod
    def load(cls, values):
        """The Miss that `stored` made an array of."""
        devices, weights, clipped, wanted, error, *counts = np.asarray(values, float).tolist()
        return cls(devices=int(devices), weights=int(weights), clipped=int(clipped), wanted=wanted, error=error,
                   reasons=dict(zip(REASONS, map(int, counts))))


#: Weights that are off by more than this part of themselves are worth a word [1].
_WORTH = 0.1


def programming_warnings(synapses):
    """Yield sentences: where programming left weights far from what they should be, or erases what it should lower.

    synapses : of any kind; ideal ones have nothing to say
    """
    missed = getattr(synapses, "missed", {})
    far = sorted((name for name, miss in missed.items() if miss.size > _WORTH and miss.far), key=lambda name:
                 -missed[name].size)
    if far:
        yield _missed_sentence(far, missed[far[0]])
    if missed and (part := _erased(synapses.device, synapses.placement)):
        pair = "" if synapses.placement.mapping == "pair" else ' and synapses.mapping = "pair"'
        yield (f"one reset pulse takes a device of {synapses.device.stem} over {part:.0%} of its range, so that every "
               f'weight that should fall a little is erased; write synapses.programming = "one-sided"{pair}')


def _missed_sentence(names, worst):
    """The sentence about connections, the worst one first, whose Miss is given."""
    name = f"{names[0]}{f' (one of {len(names)} such connections)' if len(names) > 1 else ''}"
    size = f"weights are off by {worst.size:.0%} (root mean square)"
    reason = max(worst.reasons, key=worst.reasons.get)
    if 2 * worst.clipped > worst.reasons[reason]:    # a pair has two devices at their ends
        return (f"{worst.clipped / worst.weights:.0%} of the weights of {name} lie outside the range of the devices, "
                f"and {size}; raise synapses.ranges")
    why, fix = REASONS[reason]
    return (f"programming missed the targets of {worst.share:.0%} of the devices of {name}, and {size}, because {why}; "
            f"{fix}")
