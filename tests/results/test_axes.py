"""Axes of run files have names, which h5py, xarray and netCDF readers find; neurosim reads what it read before."""

import importlib.util

import h5py
import numpy as np
import pytest

from neurosim.results import Quantity, RunFile, RunWriter, read_run, write_run
from neurosim.results.axes import is_bare_axis
from neurosim.results.checking import RunOfTraining
from runfiles import ATTRIBUTES, completed


def described(values, unit="1"):
    return Quantity(np.asarray(values), unit, "values of a test")


@pytest.fixture
def run_file(tmp_path):
    """A run of two epochs with one convolution, its counts and an evaluation."""
    tree = completed({
        "model": {"weights": {"input-conv1": described(np.ones((3, 1, 5, 5), np.float32)),
                              "conv1-output": described(np.ones((4, 27), np.float32))}},
        "history": {"seconds": described([1.0, 2.0], "s")},
        "ledger": {"free": {"layers": described(["input", "conv1", "output"]),
                            "signals": described([[1, 2, 3], [4, 5, 6]])}},
        "results": {"test": {"confusion": described(np.eye(4, dtype=int))}}}, 2)
    write_run(tmp_path / "run.h5", tree, {**ATTRIBUTES, "epoch": 2})
    return tmp_path / "run.h5", tree


def names(dataset):
    """Names of the dimension scales of a data set, one per axis."""
    return [dimension[0].name.rpartition("/")[2] for dimension in dataset.dims]


def test_every_axis_has_one_scale_of_its_length_and_every_data_set_a_unit_and_a_name(run_file):
    with h5py.File(run_file[0]) as file:
        datasets = []
        file.visititems(lambda _, item: datasets.append(item) if isinstance(item, h5py.Dataset) else None)
        for item in datasets:
            if is_bare_axis(item):
                assert item.id.get_storage_size() == 0
                continue
            assert isinstance(item.attrs["units"], str) and isinstance(item.attrs["description"], str)
            if h5py.h5ds.is_scale(item.id):
                continue
            assert item.attrs["long_name"] == item.attrs["description"]
            for dimension, length in zip(item.dims, item.shape):
                assert len(dimension) == 1 and dimension[0].shape == (length,)
                assert dimension[0].name.rpartition("/")[0] == item.name.rpartition("/")[0]
            assert len(set(names(item))) == item.ndim    # xarray wants no name twice
        assert names(file["history/seconds"]) == names(file["history/train_error"]) == ["epochs"]
        assert names(file["ledger/free/signals"]) == ["epochs", "layers"]
        assert file["ledger/free/signals"].dims[1][0][0] == b"input"    # what stands along it is what the file says
        assert names(file["ledger/free/events"]) == ["epochs", "reads", "kinds"]
        assert names(file["model/weights/input-conv1"]) == [f"input-conv1_{axis}" for axis in
                                                            ("out", "in", "row", "column")]
        assert names(file["results/test/confusion"]) == ["classes", "classes_2"]
        assert names(file["ledger/programming/set"]) == ["start_and_epochs", "connections"]


def test_readers_of_neurosim_see_no_axes(run_file):
    path, tree = run_file
    found, _ = read_run(path)

    def listed(tree):
        return {name: listed(item) if isinstance(item, dict) else None for name, item in tree.items()}
    assert listed(found) == listed(tree)
    with RunOfTraining(path) as run:
        assert "epochs" not in run.names("history") and run.names("history") == sorted(tree["history"])


def test_a_file_that_begins_with_another_has_its_axes_anew(run_file, tmp_path):
    path, _ = run_file
    with RunWriter(tmp_path / "more.h5", {}, base=path) as run:
        stream = run.stream("history/more", (2,), np.float32, "1", "added")
        for _ in range(3):
            stream.append(np.zeros((1, 2), np.float32))
    with h5py.File(tmp_path / "more.h5") as file:
        assert names(file["history/seconds"]) == ["epochs"] and names(file["history/more"]) == ["more_0", "more_1"]
        assert names(file["ledger/free/signals"]) == ["epochs", "layers"]
        assert sorted(name for name in file["history"] if is_bare_axis(file["history"][name])) == [
            "epochs", "more_0", "more_1"]
    with RunFile(tmp_path / "more.h5") as run:
        assert run.shape("history/more") == (3, 2)


@pytest.mark.skipif(None in map(importlib.util.find_spec, ("xarray", "h5netcdf")),
                    reason="xarray or h5netcdf is not installed")
def test_xarray_opens_it_with_names_and_units(run_file):
    import xarray
    with xarray.open_datatree(run_file[0], engine="h5netcdf") as tree:
        assert tree["history/seconds"].attrs["units"] == "s" and tree["history/seconds"].dims == ("epochs",)
        signals = tree["ledger/free/signals"]
        assert signals.sel(layers=b"conv1").values.tolist() == [2, 5]
        assert "epochs" not in tree["history"]
