"""Everything that the command line does is one call with a docstring."""

import argparse
import inspect
import json

import numpy as np
import pytest

import neurosim
from neurosim.cli import build_parser, check, main
from neurosim.experiment.checks import PHYSICS
from neurosim.experiment.sweep.table import SweepResults

#: Verb of the command line, with its action, to what does the same in Python.
CALLS = {
    "train": neurosim.train, "evaluate": neurosim.evaluate, "plot": neurosim.Run.plot, "record": neurosim.Run.record,
    "check": neurosim.check, "energy": neurosim.Run.energy, "report": neurosim.write_report, "sweep": neurosim.sweep,
    "sweep list": neurosim.studies, "sweep status": neurosim.open_sweep, "sweep table": SweepResults.to_frame,
    "sweep plot": neurosim.sweep_figures, "improve": neurosim.improve, "assess": neurosim.assess,
    "optimise": neurosim.optimise,
    "export spice": neurosim.export_netlist, "reproduce": neurosim.reproduce, "data list": neurosim.data_sets,
    "data fetch": neurosim.fetch_data, "presets": neurosim.presets, "doctor": neurosim.doctor,
    "device list": neurosim.devices, "device show": neurosim.load_device, "device check": neurosim.check_device,
    "device plot": neurosim.device_figure, "device read": neurosim.read_measurement, "device fit": neurosim.fit_device,
    "device add": neurosim.add_to_device, "device import": neurosim.import_device,
    "device export": neurosim.export_device, "export nir": neurosim.export_nir, "import nir": neurosim.import_nir,
}
SHOWN = ("list", "status", "table", "plot")    #: of a sweep, which are not actions of argparse


def verbs(parser, name=""):
    """Names of all verbs of a parser and of their actions."""
    actions = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for action in actions:
        for word, own in action.choices.items():
            yield from verbs(own, f"{name} {word}".strip())
    if not actions:
        yield name


def test_every_verb_is_a_call():
    known = {*verbs(build_parser()), *(f"sweep {word}" for word in SHOWN)}
    assert known == set(CALLS)
    assert PHYSICS == check.KINDS


@pytest.mark.parametrize("verb", CALLS)
def test_calls_are_documented(verb):
    text = inspect.getdoc(CALLS[verb])
    assert len(text.split()) > 8 and text[0].isupper()


@pytest.mark.parametrize("call", [neurosim.devices, neurosim.presets, neurosim.studies, neurosim.recipes,
                                  neurosim.data_sets])
