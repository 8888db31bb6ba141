"""`neurosim improve`: what it prints, writes, continues and refuses."""

import json

import pytest

from neurosim.cli import main

CHIP = ["--set", "synapses.device=choi-2018-epiram", "device.c2c_range=0.4", "learning.window=6",
        "learning.nudge_steps=6"]


@pytest.fixture(scope="module")
def small(pictures):
    return ["--set", f"data.path={pictures}", "data.train_samples=200", "data.validation_samples=50",
            "network.layers=[{kind='dense', units=20}, {kind='dense', units=10}]", "training.epochs=1",
            "learning.free_steps=8"]


@pytest.fixture
def improve(here, small, capsys):
    """Function that runs the verb on mnist-small with small pictures; returns exit code, stdout and stderr."""
    def run(*words):
        code = main(["improve", "mnist-small", *small, *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err
    return run


@pytest.mark.slow
def test_verdict_figure_and_table(improve, here):
    options = (*CHIP, "--seeds", "2", "--images", "200", "--samples", "70", "--jobs", "1")
    code, out, err = improve(*options)
    folder = here / "mnist-small-improve"
    assert code == 0, err
    assert "programming noise" in out and "taken away" in out
    assert "4 chips learn 200 images each, with 2 seeds: about" in err
    assert (folder / "improve.png").read_bytes().startswith(b"\x89PNG")
    report = json.loads((folder / "improve.json").read_text())
    assert report["seeds"] == [0, 1] and report["samples"] == 70 and report["compared"] == 5
    assert {one["name"] for one in report["imperfections"]} == {"programming noise", "unequal steps"}
    assert report["verdict"][0].split()[0] in out
    again = improve(*options, "--json", "--quiet")
    assert again[0] == 0 and again[2] == "" and json.loads(again[1]) == report
    assert main(["sweep", "status", str(folder / "chips")]) == 0


@pytest.mark.parametrize("words, sentence", [
    (["--set", "synapses.device=ideal"], "mnist-small: its chip has no imperfection to take away"),
    ([*CHIP, "--seeds", "1"], "mnist-small: seeds: 1 tells nothing of chance"),
    ([*CHIP, "--budget", "soon"], "'soon' is not a time; give minutes"),
    ([*CHIP, "--set", "device.sweat=1"], "device.sweat"),
])
def test_what_cannot_be_improved(improve, here, words, sentence):
    code, out, err = improve(*words, "--quiet")
    assert code == 2 and out == "" and sentence in err and err.count("\n") == 1
    assert list(here.iterdir()) == []
