"""Trains on word and bit lines: the coincidences are, on average, the outer product, and the counts add up."""

import dataclasses
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import chi2

from graphs import RATE, build, loaded, parameters
from neurosim.crossbar.devices import DeviceSynapses, Placement
from neurosim.learning.estimator import Contrast
from neurosim.learning.pulses import Step
from neurosim.learning.rule import factors
from neurosim.learning.stochastic_pulses import LONGEST, Lines, TrainRule, coincide
from plain_devices import soft_bounds

KEY = np.uint64(0x9E3779B97F4A7C15)
ROWS, COLUMNS = np.linspace(-0.9, 1.0, 9), np.linspace(0.8, -0.6, 7)
REPEATS = 4000


def net_counts(lower, upper, strength, granularity=1.0, slots=LONGEST, repeats=REPEATS, threads=1):
    """Net set pulses of each of many updates, float (repeats, columns, rows)."""
    lines = Lines(len(lower), len(upper), slots, KEY, threads)
    totals = np.zeros((repeats + 1, len(upper), len(lower)))
    for n in range(repeats):
        lines.update(lower, upper, strength, granularity)
        totals[n + 1] = lines.set_counts - lines.reset_counts
    return np.diff(totals, axis=0)


def assert_mean(samples, expected):
    """Every cell within five standard errors, and all of them together by the sum of squares."""
    error = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
    deviation = (samples.mean(axis=0) - expected) / np.maximum(error, 1e-9)
    assert np.abs(deviation).max() < 5
    assert chi2.sf((deviation ** 2).sum(), deviation.size) > 1e-3


@pytest.mark.parametrize("strength", [0.3, -0.3, 2.6, -14.0])
def test_coincidences_are_the_outer_product_in_all_four_quadrants(strength):
    assert_mean(net_counts(ROWS, COLUMNS, strength), strength * np.outer(COLUMNS, ROWS))


def test_granularity_is_the_worth_of_a_pulse():
    assert_mean(net_counts(ROWS, COLUMNS, 0.004, granularity=0.002), 2 * np.outer(COLUMNS, ROWS))


@pytest.mark.parametrize("slots, strength", [(31, 100.0), (31, -250.0), (5, 17.0), (1, 3.0)])
def test_too_long_a_train_is_scaled_down_as_a_whole(slots, strength):
    """Update management: k = |strength| max max / granularity slots are wanted; all cells get slots / k of it."""
    wanted = abs(strength) * np.abs(ROWS).max() * np.abs(COLUMNS).max()
    assert wanted > slots
    expected = strength * np.outer(COLUMNS, ROWS) * slots / wanted
    assert_mean(net_counts(ROWS, COLUMNS, strength, slots=slots), expected)


def test_a_scaled_update_keeps_the_largest_cell_certain():
    samples = net_counts(ROWS, COLUMNS, 100.0, repeats=20)
    assert_array_equal(samples[:, 0, -1], np.full(20, 31.0))


@pytest.mark.parametrize("strength, magnitude", [(7.3, 1e-3), (7.3, 50.0)])
def test_unequal_magnitudes_are_balanced(strength, magnitude):
    """Tiny rows and large columns: the expectation stays, and no train is saturated."""
    samples = net_counts(ROWS * magnitude, COLUMNS / magnitude, strength)
    assert_mean(samples, strength * np.outer(COLUMNS, ROWS))


def test_successive_updates_are_independent():
    samples = net_counts(ROWS, COLUMNS, 2.0)
    centred = samples - samples.mean(axis=0)
    correlation = (centred[1:] * centred[:-1]).mean(axis=0) / centred.var(axis=0).clip(1e-12)
    assert np.abs(correlation).max() < 5 / np.sqrt(REPEATS)


def test_cells_of_different_lines_are_independent():
    samples = net_counts(ROWS, COLUMNS, 2.0)
    assert abs(np.corrcoef(samples[:, 0, 0], samples[:, -1, -1])[0, 1]) < 4 / np.sqrt(REPEATS)


@pytest.mark.parametrize("lower, upper, strength", [(ROWS * 0, COLUMNS, 1.0), (ROWS, COLUMNS * 0, 1.0),
                                                    (ROWS, COLUMNS, 0.0)])
