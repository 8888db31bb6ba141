"""`neurosim report` as a user runs it."""

import json

import pytest

from neurosim.cli import main
from neurosim.experiment.sweep.spec import read_sweep
from neurosim.experiment.sweep.store import Store


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
    assert "run.html: already exists" in refused(capsys, "run.h5")
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


@pytest.fixture
def folder(here):
    """Folder of a sweep of two points: one is done, one has failed."""
    (here / "beta.toml").write_text('base = "mnist-small"\n\n[axes]\n"learning.beta" = [0.2, 0.4]\n')
    sweep = read_sweep("beta.toml")
    store = Store.begin("out", sweep)
    for index, row in enumerate([{"state": "done", "results": {"test_error": 0.125}, "error": ""},
                                 {"state": "failed", "results": {}, "error": "<script>no memory"}]):
        point = sweep.point(index)
        store.write_row({"index": index, "id": point.id, "point": point.values, "seconds": 1.0, **row})
    return here / "out"


@pytest.mark.slow
def test_a_page_beside_the_folder_of_a_sweep(folder, here, capsys):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert main(["report", "out/", "--json"]) == 0
    page = (here / "out.html").read_text(encoding="utf-8")
    assert json.loads(capsys.readouterr().out) == {"folder": "out/", "out": "out.html", "bytes": len(page.encode())}
    assert "Sweep beta" in page and "12.50%" in page and "&lt;script&gt;no memory" in page
    assert "[axes]\n&quot;learning.beta&quot; = [0.2, 0.4]" in page, "the sweep file"
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert "out.html: already exists" in refused(capsys, "out")
    assert "omit --prices" in refused(capsys, "out", "--prices", "isaac-32nm", "--force")


def test_the_page_of_the_folder_that_one_stands_in_lies_beside_it(folder, monkeypatch, capsys):
    (folder.parent / "out.html").write_text("mine")
    monkeypatch.chdir(folder)
    assert f"{folder.parent / 'out.html'}: already exists" in refused(capsys, ".")


def test_a_folder_that_is_no_sweep_is_refused(here, capsys):
    (here / "letters").mkdir()
    assert "letters: is not the folder of a sweep; give the one that" in refused(capsys, "letters")
    assert [path.name for path in here.iterdir()] == ["letters"]
