"""`neurosim sweep` as a user runs it: the same bytes however it is computed, nothing lost, nothing computed twice."""

import json
import re
import signal
from pathlib import Path

import numpy as np
import pytest

from neurosim.cli import main
from neurosim.experiment.config import parse_config
from neurosim.experiment.shipped import STUDIES
from neurosim.experiment.sweep.table import open_sweep
from neurosim.results import RunFile, read_run


def content(folder):
    """Rows without their seconds, and the weights and test answers of every run file."""
    rows = {path.name: {**json.loads(path.read_text()), "seconds": 0} for path in folder.glob("points/*.json")}
    arrays = {}
    for path in folder.glob("points/*.h5"):
        tree = read_run(path)[0]
        arrays |= {(path.name, name): weights.data.tobytes() for name, weights in tree["model"]["weights"].items()}
        arrays[path.name, "outputs"] = tree["results"]["test"]["outputs"].data.tobytes()
    return rows, arrays, {path.name for path in folder.glob("points/*")}


@pytest.mark.slow
def test_jobs_and_shards_leave_the_same_results(sweep_file, undisturbed, here, capsys):
    for shard in ("1/2", "0/2"):
        assert main(["sweep", sweep_file, "--out", "out", "--jobs", "2", "--shard", shard, "--quiet"]) == 0
    assert content(here / "out") == content(undisturbed)
    found = open_sweep("out")
    assert found.dims == ("learning.beta", "seed") and (found.states == "done").all()
    for index in np.ndindex(2, 2):
        with RunFile(here / "out" / "points" / f"{found.ids[index]}.h5") as run:
            assert found.results["test_error"][index] == run["results/test/error"].data
    capsys.readouterr()
    assert main(["sweep", "status", "out", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "folder": "out", "name": "beta", "total": 4, "done": 4, "failed": 0, "running": 0, "interrupted": 0,
        "waiting": 0, "elsewhere": 0, "damaged": {}, "errors": {}}
    assert main(["sweep", "table", "out", "--csv", "out.csv"]) == 0
    assert len((here / "out.csv").read_text().splitlines()) == 5
    (here / "out.csv").write_text("mine")
    assert main(["sweep", "table", "out", "--csv", "out.csv"]) == 2
    assert (here / "out.csv").read_text() == "mine"
    assert main(["sweep", "table", "out", "--csv", "out.csv", "--force"]) == 0
    assert len((here / "out.csv").read_text().splitlines()) == 5
    capsys.readouterr()
    assert main(["sweep", "table", "out"]) == 0
    header, *rows, note = capsys.readouterr().out.splitlines()
    assert header.split()[:2] == ["index", "id"] and "learning.beta" in header and "steps_per_inference" not in header
    assert [row.split()[0] for row in rows] == ["0", "1", "2", "3"] and "--csv writes all" in note


@pytest.mark.slow
@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_an_interrupted_sweep_goes_on_bit_for_bit(sweep_file, undisturbed, here, start, wait_for, number, code):
    process = start("sweep", sweep_file, "--out", "out", "--jobs", "2", cwd=here)
    wait_for(process, "1 running")
    while not list(here.glob("out/points/*.h5")):
        assert process.poll() is None
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code
    assert len(list(here.glob("out/points/*.json"))) < 4
    assert main(["sweep", sweep_file, "--out", "out", "--jobs", "2", "--quiet"]) == 0
    assert content(here / "out") == content(undisturbed)
    assert not list(here.glob("out/.stop*"))


@pytest.mark.slow
def test_weights_of_a_run_are_evaluated_on_the_chip_of_every_point(undisturbed, here, capsys):
    found = open_sweep(undisturbed)
    run = undisturbed / "points" / f"{found.ids[0, 1]}.h5"
    (here / "chip.toml").write_text(f'[run]\nevaluate = "{run}"\n[axes]\n'
                                    '"synapses.device" = ["ideal", "ideal-device"]\n"readout.bits" = [1, 10]\n'
                                    '[fixed]\n"readout.kind" = "adc"\n"array.tile" = 32\n')
    assert main(["sweep", "chip.toml", "--jobs", "1", "--quiet"]) == 0
    chips = open_sweep("chip")
    error = chips.results["test_error"][..., 0]
    assert error[0, 1] == pytest.approx(found.results["test_error"][0, 1], abs=0.05), "10 bits lose next to nothing"
    assert error[0, 0] > error[0, 1] + 0.1, "1 bit loses much"
    assert (chips.axes["seed"] == [1]).all(), "the seed of the run"
    with RunFile(here / "chip" / "points" / f"{chips.ids[0, 0, 0]}.h5") as point, RunFile(run) as source:
        for name in source.names("model/weights"):
            assert np.array_equal(point[f"model/weights/{name}"].data, source[f"model/weights/{name}"].data)


@pytest.mark.slow
@pytest.mark.parametrize("text, sentence", [
    ('evaluate = "{}"\n[axes]\n"learning.beta" = [0.1, 0.2]', "learning.beta: does not affect an evaluation"),
    ('evaluate = "{}"\n[fixed]\n"training.epochs" = 2\n[axes]\n"readout.bits" = [4, 8]', "write fine_tune"),
    ('fine_tune = "{}"\n[axes]\n"network.layers.0.units" = [30, 40]', "network: is another one than that of the run"),
])
def test_what_weights_of_a_run_cannot_be_used_for_is_said_before_the_start(undisturbed, here, capsys, text, sentence):
    run = undisturbed / "points" / f"{open_sweep(undisturbed).ids[0, 1]}.h5"
    (here / "chip.toml").write_text("[run]\n" + text.format(run))
    assert main(["sweep", "chip.toml"]) == 2
    assert sentence in capsys.readouterr().err and [path.name for path in here.iterdir()] == ["chip.toml"]


@pytest.mark.slow
def test_a_chip_with_stuck_devices_heals_by_learning_on(undisturbed, here):
    run = undisturbed / "points" / f"{open_sweep(undisturbed).ids[0, 1]}.h5"
    (here / "heal.toml").write_text(f'[run]\nfine_tune = "{run}"\n[axes]\n"training.epochs" = [0, 4]\n[fixed]\n'
                                    '"synapses.device" = "ideal-device"\n"device.stuck_anywhere" = 0.2\n'
                                    '"energy.prices" = "neurram-130nm"\n')
    assert main(["sweep", "heal.toml", "--jobs", "1", "--quiet"]) == 0
    healed = open_sweep("heal")
    before, after = healed.results["test_error"][:, 0]
    assert before > open_sweep(undisturbed).results["test_error"][0, 1] + 0.1, "written, it has lost much"
    assert after < before - 0.1, "learning on, it has won much of it back"
    with RunFile(here / "heal" / "points" / f"{healed.ids[1, 0]}.h5") as point, RunFile(run) as source:
        assert parse_config(point.attributes["config"], "point").data.split_seed == 1
        assert len(point["history/train_error"].data) == 4
        assert np.array_equal(point["results/validation/labels"].data, source["results/validation/labels"].data)


@pytest.mark.slow
def test_a_point_that_fails_is_kept_and_listed(sweep_file, here, capsys):
    changed = Path(sweep_file).read_text().replace('"learning.beta" = [0.2, 0.4]', '"training.batch" = [500]')
    (here / "batch.toml").write_text(changed)
    assert main(["sweep", "batch.toml", "--jobs", "1", "--quiet"]) == 1
    printed = capsys.readouterr().out
    assert "0 of 4 points done" not in printed and "2 failed" in printed
    assert "training.batch: 500 exceeds the 200 training images; lower it" in printed and "--retry-failed" in printed


@pytest.mark.parametrize("words, sentence", [
    (["sweep", "gone.toml"], "gone.toml: no such file; check the path or name a study: adc-tiles, "),
    (["sweep", "stuk"], "study 'stuk': unknown; did you mean 'stuck'?"),
    (["sweep", "large.toml", "--jobs", "2"], "large.toml: training.batch = 5000 needs about "),
    (["sweep", "status"], "the folder of a sweep is missing"),
    (["sweep", "status", "gone"], "gone: is not the folder of a sweep"),
    (["sweep", "bad.toml"], "learning.bta: unknown key; did you mean 'beta'?"),
    (["sweep", "bad.toml", "--shard", "2/2"], "'2/2' is not a shard"),
    (["sweep", "bad.toml", "--jobs", "0"], "--jobs: 0 is below 1; give 1 to 4,096"),
])
def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(here, capsys, words, sentence):
    (here / "bad.toml").write_text('base = "mnist-small"\n[axes]\n"learning.bta" = [0.1]\n')
    (here / "large.toml").write_text('base = "mnist-small"\n[axes]\n"training.batch" = [10, 5000]\n[fixed]\n'
                                     '"network.layers.0.units" = 1000000\n')
    assert main(words) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1
    assert sorted(path.name for path in here.iterdir()) == ["bad.toml", "large.toml"]


def test_the_studies_that_ship_are_listed_with_their_questions(here, capsys):
    assert main(["sweep", "list"]) == 0
    assert re.search(r"^noise-levels +\d+ min +How noisy may a step be", capsys.readouterr().out, re.MULTILINE)
    assert main(["sweep", "list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["studies"]
    assert [study["name"] for study in found] == STUDIES.names()
