"""The cheapest chip: searches find it, say how sure that is, continue where they stopped, and refuse what is wrong."""

import itertools
import json
import pickle
import sys
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import neurosim
from digits import write_digits
from neurosim.cli import main
from neurosim.experiment.improvement import computing
from neurosim.experiment.optimisation.design import read_design
from neurosim.experiment.optimisation.optimise import conclude_with_area, optimise
from neurosim.experiment.optimisation.outcome import Optimisation, Trial, trial_of
from neurosim.experiment.optimisation.search import Search
from neurosim.experiment.optimisation.text import lines, plain
from neurosim.experiment.sweep.point import compute
from neurosim.experiment.sweep.store import Store
from sweep_folders import Threads

pytest.importorskip("optuna")
DESIGN = """
base = "mnist-small"
cost = "energy"
error = 0.1
trials = 48
batch = 8

[fixed]
"synapses.device" = "ideal-device"

[axes]
"array.tile" = [16, 32, 64, 128]
"readout.bits" = { linear = [3, 9] }
"readout.kind" = ["adc", "integrate-and-fire"]
"readout.seconds" = { log = [1e-9, 1e-6] }
"""


class Killable(Threads):
    """Ends as processes would."""

    def kill(self):
        self.shutdown()


def made_up(values):
    """Cost and error of a point: bits lower the error, tiles and an integrator raise it, and time and bits cost."""
    bits, tile = values["readout.bits"], values["array.tile"]
    error = 0.02 + 0.3 * 2.0 ** (2 - bits) + 2e-4 * tile + 0.02 * (values["readout.kind"] != "adc")
    cost = 2.0 ** bits * (1 + 64 / tile) * (1 + values["readout.seconds"] * 1e8) * 1e-12
    return {"validation_error": error, "test_error": error + 0.01, "joules_per_inference": cost}


class Computed:
    """Points that take no time, and how many were computed."""

    def __init__(self):
        self.count = 0

    def __call__(self, job, conclude=None):
        self.count += 1
        row = job.row("done", made_up(job.values), "", 1.0)
        Store(job.folder, {}).write_row(row)
        return row


@pytest.fixture
def computed(monkeypatch):
    work = Computed()
    monkeypatch.setattr(computing, "compute", work)
    monkeypatch.setattr(computing, "executor_for", lambda work, asked, dask: (Killable(asked or 1), work))
    return work


@pytest.fixture
def design(tmp_path):
    """Function from text in place of another in the file to a Design."""
    def make(old="", new=""):
        (tmp_path / "design.toml").write_text(DESIGN.replace(old, new) if old else DESIGN)
        return read_design(tmp_path / "design.toml")
    return make


def cheapest():
    """Answer by trying everything, with the shortest read time."""
    points = [{"array.tile": tile, "readout.bits": bits, "readout.kind": kind, "readout.seconds": 1e-9}
              for tile, bits, kind in itertools.product((16, 32, 64, 128), range(3, 10), ("adc", "integrate-and-fire"))]
    return min((made_up(point)["joules_per_inference"] for point in points
                if made_up(point)["validation_error"] <= 0.1))


def test_the_cheapest_chip_of_those_that_are_good_is_found(design, computed, tmp_path):
    found = optimise(design(), tmp_path / "out")
    assert found.best.error <= 0.1 and cheapest() <= found.best.cost < 1.5 * cheapest()
    least = min(trial.cost for trial in found.trials)
    assert least < found.best.cost                                        # cheaper ones make too many errors
    for one in found.front:
        assert not any(other.cost <= one.cost and other.error < one.error for other in found.done)
    assert found.best in found.front and computed.count <= 48
    said = " ".join(lines(found))
    assert "The cheapest of 48 chips with a validation error of 0.1 or less needs" in said
    assert f"that of the test images {found.best.error + 0.01:.2%}" in said


def searched(design, seed):
    """What a search finds, without a store."""
    own = replace(design, file=replace(design.file, seed=seed))
    search, found = Search(own), []
    while len(found) < own.file.trials:
        batch = [trial_of(own, 1, values, [{"state": "done", "results": made_up(values)}])
                 for values in search.ask(own.file.batch)]
        search.tell(batch)
        found += batch
    return Optimisation(design=own, trials=tuple(found))


