"""`neurosim presets`."""

import json

import pytest

from neurosim.cli import main
from neurosim.experiment.config import load_config
from neurosim.experiment.shipped import PRESETS, expected


def test_the_table_has_a_line_for_each(capsys):
    assert main(["presets"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "error", "time", "what", "it", "is"]
    assert [row.split()[0] for row in rows] == PRESETS.names()


def test_the_text_of_a_preset_is_a_configuration(here, capsys):
    assert main(["presets", "mnist"]) == 0
    text = capsys.readouterr().out
    assert text == PRESETS.path("mnist").read_text()
    (here / "my.toml").write_text(text)
    assert load_config(here / "my.toml") == load_config("mnist")


def test_json(capsys):
    assert main(["presets", "--json"]) == 0
    presets = json.loads(capsys.readouterr().out)["presets"]
    assert [preset["name"] for preset in presets] == PRESETS.names()
    assert main(["presets", "mnist", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) in presets


@pytest.mark.parametrize("header, found", [
    ("Net\n\n  error   3 %\n  time    5 min", "3 %"),
    ("Net\nExpected error: 3 % on all", "3 % on all"),
    ("Net\n  errors are rare", None),
    ("Net", None),
])
def test_what_a_header_expects(header, found):
    assert expected(header, "error") == found
