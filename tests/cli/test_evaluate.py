"""`neurosim evaluate` and `neurosim plot`, on the file of a finished run."""

import json
import struct

import pytest

from neurosim.cli import main
from neurosim.results import RunFile


def json_of(capsys, *words):
    assert main([*words, "--json", "--quiet"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_file_gives_the_errors_of_its_training(finished, capsys):
    before = finished.read_bytes()
    test, validation = (json_of(capsys, "evaluate", str(finished), "--split", split)
                        for split in ("test", "validation"))
    with RunFile(finished) as run:
        assert test["test_error"] == run["results/test/error"].data
        assert validation["validation_error"] == run["results/validation/error"].data
    assert test["epochs"] == 3 and "validation_error" not in test
    assert finished.read_bytes() == before


def test_changes_that_fit_are_followed(finished, capsys):
    report = json_of(capsys, "evaluate", str(finished), "--set", "learning.free_steps=20")
    assert report["steps"] == 20
    half = json_of(capsys, "evaluate", str(finished), "--set", "data.test_samples=35", "--threads", "1")
    assert half["test_samples"] == 35


@pytest.mark.parametrize("words, sentence", [
    (["--set", "network.layers.0.channels=6"],
     "network.layers.0.channels: 8 -> 6: is part of what the weights were trained for; retrain to change it"),
    (["--set", "data.path=/none"], "data.path: /none is not a folder"),
    (["--split", "train"], "invalid choice: 'train'"),
])
def test_changes_that_do_not_fit(words, sentence, finished, capsys):
    assert main(["evaluate", str(finished), "--quiet", *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1


def test_text_for_people(finished, capsys):
    assert main(["evaluate", str(finished)]) == 0
    captured = capsys.readouterr()
    assert "test error" in captured.out and "validation error" not in captured.out
    assert "evaluating test images: 70 of 70" in captured.err


def test_what_is_not_a_run_file(here, capsys):
    (here / "x.h5").write_text("no")
    for verb in ("evaluate", "plot"):
        assert main([verb, "x.h5"]) == 2
        assert capsys.readouterr().err.startswith("neurosim: run file x.h5: ")


@pytest.mark.slow
@pytest.mark.parametrize("suffix, magic", [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_plot_writes_what_the_suffix_says(suffix, magic, finished, here, capsys):
    assert main(["plot", str(finished), "-o", f"figure{suffix}"]) == 0
    assert (here / f"figure{suffix}").read_bytes().startswith(magic)
    assert capsys.readouterr().out == f"figure{suffix}\n"


def test_plot_refuses_other_suffixes(finished, capsys):
    assert main(["plot", str(finished), "-o", "run.h5"]) == 2
    assert "end it in .png or .svg or .pdf" in capsys.readouterr().err


@pytest.mark.slow
def test_a_panel_is_as_wide_as_a_column(finished, here, capsys):
    assert main(["plot", str(finished), "--panel", "learning", "--width", "89mm", "-o", "learning.png"]) == 0
    width, height = struct.unpack(">II", (here / "learning.png").read_bytes()[16:24])
    assert width == pytest.approx(200 * 89 / 25.4, abs=1) and height < width
    assert main(["plot", str(finished), "--panel", "lerning"]) == 2
    assert "panel 'lerning': unknown; did you mean 'learning'?" in capsys.readouterr().err
    assert main(["plot", str(finished), "--width", "wide"]) == 2
    assert "'wide' is not a width; write a number and in, mm or cm, as in 3.5in" in capsys.readouterr().err
