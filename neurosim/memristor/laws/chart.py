"""Charts of a law: numbers that trains fix directly, steps at conductances they visit, instead of those of a card."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

#: Least step on a chart over that at the beginning of the range.
LEAST = 1e-12


class Side(NamedTuple):
    """Where the trains of one direction run; x is the part of the range that is travelled."""

    sign: float     #: 1 for set, -1 for reset pulses
    begin: float    #: x at which what was visited begins
    width: float    #: of what was visited, in x

    @property
    def middle(self) -> float:
        """x in the middle of what was visited."""
        return self.begin + self.width / 2


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Numbers of a law in terms of what trains visit, as many as on the card.

    names : of the numbers that change, without _up and _down
    on_chart : function (side, *numbers of the card) that returns those of the chart, a tuple; side : Side
    on_card : its inverse; what it returns may lie beyond what a card allows
    limits : dict from name to the least and the greatest number on the chart, where that is not what a card allows
    """

    names: tuple[str, ...]
    on_chart: Callable
    on_card: Callable
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
