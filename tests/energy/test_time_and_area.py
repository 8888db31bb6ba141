"""Latency of a step and of an update, area of a chip: by hand and by their laws."""

import dataclasses
import functools

import pytest

from neurosim.energy import area, latency, load_prices, priced
from neurosim.energy.adc import converter_area
from neurosim.energy.area import bit_area, memory_bits

approx = functools.partial(pytest.approx, rel=1e-9, abs=0)    # joules are far below its usual tolerance


def changed(workload, array=None, **chip):
    arrays = (dataclasses.replace(workload.chip.arrays[0], **(array or {})),)
    return dataclasses.replace(workload, chip=dataclasses.replace(workload.chip, arrays=arrays, **chip))


def test_a_step_by_hand(inference, prices):
    pace = latency(inference, prices)
    assert (pace.drive, pace.settle) == (2.0 ** -30, 2.0 ** -27)
    assert pace.convert == (1 + 1.5) * 2.0 ** -29    # 3 charges given off in 2 conversions
    assert (pace.neuron, pace.barrier) == (2.0 ** -28, 2.0 ** -22)    # two circuits, the layer without any has 128
    assert pace.sample == pace.step == pace.drive + pace.settle + pace.convert + pace.neuron + pace.barrier


def test_windows_and_directions_follow_one_another(inference, prices):
    one, many = latency(inference, prices), latency(changed(inference, {"positions": 9}), prices)
    assert many.settle == 9 * one.settle and many.convert == 9 * one.convert and many.barrier == one.barrier
    both = latency(changed(inference, {"backward": True}), prices)
    assert both.settle == 2 * one.settle


def test_backward_reads_take_the_windows_that_send(inference, prices):
    """A mean pooled over 2 x 2: 100 positions forwards, 25 positions that send backwards."""
    chip = {"positions": 100, "backward_positions": 25, "backward": True}
    assert latency(changed(inference, chip), prices).settle == 125 * inference.chip.read_seconds


@pytest.mark.parametrize("bits", [1, 4])
def test_negative_signals_take_a_second_read_or_a_second_driver(inference, prices, bits):
    """A DAC of several bits has its sign in them, the driver of a spike has not."""
    none, two_sided, two_cycles = (changed(inference, {"forward_bits": bits, "forward_negative": negative})
                                   for negative in ("none", "two-sided", "two-cycles"))
    paces, drivers = zip(*((latency(each, prices), area(each.chip, prices)["drivers"])
                           for each in (none, two_sided, two_cycles)))
    assert paces[0] == paces[1] and drivers[0] == drivers[2]
    for stage in ("drive", "settle", "convert"):
        assert getattr(paces[2], stage) == 2 * getattr(paces[0], stage)
    assert paces[2].neuron == paces[0].neuron
    assert drivers[1] == (2 * drivers[0] if bits == 1 else drivers[0])


def test_half_sweeps_follow_one_another(inference, prices):
    """Forwards with the upper layer and backwards with the lower one: the same reads, two updates and two barriers."""
    both = changed(inference, {"lower": "hidden", "upper": "output", "backward": True},
                   layers={"hidden": 5, "output": 3})
    whole = latency(both, prices)
    halves = latency(changed(both, sweeps=(("hidden",), ("output",))), prices)
    for stage in ("drive", "settle", "convert"):
        assert getattr(halves, stage) == approx(getattr(whole, stage))
    assert halves.barrier == 2 * whole.barrier
    alone = [latency(changed(both, layers={name: units}), prices).neuron for name, units in both.chip.layers.items()]
    assert halves.neuron == sum(alone) and whole.neuron == max(alone)


def test_neuron_circuits_can_be_chosen(inference, prices):
    """300 units: on the two converters below by default, on as many as are asked for, one at a time on one."""
    wide = changed(inference, layers={"output": 300})
    own, many, one = (latency(changed(wide, neuron_circuits=number), prices) for number in (None, 7, 1))
    assert (own.neurons_of, own.circuits) == ("output", 2)
    assert [pace.neuron for pace in (own, many, one)] == [150 * 2.0 ** -28, 43 * 2.0 ** -28, 300 * 2.0 ** -28]


