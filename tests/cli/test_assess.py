"""`neurosim assess`: what it prints, writes and refuses."""

import json

import pytest

from neurosim.cli import main
from neurosim.experiment.improvement import computing
from sweep_folders import Threads

DEVICE = ["--set", "device.c2c_range=0.4", "learning.window=6", "learning.nudge_steps=6"]


class Killable(Threads):
    """Ends as processes would."""

    def kill(self):
        self.shutdown()


@pytest.fixture
def assess(here, pictures, capsys, monkeypatch):
    """Function that runs the verb on EpiRAM with small pictures, in this process; returns code, stdout and stderr."""
    monkeypatch.setattr(computing, "executor_for", lambda work, jobs, dask: (Killable(1), work))

    def run(*words, card="choi-2018-epiram"):
        code = main(["assess", card, "--set", f"data.path={pictures}", "data.train_samples=100",
                     "data.validation_samples=50", "network.layers=[{kind='dense', units=20}, {units=10}]",
                     "training.epochs=1", "learning.free_steps=8", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err
    return run


@pytest.mark.slow
def test_verdict_page_and_table(assess, here):
    code, out, err = assess(*DEVICE, "--seeds", "2", "--images", "100", "--samples", "40", "--jobs", "1", "--beside",
                            "--panel", "nearest", "--width", "3.5in")
    assert code == 0, err
    assert "wrong answers" in out and "page  choi-2018-epiram-assess/assess.html" in out
    folder = here / "choi-2018-epiram-assess"
    assert (folder / "assess.html").read_text().startswith("<!DOCTYPE html>")
    assert (folder / "assess-nearest.png").read_bytes().startswith(b"\x89PNG")
    report = json.loads((folder / "assess.json").read_text())
    assert set(report["improvements"]) == {"accumulate", "nearest"} and report["card"] == "choi-2018-epiram"
    assert report["verdict"][0].split()[0] in out and "chips learn 100 images each, 2 seeds of the device" in err
    page = (folder / "assess.html").read_text()
    assert "--budget 10 --seeds 2" in page
    code, again, err = assess(*DEVICE, "--seeds", "2", "--images", "100", "--samples", "40", "--jobs", "1", "--beside")
    assert code == 0 and again.split("\nfigure")[0].strip() == out.split("\nfigure")[0].strip(), err
    assert "figure  " in out and "figure  " not in again


@pytest.mark.parametrize("words, card, sentence", [
    (["--seeds", "1"], "choi-2018-epiram", "--seeds: 1 is below 2; give 2 or more"),
    (["--loss", "2"], "choi-2018-epiram", "loss: 2 is not between 0 and 1"),
    (["--set", "device.sweat=1"], "choi-2018-epiram", "device.sweat"),
    ([], "no-such-card", "device card 'no-such-card': unknown"),
    ([], "ideal-device", "ideal-device: the card names no imperfection that could limit it"),
    (["--budget", "-3"], "choi-2018-epiram", "'-3' is not a time; give minutes"),
    (["--panel", "neerest"], "choi-2018-epiram", "--panel neerest: unknown; did you mean 'nearest'"),
    (["--out", "/dev/null"], "choi-2018-epiram", "/dev/null: is a file; choose another folder with --out"),
])
def test_what_cannot_be_assessed(assess, here, words, card, sentence):
    code, out, err = assess(*words, "--quiet", card=card)
    assert code == 2 and out == "" and sentence in err and err.count("\n") == 1
    assert list(here.iterdir()) == []