def test_lists_are_tables(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    table = call()
    assert table.rows > 1 and "0x" not in repr(table) and len(repr(table).splitlines()) == table.rows + 1


def options(parser, *words):
    """Options of the verb that words name."""
    for word in words:
        actions = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
        parser = actions[0].choices[word]
    return {text for action in parser._actions for text in action.option_strings}


@pytest.mark.parametrize("verb, panels", [
    ("plot", True), ("energy", True), ("sweep", True), ("device plot", True), ("device fit", True), ("assess", True),
    ("reproduce", True), ("improve", False), ("device add", False), ("evaluate", False)])
def test_verbs_that_draw_know_a_width_and_their_panels(verb, panels):
    known = options(build_parser(), *verb.split())
    assert "--width" in known and ("--panel" in known) == panels


def test_lists_say_what_the_command_line_says(capsys):
    main(["device", "list", "--json"])
    told = json.loads(capsys.readouterr().out)["devices"]
    assert neurosim.devices()["name"].tolist() == [one["name"] for one in told]
    main(["presets", "mnist"])
    table = neurosim.presets()
    assert table.toml[table.name.tolist().index("mnist")] == capsys.readouterr().out


def test_a_check_is_what_the_command_line_prints(capsys, preset):
    found = neurosim.check("adjoint", preset, progress=False)
    assert found.passed and neurosim.check("adjoint", preset, progress=False).report == found.report
    assert main(["check", "adjoint", str(preset), "--quiet"]) == 0
    assert capsys.readouterr().out.strip() == repr(found)
    with pytest.raises(ValueError, match="kind 'adjoin': unknown; did you mean 'adjoint'"):
        neurosim.check("adjoin")


def test_networks_with_arrays_and_runs_are_checked(patterns, trained):
    """What train takes has its initial weights, a run those that it has learnt; the result says which."""
    layers = [neurosim.dense(12), neurosim.dense(4)]
    found = neurosim.check("adjoint", layers, patterns, progress=False)
    assert found.passed and "network (initial weights)" in repr(found)
    for run in (trained, trained.path):
        found = neurosim.check("adjoint", run, progress=False)
        assert found.passed and f"{trained.path} (trained weights)" in repr(found)
    with pytest.raises(ValueError, match="data: a run is checked on the images that it has learnt; omit data"):
        neurosim.check("adjoint", trained, patterns)


def test_cards_go_out_and_come_back(tmp_path):
    assert isinstance(neurosim.export_device("choi-2018-epiram", "neurosim", tmp_path / "epiram.cpp"), list)
    back = neurosim.import_device(tmp_path / "epiram.cpp", tmp_path / "back.toml")
    assert back["g_max"] == pytest.approx(neurosim.load_device("choi-2018-epiram")["g_max"])
    assert set(neurosim.check_device(back).kind) <= {"assumed", "missing", "unusual", "source"}
    with pytest.raises(ValueError, match="back.toml: already exists; choose another name or replace it with force"):
        neurosim.import_device(tmp_path / "epiram.cpp", tmp_path / "back.toml")
    with pytest.raises(ValueError, match="'crossim': no such simulator; did you mean 'crosssim'"):
        neurosim.export_device(back, "crossim", tmp_path / "x")


def test_measured_noise_is_put_on_a_card(tmp_path):
    """Twenty devices that are read fifty times with 2 % noise."""
    reads = 5e-6 * (1 + 0.02 * np.random.default_rng(1).standard_normal((50, 20)))
    names = ",".join(f"conductance_{i} [S]" for i in range(20))
    np.savetxt(tmp_path / "reads.csv", reads, delimiter=",", header=names, comments="")
    found = neurosim.add_to_device("read-noise", tmp_path / "reads.csv", "choi-2018-epiram", tmp_path / "noisy.toml")
    low, high = found.intervals["read_noise"]
    assert low < 0.02 < high and found.device == neurosim.load_device(tmp_path / "noisy.toml")
    assert "read_noise" in repr(found) and found.plot(width=3.5).get_figwidth() == 3.5
    with pytest.raises(ValueError, match="omit width or ax"):
        found.plot(found.plot().axes[0], 3.5)
    with pytest.raises(ValueError, match="quantity 'noise': unknown"):
        neurosim.add_to_device("noise", tmp_path / "reads.csv", "choi-2018-epiram", tmp_path / "other.toml")


def test_measurements_are_read(tmp_path):
    (tmp_path / "m.csv").write_text("up,down\n" + "".join(f"{1e-6 + i * 1e-7},{7e-6 - i * 1e-7}\n" for i in range(60)))
    reading = neurosim.read_measurement(tmp_path / "m.csv")
    assert len(reading.trains.up[0]) == 60 and "array(" not in repr(reading.trains)


def test_runs_are_named_by_their_paths(trained, tmp_path):
    """The verb on a path is the method of its Run, and takes nothing else."""
    assert neurosim.evaluate(trained.path, progress=False).error == trained.test_error
    page = neurosim.write_report(trained.path, tmp_path / "page.html")
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert neurosim.export_netlist(trained, "conv1-output", tmp_path / "tile.cir", threads=1) is None
    assert (tmp_path / "tile.cir").read_text().rstrip().endswith(".end")
    with pytest.raises(ValueError, match="run: a dict is not a run; give a Run, or the path of a run file"):
        neurosim.evaluate({})
