"""`neurosim report` as a user runs it."""

import json

import pytest

from neurosim.cli import main


def refused(capsys, *words):
    assert main(["report", *map(str, words)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    return captured.err


@pytest.mark.slow
def test_a_page_beside_the_run_file(here, finished, capsys):
    (here / "run.h5").write_bytes(finished.read_bytes())
    assert main(["report", "run.h5"]) == 0
    page = (here / "run.html").read_text(encoding="utf-8")
    assert capsys.readouterr().out.startswith("run.html  ") and page.startswith("<!DOCTYPE html>")
    assert (here / "run.h5").read_bytes() == finished.read_bytes() and "Report of run.h5" in page
    assert "run.html: is there already" in refused(capsys, "run.h5")
    assert main(["report", "run.h5", "--force", "--title", "<script>x</script>", "--json"]) == 0
    replaced = (here / "run.html").read_bytes()
    assert json.loads(capsys.readouterr().out) == {
        "run_file": "run.h5", "out": "run.html", "bytes": len(replaced), "prices": "isaac-32nm"}
    assert b"<script" not in replaced and b"<h1>&lt;script&gt;x&lt;/script&gt;</h1>" in replaced
    assert {path.name for path in here.iterdir()} == {"run.h5", "run.html"}


def test_what_cannot_be_written_is_refused_first(here, capsys):
    (here / "kept.html").write_text("mine")
    assert "the ending is '.pdf'; end it in .html or .htm" in refused(capsys, "run.h5", "-o", "page.pdf")
    assert "choose another name or replace it with --force" in refused(capsys, "run.h5", "-o", "kept.html")
    assert "there is no folder nowhere" in refused(capsys, "run.h5", "-o", "nowhere/page.html")
    assert (here / "kept.html").read_text() == "mine"


def test_a_run_file_that_is_missing_or_none_leaves_nothing(here, capsys):
    assert "run.h5" in refused(capsys, "run.h5")
    (here / "text.h5").write_text("no HDF5")
    assert "text.h5" in refused(capsys, "text.h5", "-o", "page.html")
    assert [path.name for path in here.iterdir()] == ["text.h5"]
