"""Estimators as lists of phases: built-in ones, lists of your own, their order, and every list that cannot work."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from graphs import RATE, SPIKING, build, loaded, parameters, samples
from neurosim.experiment.config import Config, parse_config
from neurosim.learning.estimator import Phase, built_in, checked, moment, noise_numbers, order, pairs
from neurosim.learning.phases import Phases, run_phases
from neurosim.learning.rule import gradient
from neurosim.tables import from_table, to_table

B = 0.1
#: The derivative from five points, whose bias is of fourth order.
FIVE = (Phase(beta=B, weight=8), Phase(beta=-B, weight=-8), Phase(beta=2 * B, weight=-1), Phase(beta=-2 * B, weight=1))
TIMES = {"free_steps": 18, "nudge_steps": 9, "window": 6}


def case(net="average", neurons=SPIKING, count=2):
    network = build(net, neurons)
    return loaded(network, *parameters(network)), *samples(network, count)


@pytest.mark.parametrize("estimator, reference, names, weights, betas, bias", [
    ("one-sided", "free", ["free", "nudge+"], [-1, 1], [0, 0.2], 1),
    ("one-sided", "continued", ["continued", "nudge+"], [-1, 1], [0, 0.2], 1),
    ("random-sign", "free", ["free", "nudge-"], [-1, 1], [0, -0.2], 1),
    ("centred", "free", ["nudge+", "nudge-"], [1, -1], [0.2, -0.2], 2)])
def test_the_built_in_estimators_are_lists(estimator, reference, names, weights, betas, bias):
    phases = built_in(estimator, reference, 0.2, sign=-1)
    assert [phase.name for phase in phases] == names and [phase.weight for phase in phases] == weights
    assert [phase.beta for phase in phases] == betas and order(phases) == bias
    assert checked(phases) == phases


def test_the_order_is_that_of_the_first_moment_that_does_not_vanish():
    assert order(FIVE) == 4 and moment(FIVE, 1) == pytest.approx(12 * B)
    forward = (Phase(name="free", weight=-3), Phase(beta=B, weight=4), Phase(beta=2 * B, weight=-1))
    assert order(forward) == 2
    skewed = (Phase(beta=B, weight=1), Phase(beta=-2 * B, weight=-1))
    assert order(skewed) == 1
    lop = (Phase(beta=B, weight=4), Phase(beta=-2 * B, weight=-1), Phase(name="free", weight=-3))
    assert order(lop) == 2, "unequal nudges, weighted so that M_2 = 0"


def test_pairs_add_up_to_the_weighted_products():
    phases = checked((Phase(beta=B, weight=3), Phase(beta=2 * B, weight=-1), Phase(name="free", weight=-4),
                      Phase(beta=-B, weight=2)))
    totals = dict.fromkeys((phase.name for phase in phases), 0.0)
    for amount, plus, minus in pairs(phases):
        assert amount > 0
        totals[plus] += amount
        totals[minus] -= amount
    assert totals == pytest.approx({phase.name: phase.weight for phase in phases})
    assert pairs(checked(FIVE)) == [(8, "nudge+", "nudge-"), (1, "nudge-2", "nudge+2")]


@pytest.mark.parametrize("options", [{"estimator": "one-sided"}, {"estimator": "centred"},
                                     {"estimator": "one-sided", "reference": "continued"}], ids=str)
def test_an_own_list_that_is_a_built_in_one_has_its_bits(options):
    engine, images, targets = case()
    phases = Phases(beta=0.3, **TIMES, **options)
    own = Phases(phases=phases.listed(), beta=0.1, **TIMES)
    expected, found = (gradient(engine, run_phases(engine, images, targets, one)) for one in (phases, own))
    for name, values in expected.weights.items():
        assert_array_equal(found.weights[name], values)


def test_only_ratios_of_weights_count():
    engine, images, targets = case()
    one, other = (gradient(engine, run_phases(engine, images, targets, Phases(phases=(
        Phase(beta=0.3, weight=scale), Phase(beta=-0.3, weight=-scale)), **TIMES))) for scale in (1, -7))
    for name, values in one.weights.items():
        assert_allclose(other.weights[name], values, rtol=0, atol=1e-12 * np.abs(values).max())


def test_several_phases_are_the_weighted_sum_of_their_contrasts():
    engine, images, targets = case(neurons=SPIKING)
    found = gradient(engine, run_phases(engine, images, targets, Phases(phases=FIVE, **TIMES)))
    small, large = (gradient(engine, run_phases(engine, images, targets, Phases(beta=beta, **TIMES)))
                    for beta in (B, 2 * B))
    for name, values in found.weights.items():
        expected = (4 * small.weights[name] - large.weights[name]) / 3
        assert_allclose(values, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


def test_a_phase_begins_where_its_list_says():
    """Continued from the phase before it, the same nudge continues; from the free state, it starts again."""
    engine, images, targets = case("branches", RATE)

    def ends(start, steps):
        own = Phases(phases=(Phase(name="a", beta=0.3, weight=1), Phase(name="b", beta=0.3, weight=1, start=start),
                             Phase(name="free", weight=-2)), **{**TIMES, "nudge_steps": steps, "window": 1})
        records = run_phases(engine, images, targets, own)
        return {name: record.mean for name, record in records.by_phase.items()}

    short, long, anew = ends("continued", 4), ends("continued", 8), ends("free", 4)
    assert_array_equal(short["b"], long["a"])
    assert_array_equal(anew["b"], anew["a"])
    assert_array_equal(short["a"], anew["a"])
    assert not np.array_equal(short["a"], short["b"])


def test_a_first_phase_that_is_continued_leaves_the_free_state_to_the_others():
    engine, images, targets = case("branches", RATE)
    one, other = (run_phases(engine, images, targets, Phases(phases=(
        Phase(beta=0.3, weight=1, start=start), Phase(beta=-0.3, weight=-1)), **TIMES))
                  for start in ("continued", "free"))
    for name, record in one.by_phase.items():
        assert_array_equal(record.mean, other.by_phase[name].mean)


def test_phases_draw_their_noise_under_numbers_of_their_own():
    assert noise_numbers(built_in("centred", "free", 0.2)) == {"nudge+": 1, "nudge-": 2}
    assert noise_numbers(built_in("random-sign", "continued", 0.2, -1)) == {"continued": 0, "nudge-": 2}
    many = checked(tuple(Phase(beta=sign * B * k, weight=sign) for k in range(1, 9) for sign in (1, -1)))
    assert sorted(noise_numbers(many).values()) == list(range(1, 17))


def test_a_list_from_toml_gets_names_and_comes_back():
    text = ("[learning]\nphases = [{beta = 0.2, weight = 1}, {beta = 0.1, weight = 1}, {weight = -1, start = "
            '"continued"}, {name = "free", weight = -1}]')
    config = parse_config(text, "the test")
    assert config.learning.names == ("free", "nudge+", "nudge+2", "continued")
    assert [phase.start for phase in config.learning.phases] == ["free", "free", "continued", "free"]
    assert from_table(Config, to_table(config)) == config


UP, DOWN = {"beta": 0.2, "weight": 1.0}, {"beta": -0.2, "weight": -1.0}
REFUSED = {
    "learning.phases: the list is empty; give 2 to 16 phases, for example [{beta = 0.2, weight = 1}, {beta = -0.2, "
    "weight = -1}]": [],
    "learning.phases: the list has 17 phases; give 2 to 16 phases, for example [{beta = 0.2, weight = 1}, {beta = "
    "-0.2, weight = -1}]": [UP] * 17,
    "learning.phases: the weights sum to 1 and not to 0, so that what all phases have in common does not cancel; weigh "
    'the free phase too, {name = "free", weight = -1}': [UP],
    "learning.phases: the weights sum to 0.5 and not to 0, so that what all phases have in common does not cancel; "
    'weigh the free phase too, {name = "free", weight = -0.5}': [{**UP, "weight": 1.5}, DOWN],
    "learning.phases: no phase has a nudge, so that there is no gradient; give one a beta, for example 0.2":
        [{"weight": 1.0}, {"name": "free", "weight": -1.0}],
    "learning.phases: weight x beta sums to 0, so that no gradient is left; give the phases of opposite beta weights "
    "of opposite sign": [UP, {**UP, "beta": -0.2}, {"name": "free", "weight": -2.0}],
    "learning.phases: two phases are called 'up'; give each a name of its own":
        [{**UP, "name": "up"}, {**DOWN, "name": "up"}],
    "learning.phases.0.beta: |1| >= 1, where the energy of the -beta phase has no minimum; choose |beta| < 1, for "
    "example 0.2": [{**UP, "beta": 1.0}, DOWN],
    "learning.phases.1.beta: |-1e-10| is below 1e-09, where rounding hides the difference of the phases; choose |beta| "
    "< 1, for example 0.2": [UP, {**DOWN, "beta": -1e-10}],
    "learning.phases.0.name: 'programming' cannot name a phase; take at most 20 letters, digits, _, + and -, and none "
    "of inference, labels, once, programming, samples, steps, test, update": [{**UP, "name": "programming"}, DOWN],
    "learning.phases.0.name: 'a/b' cannot name a phase; take at most 20 letters, digits, _, + and -, and none of "
    "inference, labels, once, programming, samples, steps, test, update": [{**UP, "name": "a/b"}, DOWN],
    'learning.phases.0.name: "free" is the free phase, which has no nudge and begins at rest; give it a weight alone, '
    "or take another name": [{**UP, "name": "free"}, DOWN],
    "learning.phases.0.weight: missing; give a number": [{"beta": 0.2}, DOWN],
    "learning.phases.0.start: expected 'free' or 'continued', got 'rest'": [{**UP, "start": "rest"}, DOWN],
    "learning.phases.0: weight = 1e+07 exceeds 1e+06; give -1e+06 to 1e+06": [{**UP, "weight": 1e7}, DOWN],
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_a_list_that_cannot_work_is_one_sentence(sentence):
    with pytest.raises(ValueError) as caught:
        from_table(Config, {"learning": {"phases": REFUSED[sentence]}})
    assert str(caught.value) == sentence
