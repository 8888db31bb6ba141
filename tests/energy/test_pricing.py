"""Counts x prices: cases priced by hand, published figures, and what must not cost anything."""

import dataclasses
import functools

import pytest

from neurosim.counts import Counts
from neurosim.energy import Array, Chip, Line, Workload, baselines, load_prices, price
from neurosim.energy.prices import BASELINES

approx = functools.partial(pytest.approx, rel=1e-9, abs=0)    # joules are far below its usual tolerance

READ = "input-output forward"


def of(ledger, component):
    return ledger.by("component").get(component, 0.0)


def test_two_by_two_by_hand_to_the_last_digit(inference, prices):
    ledger = price(inference, prices)
    expected = {
        "cells": 10 * 2.0 ** -20 * 0.25 * 2.0 ** -27,
        "drivers": 2 * (2.0 ** -45 + 2.0 ** -46 + 2 * 2.0 ** -50) + 2 * (2 * 2.0 ** -50 * 0.25),
        "conversion": 2 * 2.0 ** -40 + 2 * 2.0 ** -42 + 3 * 2.0 ** -45,
        "accumulate": 2 * 2.0 ** -46,
        "neurons": 4 * 2.0 ** -38,
        "sram": 4 * 128 * 2.0 ** -43,
        "routing": 2 * 2.0 ** -39,    # the spike of the output goes nowhere: nothing reads it
        "leak": 0.0,
    }
    assert ledger.by("component") == expected
    assert ledger.joules == sum(expected.values())


def test_every_line_is_its_count_times_its_price(inference, training, prices):
    lines = [line for workload in (inference, training) for line in price(workload, prices).lines]
    assert all(line.joules == line.count * line.unit_price and line.source for line in lines)
    assert all(isinstance(line.count, int) and line.count for line in lines)


def test_a_silent_input_costs_no_dynamic_read_energy(chip, prices):
    silent = Counts(1, 20, {"input": 0, "output": 0}, {READ: 0}, {READ: 80}, {READ: dict.fromkeys(
        ("tile_reads", "row_activations", "cell_reads", "conversions", "firings", "hops"), 0)}, {READ: 0.0})
    ledger = price(Workload(chip=chip, phases={"inference": silent}, samples=1), prices)
    assert set(ledger.by("component")) == {"neurons", "sram", "leak"}


def test_twice_the_steps_are_twice_the_energy(inference, counts, prices):
    double = dataclasses.replace(inference, phases={"inference": counts + counts})
    assert price(double, prices).by("component") == {key: 2 * joules for key, joules in
                                                     price(inference, prices).by("component").items()}


def test_the_sums_agree_however_lines_are_grouped(training, prices):
    ledger = price(training, prices)
    for names in (("component",), ("phase",), ("where", "direction"), ("component", "where", "phase")):
        assert sum(ledger.by(*names).values()) == approx(ledger.per_sample, rel=1e-14)


def test_the_second_convolution_of_the_paper_costs_what_was_worked_out_by_hand():
    """conv2 of 2C2FC, 13 x 13 x 128 -> 11 x 11 x 256, k = 3, one step with 2,139 spikes and 3.50 M operations.

    Loihi 3.50 M x 23.6 pJ; dense 121 x 1152 x 256 MACs x 0.23 and 4.6 pJ; fp32 additions 3.50 M x 0.9 pJ; cells
    2 x 3.50 M x (0.2 V)^2 x 10 ns x 20 uS = 8 fJ each.
    """
    array = Array(name="conv1-conv2", lower="conv1", upper="conv2", rows=1152, columns=256, positions=121, row_tiles=9,
                  column_tiles=4)
    chip = Chip(arrays=(array,), layers={"conv2": 30976})
    read, operations = "conv1-conv2 forward", 3_500_000
    counts = Counts(1, 1, {"conv1": 2139}, {read: operations}, {read: array.synapses},
                    {read: {"cell_reads": 2 * operations}}, {read: 2 * operations * 20e-6})
    workload = Workload(chip=chip, phases={"inference": counts}, samples=1)
    found = {one.name: one.joules for one in baselines(workload, load_prices(BASELINES))}
    assert found["Loihi-like synaptic events"] == approx(82.6e-6, rel=0.01)
    assert found["dense int8 network"] == approx(8.2e-6, rel=0.01)
    assert found["dense fp32 network"] == approx(164e-6, rel=0.01)
    assert found["event-driven fp32 additions"] == approx(3.15e-6, rel=0.01)
    assert of(price(workload, load_prices()), "cells") == approx(56e-9, rel=0.01)


