"""How weights are placed on a chip: how far one pulse goes, and how many may be asked for at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.cards import Entry, check_numbers
from neurosim.crossbar.mapping import MAPPINGS
from neurosim.memristor.device import Device
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
    tile : lines of a tile, where no Floorplan says how weights lie on tiles; see `DeviceSynapses`
    """

    mapping: str
    programming: str
    ranges: dict
    tolerance: float = 0.5
    rounds: int = 200
    full: float = 0.9
    tile: int = 128

    def __post_init__(self) -> None:
        check_numbers(self, "synapses", PROGRAMMING)
        for word, given, words in (("mapping", self.mapping, MAPPINGS), ("programming", self.programming, WAYS)):
            if given not in words:
                raise ValueError(f"synapses.{word} = {given!r} is unknown{nearest(given, words)}")
        if self.programming == "one-sided" and self.mapping != "pair":
            raise ValueError(f'synapses.programming: "one-sided" needs two devices per weight; '
                             f'write mapping = "pair" instead of "{self.mapping}"')


def usable_step(device: Device, table: Any = None) -> float:
    """Return the mean size of a set and a reset step in the middle of the range [S], in which pulses are counted.

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
            raise ValueError(f"{owner}: {name} pulses move the conductance by {steps.mean():g} S on average, so "
                             f"that more than {_FINEST:,.0f} are needed to cross the range; make the steps of {name} "
                             "pulses larger")
        if steps.max() > _COARSEST * device.span:
            raise ValueError(f"{owner}: one {name} pulse moves the conductance by {steps.max():g} S, "
                             f"{steps.max() / device.span:.3g} times the range of {device.span:g} S; make the steps "
                             f"of {name} pulses smaller")
    step = response.middle_step
    if not device.span <= _FINEST * step:
        raise ValueError(f"{owner}: pulses in the middle of the range move the conductance by {step:g} S, too little "
                         f"to count weight changes in pulses; make the steps there larger than "
                         f"{device.span / _FINEST:g} S")
    return step


def whole_pulses(wanted: np.ndarray, name: str, crossing: float) -> np.ndarray:
    """Turn whole numbers of pulses, of any type, into integers: here floats become pulses.

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
