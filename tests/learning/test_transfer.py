"""Rules that write through a second memory: where zero lies, what a transfer moves, what a digital copy keeps."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.crossbar.devices import DeviceSynapses, Placement
from neurosim.learning.pulses import Step
from neurosim.learning.transfer import TransferRule, VerifyRule
from plain_devices import LOW, SPAN, linear, soft_bounds

SHAPE = (6, 5)


def chip(device, seed=1, values=None, mapping="offset", **options):
    weights = {"a": np.zeros(SHAPE, np.float32) if values is None else np.array(values, np.float32)}
    placement = Placement(mapping=mapping, programming="bidirectional", ranges={"a": 1.0}, **options)
    return DeviceSynapses(device, weights, placement, seed=seed, threads=1)


def shifted(*arguments, **options):
    rule = TransferRule(*arguments, **options)
    rule.shift()
    return rule


def step_of(values):
    return Step({"a": np.broadcast_to(np.float32(values), SHAPE).copy()}, {})


def symmetry_point(device, gain=1.0, tilt=0.0):
    """Part of the range where a set and a reset step of soft bounds cancel: up (1 - x) = down x."""
    up, down = (gain + tilt) * device["step_up"], (gain - tilt) * device["step_down"]
    return up / (up + down)


@pytest.mark.parametrize("asymmetry", [0.0, 0.2, -0.3])
def test_zero_shifting_finds_where_set_and_reset_steps_cancel(asymmetry):
    device = soft_bounds(200, asymmetry=asymmetry)
    rule = shifted(chip(device), seed=1, shifts=1200)
    point = symmetry_point(device, tilt=asymmetry)
    assert_allclose(rule.zero["a"], 2 * point - 1, atol=2 * 0.5 / 200)


def test_every_device_has_its_own_zero():
    device = soft_bounds(200, asymmetry_spread=0.1)
    rule = shifted(chip(device), seed=1, shifts=1200)
    scales = rule.fast.arrays()[0].cells.scales.reshape(2, *SHAPE)
    assert_allclose(rule.zero["a"], 2 * scales[0] / scales.sum(axis=0) - 1, atol=2 * 0.5 / 200)
    assert rule.zero["a"].std() > 0.05


def test_both_devices_of_a_pair_are_shifted_to_their_symmetry_point():
    device = soft_bounds(200, asymmetry=0.2)
    rule = shifted(chip(device, mapping="pair"), seed=1, shifts=2400)
    for array in rule.fast.arrays():
        part = (array.conductances() - LOW) / SPAN
        assert_allclose(part, symmetry_point(device, tilt=0.2), atol=0.5 / 200)


def test_transfer_conserves_what_the_fast_array_has_gathered():
    """Pulses of C and the rest of H are rate times the sum of A - A0 over all transfers."""
    slow, fast = chip(linear(400), seed=2), chip(linear(400), values=np.linspace(-0.2, 0.3, 30).reshape(SHAPE))
    rule = shifted(fast, seed=1, every=3, rate=0.7, shifts=0)
    before, random, gathered = slow.weights["a"], np.random.default_rng(1), 0.0
    for number in range(1, 22):
        rule.apply(slow, step_of(random.normal(0, 0.01, SHAPE)))
        if number % 3 == 0:
            gathered = gathered + rule.rate * (rule.fast.weights["a"] - rule.zero["a"])
    moved = slow.weights["a"] - before
    assert np.abs(moved).max() > 0.05
    assert_allclose(moved + rule.registers["a"] * slow.granularity["a"], gathered, atol=1e-5)
    assert (np.abs(rule.registers["a"]) < 1).all()


def test_nothing_is_transferred_between_transfers_or_at_zero():
    slow = chip(linear(400), seed=2)
    before = slow.weights["a"].copy()
    rule = shifted(chip(linear(400)), seed=1, every=4, shifts=0)
    for _ in range(3):
        rule.apply(slow, step_of(0.05))
    assert_array_equal(slow.weights["a"], before)
    quiet = shifted(chip(linear(400), values=np.full(SHAPE, 0.2)), seed=1, every=1, rate=1.0, shifts=40)
    for _ in range(5):
        quiet.apply(slow, step_of(0.0))
    assert_array_equal(slow.weights["a"], before)


def test_the_fast_array_gathers_changes_on_average():
    rule = shifted(chip(linear(1000)), seed=1, every=10 ** 6, shifts=0)
    for _ in range(100):
        rule.apply(chip(linear()), step_of(0.3 * 0.002))
    change = (rule.fast.weights["a"] - rule.zero["a"]) / 0.002
    assert change.mean() == pytest.approx(30, abs=4 * np.sqrt(100 * 0.21 / change.size))


def test_a_stored_transfer_rule_goes_on_as_if_never_interrupted():
    device = soft_bounds(200, c2c=0.3, step_spread=0.2)
    random = np.random.default_rng(2)
    changes = [step_of(random.normal(0, 0.02, SHAPE)) for _ in range(12)]
    slow = [chip(device, seed=2) for _ in range(2)]
    whole, first, second = (shifted(chip(device), seed=1, every=3, rate=0.5, shifts=20) for _ in range(3))
    for change in changes:
        whole.apply(slow[0], change)
    for change in changes[:7]:
        first.apply(slow[1], change)
    second.load({key: np.array(values) for key, values in first.stored().items()})
    for change in changes[7:]:
        second.apply(slow[1], change)
    assert_array_equal(slow[0].weights["a"], slow[1].weights["a"])
    assert_array_equal(whole.fast.weights["a"], second.fast.weights["a"])
    assert_array_equal(whole.registers["a"], second.registers["a"])


# ---- write-verify ----
@pytest.mark.parametrize("mapping, devices", [("offset", 1), ("pair", 2)])
def test_verified_weights_stay_within_the_tolerance_of_the_digital_copy(mapping, devices):
    device = linear(200, c2c=0.3, step_spread=0.2)
    synapses = chip(device, mapping=mapping)
    rule, random, copy = VerifyRule(synapses.weights), np.random.default_rng(3), synapses.weights["a"].astype(float)
    for _ in range(20):
        change = random.normal(0, 0.02, SHAPE)
        rule.apply(synapses, step_of(change))
        copy = copy + change
        assert_allclose(rule.wanted["a"], copy, atol=1e-5)
        assert np.abs(synapses.weights["a"] - rule.wanted["a"]).max() < devices * 0.501 * synapses.granularity["a"]


def test_the_digital_copy_keeps_changes_below_a_pulse():
    synapses = chip(linear(100))
    rule, start = VerifyRule(synapses.weights), synapses.weights["a"]
    for _ in range(100):
        rule.apply(synapses, step_of(0.1 * synapses.granularity["a"]))
    step = synapses.granularity["a"]
    assert_allclose(synapses.weights["a"] - start, 10 * step, atol=0.51 * step)
    restored = VerifyRule({"a": np.zeros(SHAPE)})
    restored.load(rule.stored())
    assert_array_equal(restored.wanted["a"], rule.wanted["a"])


def test_transfers_happen():
    with pytest.raises(ValueError, match="tiki-taka: a transfer every 0 updates is none; give 1 or more"):
        TransferRule(chip(linear(100)), seed=1, every=0, shifts=0)


def test_the_fast_array_drifts_by_the_clock_of_the_chip():
    device = linear(drift=0.05)
    synapses, rule = chip(device), shifted(chip(device, seed=2), seed=1, every=10 ** 6, shifts=0)
    before = rule.fast.arrays()[0].conductances().astype(float)
    synapses.set_time(1e4)
    rule.apply(synapses, step_of(0.0))
    assert_allclose(rule.fast.arrays()[0].conductances(), before * 1e4 ** -0.05, rtol=1e-6)


@pytest.mark.parametrize("every", [1, 3])
def test_pulses_and_reads_of_the_fast_array_are_counted_with_those_of_the_chip(every):
    synapses, rule = chip(linear()), shifted(chip(linear(), seed=2), seed=1, every=every, rate=5.0, shifts=2)
    arrays = [*synapses.arrays(), *rule.fast.arrays()]
    before, reads = sum(array.pulses.sum() for array in arrays), synapses.counts.verify["a"]
    sent = synapses.counts.set["a"] + synapses.counts.reset["a"]
    for _ in range(6):
        rule.apply(synapses, step_of(0.05))
    counted = synapses.counts.set["a"] + synapses.counts.reset["a"] - sent
    assert counted == sum(array.pulses.sum() for array in arrays) - before > 6 * np.prod(SHAPE)
    assert synapses.counts.verify["a"] - reads == 6 // every * np.prod(SHAPE)
