"""The ledger: lines of count x unit price = joules, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from neurosim.summaries import Fielded


@dataclass(frozen=True, kw_only=True)
class Line:
    """One price that was paid.

    component : what on the chip took the energy; where : connection or layer; phase, direction : "" where it has none
    event : what was counted; count : how often; unit_price : of one event [J]; source : where the price comes from
    """

    component: str
    where: str
    phase: str
    direction: str = ""
    event: str
    count: int
    unit_price: float
    source: str

    def __post_init__(self) -> None:
        for name, value in (("count", self.count), ("unit price", self.unit_price)):
            if not value >= 0:
                raise ValueError(f"{self.component} of {self.where}: the {name} of {self.event} is {value:g}; "
                                 "counts and prices are not negative")
        if not self.source:
            raise ValueError(f"{self.component} of {self.where}: the price of {self.event} has no source; give one")

    @property
    def joules(self) -> float:
        """count x unit price [J]."""
        return self.count * self.unit_price

    def as_dict(self) -> dict[str, Any]:
        """Return the line as plain values, with its joules."""
        return {**vars(self), "joules": self.joules}


@dataclass(frozen=True, kw_only=True, repr=False)
class Ledger(Fielded):
    """All lines of a workload.

    lines : tuple of Line; samples : inferences or training samples that the lines are of
    architecture : of the update; notes : sentences on what was assumed
    """

    lines: tuple
    samples: int
    architecture: str = "digital"
    notes: tuple = ()

    @property
    def joules(self) -> float:
        """Energy of all samples [J]."""
        return sum(line.joules for line in self.lines)

    @property
    def per_sample(self) -> float:
        """Energy of one sample on average [J]."""
        return self.joules / self.samples

    def by(self, *names: str) -> dict[Any, float]:
        """Return joules per sample by one or more fields of a line, largest first: dict from value, or tuple of values.
        """
        sums: dict[tuple[str, ...] | str, float] = {}
        for line in self.lines:
            values = tuple(getattr(line, name) for name in names)
            key = values if len(names) > 1 else values[0]
            sums[key] = sums.get(key, 0.0) + line.joules / self.samples
        return dict(sorted(sums.items(), key=lambda item: -item[1]))

    def largest(self) -> list[Line]:
        """Return lines in falling order of their joules."""
        return sorted(self.lines, key=lambda line: -line.joules)
