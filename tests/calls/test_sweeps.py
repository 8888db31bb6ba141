"""Sweeps, comparisons and fits of cards as calls."""

import h5py
import numpy as np
import pytest

import neurosim
from neurosim.calls.tables import Table
from neurosim.cli import main
from neurosim.measurements.stated import Stated
from neurosim.memristor.device import load_device

AXES = {"optimiser.rates": [0.05, 0.2]}
FIXED = {"training": {"epochs": 1, "batch": 10}, "learning": {"free_steps": 10, "nudge_steps": 5, "window": 3}}


@pytest.mark.slow
def test_a_sweep_over_arrays_is_a_sweep_of_the_command_line(patterns, tmp_path, capsys):
    """The arrays lie next to it; each point is the run of a call; both ways of calling continue with what is done."""
    layers = [neurosim.dense(8), neurosim.dense(4)]
    arguments = dict(data=patterns, fixed=FIXED, out=tmp_path / "rates", jobs=1, progress=False)
    found = neurosim.sweep(layers, AXES, **arguments)
    assert found.axes["optimiser.rates"].tolist() == [0.05, 0.2] and found.states.tolist() == [["done"], ["done"]]
    frame = found.to_frame()
    assert frame["optimiser.rates"].tolist() == [0.05, 0.2] and (frame["state"] == "done").all()
    assert frame["test_error"].tolist() == found["test_error"].ravel().tolist()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "rates").rglob("*.h5")}
    again = neurosim.sweep(layers, AXES, **arguments)
    assert again.results["test_error"].tolist() == found["test_error"].tolist()
    assert main(["sweep", str(tmp_path / "rates.toml"), "--out", str(tmp_path / "rates"), "--quiet"]) == 0
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "rates").rglob("*.h5")}
    with pytest.raises(ValueError, match="rates.toml already exists with other content"):
        neurosim.sweep(layers, {"optimiser.rates": [0.3]}, **arguments)


def test_axes_are_asked_for(patterns):
    with pytest.raises(ValueError, match="sweep: axes are missing"):
        neurosim.sweep([neurosim.dense(4)], data=patterns)


@pytest.mark.parametrize("arguments, named", [
    ({"data": "digits", "repeats": 3}, "data, repeats"), ({"fixed": {"seed": 3}}, "fixed"),
    ({"method": "zip", "samples": 4}, "method, samples")])
def test_a_sweep_file_says_itself_what_it_sweeps(arguments, named, tmp_path):
    with pytest.raises(ValueError, match=f"sweep: {named}: a sweep file, or a study, says"):
        neurosim.sweep("wires", out=tmp_path / "limits", **arguments)


def test_the_network_of_a_run_has_its_data(trained, tmp_path):
    with pytest.raises(ValueError, match="data: a Run is evaluated on the data that it has learnt"):
        neurosim.sweep(trained, {"device.c2c": [0.1]}, "digits", out=tmp_path / "points")


def test_a_refused_sweep_leaves_nothing_that_stops_the_corrected_one(patterns, tmp_path):
    layers, out = [neurosim.dense(4)], tmp_path / "rates"
    with pytest.raises(ValueError, match="learning.bta"):
        neurosim.sweep(layers, {"learning.bta": [0.2]}, patterns, out=out, progress=False)
    assert not list(tmp_path.glob("*.toml"))
    for axes, sentence in (({"seed": 3}, "axes: seed is 3; give a list of values"), (5, "axes: is 5; give a dict")):
        with pytest.raises(ValueError, match=sentence):
            neurosim.sweep(layers, axes, patterns, out=out, progress=False)
    assert not list(tmp_path.glob("*.toml"))


@pytest.mark.parametrize("runs", [5, {"a": "run.h5"}, [3]])
def test_what_cannot_be_compared_is_one_sentence(runs):
    with pytest.raises(ValueError, match="give Runs or paths of run files, in a list"):
        neurosim.compare(runs)


