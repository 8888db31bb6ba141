"""Area of a chip: A = cells a_cell + n_adc a_adc + n_drivers a_driver + bits a_bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.energy.readout import readout_area, sums_in_turn

if TYPE_CHECKING:
    from neurosim.energy.chip import Array, Chip
    from neurosim.energy.prices import PriceCard


def area(chip: Chip, prices: PriceCard, architecture: str | None = None, products: int = 2) -> dict[str, float]:
    """Return the area of the chip by component [m2], dict: cells, converters, drivers, sram.

    architecture : of the update; "digital" adds the memory of gradients and of states between phases, "in-situ" that of
        the states alone, None is a chip that does not learn
    products : Hebbian products of a gradient, each of which keeps a state of every neuron
    Lines that carry numbers have a DAC each, 2^(b - 8) of an 8-bit one for b bits.
    Not in it: neuron circuits, adders, routers, wires between tiles, pads.
    raises : ValueError where a price is missing
    """
    square = (_node(prices) * 1e-9) ** 2
    return {"cells": sum(array.cells for array in chip.arrays) * square * prices.value("cell_squares", "the cells"),
            **_circuits(chip, prices, architecture, products)}


def bit_area(prices: PriceCard) -> float:
    """Return the area of a bit of SRAM [m2]."""
    return (_node(prices) * 1e-9) ** 2 * prices.value("sram_squares", "the memory")


def cmos_area(chip: Chip, prices: PriceCard, architecture: str | None = None, products: int = 2) -> float:
    """Return the area of what leaks, everything but the cells [m2]; arguments as for `area`."""
    return sum(_circuits(chip, prices, architecture, products).values())


def memory_bits(chip: Chip, prices: PriceCard, architecture: str | None = None, products: int = 2) -> float:
    """Return the bits of SRAM: half the traffic of an update for each neuron, states kept between phases, gradients."""
    neurons = sum(chip.layers.values())
    bits = neurons * prices.value("state_bits", "the memory of the neurons") / 2
    if architecture:
        bits += products * neurons * prices.value("stored_bits", "the states kept between the phases")
    if architecture == "digital":
        bits += sum(array.weights for array in chip.arrays) * prices.value("gradient_bits", "the gradients")
    return bits


def _circuits(chip: Chip, prices: PriceCard, architecture: str | None, products: int) -> dict[str, float]:
    converters = sum(array.tiles * sums_in_turn(chip, array.sums_per_tile(direction))[1]
                     for array in chip.arrays for direction in array.directions)
    return {"converters": converters * readout_area(chip, prices),
            "drivers": sum(_drivers(array, direction, prices)
                           for array in chip.arrays for direction in array.directions),
            "sram": memory_bits(chip, prices, architecture, products) * bit_area(prices)}


def _drivers(array: Array, direction: str, prices: PriceCard) -> float:
    """Return the area of the drivers of one side of an array, with the DACs in front of them [m2]."""
    lines = array.rows * array.column_tiles if direction == "forward" else \
        array.columns * array.devices_per_weight * array.row_tiles
    bits = array.bits(direction)
    one = prices.value("driver_area", "the area of the drivers") * array.drivers(direction)
    if bits > 1:
        one += prices.value("dac_area", f"{bits}-bit inputs") * 2.0 ** (bits - 8)
    return lines * one


def _node(prices: PriceCard) -> float:
    if prices.node is None:
        raise ValueError(f"price card {prices.stem}: node: missing, and areas are given in its squares; give it, or "
                         "use --node")
    return prices.node
