"""The section [energy] of a run's configuration."""

from dataclasses import dataclass

from neurosim.cards import Entry, check_numbers
from neurosim.energy.prices import DEFAULT, KEYS

_BOUNDS = {
    "node": KEYS["node"].entry,
    "half_select": Entry("1", 0, 1, most="the whole voltage of the pulse"),
    "neuron_circuits": Entry("1", 1, 1e6, least="the one circuit that a layer needs",
                             most="a circuit for each of a million neurons"),
}


@dataclass(frozen=True, kw_only=True)
class EnergyOptions:
    """The energy per event of a run and its assumptions; nothing that is learnt depends on them.

    prices : price card that ships, by its name, or a path that ends in .toml
    node : node of the chip to which circuits are scaled [nm]; None = that of the card
    half_select : part of a pulse's voltage that half-selected cells see, those that share one line with the programmed
        cell, 0 to 1; None = by the cell of the price card: 0 behind the transistor of a 1T1R cell, 1/2 in a crossbar
    neuron_circuits : circuits that update the neurons of one layer in turn; None = one for each converter of the arrays
        below it, since a converter gives one sum at a time
    """

    prices: str = DEFAULT
    node: float | None = None
    half_select: float | None = None
    neuron_circuits: int | None = None

    def __post_init__(self) -> None:
        check_numbers(self, "energy", _BOUNDS)
