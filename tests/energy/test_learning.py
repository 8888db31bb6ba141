"""What an update costs: pulses, what they disturb, and the memory of a digital gradient."""

import dataclasses

import pytest

from neurosim.energy import Programming, load_prices, price, price_initial
from neurosim.energy.area import cmos_area


def of_update(ledger):
    return {line.event: (line.count, line.unit_price) for line in ledger.lines if line.phase == "update"}


def test_pulses_by_hand(training, prices):
    lines = of_update(price(training, prices, "in-situ"))
    assert lines["set pulses"] == (3, 4.0 * 2.0 ** -24 * 2 * 2.0 ** -20)
    assert lines["reset pulses"] == (1, 1.0 * 2.0 ** -23 * 2.0 ** -20)
    assert lines["lines charged for set pulses"] == (3, (2 + 2) * 2.0 ** -50 * 4.0)
    half = 0.25 * 2.0 ** -16 * (0.75 * 4.0 * 2.0 ** -24 + 0.25 * 2.0 ** -23)
    assert lines["half-selected cells"] == (8, half)
    assert lines["verify reads: cells"] == (5, 0.25 * 2.0 ** -27 * 2.0 ** -16)
    assert lines["verify reads: columns sampled"] == (5, 2.0 ** -40)


def test_digital_accumulation_by_hand(training, prices):
    """Four weights, four neurons, one sample: two products each, states of 16 bits, gradients of 32 bits."""
    more = {event: found for event, found in of_update(price(training, prices, "digital")).items()
            if event not in of_update(price(training, prices, "in-situ"))}
    assert more == {"bits of two states, written and read": (4 * 16 * 2, 2.0 ** -43),
                    "MACs of gradients": (2 * 4, 2.0 ** -41),
                    "bits of gradients, read and written": (2 * 2 * 32 * 4, 2.0 ** -43)}


def test_both_architectures_pay_the_same_reads_and_pulses(training, prices):
    digital, in_situ = (price(training, prices, way) for way in ("digital", "in-situ"))
    for component in ("cells", "conversion", "programming", "neurons"):
        assert digital.by("component")[component] == in_situ.by("component")[component]
    assert digital.joules > in_situ.joules


def test_every_window_of_a_convolution_is_a_product(training, chip, prices):
    def macs(positions):
        array = dataclasses.replace(chip.arrays[0], positions=positions)
        workload = dataclasses.replace(training, chip=dataclasses.replace(chip, arrays=(array,)))
        return of_update(price(workload, prices))["MACs of gradients"][0]
    assert macs(7) == 7 * macs(1)


def test_selectors_spare_what_is_half_selected(training, chip, prices):
    free = dataclasses.replace(training, chip=dataclasses.replace(chip, half_select=0.0))
    assert of_update(price(free, prices))["half-selected cells"] == (8, 0.0)


def test_nonlinear_cells_draw_more_at_the_voltage_that_they_see(training, chip, prices):
    """A current that grows with the square of the voltage: gains 2 and 1 of pulses, 1 and 1/2 of half of them."""
    cells = dataclasses.replace(training, chip=dataclasses.replace(chip, gain=lambda volts: abs(volts)))
    lines, plain = (of_update(price(workload, prices)) for workload in (cells, training))
    assert lines["set pulses"][1] == 2 * plain["set pulses"][1] and lines["reset pulses"] == plain["reset pulses"]
    half = 0.25 * 2.0 ** -16 * (0.75 * 4.0 * 2.0 ** -24 + 0.25 * 2.0 ** -23 * 0.5)
    assert lines["half-selected cells"] == (8, half)


def test_the_cell_of_the_card_decides_about_half_selected_cells(training, chip, write_card):
    """A transistor keeps it off, in a crossbar it sees half of the voltage; a configuration decides."""
    def found(cell, half_select=None):
        workload = dataclasses.replace(training, chip=dataclasses.replace(chip, half_select=half_select))
        ledger = price(workload, load_prices(write_card(cell=cell)))
        joules = of_update(ledger)["half-selected cells"][1]
        return joules, [note for note in ledger.notes if "names no cell" in note]
    half = 0.25 * 2.0 ** -16 * (0.75 * 4.0 * 2.0 ** -24 + 0.25 * 2.0 ** -23)
    assert found("1T1R") == (0.0, []) and found("crossbar") == (half, [])
    assert found("1T1R", 0.5) == (half, []) and found("crossbar", 0.0) == (0.0, [])
    assert found(None)[0] == half and len(found(None)[1]) == 1


def test_the_initial_programming_is_priced_once(training, prices):
    """Pulses, lines, half-selected cells and verify reads of `initial` by hand; nothing of it is in the ledger."""
    lines = {line.event: (line.count, line.unit_price) for line in price_initial(training, prices).lines}
    assert lines["set pulses"] == (40, 4.0 * 2.0 ** -24 * 2 * 2.0 ** -20)
    assert lines["reset pulses"] == (10, 1.0 * 2.0 ** -23 * 2.0 ** -20)
    assert lines["half-selected cells"] == (100, 0.25 * 2.0 ** -16 * (0.8 * 4.0 * 2.0 ** -24 + 0.2 * 2.0 ** -23))
    assert lines["verify reads: cells"] == (60, 0.25 * 2.0 ** -27 * 2.0 ** -16)
    assert lines["verify reads: lines driven"] == (60, 2.0 ** -45)
    assert lines["verify reads: columns sampled"] == (60, 2.0 ** -40)
    more = dataclasses.replace(training, samples=7)
    assert price_initial(more, prices).joules == price_initial(training, prices).joules > 0
    bare = dataclasses.replace(training, initial={})
    assert price(bare, prices) == price(training, prices) and price_initial(bare, prices).lines == ()


def test_the_initial_programming_leaks_while_it_goes_on(training, write_card):
    """Two rows, 50 pulses on 4 devices: 13 cycles, and 60 reads by two converters."""
    leakage = '{ value = 1e6, unit = "W/m2", source = "test", kind = "chosen" }'
    card = load_prices(write_card(changed={"leakage": leakage}))
    seconds = 2 * 13 * (2.0 ** -24 + 2.0 ** -23) + 30 * (2.0 ** -27 + 2.0 ** -29)
    leak = next(line for line in price_initial(training, card).lines if line.component == "leak")
    assert leak.joules == pytest.approx(1e6 * cmos_area(training.chip, card) * seconds, rel=1e-12)


def test_refreshes_have_no_price_of_their_own(training, prices):
    done = dataclasses.replace(training.programming["input-output"], refreshes=1000)
    more = dataclasses.replace(training, programming={"input-output": done})
    assert price(more, prices).joules == price(training, prices).joules


def test_pulses_of_the_other_architecture_are_pointed_out(training, prices):
    def notes(workload, way):
        return [note for note in price(workload, prices, way).notes if "pulses were counted" in note]
    assert not notes(training, "digital") and notes(training, "in-situ")
    assert notes(dataclasses.replace(training, simulated="in-situ"), "digital")


def test_bad_input_is_refused(training, prices):
    with pytest.raises(ValueError, match="architecture: 'analog' is unknown; choose from digital, in-situ"):
        price(training, prices, "analog")
    with pytest.raises(ValueError, match="programming: set: -1 is negative"):
        Programming(set=-1)
    with pytest.raises(ValueError, match="programming: set_siemens: nan"):
        Programming(set=1, set_siemens=float("nan"))
