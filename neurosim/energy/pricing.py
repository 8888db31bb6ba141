"""Counts x prices = ledger: reads, neurons, routing, memory, leakage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from neurosim.energy import learning
from neurosim.energy.area import cmos_area
from neurosim.energy.latency import latency, programming_seconds
from neurosim.energy.ledger import Ledger, Line
from neurosim.energy.reading import read_lines
from neurosim.energy.readout import bits_text
from neurosim.memristor.si_format import quantity

if TYPE_CHECKING:
    from neurosim.energy.chip import Chip, Workload
    from neurosim.energy.prices import Price, PriceCard

ARCHITECTURES = learning.ARCHITECTURES


def price(workload: Workload, prices: PriceCard, architecture: str = "digital") -> Ledger:
    """Price everything that was counted.

        E_cell  = V_r^2 t_r x sum of G                          E_drive = n (E_drv + C V^2) + n_conv C V_r^2
        E_conv  = n E_adc,  or n (E_sample + E_int) + n_fire E_comp                 E_route = n_hop E_hop
        E_neuron = steps x units (E_update + state bits x e_bit)                    E_leak  = P_leak A T
        E_write : see `learning`

    workload : Workload; prices : PriceCard; architecture : of the update, "digital" or "in-situ"
    returns : Ledger; events that did not happen have no line, and need no price
    raises : ValueError where something was counted that has no price
    """
    lines = [line for phase, counts in workload.phases.items() for line in _phase(workload.chip, phase, counts, prices)]
    if workload.learns or workload.programming:
        lines += learning.update_lines(workload, prices, architecture)
    lines += _leakage(workload, prices, architecture)
    return Ledger(lines=tuple(line for line in lines if line.count), samples=workload.samples,
                  architecture=architecture, notes=tuple(_notes(workload, prices, architecture)))


def price_initial(workload: Workload, prices: PriceCard) -> Ledger:
    """Price the programming before the first sample: pulses, verify reads and leakage meanwhile, in phase "once".

    returns : Ledger of the whole chip, `samples` 1; raises : ValueError
    """
    lines = list(learning.pulse_lines(workload.chip, workload.initial, prices, learning.ONCE))
    if lines:
        found = prices.price("leakage", "the initial programming")
        watts = found.value * cmos_area(workload.chip, prices)
        seconds = programming_seconds(workload.chip, workload.initial, 1, prices)
        lines.append(Line(component="leak", where="chip", phase=learning.ONCE, event="initial programming", count=1,
                          unit_price=watts * seconds, source=_leak_text(watts, found)))
    return Ledger(lines=tuple(line for line in lines if line.count), samples=1)


def _phase(chip: Chip, phase: str, counts: Any, prices: PriceCard) -> Iterator[Line]:
    for read, events in counts.reads.items():
        name, _, direction = read.rpartition(" ")
        yield from read_lines(chip, chip.array(name), phase, direction, events, counts.siemens.get(read), prices)
    yield from _neurons(chip, phase, counts, prices)
    yield from _routing(chip, phase, counts, prices)


def _neurons(chip: Chip, phase: str, counts: Any, prices: PriceCard) -> Iterator[Line]:
    for layer, units in chip.layers.items():
        updates = counts.steps * units
        if not updates:
            continue
        arithmetic, bit = (prices.price(key, f"the neuron updates of {layer}") for key in ("neuron_update", "sram_bit"))
        bits = prices.price("state_bits", f"the neuron updates of {layer}")
        yield Line(component="neurons", where=layer, phase=phase, event="neuron updates", count=updates,
                   unit_price=arithmetic.value, source=arithmetic.text)
        yield Line(component="sram", where=layer, phase=phase, event="bits of state", count=updates * int(bits.value),
                   unit_price=bit.value, source=f"{bits.value:g} bits an update: {bits.text}; {bit.text}")


def _routing(chip: Chip, phase: str, counts: Any, prices: PriceCard) -> Iterator[Line]:
    """Yield hops: every signal goes to each tile in which it drives a line."""
    for read, events in counts.reads.items():
        name, _, direction = read.rpartition(" ")
        array = chip.array(name)
        layer, several = {"forward": (array.lower, array.column_tiles),
                          "backward": (array.upper, array.row_tiles)}[direction]
        hops, signals = events.get("hops"), counts.signals.get(layer, 0)
        text = "" if not hops else f"{hops / signals:.3g} tiles a signal: " if signals else ""
        if hops is None:    # of a run file that did not count them
            hops, text = signals * several, f"{several} tiles a signal, row tiles not counted: "
        if hops:
            found = prices.price("spike_hop", f"the signals of {layer}")
            yield Line(component="routing", where=name, phase=phase, direction=direction, event="hops of signals",
                       count=hops, unit_price=found.value, source=f"{text}{found.text}")


def _leakage(workload: Workload, prices: PriceCard, architecture: str) -> Iterator[Line]:
    found = prices.price("leakage", "the time steps")
    watts = found.value * cmos_area(workload.chip, prices, architecture if workload.learns else None, workload.products)
    pace = latency(workload, prices, architecture)
    text = _leak_text(watts, found)
    for phase, counts in workload.phases.items():
        yield Line(component="leak", where="chip", phase=phase, event="time steps", count=counts.steps,
                   unit_price=watts * pace.step, source=text)
    yield Line(component="leak", where="chip", phase="update", event="weight updates", count=workload.updates,
               unit_price=watts * pace.update, source=text)


def _leak_text(watts: float, found: Price) -> str:
    return f"P A t: {quantity(watts, 'W')}, {found.text}"


def _notes(workload: Workload, prices: PriceCard, architecture: str) -> Iterator[str]:
    chip = workload.chip
    yield from workload.uncounted
    if chip.readout == "ideal":
        yield f"the readout was ideal in the simulation; it is priced as a SAR ADC of {chip.adc_bits} bits"
    if chip.readout != "integrate-and-fire" and chip.architecture == "sar" and bits_text(chip, prices):
        yield f"the price of the ADC is{bits_text(chip, prices).removeprefix(',')}"
    if not prices.cell and chip.half_select is None and any(done.exposures for done in workload.programming.values()):
        yield (f"the price card {prices.stem} names no cell; half-selected cells are priced as in a crossbar; write "
               'cell = "1T1R" or "crossbar" into the card, or set energy.half_select')
    if any("hops" not in events for counts in workload.phases.values() for events in counts.reads.values()):
        yield ("the run file did not count the tiles that a signal goes to; row tiles count as one")
    if not any(counts.siemens for counts in workload.phases.values()):
        yield (f"no conductances were recorded (ideal synapses); every cell is priced at "
               f"{quantity(chip.mean_conductance, 'S')}")
    if workload.learns and architecture != workload.simulated:
        yield (f"the pulses were counted with a {workload.simulated} update; a chip with an {architecture} update "
               "would send others")
