"""What a user says about a file of measurements that the file does not say itself."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neurosim.measurements.names import role_of, side_of
from neurosim.measurements.units import Unit, unit_of
from neurosim.tables import abbreviated
from neurosim.whole import counted

_UNITS = "S, mS, uS, nS, pS, ohm, kohm, Mohm, A, mA, uA, nA or pA"
_COLUMNS = "up, down, conductance, resistance, current, direction, device, cycle, pulse, time or voltage"


@dataclass(frozen=True)
class Stated:
    """What is known about files beside their contents; each field is an option of `neurosim device read`.

    unit : of conductances, resistances or currents whose columns give none, "uS", "kohm", "nA"
    read_voltage : at which currents were read [V]
    columns : words for the columns of every file, in order; "-" for one that is not used
    sides : "up" or "down" for each file, or for all
    pulses : numbers of set and of reset pulses that follow each other in one column
    beside : "devices" or "cycles", what several columns of one kind are
    data : name of the sheet or data set
    g_min, g_max : range [S] of normalised data, both or none; scale : the two values that stand for them
    """

    unit: str | None = None
    read_voltage: float | None = None
    columns: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    pulses: tuple[int, int] | None = None
    data: str | None = None
    g_min: float | None = None
    g_max: float | None = None
    scale: tuple[float, float] | None = None
    beside: str | None = None

    def __post_init__(self) -> None:
        unit = unit_of(self.unit) if self.unit is not None else None
        if self.unit is not None and (unit is None or unit.quantity not in ("conductance", "resistance", "current")):
            raise ValueError(f"--unit {abbreviated(self.unit)}: is unknown; give {_UNITS}")
        if self.unit is not None and self.scaled:
            raise ValueError(f"--unit {self.unit}: normalised data have none; leave out --unit, or --g-min and --g-max")
        volts = self.read_voltage
        if volts is not None and not (math.isfinite(volts) and 0 < abs(volts) <= 10):
            raise ValueError(f"--read-voltage {volts:g}: no device is read there; give up to 10 V, not 0")
        for word in self.columns:
            if word != "-" and not role_of(word):
                raise ValueError(f"--columns {abbreviated(word)}: is unknown; give {_COLUMNS}, or - for a column that "
                                 "is not used")
        for word in self.sides:
            if not side_of(word):
                raise ValueError(f"--sides {abbreviated(word)}: is not a direction; give up or down for each file")
        if self.beside not in (None, "devices", "cycles"):
            raise ValueError(f"--beside {abbreviated(self.beside)}: is unknown; give devices or cycles")
        if self.pulses and min(self.pulses) < 1:
            raise ValueError(f"--pulses {self.pulses[0]} {self.pulses[1]}: are not trains; give how many set and how "
                             "many reset pulses follow each other, 1 or more")

    @property
    def scaled(self) -> bool:
        """Whether the values are normalised."""
        return self.g_min is not None

    def known_unit(self) -> Unit | None:
        """Return the unit that was stated, as Unit."""
        return unit_of(self.unit) if self.unit is not None else None

    def side_of_file(self, index: int, count: int) -> str:
        """Return direction of the pulses of file `index` of `count`, "" where nothing is stated; raises ValueError."""
        if not self.sides:
            return ""
        if len(self.sides) not in (1, count):
            raise ValueError(f"--sides {' '.join(self.sides)}: {counted(self.sides, 'direction')} for "
                             f"{counted(count, 'file')}; give one for each, or one for all")
        return side_of(self.sides[index if len(self.sides) > 1 else 0])
