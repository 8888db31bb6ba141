"""What learning costs beside its reads: gradients, programming pulses and what they disturb."""

from collections.abc import Iterator
from typing import Any

from neurosim.energy.ledger import Line
from neurosim.energy.prices import CELLS
from neurosim.energy.reading import cell_price, driver_prices
from neurosim.energy.readout import conversion
from neurosim.memristor.si_format import quantity

ARCHITECTURES = ("digital", "in-situ")
PHASE = "update"
ONCE = "once"    #: phase of what is paid before the first sample


def update_lines(workload: Any, prices: Any, architecture: Any) -> Iterator[Any]:
    """Yield lines of the update, of the pulses that were counted and of what goes before them.

    digital : gradients are summed up in SRAM and programmed once in an update. Every neuron's state is written and read
        once per sample and phase that has a weight in the gradient, every product of a weight, position and such phase
        is one MAC, every gradient is read and written once per sample and phase.
    in-situ : the outer products act as pulses on the array at once; the pulses that were counted are all that is paid

        E_write = sum over pulses V_w^2 t_w (G_before + G_after) / 2  +  pulses C V_w^2
                  + exposures (f V_w)^2 t_w G  +  verify (E_cell + E_drive + E_conv)

    MLP NeuroSim V3.0, Cell.cpp, has the same terms of a pulse, and no exposures where cells have transistors (f = 0).
    raises : ValueError
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(f"architecture: {architecture!r} is unknown; choose from {', '.join(ARCHITECTURES)}")
    if architecture == "digital" and workload.learns:
        yield from _gradients(workload, prices)
    yield from pulse_lines(workload.chip, workload.programming, prices, PHASE)


def pulse_lines(chip: Any, programming: Any, prices: Any, phase: Any) -> Iterator[Any]:
    """Yield lines of pulses and verify reads.

    programming : dict from connection to Programming; phase : that the lines are of
    """
    for name, done in programming.items():
        yield from _programming(chip, chip.array(name), done, prices, phase)


def half_select(chip: Any, prices: Any) -> Any:
    """Return the part of a pulse's voltage that half-selected cells see, and why, a text."""
    if chip.half_select is not None:
        return chip.half_select, "as the configuration has it"
    if prices.cell:
        return CELLS[prices.cell], f"cell {prices.cell} of the price card"
    return CELLS["crossbar"], "assumed: a crossbar, since the price card names no cell"


def _gradients(workload: Any, prices: Any) -> Iterator[Any]:
    state, wide = (int(prices.value(key, "the gradients")) for key in ("stored_bits", "gradient_bits"))
    bit, mac = (prices.price(key, "the gradients") for key in ("sram_bit", "gradient_mac"))
    products, states = workload.products, "two" if workload.products == 2 else workload.products
    for layer, units in workload.chip.layers.items():
        yield _line("sram", layer, f"bits of {states} states, written and read",
                    2 * products * state * units * workload.gradients,
                    bit.value, f"{state} bits: {bit.text}")
    for array in workload.chip.arrays:
        yield _line("gradients", array.name, "MACs of gradients", products * array.synapses * workload.gradients,
                    mac.value, mac.text)
        yield _line("sram", array.name, "bits of gradients, read and written",
                    2 * products * wide * array.weights * workload.gradients, bit.value, f"{wide} bits: {bit.text}")


def _programming(chip: Any, array: Any, done: Any, prices: Any, phase: Any) -> Iterator[Any]:
    def line(event: Any, count: Any, joules: Any, source: Any) -> Any:
        return _line("programming", array.name, event, count, joules, source, phase)
    voltages = {"set": (done.set, done.set_siemens, chip.set_voltage, chip.set_seconds),
                "reset": (done.reset, done.reset_siemens, chip.reset_voltage, chip.reset_seconds)}
    for kind, (pulses, siemens, volts, seconds) in voltages.items():
        if pulses:
            mean, gain = siemens / pulses, chip.gain(volts)
            nonlinear = f", times {gain:.3g} of the nonlinear cell" if gain != 1 else ""
            yield line(f"{kind} pulses", pulses, volts ** 2 * seconds * mean * gain,
                       f"V^2 t G: {quantity(volts, 'V')}, {quantity(seconds, 's')}, {quantity(mean, 'S')} mean of "
                       f"before and after{nonlinear}")
            yield line(f"lines charged for {kind} pulses", pulses, *_charge_price(array, volts, prices))
    if done.exposures:
        yield line("half-selected cells", done.exposures, *_exposure_price(chip, done, prices))
    if done.verify:
        for event, joules, source in _verify_prices(chip, array, done.verify, prices):
            yield line(f"verify reads: {event}", done.verify, joules, source)


def _charge_price(array: Any, volts: Any, prices: Any) -> Any:
    """Return both lines of the cell, in its tile."""
    cell = prices.price("line_capacitance", f"the pulses of {array.name}")
    count = array.physical_columns / array.column_tiles + array.rows / array.row_tiles
    return count * cell.value * volts ** 2, f"{count:.4g} cells x c V^2: c {cell.text}"


def _exposure_price(chip: Any, done: Any, prices: Any) -> Any:
    """Divide exposures among set and reset pulses as the pulses are divided."""
    part, why = half_select(chip, prices)
    share = done.set / done.pulses if done.pulses else 0.5
    rise, fall = (volts ** 2 * seconds * (chip.gain(part * volts) if part else 0.0) for volts, seconds in (
        (chip.set_voltage, chip.set_seconds), (chip.reset_voltage, chip.reset_seconds)))
    joules = part ** 2 * chip.mean_conductance * (share * rise + (1 - share) * fall)
    return joules, (f"({part:.3g} V)^2 t G, {why}: {share:.0%} of pulses set, "
                    f"{quantity(chip.mean_conductance, 'S')} typical conductance")


def _verify_prices(chip: Any, array: Any, reads: Any, prices: Any) -> Iterator[Any]:
    yield "cells", *cell_price(chip, reads, None)
    yield from driver_prices(chip, array, "forward", prices)
    for event, kind, joules, source in conversion(chip, prices):
        if kind == "conversions":
            yield event, joules, source


def _line(component: Any, where: Any, event: Any, count: Any, joules: Any, source: Any, phase: Any = PHASE) -> Any:
    return Line(component=component, where=where, phase=phase, event=event, count=count, unit_price=joules,
                source=source)
