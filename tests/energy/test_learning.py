"""What an update costs: pulses, what they disturb, and the memory of a digital gradient."""

import dataclasses

import pytest

from neurosim.energy import Programming, price
from neurosim.energy.learning import PRODUCTS


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
                    "MACs of gradients": (PRODUCTS * 4, 2.0 ** -41),
                    "bits of gradients, read and written": (2 * PRODUCTS * 32 * 4, 2.0 ** -43)}


def test_both_architectures_pay_the_same_reads_and_pulses(training, prices):
    digital, in_situ = (price(training, prices, way) for way in ("digital", "in-situ"))
    for component in ("cells", "conversion", "programming", "neurons"):
        assert digital.by("component")[component] == in_situ.by("component")[component]
    assert digital.joules > in_situ.joules


def test_every_window_of_a_convolution_is_a_product(training, chip, prices):
    def macs(windows):
        array = dataclasses.replace(chip.arrays[0], windows=windows)
        workload = dataclasses.replace(training, chip=dataclasses.replace(chip, arrays=(array,)))
        return of_update(price(workload, prices))["MACs of gradients"][0]
    assert macs(7) == 7 * macs(1)


def test_selectors_spare_what_is_half_selected(training, chip, prices):
    free = dataclasses.replace(training, chip=dataclasses.replace(chip, half_select=0.0))
    assert of_update(price(free, prices))["half-selected cells"] == (8, 0.0)


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
