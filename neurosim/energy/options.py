"""The section [energy] of a run's configuration."""

from dataclasses import dataclass

from neurosim.cards import check_numbers
from neurosim.energy.prices import DEFAULT, KEYS


@dataclass(frozen=True, kw_only=True)
class EnergyOptions:
    """At which prices a run is summed up; nothing that is learnt depends on it.

    prices : price card that ships, by its name, or a path that ends in .toml
    node : node of the chip to which circuits are scaled [nm]; None = that of the card
    """

    prices: str = DEFAULT
    node: float | None = None

    def __post_init__(self):
        check_numbers(self, "energy", {"node": KEYS["node"].entry})
