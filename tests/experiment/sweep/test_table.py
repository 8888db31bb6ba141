"""Results as arrays and as an xarray Dataset, of folders that hold rows and nothing else."""

import sys

import numpy as np
import pytest

from neurosim.experiment.sweep.axes import Axis, design, draw
from neurosim.experiment.sweep.sensitivity import sensitivity
from neurosim.experiment.sweep.spec import read_sweep
from neurosim.experiment.sweep.store import Store
from neurosim.experiment.sweep.table import open_sweep

SALTELLI = """
base = "mnist-small"
method = "saltelli"
samples = 8
repeats = 2
[axes]
"learning.beta" = { linear = [0.0625, 0.5625] }
"learning.window" = [4, 6]
"optimiser.momentum" = { linear = [0.0, 0.9] }
"""
GRID = """
base = "mnist-small"
repeats = 2
[fixed]
"synapses.device" = "ideal-device"
[axes]
"device.g_max" = [1e-6, 2e-6, 3e-6]
"readout.kind" = ["adc", "ideal"]
"""


@pytest.fixture
def computed(tmp_path):
    """Function from the text of a sweep file, and a function from the values of a point, to the results."""
    def make(text, measure, skip=()):
        (tmp_path / "sweep.toml").write_text(text)
        sweep = read_sweep(tmp_path / "sweep.toml")
        store = Store.begin(tmp_path / "out", sweep)
        for index in (index for index in range(len(sweep)) if index not in skip):
            point = sweep.point(index)
            store.write_row({"index": index, "id": point.id, "state": "done", "point": point.values, "error": "",
                             "results": {"test_error": measure(point.values), "joules_per_inference": 1e-9},
                             "seconds": 0.0})
        return open_sweep(tmp_path / "out")
    return make


def test_indices_of_a_sweep_are_those_of_its_function_on_the_design(computed):
    def measure(beta, window, momentum):
        return beta * window + momentum ** 2
    keys = ("learning.beta", "learning.window", "optimiser.momentum")
    found = computed(SALTELLI, lambda point: measure(*map(point.get, keys)) + (-1) ** point["seed"]).sensitivity()
    axes = [Axis(path=keys[0], scale="linear", low=0.0625, high=0.5625), Axis(path=keys[1], values=(4, 6)),
            Axis(path=keys[2], scale="linear", low=0.0, high=0.9)]
    values = measure(*np.array(draw(axes, "saltelli", 8, 0)).T)[design(axes, 8, 0)]
    assert found.names == keys
    np.testing.assert_allclose(found.first, sensitivity(values, keys, "test_error").first, rtol=1e-9)
    np.testing.assert_allclose(found.total_interval, sensitivity(values, keys, "test_error").total_interval, rtol=1e-9)


def test_scales_and_units_are_known(computed):
    results = computed(SALTELLI, lambda point: 0.1)
    assert results.scales == {"learning.beta": "linear", "learning.window": "", "optimiser.momentum": "linear"}
    assert results.units["learning.window"] == "time steps" and results.units["joules_per_inference"] == "J"


def test_a_grid_as_a_dataset(computed):
    pytest.importorskip("xarray")
    results = computed(GRID, lambda point: 1e5 * point["device.g_max"] + point["seed"], skip=(3,))
    data = results.to_xarray()
    assert dict(data.sizes) == {"device.g_max": 3, "readout.kind": 2, "seed": 2}
    assert float(data.test_error.sel({"device.g_max": 2e-6, "readout.kind": "ideal", "seed": 1})) == pytest.approx(1.2)
    assert np.isnan(data.test_error.sel({"device.g_max": 1e-6, "readout.kind": "ideal", "seed": 1}))
    assert data["device.g_max"].attrs == {"units": "S"} and data.joules_per_inference.attrs == {"units": "J"}
    assert data.attrs == {"name": "sweep", "method": "grid"} and (data.state == "done").sum() == 11


def test_points_that_are_no_grid_as_a_dataset(computed):
    pytest.importorskip("xarray")
    zipped = 'base = "mnist-small"\nmethod = "zip"\n[axes]\n"seed" = [5, 6, 7]\n"learning.beta" = [0.1, 0.2, 0.3]\n'
    data = computed(zipped, lambda point: point["learning.beta"]).to_xarray()
    assert data.test_error.dims == ("point",) and data.seed.dims == data["learning.beta"].dims == ("point",)
    np.testing.assert_allclose(data.test_error.where(data.seed == 6, drop=True), 0.2)


def test_repeats_of_points_that_are_no_grid_as_a_dataset(computed):
    pytest.importorskip("xarray")
    data = computed(SALTELLI, lambda point: point["seed"] + point["learning.beta"]).to_xarray()
    assert data.test_error.dims == ("point", "seed")
    np.testing.assert_allclose(data.test_error.sel(seed=1), 1 + data["learning.beta"])


def test_without_xarray_there_is_one_sentence(computed, monkeypatch):
    results = computed(GRID, lambda point: 0.1)
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ValueError, match=r"xarray is not installed; write pip install \"neurosim-ep\[analysis\]\"$"):
        results.to_xarray()


@pytest.mark.parametrize("text", [GRID, SALTELLI])
def test_a_frame_has_a_row_for_each_point(text, computed):
    """Whether the axes are a grid or not, a row says at which values it was measured."""
    pytest.importorskip("pandas")
    found = computed(text, lambda point: point["seed"] + sum(value for value in point.values()
                                                             if isinstance(value, float)))
    frame = found.to_frame()
    axes = [key for key in found.axes if key != "seed" and frame[key].dtype == float]
    assert len(frame) == found.states.size and len(axes) in (1, 2)
    np.testing.assert_allclose(frame["test_error"], frame["seed"] + frame[axes].sum(axis=1))
