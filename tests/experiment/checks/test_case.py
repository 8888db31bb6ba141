"""What the checks are made on: presets, files, runs; images where there are some."""

import dataclasses
import json

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurosim.cli import check
from neurosim.experiment import runs
from neurosim.experiment.checks import CHECKS, load_case, case
from neurosim.experiment.config import load_config
from neurosim.experiment.model import Model
from neurosim.experiment.training import Progress

CONFIG = """
[network]
input = "analog"
layers = [
    {kind = "conv", channels = 2, kernel = 5, stride = 3, pool = "average"},
    {kind = "conv", channels = 3, kernel = 1, pool = "average"},
    {kind = "dense", units = 10},
]
[neurons]
kind = "rate"
epsilon = 0.5
[learning]
beta = 0.1
free_steps = 100
nudge_steps = 100
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(CONFIG)
    return path


def command(*words):
    import argparse
    parser = argparse.ArgumentParser()
    check.add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["check", *map(str, words), "--quiet"])
    return arguments.run(arguments)


def test_images_are_random_pixels_where_there_are_no_others(config, monkeypatch):
    monkeypatch.setattr(case.locations, "find", lambda card, path="": None)
    found, again = load_case(config, samples=5), load_case(config, samples=5)
    assert found.images.shape == (5, 28, 28, 1) and "random pixels" in found.source
    assert_array_equal(found.images, again.images)
    assert 0 <= found.images.min() < 0.05 and 0.95 < found.images.max() <= 1
    assert_array_equal(found.targets.sum(axis=1), 1)


def test_a_run_file_is_checked_with_its_own_weights(config, tmp_path, monkeypatch):
    monkeypatch.setattr(case.locations, "find", lambda card, path="": None)
    options = load_config(config, ["training.epochs=7"])
    model = Model.build(options, (28, 28, 1), 10)
    model.synapses.weights["conv2-output"] += 0.125
    runs.save(tmp_path / "run.h5", options, model, Progress(), {})
    initial, trained = load_case(config), load_case(tmp_path / "run.h5")
    assert "trained" in trained.name and "initial" in initial.name
    assert_array_equal(trained.weights["conv2-output"], model.synapses.weights["conv2-output"])
    assert np.abs(trained.weights["conv2-output"] - initial.weights["conv2-output"] - 0.125).max() < 1e-6
    assert_array_equal(trained.images, initial.images)


@pytest.mark.slow
@pytest.mark.parametrize("kind", CHECKS)
def test_the_command_checks_a_file(kind, config, monkeypatch, capsys):
    monkeypatch.setattr(case.locations, "find", lambda card, path="": None)
    monkeypatch.setattr(case, "SAMPLES", 4)
    assert command(kind, config) == 0
    assert f"{kind}: passed" in capsys.readouterr().out
    assert command(kind, config, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["passed"] and report["checks"][0]["check"] == kind


def test_a_criterion_that_is_not_met_ends_with_1(config, monkeypatch, capsys):
    monkeypatch.setattr(case.locations, "find", lambda card, path="": None)
    assert command("gdu", config, "--set", "network.layers.0.alpha=1") == 0      # nothing flows back to the input
    assert command("gdu", config, "--set", "network.layers.1.alpha=1") == check.FAILED
    assert "gdu: FAILED: alpha is not F^2 in conv1-conv2" in capsys.readouterr().out


def test_engines_of_a_case_change_what_they_are_told(config, monkeypatch):
    monkeypatch.setattr(case.locations, "find", lambda card, path="": None)
    small = load_case(config, ["neurons.kind=spiking", "network.input=spikes"], samples=3)
    assert small.engine(lam=0.6).network.neurons == dataclasses.replace(small.network.neurons, lam=0.6)
    rate = small.rate(0.25).network
    assert (rate.spiking, rate.input, rate.neurons.epsilon) == (False, "analog", 0.25)
    assert len(small.first(2).images) == len(small.first(2).targets) == 2


def test_a_feedforward_network_has_nothing_to_check(config):
    with pytest.raises(ValueError, match="nothing flows back in a feedforward network") as error:
        load_case(config, ["network.feedforward=true", "learning.rule=bptt", "neurons.kind=lif"])
    assert "\n" not in str(error.value)
