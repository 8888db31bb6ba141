"""`neurosim improve`: what it prints, writes, continues and refuses."""

import json
import shutil

import pytest

from neurosim.cli import main
from neurosim.experiment.improvement import improve as improving
from sweep_folders import Threads

CHIP = ["--set", "synapses.device=choi-2018-epiram", "device.c2c_range=0.4", "learning.window=6",
        "learning.nudge_steps=6"]


class Killable(Threads):
    """Ends as processes would."""

    def kill(self):
        self.shutdown()


@pytest.fixture(scope="module")
def little(pictures):
    return ["--set", f"data.path={pictures}", "data.train_samples=200", "data.validation_samples=50",
            "network.layers=[{kind='dense', units=20}, {kind='dense', units=10}]", "training.epochs=1",
            "learning.free_steps=8"]


@pytest.fixture
def improve(here, little, capsys):
    """Function that runs the verb on mnist-small with small pictures; returns exit code, stdout and stderr."""
    def run(*words):
        code = main(["improve", "mnist-small", *little, *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err
    return run


@pytest.mark.slow
def test_verdict_figure_and_table(improve, here):
    options = (*CHIP, "--seeds", "2", "--images", "200", "--samples", "70", "--jobs", "1", "--width",
               "89mm")
    code, out, err = improve(*options)
    folder = here / "mnist-small-improve"
    assert code == 0, err
    assert "programming noise" in out and "removed" in out
    assert "4 chips learn 200 images each, with 2 seeds: about" in err
    assert (folder / "improve.png").read_bytes().startswith(b"\x89PNG")
    report = json.loads((folder / "improve.json").read_text())
    assert report["seeds"] == [0, 1] and report["samples"] == 70 and report["compared"] == 5
    assert {one["name"] for one in report["imperfections"]} == {"programming noise", "unequal steps"}
    assert report["verdict"][0].split()[0] in out
    again = improve(*options, "--json", "--quiet")
    assert again[0] == 0 and again[2] == "" and json.loads(again[1]) == report
    assert main(["sweep", "status", str(folder / "chips")]) == 0


@pytest.mark.slow
def test_beside_learning_anew_stands_what_a_learnt_network_loses(finished, here, capsys, monkeypatch):
    """The rule has no part in what is only written; with the run file the ablation is shown beside."""
    monkeypatch.setattr(improving, "executor_for", lambda work, jobs, dask: (Killable(1), work))
    shutil.copy(finished, here / "run.h5")
    code = main(["improve", "run.h5", "--set", "synapses.device=choi-2018-epiram", "synapses.pulses=nearest",
                 "device.c2c_range=0.0", "--seeds", "2", "--images", "50", "--samples", "40", "--jobs", "1", "--quiet"])
    out, err = capsys.readouterr()
    assert code == 0, err
    report = json.loads((here / "run-improve" / "improve.json").read_text())
    written = {one["name"]: one["written_only"] for one in report["imperfections"]}
    assert set(written) == {"pulse rule", "unequal steps"} and written["pulse rule"] is None
    assert written["unequal steps"]["cost"] == written["unequal steps"]["on"] - written["unequal steps"]["off"]
    assert "written only" in out


@pytest.mark.parametrize("words, sentence", [
    (["--set", "synapses.device=ideal"], "mnist-small: its chip has no imperfection to remove"),
    ([*CHIP, "--seeds", "1"], "--seeds: 1 is below 2; give 2 or more"),
    ([*CHIP, "--budget", "soon"], "'soon' is not a time; give minutes"),
    ([*CHIP, "--set", "device.sweat=1"], "device.sweat"),
])
def test_what_cannot_be_improved(improve, here, words, sentence):
    code, out, err = improve(*words, "--quiet")
    assert code == 2 and out == "" and sentence in err and err.count("\n") == 1
    assert list(here.iterdir()) == []