def test_runs_beside_each_other(trained, tmp_path):
    """A run differs from a copy of itself by nothing, which compares nothing and is said; from another it differs."""
    table = neurosim.compare([trained, trained.save(tmp_path / "copy.h5").path])
    assert isinstance(table, Table) and table.run.tolist() == ["run.h5", "copy.h5"]
    assert table.difference.tolist() == table.difference_low.tolist() == table.difference_high.tolist() == [0, 0]
    assert repr(table).endswith("copy.h5 is the same run as the first, byte for byte, so that nothing is compared")
    assert table.test_error.tolist() == [trained.test_error] * 2
    with h5py.File(tmp_path / "copy.h5", "r+") as file:
        file.attrs["host"] = "another"
    table = neurosim.compare([trained, tmp_path / "copy.h5"])
    assert table.difference.tolist() == [0, 0] and table.difference_low[1] < 0 < table.difference_high[1]
    assert "the same run" not in repr(table)


@pytest.fixture
def trains():
    """A device with a straight response, read with 1 % noise: 60 set pulses, 60 reset pulses."""
    rng = np.random.default_rng(2)
    up = 1e-6 + 1e-7 * np.arange(1, 61) + rng.normal(0, 6e-8, 60)
    return up, 7e-6 - 1e-7 * np.arange(1, 61) + rng.normal(0, 6e-8, 60)


@pytest.mark.slow
def test_a_card_is_fitted_to_arrays_and_to_files(trains, tmp_path):
    found = neurosim.fit_device(trains, tmp_path / "mine.toml", laws=["linear"], folds=2, progress=False,
                                set_pulse=(2.0, 1e-7))
    assert found.law == "linear" and found.device == load_device(tmp_path / "mine.toml")
    assert found.device["set_voltage"] == 2.0 and not (tmp_path / "mine.png").exists()
    values = found.values
    known = np.isfinite(values.low) & np.isfinite(values.high)
    assert known.any() and np.all((values.low < values.value)[known] & (values.value < values.high)[known])
    assert dict(zip(values.key, values.value))["step_up"] == pytest.approx(1e-7, rel=0.5)
    (tmp_path / "measured.csv").write_text("up,down\n" + "".join(f"{a:.16g},{b:.16g}\n" for a, b in zip(*trains)))
    read = neurosim.fit_device(tmp_path / "measured.csv", laws=["linear"], folds=2, progress=False)
    np.testing.assert_allclose(read.values.value, values.value, rtol=1e-6)
    with pytest.raises(ValueError, match="mine.toml: already exists; choose another name or replace it with force"):
        neurosim.fit_device(trains, tmp_path / "mine.toml", laws=["linear"], progress=False)


@pytest.mark.slow
def test_currents_become_conductances_at_the_voltage_of_the_call(trains, tmp_path):
    """Beside what else is stated, and by itself."""
    path, stated = tmp_path / "measured.csv", Stated(unit="A")
    path.write_text("up,down\n" + "".join(f"{0.2 * a:.16g},{0.2 * b:.16g}\n" for a, b in zip(*trains)))
    found = neurosim.fit_device(path, stated=stated, read_voltage=0.2, laws=["linear"], folds=2, progress=False)
    assert found.device["read_voltage"] == 0.2
    assert found.device["g_max"] == pytest.approx(max(trains[0].max(), trains[1].max()), rel=0.05)
    with pytest.raises(ValueError, match="read_voltage: is 0.1 V, and that of stated 0.2 V"):
        neurosim.fit_device(path, stated=Stated(unit="A", read_voltage=0.2), read_voltage=0.1, progress=False)


@pytest.mark.parametrize("arguments, sentence", [
    ({"laws": ["parabola"]}, "laws: parabola: unknown"),
    ({"folds": 1}, "folds: 1 is below 2, so that nothing would be held out"),
    ({"out": "card.json"}, "out card.json: the ending is '.json'")])
def test_what_cannot_be_fitted_is_a_sentence(arguments, sentence, trains):
    with pytest.raises(ValueError, match=sentence):
        neurosim.fit_device(trains, **arguments, progress=False)