def test_a_macro_at_full_activity_comes_close_to_neurram():
    """NeuRRAM, 256 x 256 devices for 128 x 256 weights, takes 46 fJ per MAC with 1-bit inputs and 3-bit outputs.

    Measured: 18.0 for switching word lines, 21.2 for neuron circuits and control, 6.9 for input pulses and cells (43.1
    TOPS/W; CiMLoop, wan_nature_2022/_tests.py, in fJ per operation, two of which are a MAC). Here: 15.3, 20.3 and 12.5.
    The differences: the card charges lines with C V^2 at 1.8 V, while NeuRRAM's swing between 0.9 and 2.2 V; 3.5
    charges given off per conversion stand for the 0 to 7 of a 3-bit output; pulses of 10 ns and cells at the mean of
    1 / 250 kohm and 1 / 1 Mohm are an upper bound of cells most of which are at their lowest conductance.
    """
    array = Array(name="a-b", lower="a", upper="b", rows=128, columns=256)
    chip = Chip(arrays=(array,), layers={}, read_voltage=0.5, read_seconds=10e-9, readout="integrate-and-fire")
    events = {"row_activations": 128, "cell_reads": array.cells, "conversions": 256, "firings": 896}
    counts = Counts(1, 1, {}, {}, {}, {"a-b forward": events}, {"a-b forward": array.cells * 2.5e-6})
    ledger = price(Workload(chip=chip, phases={"inference": counts}, samples=1), load_prices("neurram-130nm"))
    macro = sum(of(ledger, part) for part in ("cells", "drivers", "conversion", "accumulate")) / array.weights
    assert 23e-15 < macro < 92e-15
    assert of(ledger, "drivers") / array.weights == approx(15.3e-15, rel=0.01)
    assert of(ledger, "cells") / array.weights == approx(12.5e-15, rel=0.01)


def test_cells_do_not_change_with_the_node_and_circuits_do(inference):
    small, large = (price(inference, load_prices("isaac-32nm", node)) for node in (14, 65))
    assert of(small, "cells") == of(large, "cells") > 0
    for component in ("drivers", "conversion", "accumulate", "neurons", "sram", "routing"):
        assert of(small, component) < of(large, component)


@pytest.mark.parametrize("bits, factor", [(8, 1.0), (4, 1 / 16)])
def test_analog_inputs_pay_for_their_converters(bits, factor, inference, chip, prices):
    array = dataclasses.replace(chip.arrays[0], forward_bits=bits)
    analog = dataclasses.replace(inference, chip=dataclasses.replace(chip, arrays=(array,)))
    more = of(price(analog, prices), "drivers") - of(price(inference, prices), "drivers")
    assert more == approx(2 * factor * 2.0 ** -36, rel=1e-12)


def test_a_ramp_pays_for_every_step_of_its_counter(no_charges, chip, prices):
    ramp = dataclasses.replace(chip, readout="adc", architecture="ramp", adc_bits=5)
    ledger = price(Workload(chip=ramp, phases={"inference": no_charges}, samples=1), prices)
    assert of(ledger, "conversion") == 2 * (2.0 ** -45 + 32 * 2.0 ** -44)


def test_an_ideal_readout_is_priced_as_a_converter_and_says_so(no_charges, chip, prices):
    ideal, adc = (dataclasses.replace(chip, readout=kind) for kind in ("ideal", "adc"))
    first, second = (price(Workload(chip=one, phases={"inference": no_charges}, samples=1), prices)
                     for one in (ideal, adc))
    assert first.by("component") == second.by("component")
    assert [note for note in first.notes if note not in second.notes] == [
        "the readout was ideal in the simulation; it is priced as a SAR ADC of 8 bits"]


def test_ideal_synapses_are_priced_at_a_typical_conductance_and_say_so(inference, counts, prices):
    ideal = dataclasses.replace(inference, phases={"inference": dataclasses.replace(counts, siemens={})})
    ledger = price(ideal, prices)
    assert of(ledger, "cells") == 4 * 0.25 * 2.0 ** -27 * 2.0 ** -16
    assert any("every cell is priced at 15.26 uS" in note for note in ledger.notes)


