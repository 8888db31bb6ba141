"""Counts x prices = ledger: reads, neurons, routing, memory, leakage."""

from neurosim.energy import learning
from neurosim.energy.adc import range_text
from neurosim.energy.area import cmos_area
from neurosim.energy.latency import latency
from neurosim.energy.ledger import Ledger, Line
from neurosim.energy.reading import read_lines
from neurosim.memristor.units import quantity

ARCHITECTURES = learning.ARCHITECTURES


def price(workload, prices, architecture="digital"):
    """Price everything that was counted.

        E_cell  = V_r^2 t_r x sum of G                          E_drive = n (P t_r + C V^2) + n_conv C V_r^2
        E_conv  = n E_adc,  or n (E_sample + E_int) + n_fire E_comp                 E_route = spikes x tiles x E_hop
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
                  architecture=architecture, notes=tuple(_notes(workload, architecture)))


def _phase(chip, phase, counts, prices):
    for read, events in counts.reads.items():
        name, _, direction = read.rpartition(" ")
        yield from read_lines(chip, chip.array(name), phase, direction, events, counts.siemens.get(read), prices)
    yield from _neurons(chip, phase, counts, prices)
    yield from _routing(chip, phase, counts, prices)


def _neurons(chip, phase, counts, prices):
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


def _routing(chip, phase, counts, prices):
    """Every signal goes to each tile that reads its layer; a hop for each."""
    for layer, signals in counts.signals.items():
        tiles = sum(array.column_tiles for array in chip.arrays if array.lower == layer) + \
            sum(array.row_tiles for array in chip.arrays if array.upper == layer and array.backward)
        if signals * tiles:
            hop = prices.price("spike_hop", f"the signals of {layer}")
            yield Line(component="routing", where=layer, phase=phase, event="hops of signals", count=signals * tiles,
                       unit_price=hop.value, source=f"{tiles} tiles read this layer: {hop.text}")


def _leakage(workload, prices, architecture):
    found = prices.price("leakage", "the time steps")
    watts = found.value * cmos_area(workload.chip, prices, architecture if workload.learns else None)
    pace = latency(workload, prices, architecture)
    text = f"P A t: {quantity(watts, 'W')}, {found.text}"
    for phase, counts in workload.phases.items():
        yield Line(component="leak", where="chip", phase=phase, event="time steps", count=counts.steps,
                   unit_price=watts * pace.step, source=text)
    yield Line(component="leak", where="chip", phase="update", event="weight updates", count=workload.updates,
               unit_price=watts * pace.update, source=text)


def _notes(workload, architecture):
    chip = workload.chip
    if chip.readout == "ideal":
        yield f"the readout was ideal in the simulation; it is priced as a SAR ADC of {chip.adc_bits} bits"
    if chip.readout != "integrate-and-fire" and range_text(chip.adc_bits):
        yield f"the model of the ADC is{range_text(chip.adc_bits).removeprefix(',')}"
    if not any(counts.siemens for counts in workload.phases.values()):
        yield (f"no conductances were recorded (ideal synapses); every cell is priced at "
               f"{quantity(chip.mean_conductance, 'S')}")
    if workload.learns and architecture != workload.simulated:
        yield (f"the pulses were counted with a {workload.simulated} update; a chip with an {architecture} update "
               "would send others")