def test_the_search_is_better_than_chance(design):
    """Of as many random points, the best are dearer: medians of 200 times, and of three seeds of the search."""
    rng, chance = np.random.default_rng(0), []
    for _ in range(200):
        points = [{"array.tile": int(rng.choice([16, 32, 64, 128])), "readout.bits": int(rng.integers(3, 10)),
                   "readout.kind": str(rng.choice(["adc", "integrate-and-fire"])),
                   "readout.seconds": 10 ** rng.uniform(-9, -6)} for _ in range(48)]
        chance.append(min((made_up(point)["joules_per_inference"] for point in points
                           if made_up(point)["validation_error"] <= 0.1), default=np.inf))
    found = [searched(design(), seed) for seed in range(3)]
    assert np.median([one.best.cost for one in found]) < 0.9 * np.median(chance)
    late = [np.mean([trial.error <= 0.1 for trial in one.trials[24:]]) for one in found]
    assert np.mean(late) > 0.4                                           # of those that are only cheap, 1 in 8 is good


def test_the_same_study_whatever_the_processes_and_interruptions(design, computed, tmp_path):
    def study(folder, **options):
        return plain(optimise(design("batch = 8", "batch = 4"), tmp_path / folder, trials=12, **options))
    whole = study("one", jobs=1)
    assert study("three", jobs=3) == whole
    stops = iter([False] * 6)
    assert optimise(design("batch = 8", "batch = 4"), tmp_path / "cut", trials=12,
                    wished=lambda: next(stops, True)) is None
    begun = computed.count
    assert study("cut") == whole and 0 < computed.count - begun < 12
    begun = computed.count
    assert study("one") == whole and computed.count == begun
    few = plain(optimise(design("batch = 8", "batch = 4"), tmp_path / "few", trials=6))
    assert few["trials"] == whole["trials"][:6]
    assert study("few") == whole                                          # 6 are not whole number of batches
    other = optimise(design("batch = 8", "batch = 4\nseed = 1"), tmp_path / "other", trials=4)
    assert plain(other)["trials"] != whole["trials"][:4]


def test_seeds_are_averaged_and_points_without_a_configuration_left_out(design, computed, tmp_path, monkeypatch):
    def seeded(job, conclude=None):
        results = made_up(job.values)
        row = job.row("done", results | {"validation_error": results["validation_error"] + 0.01 * job.values["seed"]},
                      "", 1.0) if job.values["readout.bits"] < 9 else job.row("failed", {}, "it broke")
        Store(job.folder, {}).write_row(row)
        return row
    monkeypatch.setattr(computing, "compute", seeded)
    found = optimise(design("batch = 8\n", "batch = 4\nrepeats = 3\n"), tmp_path / "out", trials=4)
    assert found.done[0].error == pytest.approx(made_up(found.done[0].values)["validation_error"] + 0.01)
    found = optimise(design('"readout.kind" = ["adc", "integrate-and-fire"]', '"readout.kind" = ["adc", "sundial"]'),
                     tmp_path / "refused", trials=16)
    states = {trial.state for trial in found.trials}
    assert states == {"done", "failed", "refused"} or states == {"done", "refused"}
    assert all((trial.state == "refused") == (trial.values["readout.kind"] == "sundial") for trial in found.trials)
    assert any("points have no configuration, the first for: readout.kind" in one for one in plain(found)["verdict"])


def test_where_none_is_good_enough_the_best_is_named(design):
    values = {"array.tile": 16, "readout.kind": "adc", "readout.seconds": 1e-8}
    trials = tuple(Trial(number=k, values={"readout.bits": k} | values, state="done", cost=1.0 / k, error=0.5 - 0.1 * k,
                         test_error=0.5) for k in (1, 2))
    said = " ".join(lines(Optimisation(design=design("error = 0.1", "error = 0.01"), trials=trials)))
    assert "None of 2 chips has a validation error of 0.01 or less: the best has 30.00%, with readout.bits 2" in said