def test_nothing_to_say_sends_no_pulse(lower, upper, strength):
    assert not net_counts(lower, upper, strength, repeats=3).any()


def test_silent_lines_get_no_pulses():
    rows = np.where(np.arange(9) == 4, 0, ROWS)
    lines = Lines(9, 7, LONGEST, KEY)
    for _ in range(200):
        lines.update(rows, COLUMNS, 5.0, 1.0)
    assert not lines.set_counts[:, 4].any() and not lines.reset_counts[:, 4].any()
    same_sign = np.outer(COLUMNS, rows) > 0
    assert not lines.reset_counts[same_sign].any() and not lines.set_counts[~same_sign].any()


def test_coincidences_count_common_slots():
    rising, falling = np.array([0b1011, 0], np.uint32), np.array([0, 0x7FFFFFFF], np.uint32)
    up, down = np.array([0b0110, 0x7FFFFFFF, 0], np.uint32), np.array([0, 0, 0b1], np.uint32)
    counts = np.zeros((3, 2), np.int32), np.zeros((3, 2), np.int32)
    coincide(rising, falling, up, down, *counts, 0, 3)
    assert_array_equal(counts[0], [[1, 0], [3, 0], [0, 1]])
    assert_array_equal(counts[1], [[0, 2], [0, 31], [1, 0]])


def test_threads_change_no_count():
    alone, shared = (net_counts(ROWS, COLUMNS, 5.0, repeats=50, threads=threads) for threads in (1, 3))
    assert_array_equal(alone, shared)


# ---- the rule ----
class Chip:
    """Synapses that only add up the pulses which they are sent."""

    def __init__(self, names, granularity):
        self.granularity, self.net, self.sent = dict.fromkeys(names, granularity), {}, 0

    def program(self, counts):
        for name, values in counts.items():
            self.net[name] = self.net.get(name, 0) + values
            self.sent += np.abs(values).sum()


def made_of(engine, changes, strengths, plus, minus):
    """A Step of one Contrast of two sets of states."""
    return Step(changes, strengths, partial(factors, engine, [Contrast(1.0, plus, minus)]))


def step_of(name, plus_scale, seed=1, strength=0.4, samples=2):
    """A Step of a small network, and what it should do on average, dict from connection to array."""
    network = build(name, RATE)
    engine = loaded(network, *parameters(network))
    random = np.random.default_rng(seed)
    minus = random.random((samples, sum(layer.units for layer in network.layers)))
    plus = minus + plus_scale * random.standard_normal(minus.shape)
    products = engine.correlate(plus, minus).weights
    strengths = dict.fromkeys(products, strength)
    step = made_of(engine, products, strengths, plus, minus)
    return step, {n: strength * v for n, v in products.items()}


def mean_of(kind, step, granularity, repeats):
    rule, samples = TrainRule(kind, 3), {name: [] for name in step.changes}
    for _ in range(repeats):
        chip = Chip(step.changes, granularity)
        rule.apply(chip, step)
        for name, values in chip.net.items():
            samples[name].append(values * granularity)
    return {name: np.array(values) for name, values in samples.items()}


@pytest.mark.parametrize("name", ["dense", "conv", "average"])
@pytest.mark.parametrize("kind", ["difference", "two-phase"])
def test_trains_are_on_average_the_difference_of_the_phases(kind, name):
    """b+ a+ - b- a-, summed over samples and positions."""
    step, expected = step_of(name, 0.2)
    for connection, samples in mean_of(kind, step, 0.1, 150).items():
        assert_mean(samples, expected[connection])


@pytest.mark.parametrize("kind", ["difference", "two-phase"])
def test_trains_of_several_contrasts_are_on_average_their_weighted_sum(kind):
    """A list of phases: each contrast sends trains of its own, as strong as its amount."""
    steps, wanted = zip(*(step_of("dense", 0.2, seed) for seed in (1, 2)))

    def factors(name):
        return [part._replace(amount=amount) for amount, step in zip((1.5, 0.5), steps) for part in step.factors(name)]

    both = dataclasses.replace(steps[0], factors=factors)
    for connection, samples in mean_of(kind, both, 0.1, 150).items():
        assert_mean(samples, 1.5 * wanted[0][connection] + 0.5 * wanted[1][connection])


