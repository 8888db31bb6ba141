"""neurosim export nir and import nir: a run as a graph, a graph as a run."""

import json
import os
import shutil

import numpy as np
import pytest

from neurosim.cli import main

nir = pytest.importorskip("nir")


@pytest.fixture
def run(finished, here):
    shutil.copy(finished, here / "run.h5")
    return "run.h5"


@pytest.mark.slow
def test_a_run_goes_out_as_a_graph_and_comes_back_as_a_run(run, here, capsys, pictures):
    assert main(["export", "nir", run, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["graph"] == "run.nir" and any("sigma-delta" in text for text in told["lost"])
    graph = nir.read("run.nir")
    assert {type(node).__name__ for node in graph.nodes.values()} == {
        "Input", "Conv2d", "AvgPool2d", "IF", "Flatten", "Affine", "CubaLI", "Output"}
    words = ["import", "nir", "run.nir", "--set", f"data.path={pictures}", "data.train_samples=200",
             "data.validation_samples=50", "training.epochs=1"]
    assert main([*words, "--out", "back.h5", "--steps", "8"]) == 0
    assert "run.nir: conv1 (lif), output (li)\nrun     back.h5\n" in capsys.readouterr().out
    assert main(["evaluate", "back.h5", "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["test_error"] < 0.6    # of ten classes, by the way up alone
    assert main([*words, "--out", "back.h5"]) == 2 and "back.h5: already exists" in capsys.readouterr().err


@pytest.mark.parametrize("nodes, edges, words", [
    ({"late": nir.Delay(np.ones(3))}, [("a", "w"), ("w", "z")], "NIR node late: a Delay cannot be carried"),
    ({"b": nir.Linear(np.ones((4, 3)))}, [("a", "w"), ("w", "b"), ("b", "w"), ("b", "z")],
     "signals go round in a cycle through b, w"),
    ({"w": nir.Threshold(np.ones(4))}, [("a", "w"), ("w", "z")], "NIR graph: has no weights")])
def test_what_cannot_be_carried_is_one_sentence_and_writes_nothing(nodes, edges, words, here, capsys):
    base = {"a": nir.Input(np.array([4])), "w": nir.Linear(np.ones((3, 4))), "z": nir.Output(np.array([3]))}
    nir.write("net.nir", nir.NIRGraph({**base, **nodes}, edges, type_check=False))
    assert main(["import", "nir", "net.nir"]) == 2
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1 and os.listdir(here) == ["net.nir"]


@pytest.mark.parametrize("words, sentence", [
    (["--dt", "0"], "dt = 0 s"), (["--dt", "soon"], "'soon' is not a finite number"),
    (["-o", "net.h5"], "end it in .nir")])
def test_bad_words_are_one_sentence(words, sentence, run, capsys):
    assert main(["export", "nir", run, *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1