@pytest.mark.parametrize("old, new, sentence", [
    ("error = 0.1", "error = 5", "design.toml: error: 5 is not part of wrong answers to reach"),
    ("error = 0.1", "", "design.toml: error"),
    ('cost = "energy"', 'cost = "beauty"', "cost"),
    ("trials = 48", "trials = 0", "trials: 0 is below 1; give 1 to 10,000"),
    ('"array.tile" = [16, 32, 64, 128]', '"array.tiles" = [16]', "axis array.tiles = 16: array.tiles"),
    ('"array.tile" = [16, 32, 64, 128]', '"array.tile" = []', "the list is empty"),
    ('"array.tile" = [16, 32, 64, 128]', '"seed" = [1, 2]', "seed is what repeats vary"),
    ('"synapses.device" = "ideal-device"', '"readout.bits" = 5', "readout.bits is set twice"),
    ("{ linear = [3, 9] }", "{ linear = [3, 9], points = 3 }", "points mean nothing where values are drawn"),
    (DESIGN[DESIGN.index("[axes]"):], "", "nothing varies; add keys to [axes]"),
    ('base = "mnist-small"', 'base = "mnist-smal"', "mnist-smal"),
])
def test_what_is_no_design_is_one_sentence(old, new, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "design.toml").write_text(DESIGN.replace(old, new))
    assert main(["optimise", "design.toml"]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["design.toml"]


def test_another_design_does_not_go_on_in_the_same_folder(design, computed, tmp_path):
    optimise(design(), tmp_path / "out", trials=6)
    with pytest.raises(ValueError, match="holds another sweep"):
        optimise(design('"ideal-device"', '"choi-2018-epiram"'), tmp_path / "out", trials=6)
    assert optimise(design('"ideal-device"', '"choi-2018-epiram"'), tmp_path / "out", trials=6, force=True).done


def test_without_optuna_it_says_what_to_install(design, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ValueError, match=r"needs Optuna; install it with pip install 'neurosim-ep\[optimise\]'"):
        optimise(design(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_and_the_call_say_the_same(design, computed, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    design()
    assert main(["optimise", "design.toml", "--trials", "12", "--jobs", "2"]) == 0
    captured = capsys.readouterr()
    assert "12 trials: " in captured.err and "figure  design-optimise/optimise.png" in captured.out
    report = json.loads((tmp_path / "design-optimise" / "optimise.json").read_text())
    assert (tmp_path / "design-optimise" / "optimise.png").stat().st_size > 10_000
    found = neurosim.optimise("design.toml", trials=12, progress=False)
    assert report == {"folder": "design-optimise", **found.report} and repr(found) in captured.out
    assert len(found.trial) == 12 and found.on_front.sum() == len(report["front"])
    assert found.best is None or found.best == report["best"]["values"]
    axes = found.plot(width=3.5).axes[0]
    assert found.plot(ax=axes) is axes.figure and axes.figure.get_figwidth() == pytest.approx(3.5)
    assert main(["sweep", "status", "design-optimise/chips"]) == 0


@pytest.mark.slow
def test_real_chips_learn_and_are_priced(tmp_path, monkeypatch):
    """Larger tiles of the same weights share their converters, so that the chip is smaller."""
    monkeypatch.setattr(computing, "executor_for", lambda work, jobs, dask: (Killable(1), work))
    (tmp_path / "area.toml").write_text(f"""
base = "mnist-small"
cost = "area"
error = 0.9
trials = 4
batch = 2
[fixed]
"data.path" = {json.dumps(str(write_digits(tmp_path, train=140, test=40)))}
"data.train_samples" = 100
"data.validation_samples" = 20
"training.epochs" = 1
"learning.free_steps" = 8
"network.layers" = [{{units = 20}}, {{units = 10}}]
"synapses.device" = "choi-2018-epiram"
[axes]
"array.tile" = [16, 128]
""")
    found = optimise(read_design(tmp_path / "area.toml"), tmp_path / "out")
    areas = {trial.values["array.tile"]: trial.cost for trial in found.trials}
    assert len(areas) == 2 and 0 < areas[128] < areas[16] and found.best.values == {"array.tile": 128}


def test_what_is_computed_can_be_sent_to_processes():
    """Executors send functions by name."""
    assert pickle.loads(pickle.dumps(partial(compute, conclude=conclude_with_area))).keywords == {
        "conclude": conclude_with_area}
