"""Digital pulse rules: nothing is lost, nothing is made up."""

from functools import partial

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import binomtest

from neurosim.learning.pulses import ROUNDINGS, DigitalRule, Step, accumulate, round_stochastically
from neurosim.streams import stream

GRANULARITY = 0.25


class Chip:
    """Synapses that only note the pulses which they are sent."""

    granularity = {"a": GRANULARITY, "b": 2 * GRANULARITY}

    def __init__(self):
        self.programmed = []

    def program(self, counts):
        self.programmed.append(counts)

    def total(self, name):
        return sum(counts[name] for counts in self.programmed)


def step_of(changes):
    return Step({name: np.array(values, np.float32) for name, values in changes.items()}, {})


def rounded(rounding, wanted, seed=0):
    register = np.zeros(np.shape(wanted), np.float32)
    return ROUNDINGS[rounding](np.array(wanted, np.float32), register, partial(stream, seed, "rounding"))


@hypothesis.given(st.lists(st.lists(st.floats(-40, 40, width=32), min_size=3, max_size=3), min_size=1, max_size=30))
def test_the_accumulator_loses_nothing(history):
    """Pulses fired and the rest in the register are the sum of all changes; the rest is below one pulse."""
    rule, chip = DigitalRule("accumulate", 0, {"a": np.zeros(3)}), Chip()
    for change in history:
        rule.apply(chip, step_of({"a": change}))
    kept = chip.total("a") * GRANULARITY + rule.registers["a"] * GRANULARITY
    largest = np.abs(history).max() / GRANULARITY + 1
    assert_allclose(kept, np.sum(history, axis=0), atol=GRANULARITY * 1e-7 * largest * len(history))
    assert (np.abs(rule.registers["a"]) < 1).all()


def test_small_changes_fire_a_pulse_when_they_add_up():
    register, fired = np.zeros(1, np.float32), []
    for _ in range(10):
        fired.append(int(accumulate(np.float32([0.25]), register, None)[0]))
    assert fired == [0, 0, 0, 1, 0, 0, 0, 1, 0, 0] and register == 0.5


@pytest.mark.parametrize("wanted", [0.1, 0.5, 0.93, 2.3, -0.1, -0.75, -3.6])
def test_stochastic_rounding_is_unbiased(wanted):
    counts = rounded("stochastic", np.full(200_000, wanted))
    low = int(np.floor(wanted))
    assert set(np.unique(counts)) == {low, low + 1}
    assert binomtest(int((counts == low + 1).sum()), counts.size, np.float32(wanted) - low).pvalue > 1e-3


def test_whole_pulses_are_not_rounded():
    wanted = np.arange(-5, 6)
    for rounding in ("accumulate", "stochastic", "nearest"):
        assert_array_equal(rounded(rounding, wanted), wanted)
    assert_array_equal(round_stochastically(np.float32([0.0, -0.0]), None, partial(stream, 0, "rounding")), [0, 0])


def test_the_nearest_pulse_has_a_dead_zone_of_half_a_pulse():
    assert_array_equal(rounded("nearest", [0.49, -0.49, 0.51, -0.51, 1.49, -2.6]), [0, 0, 1, -1, 1, -3])
    rule, chip = DigitalRule("nearest", 0, {"a": np.zeros(1)}), Chip()
    for _ in range(100):
        rule.apply(chip, step_of({"a": [0.4 * GRANULARITY]}))
    assert chip.total("a") == 0 and not rule.registers["a"].any()


def test_the_sign_rule_sends_one_pulse_at_most():
    assert_array_equal(rounded("sign", [7.0, -900.0, 0.011, -0.011, 0.009, -0.009, 0.0]), [1, -1, 1, -1, 0, 0, 0])


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_counts_are_in_pulses_of_their_own_connection(rounding):
    rule, chip = DigitalRule(rounding, 0, {"a": np.zeros(2), "b": np.zeros(2)}), Chip()
    rule.apply(chip, step_of({"a": [2 * GRANULARITY, -GRANULARITY], "b": [2 * GRANULARITY, -4 * GRANULARITY]}))
    expected = {"a": [2, -1], "b": [1, -2]} if rounding != "sign" else {"a": [1, -1], "b": [1, -1]}
    for name, counts in chip.programmed[0].items():
        assert counts.dtype.kind in "if"
        assert_array_equal(counts, expected[name])


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_a_stored_rule_goes_on_as_if_never_interrupted(rounding):
    changes = [{"a": np.random.default_rng(n).normal(size=50)} for n in range(6)]
    whole, first, second = (DigitalRule(rounding, 5, {"a": np.zeros(50)}) for _ in range(3))
    chips = Chip(), Chip()
    for change in changes:
        whole.apply(chips[0], step_of(change))
    for change in changes[:3]:
        first.apply(chips[1], step_of(change))
    second.load({name: np.array(values) for name, values in first.stored().items()})
    for change in changes[3:]:
        second.apply(chips[1], step_of(change))
    for one, other in zip(*(chip.programmed for chip in chips)):
        assert_array_equal(one["a"], other["a"])


def test_draws_differ_from_update_to_update_and_from_seed_to_seed():
    change, chips = step_of({"a": np.full(1000, 0.5 * GRANULARITY)}), (Chip(), Chip())
    for chip, seed in zip(chips, (1, 2)):
        rule = DigitalRule("stochastic", seed, {"a": np.zeros(1000)})
        for _ in range(2):
            rule.apply(chip, change)
    draws = [counts["a"] for chip in chips for counts in chip.programmed]
    for i, one in enumerate(draws):
        for other in draws[:i]:
            assert abs(np.corrcoef(one, other)[0, 1]) < 0.15


def test_a_register_that_does_not_fit_is_refused():
    rule = DigitalRule("accumulate", 0, {"a": np.zeros((2, 3))})
    with pytest.raises(ValueError) as caught:
        rule.load({"updates": 1, "a": np.zeros(5)})
    assert str(caught.value) == "pulse rule: the register of a needs the shape (2, 3); the file holds (5,)"
