"""How many pulses may be asked for, which laws pulses can be counted by, and what is said when programming missed."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.crossbar import IdealSynapses
from neurosim.crossbar.devices import DeviceSynapses, Placement
from neurosim.crossbar.misses import Miss, programming_warnings
from neurosim.crossbar.placement import CROSSINGS, MANY, usable_step, whole_pulses
from neurosim.learning.pulses import ROUNDINGS, DigitalRule, Step
from neurosim.learning.transfer import TransferRule
from neurosim.memristor.device import load_device
from neurosim.measurements.types import StepTable
from plain_devices import HIGH, LOW, SPAN, linear, soft_bounds

SHAPE = (30, 40)
WEIGHTS = np.random.default_rng(3).uniform(-0.4, 0.4, SHAPE).astype(np.float32)


def chip(device=None, weights=WEIGHTS, programming="bidirectional", **options):
    """Pairs of devices whose largest weight is 1."""
    placement = Placement(mapping="pair", programming=programming, ranges={"a": 1.0}, **options)
    return DeviceSynapses(device or linear(), {"a": weights}, placement, seed=2, threads=1)


def table(up, down=-1e-7):
    """Measured steps, the same at all conductances and probabilities [S]."""
    ends = np.array([LOW, HIGH])
    card = load_device("sandia-enode", {"g_min": LOW, "g_max": HIGH, "scatter": 0.0})
    return card, StepTable(g=ends, cdf=[0, 1], up=np.full((2, 2), up), down=np.full((2, 2), down), source="table")


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int32, np.int64])
def test_whole_numbers_become_the_same_integers(kind):
    wanted = np.array([[3, -2, 0], [MANY, -MANY, 1]], kind)
    counts = whole_pulses(wanted, "a", crossing=64)
    assert counts.dtype == np.int64
    assert_array_equal(counts, [[3, -2, 0], [MANY, -MANY, 1]])


@pytest.mark.parametrize("wanted, asked", [
    (MANY + 1, "1e+04 pulses"), (-4e9, "4e+09 pulses"), (1e30, "1e+30 pulses"), (np.inf, "more pulses than can be"),
    (-np.inf, "more pulses than can be"), (np.nan, "more pulses than can be")])
def test_more_than_a_range_takes_is_refused(wanted, asked):
    with pytest.raises(ValueError) as caught:
        whole_pulses(np.array([0.0, wanted, 1.0]), "conv1-conv2", crossing=64)
    message = str(caught.value)
    assert asked in message and "conv1-conv2, whose whole range takes 64" in message and "optimiser.rates" in message
    assert "\n" not in message


def test_fine_devices_may_be_asked_for_more():
    fine = 20_000.0
    assert whole_pulses(np.array([CROSSINGS * fine]), "a", fine)[0] == CROSSINGS * fine
    with pytest.raises(ValueError, match="whose whole range takes 20,000, and at most 200,000 are sent at once"):
        whole_pulses(np.array([CROSSINGS * fine + 1]), "a", fine)


@pytest.mark.parametrize("rounding", sorted(set(ROUNDINGS) - {"sign"}))
@pytest.mark.parametrize("change", [1e30, np.inf, np.nan])
def test_rules_that_ask_for_too_much_end_in_a_sentence(rounding, change):
    synapses = chip()
    before = synapses.weights["a"]
    step = Step({"a": np.full(SHAPE, change, np.float32)}, {})
    with pytest.raises(ValueError, match="synapses: an update asks for"), np.errstate(all="ignore"):
        DigitalRule(rounding, 0, {"a": WEIGHTS}).apply(synapses, step)
    assert_array_equal(synapses.weights["a"], before)


def test_the_fast_array_refuses_as_well():
    rule = TransferRule(chip(weights=0 * WEIGHTS), 0, shifts=0)
    with pytest.raises(ValueError, match="asks for 1e.07 pulses at one weight of a, whose whole range takes 200"):
        rule.apply(chip(), Step({"a": np.full(SHAPE, 1e5, np.float32)}, {}))


def test_write_verify_sends_no_more_than_cross_the_range():
    """A read that is off by the whole range many times over must not be answered by as many pulses."""
    sent = []
    synapses = chip(linear(100), rounds=3)
    programmer, array = synapses.programmer, synapses.mappings["a"].arrays["plus"]
    pulse, read = programmer._pulse, array.conductances
    array.conductances = lambda: read() + np.float32(50 * SPAN)
    programmer._pulse = lambda name, role, counts: (sent.append(np.abs(counts).max()), pulse(name, role, counts))
    synapses.write({"a": WEIGHTS})
    assert max(sent) == 100


@pytest.mark.parametrize("device, words", [
    (linear(step_up=1e-15), "set pulses move the conductance by 1e-15 S on average, so that more than 100,000 are"),
    (soft_bounds(step_down=1e-12), "S on average, so that more than 100,000 are needed to cross the range"),
    (linear(asymmetry=-0.99, step_up=1e-9), "set pulses move the conductance by 1e-11 S"),
    (load_device("nandakumar-2020-pcm", {"amplitude_down": 1000}), "one reset pulse moves"),
    (linear(slope_up=-100.0, step_up=SPAN / 10), "one set pulse moves"),
])
def test_laws_whose_pulses_cannot_be_counted(device, words):
    with pytest.raises(ValueError) as caught:
        usable_step(device)
    assert words in str(caught.value) and str(caught.value).startswith(f"device card {device.stem}.toml: ")


@pytest.mark.parametrize("up, down, words", [
    (0.0, -1e-7, "set pulses do not raise the conductance, their mean step over the range is 0 S"),
    (-1e-7, -1e-7, "set pulses do not raise the conductance, their mean step over the range is -1e-07 S"),
    (1e-7, 1e-7, "reset pulses do not lower the conductance, their mean step over the range is 1e-07 S"),
])
def test_tables_of_steps_that_lead_nowhere(up, down, words):
    with pytest.raises(ValueError) as caught:
        usable_step(*table(up, down))
    assert words in str(caught.value)


def test_usable_steps_are_those_in_the_middle():
    assert usable_step(linear(100)) == pytest.approx(SPAN / 100)
    assert usable_step(soft_bounds(100)) == pytest.approx(SPAN / 200)
    assert usable_step(*table(2e-8, -4e-8)) == pytest.approx(3e-8)


def test_nothing_is_said_about_weights_that_were_written():
    synapses = chip()
    miss = synapses.missed["a"]
    assert miss.devices == 2 * WEIGHTS.size and miss.weights == WEIGHTS.size and not sum(miss.reasons.values())
    assert_allclose(miss.wanted, np.sqrt(np.mean(WEIGHTS.astype(float) ** 2)))
    assert miss.error < synapses.granularity["a"]
    assert list(programming_warnings(synapses)) == list(programming_warnings(IdealSynapses({}))) == []


def test_one_round_goes_half_of_the_way():
    """From the lowest conductance, one round of write-verify sends half of the pulses; a pair keeps w / 2 of w."""
    synapses = chip(linear(1000), rounds=1)
    miss = synapses.missed["a"]
    assert_allclose(miss.size, 0.5, atol=0.01)
    assert miss.share > 0.99 and miss.reasons["unfinished"] == sum(miss.reasons.values())
    sentence, = programming_warnings(synapses)
    assert "of the devices of a, and weights are off by 50%" in sentence and "raise synapses.rounds" in sentence


@pytest.mark.parametrize("device, options, reason, key", [
    (linear(stuck_off=0.1), {}, "stuck", "stuck_"),
    (linear(g_max_spread=0.4), {"programming": "one-sided"}, "out of reach", "synapses.ranges"),
    (linear(levels=5), {}, "coarse", "device.levels"),
    (linear(1000, endurance=3), {}, "worn", "device.endurance"),
    (linear(1000, write_noise=0.1 * SPAN), {"rounds": 60}, "noisy", "write_noise"),
    (soft_bounds(400), {"rounds": 3}, "unfinished", "synapses.rounds"),
    (load_device("gong-2018-reram-es", {"amplitude_up": -1.5, "rate_up": 0.0, "step_up": 1e-7}), {}, "refused", ""),
])
def test_the_reason_is_named_with_the_key_to_change(device, options, reason, key):
    if reason == "refused":
        with pytest.raises(ValueError, match="set pulses do not raise"):
            chip(device, **options)
        return
    synapses = chip(device, weights=2 * WEIGHTS if options.get("programming") else WEIGHTS, **options)
    reasons = synapses.missed["a"].reasons
    assert max(reasons, key=reasons.get) == reason and reasons[reason] > 0.02 * synapses.missed["a"].devices
    sentence, = programming_warnings(synapses)
    assert key in sentence


def test_a_set_branch_that_ends_early_is_named():
    """Set pulses stop at 30 % of the range, reset pulses begin at its top: what lies above is never reached."""
    nodes = {"nodes_up": [SPAN / 50, SPAN / 50, 0, 0, 0, 0, 0], "nodes_down": [SPAN / 50] * 7}
    device = load_device("ideal-device", {"g_min": LOW, "g_max": HIGH})
    synapses = chip(replace(device, law="piecewise", values={**device.values, **nodes}))
    assert synapses.missed["a"].reasons["still"] > 0.9 * WEIGHTS.size
    assert "pulses do not move them any further" in next(programming_warnings(synapses))


def test_stuck_devices_are_counted_one_by_one():
    synapses = chip(linear(stuck_off=0.1))
    stuck = sum(int(array.stuck.sum()) for array in synapses.arrays())
    assert 0.9 * stuck <= synapses.missed["a"].reasons["stuck"] <= stuck    # some are stuck where they should be


def test_weights_beyond_the_range_are_named():
    synapses = chip()
    synapses.write({"a": 4 * WEIGHTS})
    miss = synapses.missed["a"]
    assert miss.clipped == np.sum(np.abs(4 * WEIGHTS) > 1)
    sentence, = programming_warnings(synapses)
    assert "of the weights of a lie outside the range" in sentence and "synapses.ranges" in sentence


@pytest.mark.parametrize("programming, told", [("bidirectional", 1), ("one-sided", 0)])
def test_devices_that_one_reset_pulse_erases(programming, told):
    sentences = list(programming_warnings(chip(load_device("nandakumar-2020-pcm"), programming=programming)))
    erased = [sentence for sentence in sentences if "one reset pulse takes" in sentence]
    assert len(erased) == told
    assert not told or "over 166% of its range" in erased[0] and 'synapses.programming = "one-sided"' in erased[0]


def test_a_miss_is_stored_with_the_chip():
    synapses, other = chip(linear(stuck_off=0.1)), chip(linear(stuck_off=0.1))
    synapses.write({"a": 4 * WEIGHTS})
    other.load(synapses.stored())
    assert other.missed == synapses.missed
    assert Miss.load(synapses.missed["a"].stored()) == synapses.missed["a"]
    old = {key: values for key, values in synapses.stored().items() if not key.startswith("missed.")}
    other.load(old)
    assert other.missed == {} and not list(programming_warnings(other)), "a file of an older version says nothing"


@pytest.mark.parametrize("changes, words", [
    ({"mapping": "pairs"}, "synapses.mapping = 'pairs' is unknown; did you mean 'pair'?"),
    ({"programming": "both"}, "synapses.programming = 'both' is unknown; choose from bidirectional, one-sided"),
    ({"programming": "one-sided", "mapping": "offset"}, 'synapses.programming: "one-sided" needs two devices'),
    ({"rounds": 0}, "synapses.rounds = 0 is below 1; give 1 to 10000"),
    ({"rounds": 10 ** 9}, "synapses.rounds = 1e+09 exceeds 10000"),
    ({"tolerance": 0}, "synapses.tolerance = 0 is below 0.01, closer than pulses can come"),
    ({"tolerance": float("nan")}, "synapses.tolerance = nan is not a finite number"),
    ({"ranges": {"a": 0.0}}, "synapses: the largest weight of a = 0 is below 1e-12"),
])
def test_placements_that_make_no_sense(changes, words):
    with pytest.raises(ValueError) as caught:
        DeviceSynapses(linear(), {"a": WEIGHTS}, Placement(**{"mapping": "pair", "programming": "bidirectional",
                                                              "ranges": {"a": 1.0}, **changes}))
    assert str(caught.value).startswith(words)
