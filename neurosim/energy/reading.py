"""Prices of reads: cells, drivers, converters, and adding up what the tiles give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from neurosim.energy.ledger import Line
from neurosim.energy.readout import conversion
from neurosim.memristor.si_format import quantity

if TYPE_CHECKING:
    from neurosim.energy.chip import Array, Chip
    from neurosim.energy.prices import Price, PriceCard

#: Events that have a line of their own here or in `pricing`, whatever the readout; a read of a tile is its parts.
_OF_ANY_READOUT = {"tile_reads", "row_activations", "cell_reads", "conversions", "hops"}


def read_lines(chip: Chip, array: Array, phase: str, direction: str, events: dict[str, int], siemens: float,
               prices: PriceCard) -> Iterator[Line]:
    """Yield lines of one direction of one connection in one phase.

    events : dict of READ_EVENTS to their numbers; siemens : sum of the conductances of the cells read [S], or None
    A read of a tile has no price of its own: it is paid for by its lines, cells and conversions.
    raises : ValueError where an event was counted that the readout of this chip does not know
    """
    def line(component: str, event: str, count: int, joules: float, source: str) -> Line:
        return Line(component=component, where=array.name, phase=phase, direction=direction, event=event, count=count,
                    unit_price=joules, source=source)
    cells, driven, converted = (events.get(event, 0) for event in ("cell_reads", "row_activations", "conversions"))
    if cells:
        yield line("cells", "cell reads", cells, *cell_price(chip, cells, siemens))
    if driven:
        for event, joules, source in driver_prices(chip, array, direction, prices):
            yield line("drivers", event, driven, joules, source)
        if array.bits(direction) > 1:
            yield line("drivers", "DAC conversions", driven, *_dac_price(array.bits(direction), prices))
    if converted:
        yield line("drivers", "sensed lines charged", converted, *_sense_price(chip, array, direction, prices))
        found = prices.price("accumulate", f"the conversions of {array.name}")
        yield line("accumulate", "additions", converted, found.value, found.text)
    readout = [found for found in conversion(chip, prices) if events.get(found[1], 0)]
    for event, kind, joules, source in readout:
        yield line("conversion", event, events[kind], joules, source)
    _refuse_strangers(chip, array, direction, events, {kind for _, kind, *_ in readout})


def _refuse_strangers(chip: Chip, array: Array, direction: str, events: dict[str, int], priced: set[str]) -> None:
    for event, number in events.items():
        if number and event not in priced | _OF_ANY_READOUT:
            raise ValueError(f"{array.name} {direction}: {number:,} {event} were counted, which a readout "
                             f"{chip.readout!r} has no price for; price the chip with the readout that was simulated")


def cell_price(chip: Chip, reads: int, siemens: float | None) -> tuple[float, str]:
    """Price of reading one cell, V^2 t G with the mean conductance of the cells read, and its source."""
    mean = chip.mean_conductance if siemens is None else siemens / reads
    origin = "typical conductance, since none was recorded" if siemens is None else "mean conductance of the cells read"
    return (chip.read_voltage ** 2 * chip.read_seconds * mean,
            f"V^2 t G: {quantity(chip.read_voltage, 'V')}, {quantity(chip.read_seconds, 's')}, "
            f"{quantity(mean, 'S')} {origin}")


def driver_prices(chip: Chip, array: Array, direction: str,
                  prices: PriceCard) -> tuple[tuple[str, float, str], tuple[str, float, str]]:
    """Prices of driving one line: its driver, and (C_driver + cells C_cell) V^2; tuples of event, price [J], source."""
    what, cells = f"the lines driven of {array.name}", array.line_cells(direction)[0]
    own, driver, cell = (prices.price(part, what)
                         for part in ("driver_energy", "driver_capacitance", "line_capacitance"))
    charged = driver.value * _squared_swing(chip, driver) + cells * cell.value * _squared_swing(chip, cell)
    return (("lines driven", own.value, own.text),
            ("driven lines charged", charged, f"(C + {cells:.4g} cells x c) V^2: C {driver.text}; c {cell.text}"))


def _squared_swing(chip: Chip, price: Price) -> float:
    return (chip.read_voltage if price.voltage is None else price.voltage) ** 2


def _sense_price(chip: Chip, array: Array, direction: str, prices: PriceCard) -> tuple[float, str]:
    cell = prices.price("line_capacitance", f"the lines sensed of {array.name}")
    count = array.line_cells(direction)[1]
    return count * cell.value * chip.read_voltage ** 2, f"{count:.4g} cells x c V_r^2: c {cell.text}"


def _dac_price(bits: int, prices: PriceCard) -> tuple[float, str]:
    found = prices.price("dac_8bit", f"{bits}-bit inputs")
    return found.value * 2.0 ** (bits - 8), f"2^({bits} - 8) of 8 bits: {found.text}"
