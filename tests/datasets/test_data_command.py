"""`neurosim data` as a user calls it."""

import argparse
import json
from dataclasses import replace

import pytest

from neurosim.cli import data
from neurosim.datasets import CATALOGUE


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSIM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def call(*words):
    parser = argparse.ArgumentParser()
    data.add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["data", *words])
    return arguments.run(arguments)


def test_list_shows_every_set_and_what_is_missing(capsys):
    assert call("list") == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == list(CATALOGUE)
    where = header.index("where")
    assert rows[0][where:].split()[0].endswith("mnist")
    assert rows[2][where:].startswith("not here: neurosim data fetch cifar10")
    assert all(row[where - 1] == " " != row[where] for row in rows)


def test_list_as_json_is_the_catalogue(capsys):
    assert call("list", "--json") == 0
    datasets = json.loads(capsys.readouterr().out)["datasets"]
    assert [described["name"] for described in datasets] == list(CATALOGUE)
    assert datasets[0]["found"] and datasets[3]["found"] is None
    assert datasets[3]["files"] == [{"name": "cifar-100-binary.tar.gz", "bytes": 168513733,
                                     "sha256": CATALOGUE["cifar100"].files[0].sha256}]


def test_fetch_of_what_ships_needs_no_network(capsys):
    assert call("fetch", "mnist") == 0
    assert "comes with neurosim" in capsys.readouterr().out


def test_fetch_of_what_is_there_checks_it_and_says_where(capsys, tmp_path, monkeypatch):
    shipped, = [file for file in CATALOGUE["mnist"].files if file.name == "t10k-labels-idx1-ubyte.gz"]
    monkeypatch.setitem(CATALOGUE, "cifar10", replace(CATALOGUE["cifar10"], files=(shipped,), mirrors=()))
    from neurosim.datasets.locations import shipped_folder
    content = (shipped_folder(CATALOGUE["mnist"]) / shipped.name).read_bytes()
    (tmp_path / shipped.name).write_bytes(content)
    assert call("fetch", "cifar10", "--to", str(tmp_path)) == 0
    said = f"cifar10: 1 file checked by SHA-256 in {tmp_path}; use it with --set data.name=cifar10 data.path="
    assert said in capsys.readouterr().out


def test_fetch_of_an_unknown_name_offers_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'cifar100'"):
        call("fetch", "cifar1000")
