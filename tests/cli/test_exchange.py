"""neurosim device import, export and check, as commands."""

import json
import os

import numpy as np
import pytest

from neurosim.cli import main
from neurosim.memristor.device import load_device


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("target, file", [("aihwkit", "card.json"), ("neurosim", "Cell.cpp"), ("crosssim", "tables")])
def test_cards_go_out_and_come_in(target, file, here, capsys):
    assert main(["device", "export", "choi-2018-epiram", "--to", target, "-o", file]) == 0
    assert main(["device", "import", file, "-o", "again.toml"]) == 0
    card, again = load_device("choi-2018-epiram"), load_device(here / "again.toml")
    assert np.allclose([again["g_min"], again["g_max"]], [card["g_min"], card["g_max"]], rtol=1e-12)
    out = capsys.readouterr().out
    assert ("assumed: set_voltage, set_width" in out) == (target == "crosssim")
    assert ("left out: the law neurosim became 65 conductances" in out) == (target == "crosssim")
    assert main(["device", "check", "again.toml", "--json"]) == 0
    kinds = {finding["kind"] for finding in json.loads(capsys.readouterr().out)["findings"]}
    assert "missing" in kinds and ("assumed" in kinds) == (target == "crosssim")


def test_a_stated_pulse_stands_on_the_card(here):
    assert main(["device", "export", "choi-2018-epiram", "--to", "aihwkit", "-o", "card.json"]) == 0
    words = ["--set-pulse", "2", "1e-7", "--read-voltage", "0.3", "--citation", "doi:10.1000/xyz, p. 5", "--name", "A"]
    assert main(["device", "import", "card.json", "-o", "again.toml", *words]) == 0
    again = load_device(here / "again.toml")
    assert [again[f"{key}_voltage"] for key in ("set", "reset", "read")] == [2, -3, 0.3] and again["set_width"] == 1e-7
    assert again.name == "A" and again.citation == "doi:10.1000/xyz, p. 5"


@pytest.mark.parametrize("words, sentence", [
    (["import", "text.txt", "-o", "a.toml"], "use --from aihwkit, neurosim or crosssim"),
    (["import", "text.txt", "-o", "a.txt"], "end it in .toml"), (["import", "none", "-o", "a.toml"], "No such file"),
    (["import", "text.txt", "-o", "a.toml", "--from", "neurosim"], "does not give minConductance"),
    (["import", ".", "-o", "a.toml"], "holds neither dG_increasing.txt"),
    (["export", "choi-2018-epiram", "--to", "aihwkit", "-o", "a.toml"], "end it in .json"),
    (["export", "choi-2018-epiram", "--to", "crosssim", "-o", "text.txt"], "is not a folder that can be made"),
    (["export", "choi-2018-epiram", "--to", "neurosim", "-o", "old.cpp"], "already exists"),
])
def test_what_fails_is_one_sentence_and_writes_nothing(words, sentence, here, capsys):
    (here / "text.txt").write_text("nothing of use")
    (here / "old.cpp").write_text("old")
    assert main(["device", *words]) == 2
    assert sentence in capsys.readouterr().err
    assert sorted(os.listdir(here)) == ["old.cpp", "text.txt"] and (here / "old.cpp").read_text() == "old"


def test_a_check_prints_its_findings(capsys):
    assert main(["device", "check", "gong-2018-reram-es"]) == 0
    out = capsys.readouterr().out
    assert "assumed, not measured\n  g_min, g_max: assumed: 40 uS" in out and "missing, therefore switched off" in out
