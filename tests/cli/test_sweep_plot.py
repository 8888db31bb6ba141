"""`neurosim sweep plot` on folders that hold rows and nothing else."""

import json

import pytest

from neurosim.cli import main
from neurosim.experiment.sweep.spec import read_sweep
from neurosim.experiment.sweep.store import Store

GRID = """
base = "mnist-small"
[axes]
"learning.beta" = [0.1, 0.2, 0.3]
"learning.window" = [4, 6]
"""
LINE = GRID.partition('"learning.window"')[0]
SALTELLI = GRID.replace('base', 'method = "saltelli"\nsamples = 8\nbase')


@pytest.fixture
def folder_of(here):
    """Function from the text of a sweep file, and the points that are done, to a folder that holds their rows."""
    def make(text, done=slice(None)):
        (here / "sweep.toml").write_text(text)
        sweep = read_sweep("sweep.toml")
        store = Store.begin("out", sweep)
        for index in range(len(sweep))[done]:
            point = sweep.point(index)
            error = point.values["learning.beta"] / point.values.get("learning.window", 4)
            store.write_row({"index": index, "id": point.id, "state": "done", "point": point.values, "error": "",
                             "results": {"test_error": error, "spikes_per_inference": 100 * error}, "seconds": 0.0})
        return here / "out"
    return make


def test_figures_are_written_beside_the_points(folder_of, capsys):
    folder = folder_of(GRID)
    assert main(["sweep", "plot", "out"]) == 0
    expected = [f"out/figures/{name}.{ending}" for name in ("axes", "map", "ranking") for ending in ("png", "svg")]
    printed = capsys.readouterr().out.splitlines()
    assert printed == [*(f"figure  {path}" for path in expected), "next    neurosim report out"]
    assert sorted(f"out/figures/{path.name}" for path in (folder / "figures").iterdir()) == sorted(expected)
    assert (folder / "figures" / "map.png").read_bytes().startswith(b"\x89PNG")
    assert b"test error" in (folder / "figures" / "axes.svg").read_bytes()


def test_another_measure_format_and_place(folder_of, here, capsys):
    folder_of(LINE)
    assert main(["sweep", "plot", "out", "--measure", "spikes_per_inference", "--format", "pdf"]) == 0
    assert (here / "out" / "figures" / "spikes_per_inference-axes.pdf").read_bytes().startswith(b"%PDF")
    capsys.readouterr()
    assert main(["sweep", "plot", "out", "--out", "mine", "--format", "png", "--tolerance", "0.2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"folder": "out", "measure": "test_error", "sensitivity": None, "note": "",
                    "figures": {"axes": ["mine-axes.png"]}}
    assert [path.name for path in here.glob("mine-*")] == ["mine-axes.png"]


def test_sobol_indices_are_printed_and_drawn(folder_of, capsys):
    folder_of(SALTELLI)
    assert main(["sweep", "plot", "out", "--format", "png"]) == 0
    printed = capsys.readouterr().out
    assert "figure  out/figures/sensitivity.png" in printed
    assert "first order" in printed and "learning.window" in printed
    assert main(["sweep", "plot", "out", "--format", "png", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["sensitivity"]
    assert told["samples"] == 8 and set(told["axes"]) == {"learning.beta", "learning.window"}
    beta = told["axes"]["learning.beta"]
    assert beta["first_interval"][0] <= beta["first"] <= beta["first_interval"][1]


@pytest.mark.parametrize("text, done, sentence", [
    (SALTELLI, slice(4), "need all 6 points, 2 have no test_error"),
    (SALTELLI.replace("saltelli", "sobol"), slice(None), 'use method = "saltelli"')])
def test_why_there_are_no_indices_is_one_line(folder_of, capsys, text, done, sentence):
    folder_of(text, done)
    assert main(["sweep", "plot", "out", "--format", "png"]) == 0
    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("note    ")]
    assert len(notes) == 1 and sentence in notes[0]


def test_a_finished_sweep_leads_on_to_its_figures_and_its_report(folder_of, capsys):
    folder_of(GRID)
    assert main(["sweep", "status", "out"]) == 0
    assert capsys.readouterr().out.endswith("next    neurosim sweep plot out\n        neurosim report out\n")


@pytest.mark.parametrize("words, sentence", [
    (["out", "--measure", "test_eror"], "measure 'test_eror': unknown; did you mean 'test_error'"),
    (["out", "--format", "png,gif"], "--format png,gif: 'gif' is not a format of a figure"),
    (["out", "--tolerance", "0"], "'0' is not a loss of accuracy"),
    (["out", "--measure", "spikes_per_inference", "--tolerance", "0.1"], "--tolerance 0.1: is a loss of accuracy"),
    (["out", "--out", "gone/figure"], "there is no folder gone"),
    (["gone"], "gone: is not the folder of a sweep"),
    ([], "the folder of a sweep is missing"),
])
def test_what_cannot_be_drawn_is_one_sentence_and_leaves_nothing(folder_of, here, capsys, words, sentence):
    folder_of(GRID)
    assert main(["sweep", "plot", *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1
    assert {path.name for path in here.iterdir()} == {"sweep.toml", "out"} and not (here / "out" / "figures").exists()


def test_a_sweep_without_points_is_one_sentence(folder_of, capsys):
    folder_of(GRID, slice(0))
    assert main(["sweep", "plot", "out"]) == 2
    assert "sweep sweep: no point is done yet; there is nothing to draw" in capsys.readouterr().err


def test_options_of_plot_belong_to_plot(here, capsys):
    assert main(["sweep", "sweep.toml", "--measure", "test_error"]) == 2
    assert "--measure: belongs to" in capsys.readouterr().err


def test_figures_that_are_there_stay(folder_of, here, capsys):
    folder = folder_of(LINE)
    for expected in ("axes", "axes-2"):
        assert main(["sweep", "plot", "out", "--format", "png"]) == 0
        assert f"figure  out/figures/{expected}.png" in capsys.readouterr().out
    (here / "mine-axes.png").write_bytes(b"old")
    words = ["sweep", "plot", "out", "--format", "svg,png", "--out", "mine"]
    assert main(words) == 2 and (here / "mine-axes.png").read_bytes() == b"old"
    assert "--out mine: mine-axes.png already exists; choose another name or replace" in capsys.readouterr().err
    (folder / "figures" / "axes.png").write_bytes(b"old")
    assert main([*words, "--force"]) == 0 == main(["sweep", "plot", "out", "--format", "png", "--force"])
    assert (here / "mine-axes.png").read_bytes() != b"old" != (folder / "figures" / "axes.png").read_bytes()


def test_a_panel_alone(folder_of, capsys):
    folder = folder_of(GRID)
    assert main(["sweep", "plot", "out", "--panel", "learning.beta", "--width", "3.5in", "--format", "pdf"]) == 0
    assert "figure  out/figures/learning.beta.pdf" in capsys.readouterr().out
    assert [path.name for path in (folder / "figures").iterdir()] == ["learning.beta.pdf"]
    assert main(["sweep", "plot", "out", "--width", "3.5in"]) == 2
    assert "--width: belongs to one panel; name it with --panel" in capsys.readouterr().err
    assert main(["sweep", "plot", "out", "--panel", "raking"]) == 2
    assert "panel 'raking': unknown; did you mean 'ranking'?" in capsys.readouterr().err
