"""Recipes: bounds decide, what is trained stays where it was asked to stay, and one network moves to another chip."""

import math

import numpy as np
import pytest

from neurosim.experiment.reproduce import Finding, Recipe, Workbench, near, reproduce
from neurosim.results import read_run

TINY = ("data.train_samples=60", "data.validation_samples=20", "data.test_samples=50", "training.epochs=1",
        "learning.free_steps=4", "learning.nudge_steps=2", "learning.window=2")


def recipe(*findings):
    return Recipe(name="fake", claim="none", source="none", seconds=0.1, function=lambda bench: findings)


def bench(folder, watch=lambda title, done, total: None):
    return Workbench(folder=folder, seed=0, observe=watch)


@pytest.mark.parametrize("measured, passed", [(0.8, True), (1.2, True), (0.79, False), (1.21, False), (math.nan, False),
                                              (math.inf, False)])
def test_the_bounds_decide(measured, passed):
    assert near("a slope", measured, 1.0, 0.2).passed is passed


def test_one_bound_is_enough_and_none_is_not():
    assert Finding(quantity="cosine", measured=0.96, low=0.95).passed
    assert not Finding(quantity="cosine", measured=0.94, low=0.95).passed
    assert not Finding(quantity="error", measured=3, high=2, unit="%").passed
    with pytest.raises(ValueError, match="finding 'cosine': bounds -inf to inf decide nothing; give low, high or both"):
        Finding(quantity="cosine", measured=1.0)
    with pytest.raises(ValueError, match="bounds 2 to 1 decide nothing"):
        Finding(quantity="cosine", measured=1.0, low=2, high=1)
    with pytest.raises(ValueError, match="decide nothing"):
        near("cosine", 1.0, math.nan, 0.1)


def test_json_holds_numbers_only():
    numbers = Finding(quantity="cosine", measured=math.nan, low=0.95).numbers()
    assert numbers["measured"] is numbers["high"] is None and numbers["low"] == 0.95 and numbers["passed"] is False


def test_a_claim_holds_when_all_findings_do_and_there_are_some():
    good, bad = near("a", 1, 1, 0.1), near("b", 2, 1, 0.1)
    assert reproduce(recipe(good, good)).passed
    assert not reproduce(recipe(good, bad)).passed
    assert not reproduce(recipe()).passed


def test_what_a_recipe_gets_is_what_was_asked_for(tmp_path):
    seen = []

    def look(bench):
        bench.observe("looking", 1, 2)
        seen.append((bench.folder, bench.seed, bench.folder.is_dir()))
        return (near("a", 1, 1, 0),)

    looking, told = Recipe(name="fake", claim="-", source="-", seconds=0, function=look), []
    reproduce(looking, tmp_path / "kept", seed=7, observe=lambda *values: told.append(values))
    reproduce(looking)
    (folder, seed, _), (temporary, zero, was_there) = seen
    assert (folder, seed, zero) == (tmp_path / "kept", 7, 0) and told == [("looking", 1, 2)]
    assert was_there and not temporary.exists()


@pytest.mark.slow
def test_trainings_are_told_seeded_and_kept(tmp_path):
    told, errors = [], []

    def train(bench):
        training = bench.train("tiny", "mnist-small", *TINY)
        errors.append((bench.error(training, 30), training))
        return (near("a", 1, 1, 0),)

    small = Recipe(name="fake", claim="-", source="-", seconds=0, function=train)
    reproduce(small, tmp_path / "out", seed=3, observe=lambda *values: told.append(values))
    attributes = read_run(tmp_path / "out" / "tiny.h5")[1]
    assert "seed = 3" in str(attributes) and [*(tmp_path / "out").iterdir()] == [tmp_path / "out" / "tiny.h5"]
    assert told[0] == ("training tiny", 20, 60) and ("training tiny", 60, 60) in told
    assert told[-1] == ("testing tiny", 30, 30)
    (error, training), = errors
    images, labels = training.data.test_images[:30], training.data.test_labels[:30]
    assert error == 100 * training.evaluate(images, labels).error > 0


@pytest.mark.slow
def test_a_transferred_network_is_the_same_network_and_learns_on(tmp_path):
    work = bench(tmp_path)
    source = work.train("source", "mnist-small", *TINY)
    weights = {name: np.array(values) for name, values in source.model.synapses.weights.items()}
    fresh = work.transferred(source, "fresh", "mnist-small", *TINY)
    stuck = work.transferred(source, "stuck", "mnist-small", *TINY, "synapses.device=ideal-device",
                             "device.stuck_off=0.2")
    for name, values in weights.items():
        assert np.array_equal(fresh.model.synapses.weights[name], values)
        wrong = np.abs(stuck.model.synapses.weights[name] - values) > 0.02 * np.abs(values).max()
        assert 0.1 < wrong.mean() < 0.5
    assert fresh.progress.epoch == 0 and not (tmp_path / "fresh.h5").exists()
    work.learn(fresh)
    assert fresh.progress.finished and (tmp_path / "fresh.h5").is_file()
    assert not all(np.array_equal(fresh.model.synapses.weights[name], values) for name, values in weights.items())
    assert all(np.array_equal(source.model.synapses.weights[name], values) for name, values in weights.items())