def test_signals_go_to_every_tile_that_was_counted(counts, prices, inference):
    more = dataclasses.replace(counts, reads={READ: counts.reads[READ] | {"hops": 14}})
    ledger = price(dataclasses.replace(inference, phases={"inference": more}), prices)
    assert of(ledger, "routing") == 14 * 2.0 ** -39
    line = next(line for line in ledger.lines if line.component == "routing")
    assert (line.where, line.direction) == ("input-output", "forward") and line.source.startswith("7 tiles a signal: ")


def test_older_counts_without_hops_say_so(chip, counts, prices, inference):
    old = {READ: {event: number for event, number in counts.reads[READ].items() if event != "hops"},
           "input-output backward": {"conversions": 1}}
    array = dataclasses.replace(chip.arrays[0], column_tiles=2, row_tiles=3, backward=True)
    ledger = price(dataclasses.replace(inference, chip=dataclasses.replace(chip, arrays=(array,)), phases={
        "inference": dataclasses.replace(counts, reads=old)}), prices)
    hops = {line.direction: line.count for line in ledger.lines if line.component == "routing"}
    assert hops == {"forward": 2 * 2, "backward": 1 * 3}
    assert any("did not count the tiles" in note for note in ledger.notes)


@pytest.mark.parametrize("key", ["driver_energy", "sample", "accumulate", "neuron_update", "sram_bit", "spike_hop",
                                 "leakage"])
def test_what_was_counted_needs_a_price(key, inference, write_card):
    with pytest.raises(ValueError, match=rf"^price card two: {key}: missing, and .* cannot be priced without it; give"):
        price(inference, load_prices(write_card(left_out=[key])))


def test_what_was_not_counted_needs_none(inference, write_card):
    unused = ["gradient_mac", "dac_8bit", "dac_area", "counter_cycle", "adc_rate"]
    price(inference, load_prices(write_card(left_out=unused)))


def test_an_event_that_the_readout_does_not_know_is_refused(inference, chip, counts, prices):
    with pytest.raises(ValueError, match="input-output forward: 3 firings were counted, which a readout 'adc' has no"):
        price(dataclasses.replace(inference, chip=dataclasses.replace(chip, readout="adc")), prices)
    more = dataclasses.replace(counts, reads={READ: {**counts.reads[READ], "flashes": 7}})
    with pytest.raises(ValueError, match="7 flashes were counted"):
        price(dataclasses.replace(inference, phases={"inference": more}), prices)


def test_a_read_of_an_unknown_array_is_refused(inference, counts, prices):
    other = dataclasses.replace(counts, reads={"input-outputs forward": counts.reads[READ]})
    with pytest.raises(ValueError, match="no array 'input-outputs' for the reads counted; did you mean 'input-output'"):
        price(dataclasses.replace(inference, phases={"inference": other}), prices)


def test_negative_counts_and_prices_are_refused(inference, counts):
    wrong = dataclasses.replace(counts, reads={READ: {"cell_reads": -1}})
    with pytest.raises(ValueError, match="workload: inference: cell_reads of input-output forward: -1 is negative"):
        dataclasses.replace(inference, phases={"inference": wrong})
    line = {"component": "cells", "where": "a", "phase": "", "event": "reads", "source": "x"}
    with pytest.raises(ValueError, match="the unit price of reads is -1"):
        Line(**line, count=1, unit_price=-1.0)
    with pytest.raises(ValueError, match="the count of reads is nan"):
        Line(**line, count=float("nan"), unit_price=1.0)
    with pytest.raises(ValueError, match="has no source"):
        Line(**{**line, "source": ""}, count=1, unit_price=1.0)


@pytest.mark.parametrize("changes, sentence", [
    ({"readout": "sar"}, "chip: readout: 'sar' is unknown; choose from adc, ideal, integrate-and-fire"),
    ({"adc_bits": 17}, "chip: adc_bits: 17 is outside 1 to 16"),
    ({"mux": 0}, "chip: mux: 0 is not 1 or more"),
    ({"half_select": 2.0}, "chip: half_select: 2 is outside 0 to 1"),
    ({"read_seconds": 0.0}, "chip: read_seconds: 0 is not positive"),
    ({"layers": {"a": 0}}, "chip: units of layer a: 0 is not 1 or more"),
])
def test_an_impossible_chip_is_refused(changes, sentence, chip):
    with pytest.raises(ValueError, match=sentence):
        dataclasses.replace(chip, **changes)
