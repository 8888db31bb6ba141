"""Folders of sweeps that are damaged, by accident or design: one sentence, nothing counted twice, nothing outside."""

import json
import os

import pytest

from neurosim.cli import main
from neurosim.experiment.sweep.schema import Damaged, read_description, read_row
from neurosim.experiment.sweep.store import Store
from neurosim.experiment.sweep.table import open_sweep
from sweep_folders import FILES, build, compute, faults, prepared


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("sweeps"))


@pytest.fixture
def damaged(tmp_path):
    """Function that builds the sweep of a grid, changes a row or its description, and returns Sweep and folder."""
    def make(changed, place="points"):
        sweep, folder = build(tmp_path, "grid"), tmp_path / "out"
        path = sorted((folder / "points").glob("*.json"))[0] if place == "points" else folder / "sweep.json"
        table = json.loads(path.read_text())
        path.write_text(json.dumps(changed(table)))
        return sweep, folder
    return make


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_whatever_a_folder_holds_is_one_sentence_and_no_harm(sweeps, tmp_path, seed):
    assert [*faults(tmp_path, sweeps, seed)] == []


@pytest.mark.parametrize("kind", FILES)
def test_what_a_sweep_writes_is_what_its_schema_asks_for(sweeps, kind):
    folder, sweep = sweeps[kind]
    about = read_description(folder / "sweep.json")
    assert about["points"] == len(sweep) == len(Store.open(folder).rows())
    for file in (folder / "points").glob("*.json"):
        assert read_row(file, file.stem)["point"] == sweep.values(read_row(file, file.stem)["index"])


@pytest.mark.parametrize("change, sentence", [
    ({"state": "lost"}, "state: is neither done nor failed"),
    ({"index": 99}, "index: is outside 0 ... 11"),
    ({"index": -1}, "index: is not the number of a point"),
    ({"results": {"test_error": None}}, "results.test_error: is not a finite number"),
    ({"results": {"test_error": float("nan")}}, "file: is not JSON of finite numbers"),
    ({"results": {}}, "results: does not go with the state done"),
    ({"id": "0" * 16}, "id: is not the name of the file"),
    ({"point": {"seed": 7}}, "point: has not the values of point"),
])
def test_a_damaged_row_is_named_does_not_count_and_is_computed_again(damaged, capsys, change, sentence):
    sweep, folder = damaged(lambda row: row | change)
    assert main(["sweep", "status", str(folder)]) == 0
    printed = capsys.readouterr()
    assert "11 of 12 points done" in printed.out and printed.err.count("\n") == 1 and sentence in printed.err
    assert len(open_sweep(folder).damaged) == 1
    assert compute(folder, sweep).computed == 1
    assert main(["sweep", "status", str(folder)]) == 0
    printed = capsys.readouterr()
    assert "12 of 12 points done" in printed.out and printed.err == ""


def test_a_second_row_of_a_point_does_not_count(damaged, capsys):
    sweep, folder = damaged(lambda row: row)
    row = json.loads(next((folder / "points").glob("*.json")).read_text())
    (folder / "points" / f"{'f' * 16}.json").write_text(json.dumps(row | {"id": "f" * 16}))
    assert main(["sweep", "status", str(folder)]) == 0
    printed = capsys.readouterr()
    assert "12 of 12 points done" in printed.out and "ffffffffffffffff.json: index: is that of" in printed.err
    assert compute(folder, sweep).done == 12


@pytest.mark.parametrize("change, sentence", [
    ({"points": 10 ** 9}, "points: is not a number of points"), ({"points": True}, "points: is not"),
    ({"axes": []}, "axes: is not a table"), ({"shape": [3, 3, 2]}, "shape: does not fit axes and points"),
    ({"seeds": [0]}, "seeds: does not fit shape"), ({"method": "gird"}, "method: is none of grid"),
    ({"scales": {"x": "log"}}, "scales: does not say"), ({"name": "\ud800"}, "file: is not JSON"),
    ({"design": [[0]]}, "design: is not a table")])
@pytest.mark.parametrize("words", [["sweep", "status"], ["sweep", "table"], ["sweep", "plot"], ["report"]])
def test_a_damaged_description_is_one_sentence(damaged, capsys, words, change, sentence):
    _, folder = damaged(lambda about: about | change, "sweep.json")
    assert main([*words, str(folder)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"neurosim: {folder}/sweep.json: {sentence}") and error.count("\n") == 1


def test_what_a_description_says_wrongly_of_the_same_sweep_is_brought_back(damaged):
    sweep, folder = damaged(lambda about: about | {"axes": {**about["axes"], "learning.beta": [0.1, 0.2, 0.5]}},
                            "sweep.json")
    assert len(Store.open(folder).survey().damaged) == 4
    assert compute(folder, sweep).computed == 0
    assert len(Store.open(folder).rows()) == 12


@pytest.mark.parametrize("name", ["{}.json", "{}.lock", "{}.json.takeover", ".{}.json.{pid}.tmp"])
@pytest.mark.parametrize("target", ["gone", "there"])
def test_a_link_that_somebody_has_planted_is_not_followed(damaged, tmp_path, name, target):
    sweep, folder = damaged(lambda row: row)
    row = sorted((folder / "points").glob("*.json"))[0]
    row.unlink()
    (tmp_path / "there").write_text("untouched")
    link = folder / "points" / name.format(row.stem, pid=os.getpid())
    link.symlink_to(tmp_path / target)
    os.utime(link, (1, 1), follow_symlinks=False)
    compute(folder, sweep)
    assert not (tmp_path / "gone").exists() and (tmp_path / "there").read_text() == "untouched"
    assert len(Store.open(folder).rows()) == 12 and not row.is_symlink()


def test_a_folder_of_points_that_is_a_link_is_refused(damaged, tmp_path):
    sweep, folder = damaged(lambda row: row)
    (folder / "points").rename(tmp_path / "elsewhere")
    (folder / "points").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="points: is not a folder, or a link to one; bring back"):
        compute(folder, sweep)


@pytest.mark.parametrize("text", ["[" * 100_000, "1" * 5000, "NaN", '{"a": 1e999}', '"\\ud800"', ""])
def test_no_text_makes_the_reader_fail(tmp_path, text):
    path = tmp_path / "0123456789abcdef.json"
    path.write_text(text)
    with pytest.raises(Damaged):
        read_row(path, path.stem)
