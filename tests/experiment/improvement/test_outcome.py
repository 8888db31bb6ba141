"""Planted faults are named, an interrupted study ends as an uninterrupted one, and seeds are added to those there."""

from dataclasses import replace

import numpy as np
import pytest

from neurosim.experiment.chip import card_device
from neurosim.experiment.evaluation import evaluate
from neurosim.experiment.imperfections import switched, switched_off
from neurosim.experiment.improvement.outcome import compare, outcome
from neurosim.experiment.improvement.verdict import verdict
from neurosim.experiment.config import parse_config
from neurosim.experiment.training import Training


def told(found):
    return [remedy.name for remedy in found.remedies if remedy.among.difference.told]


@pytest.mark.slow
def test_noise_that_was_planted_is_named_and_what_is_harmless_is_not(faulty):
    found = outcome(*faulty)
    assert told(found) == ["programming noise"] and found.compared == 5
    first, second = found.remedies
    assert first.among.difference.low > 0.3 and first.alone.difference.told and not second.alone.difference.told
    assert second.name == "unequal steps" and found.together.on - found.together.off > 0.3
    assert verdict(found)[0].startswith("Programming noise (cycle to cycle) costs most: ")
    assert "Nothing else can be distinguished from chance with 3 seeds" in verdict(found)[1]


@pytest.mark.slow
@pytest.mark.parametrize("name, words", [
    ("stuck devices", ("device.stuck_on=0.97", "device.c2c_range=0.0")),
    ("pulse rule", ("synapses.pulses=nearest", "optimiser.rates=[0.06, 0.02]", "device.c2c_range=0.0")),
])
def test_other_faults_are_named(plan_of, computed, tmp_path, name, words):
    plan = plan_of(tmp_path / "out", 5, *words)
    assert told(outcome(plan, computed(plan)[0])) == [name]


@pytest.mark.slow
def test_errors_are_those_of_trainings_with_the_same_seed(faulty):
    """Seed by seed, the chip without an imperfection is a training of the configuration without it."""
    plan, store = faulty
    found = outcome(plan, store)
    config = switched(plan.config, switched_off(plan.found, frozenset()))
    errors = []
    for seed in found.seeds:
        training = Training(replace(config, seed=seed), threads=1)
        training.run()
        data = training.data
        errors.append(evaluate(training.model, data.test_images, data.test_labels, training.measured).error)
    assert np.mean(errors) == pytest.approx(found.together.off, abs=1e-12)


@pytest.mark.slow
def test_stopped_and_continued_is_as_uninterrupted_and_later_seeds_are_added(faulty, plan_of, computed, tmp_path):
    plan, store = faulty
    short = replace(plan, folder=tmp_path / "out", seeds=plan.seeds[:2])
    with pytest.raises(ValueError, match="have learnt with 0 of the 2 seeds that are needed"):
        outcome(short, computed(short, after=3)[0])
    _, driver = computed(short)
    assert 4 <= driver.tally.computed <= 5
    assert outcome(short, computed(short)[0]).seeds == plan.seeds[:2]
    again = replace(plan, folder=tmp_path / "out")
    kept, driver = computed(again)
    assert driver.tally.computed == 4
    assert replace(outcome(again, kept), run_files=()) == replace(outcome(plan, store), run_files=())


def answers(plan, costs, seed=0):
    """What chips get wrong whose imperfections cost so much each: dict from chip to bool (seeds, images)."""
    draw = np.random.default_rng(seed).random((len(plan.seeds), 400))
    return {chip: draw < 0.05 + sum(costs[name] for name in chip) for chip in plan.chips}


@pytest.fixture
def three(plan_of, tmp_path):
    """Plan with three imperfections and three seeds, of which nothing is computed."""
    return plan_of(tmp_path / "out", 3, "device.stuck_on=0.1")


COSTS = {"unequal steps": 0.0, "programming noise": 0.2, "stuck devices": 0.1}


def test_the_dearest_is_said_first_and_what_costs_nothing_last(three):
    found = compare(three, three.seeds, answers(three, COSTS), 10, (), ())
    assert told(found) == ["programming noise", "stuck devices"]
    assert [remedy.among.difference.mean for remedy in found.remedies] == pytest.approx([0.2, 0.1, 0.0], abs=0.03)
    assert found.compared == 7 and found.remedies[2].among.difference.p == 1
    sentences = verdict(found)
    assert sentences[0].startswith("Programming noise (cycle to cycle) costs most: 3") and len(sentences) == 3
    assert sentences[1].startswith("Then stuck devices: ") and sentences[2].startswith("Nothing else can be dis")


def test_what_an_imperfection_costs_is_not_laid_on_the_one_that_it_needs(plan_of, tmp_path):
    plan = plan_of(tmp_path / "out", 3, "readout.kind=adc", "readout.offset=2.0", "device.c2c_range=0.0")
    costs = dict.fromkeys(plan.found, 0.0) | {"converter errors": 0.3}
    found = compare(plan, plan.seeds, answers(plan, costs), 10, (), ())
    assert told(found) == ["converter errors"]
    converters = next(remedy for remedy in found.remedies if remedy.name == "converters")
    assert converters.among.others == ("converter errors",) and converters.among.on == converters.alone.on
    costs |= {"converters": 0.2}
    said = verdict(compare(plan, plan.seeds, answers(plan, costs), 10, (), ()))
    assert said[0].startswith("Converter errors costs most: ")
    assert said[1].startswith("Then converters (converter errors off): 2")


NOISY = ("readout.noise=fresh", "device.read_noise=0.05", "device.c2c_range=0.0", "device.nonlinearity_up=0.0",
         "device.nonlinearity_down=0.0")