class Diary(Chip):
    """Keeps every call in order."""

    def __init__(self, names, granularity):
        super().__init__(names, granularity)
        self.calls = []

    def program(self, counts):
        super().program(counts)
        self.calls += [(name, values.copy()) for name, values in counts.items() if values.any()]


def rising_and_falling():
    """States of two samples of a dense connection: the first raises every weight, the second lowers it."""
    network = build("dense", RATE)
    engine = loaded(network, *parameters(network))
    minus = np.full((2, sum(layer.units for layer in network.layers)), 0.5)
    plus = minus + np.array([[0.2], [-0.2]])
    return engine, plus, minus


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
@pytest.mark.parametrize("kind", ["difference", "two-phase"])
def test_samples_are_sent_in_their_order(kind, order):
    """Not all set pulses of the batch before all reset pulses: what a sample sends is what it sends alone, in turn."""
    engine, plus, minus = rising_and_falling()
    products = engine.correlate(plus, minus).weights
    step = made_of(engine, products, dict.fromkeys(products, 2.0), plus[order], minus[order])
    diary = Diary(products, 0.05)
    TrainRule(kind, 3).apply(diary, step)
    calls = [values for name, values in diary.calls if name == "dense1-dense2"]
    assert len(calls) == 4 and all((values >= 0).all() or (values <= 0).all() for values in calls)
    signs = [int(np.sign(values.sum())) for values in calls]
    each = [1 - 2 * order[0], 1 - 2 * order[1]] if kind == "difference" else None
    assert signs == ([each[0], each[0], each[1], each[1]] if each else [1, -1, 1, -1])


def test_a_device_feels_the_order_of_the_samples():
    """Soft bounds, set then reset or reset then set: the later direction has the last word."""
    engine, plus, minus = rising_and_falling()
    products, ends = engine.correlate(plus, minus).weights, []
    name = "dense1-dense2"
    for order in ([0, 1], [1, 0]):
        placement = Placement(mapping="offset", programming="bidirectional", ranges={name: 1.0})
        synapses = DeviceSynapses(soft_bounds(20), {name: np.zeros(products[name].shape)}, placement, threads=1)
        step = made_of(engine, {name: products[name]}, {name: 8.0}, plus[order], minus[order])
        TrainRule("difference", 3).apply(synapses, step)
        ends.append(synapses.weights[name])
    assert (ends[0] < -0.1).mean() > 0.9 and (ends[1] > 0.1).mean() > 0.9


def test_a_cell_gets_its_set_pulses_first_where_one_sample_sends_both():
    lines = Lines(2, 2, 1, KEY)
    lines.set_counts[...], lines.reset_counts[...] = [[3, 0], [2, 0]], [[1, 4], [0, 0]]
    first, second = lines.take()
    assert_array_equal(first, [[3, -4], [2, 0]])
    assert_array_equal(second, [[-1, 0], [0, 0]])
    assert lines.take() == []


def test_equal_phases_send_no_pulse_but_two_phases_send_many():
    step, _ = step_of("dense", 0.0)
    quiet, loud = (Chip(step.changes, 0.01) for _ in range(2))
    TrainRule("difference", 1).apply(quiet, step)
    TrainRule("two-phase", 1).apply(loud, step)
    assert quiet.sent == 0 and loud.sent > 500


def test_updates_are_a_function_of_the_seed_and_their_number():
    step, _ = step_of("dense", 0.2)
    chips = [Chip(step.changes, 0.05) for _ in range(5)]
    rule, other = TrainRule("difference", 1), TrainRule("difference", 2)
    rule.apply(chips[0], step)
    stored = rule.stored()
    rule.apply(chips[1], step)
    resumed = TrainRule("difference", 1)
    resumed.load(stored)
    resumed.apply(chips[2], step)
    TrainRule("difference", 1, threads=2).apply(chips[3], step)
    other.apply(chips[4], step)
    first, second, again, shared, stranger = (chip.net["dense1-dense2"] for chip in chips)
    assert_array_equal(second, again)
    assert_array_equal(first, shared)
    assert (first != second).any() and (first != stranger).any()


@pytest.mark.parametrize("slots", [0, 32, -1])
def test_trains_fit_a_word(slots):
    with pytest.raises(ValueError, match=f"trains: {slots} slots do not fit one word of 32 bits; give 1 to 31"):
        TrainRule("difference", 1, slots=slots)