def test_sums_that_share_a_converter_follow_one_another(inference, prices):
    wide = {"columns": 64}
    fast, slow = (latency(changed(inference, wide, readout="adc", mux=mux), prices) for mux in (1, 16))
    assert slow.convert == approx(16 * fast.convert)
    assert latency(changed(inference, {**wide, "column_tiles": 8}, readout="adc", mux=16), prices).convert == \
        approx(8 * fast.convert)    # 8 columns in a tile


def test_a_ramp_takes_all_its_cycles(inference, prices):
    pace = latency(changed(inference, readout="adc", architecture="ramp", adc_bits=6, mux=1), prices)
    assert pace.convert == 64 * 2.0 ** -29


def test_arrays_run_side_by_side(inference, prices):
    chip = inference.chip
    second = dataclasses.replace(chip.arrays[0], name="output-more", lower="output", upper="more", positions=4)
    both = dataclasses.replace(inference, chip=dataclasses.replace(chip, arrays=(*chip.arrays, second)))
    pace = latency(both, prices)
    assert pace.slowest == "output-more" and pace.settle == 4 * chip.read_seconds


def test_programming_goes_row_by_row(training, prices):
    pulse = 2.0 ** -24 + 2.0 ** -23
    reads = 5 / 2 * (2.0 ** -27 + 2.0 ** -29)    # two converters
    assert latency(training, prices).update == 2 * pulse + reads
    tiled = latency(changed(training, {"row_tiles": 2}), prices)
    assert tiled.update == pulse + reads / 2
    assert latency(training, prices, "in-situ").update == pulse
    assert latency(training, prices).sample == approx(3 * latency(training, prices).step + 2 * pulse + reads)


def test_who_is_not_nudged_takes_no_part_in_an_update(training, prices):
    """Trains of pulses in the array are sent sample by sample; what was summed up before is programmed once."""
    some = dataclasses.replace(training, samples=4 * training.samples, taught=training.samples)
    for way in ("in-situ", "digital"):
        assert latency(some, prices, way).update == latency(training, prices, way).update


def test_area_by_hand(inference, prices):
    found = area(inference.chip, prices, "digital")
    square = (32e-9) ** 2
    assert found["cells"] == approx(4 * 16 * square)
    assert found["converters"] == approx(2 * 1e-10) and found["drivers"] == approx(2 * 1e-13)
    assert found["sram"] == approx((4 * 64 + 2 * 4 * 16 + 4 * 32) * 160 * square)
    assert area(inference.chip, prices)["sram"] == approx(4 * 64 * 160 * square)


def test_every_product_of_a_gradient_keeps_a_state_of_every_neuron(training, prices):
    two, four = (memory_bits(training.chip, prices, "in-situ", products) for products in (2, 4))
    assert four - two == 2 * 4 * 16
    more = dataclasses.replace(training, products=4)
    areas = [priced(workload, prices, load_prices("digital-baselines")).areas["digital"]["sram"]
             for workload in (training, more)]
    assert areas[1] - areas[0] == approx(2 * 4 * 16 * bit_area(prices))


def test_a_transposed_read_takes_a_second_side(inference, prices):
    one, both = (area(changed(inference, {"backward": backward}).chip, prices) for backward in (False, True))
    assert both["converters"] == 2 * one["converters"] and both["drivers"] == 2 * one["drivers"]
    assert both["cells"] == one["cells"]


def test_both_columns_of_a_pair_are_driven_backwards(inference, prices):
    """Two rows in two column tiles, then two columns of pairs in three row tiles; with a 4-bit DAC for each of them."""
    pair = {"devices_per_weight": 2, "column_tiles": 2, "row_tiles": 3}
    alone, both = (area(changed(inference, {**pair, "backward": backward, "backward_bits": 4}).chip, prices)["drivers"]
                   for backward in (False, True))
    assert alone == approx(2 * 2 * 1e-13)
    assert both - alone == approx(2 * 2 * 3 * (1e-13 + 1e-12 / 16))


def test_sharing_converters_saves_their_area(inference, prices):
    areas = [area(changed(inference, {"columns": 64}, readout="adc", mux=mux).chip, prices)["converters"]
             for mux in (1, 8, 64)]
    assert areas == approx([count * converter_area(8, 32, 1e9) for count in (64, 8, 1)])