def test_noise_and_what_enlarges_it_share_what_they_cost(plan_of, tmp_path):
    """Noise that costs 4 % alone, and 30 points more on a small on/off ratio, which costs nothing without it."""
    plan = plan_of(tmp_path / "out", 3, *NOISY)
    assert set(plan.found) == {"on/off ratio", "thermal and shot noise", "relative read noise"}
    draw = np.random.default_rng(5).random((3, 400))
    both = {"on/off ratio", "relative read noise"}
    wrong = {chip: draw < 0.05 + 0.04 * ("relative read noise" in chip) + 0.3 * (both <= chip) for chip in plan.chips}
    found = compare(plan, plan.seeds, wrong, 10, (), ())
    assert told(found) == ["relative read noise", "on/off ratio"]
    joint, = [one for one in found.joint if one.difference.told]
    assert joint.names == ("on/off ratio", "relative read noise")
    assert joint.difference.low < 0.3 < joint.difference.high and joint.difference.low > 0.2
    assert joint.errors == tuple(float(np.mean(draw < level)) for level in (0.39, 0.09, 0.05, 0.05))
    said = verdict(found)
    assert said[2].startswith("On/off ratio and relative read noise share ") and len(said) == 4
    assert "which come from both at once and go with either: " in said[2] and said[2].endswith("without both.")


def test_a_large_cost_that_seeds_scatter_is_said_with_the_seeds_that_it_takes(plan_of, tmp_path):
    """Noise with which every seed learns worse, by 20, 45 and 50 points: three seeds cannot tell that of five pairs."""
    plan, draw = plan_of(tmp_path / "out", 3), np.random.default_rng(6).random((3, 400))
    cost = np.array([[0.2], [0.45], [0.5]])
    wrong = {chip: draw < 0.05 + cost * ("programming noise" in chip) for chip in plan.chips}
    found = compare(plan, plan.seeds, wrong, 10, (), ())
    assert told(found) == []
    said = verdict(found)
    assert said[1].startswith("What comes closest is programming noise (cycle to cycle) (39.1 points, ")
    assert said[1].endswith(": among 5 differences that may still be chance, which 6 seeds would tell.")
    level = {chip: draw < 0.05 + 0.02 * ("programming noise" in chip) * (draw > 0.5) for chip in plan.chips}
    assert not any("closest" in text for text in verdict(compare(plan, plan.seeds, level, 10, (), ())))


def test_costs_that_add_up_are_not_shared(plan_of, tmp_path):
    plan = plan_of(tmp_path / "out", 3, *NOISY)
    found = compare(plan, plan.seeds, answers(plan, {"on/off ratio": 0.2, "relative read noise": 0.2,
                                                     "thermal and shot noise": 0.0}), 10, (), ())
    assert len(told(found)) == 2 and not any(one.difference.told for one in found.joint)
    assert "share" not in " ".join(verdict(found))


def test_a_chip_that_cannot_learn_is_left_out_and_said(three):
    wrong = answers(three, COSTS)
    wrong.pop(three.sides["stuck devices"][1][1])
    found = compare(three, three.seeds, wrong, 10, ("all but stuck devices: currents are not finite",), ())
    assert [remedy.name for remedy in found.remedies] == ["programming noise", "unequal steps"]
    assert verdict(found)[-1] == ("Left out, because it could not learn: all but stuck devices: currents are not "
                                  "finite.")


def test_words_where_nothing_can_be_told_and_where_nothing_was_learnt(three):
    found = compare(three, three.seeds, answers(three, dict.fromkeys(COSTS, 0.0)), 10, (), ())
    assert verdict(found) == ["No imperfection can be distinguished from chance with 3 seeds, which were enough to see "
                              "1.0 point in four of five cases.",
                              "All together cannot be distinguished from chance either."]
    lost = {chip: np.random.default_rng(1).random((3, 400)) < 0.9 for chip in three.chips}
    assert "that is hardly learning" in verdict(compare(three, three.seeds, lost, 10, (), ()))[0]


def test_an_imperfection_that_helps_and_one_that_others_hide_are_said(three):
    wrong = answers(three, {"unequal steps": -0.04, "programming noise": 0.2, "stuck devices": 0.0})
    alone, among = three.sides["stuck devices"]
    wrong[alone[0]] = wrong[alone[1]] | (np.random.default_rng(2).random((3, 400)) < 0.2)
    found = compare(three, three.seeds, wrong, 10, (), ())
    assert [remedy.name for remedy in found.remedies] == ["programming noise", "unequal steps", "stuck devices"]
    said = verdict(found)
    assert said[1].startswith("Without unequal steps (nonlinearity and asymmetry) the chip is worse: ")
    assert said[2].startswith("On an otherwise ideal chip these cost accuracy too, which the others hide: stuck devi")


def test_every_point_is_the_chip_that_it_stands_for(plan_of, tmp_path):
    plan = plan_of(tmp_path / "out", 2, "synapses.pulses=stochastic", "synapses.update=sample", "device.stuck_on=0.01",
                   "array.word_line=2.0", "readout.kind=adc", "readout.offset=1.0", "readout.noise=fresh",
                   "device.read_noise=0.02")
    sweep, _ = plan.begin()
    assert len(sweep) == plan.points == 2 * len(plan.chips) and len(set(plan.chips)) == len(plan.chips)
    asked = [(seed, chip) for seed in plan.seeds for chip in plan.chips]
    for index, (seed, chip) in enumerate(asked):
        point = parse_config(sweep.point(index).config, "the point")
        meant = switched(replace(plan.config, seed=seed), switched_off(plan.found, chip))
        assert replace(point, device={}) == replace(meant, device={})
        assert card_device(point).values == card_device(meant).values
