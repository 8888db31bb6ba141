"""Measured devices in HDF5: the same numbers come back, what is wrong gets one sentence with the data set."""

import h5py
import numpy as np
import pytest

from neurosim.results.measured import read_pulses, read_steps

TABLE = {"G_bins": [1e-5, 2e-5, 3e-5], "cdf_bins": [0.0, 1.0], "dG": [[0, 0, 0], [1e-6, 2e-6, 3e-6]]}


@pytest.fixture
def write(tmp_path):
    def write(datasets):
        with h5py.File(tmp_path / "devices.h5", "w") as file:
            for name, data in datasets.items():
                file[name] = data
        return tmp_path / "devices.h5"
    return write


def tables(**changes):
    up = {f"dG_table/up/{key}": value for key, value in {**TABLE, **changes}.items()}
    return {**up, **{f"dG_table/down/{key}": value for key, value in TABLE.items()}}


def refusal(action, path):
    with pytest.raises(ValueError) as caught:
        action(path)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)
    return str(caught.value)


def test_first_half_of_the_pulses_potentiates(write):
    cycle, pulse, row, column = np.meshgrid(*map(np.arange, (2, 6, 3, 4)), indexing="ij")
    trains = read_pulses(write({"G_reads": 1e-6 * (1000 * cycle + 100 * pulse + 10 * row + column)}))
    assert len(trains.up) == len(trains.down) == 2 * 3 * 4
    assert np.allclose(trains.up[0], [0, 1e-4, 2e-4]) and np.allclose(trains.down[0], [3e-4, 4e-4, 5e-4])
    assert np.allclose(trains.up[-1], [1.023e-3, 1.123e-3, 1.223e-3])


def test_tables_of_steps(write):
    steps = read_steps(write(tables()))
    assert np.allclose(steps.up, TABLE["dG"]) and np.allclose(steps.g, TABLE["G_bins"])


@pytest.mark.parametrize("datasets, reason", [
    ({"other": [1.0]}, "has no data set G_reads; it holds other"),
    ({"G_reads": np.zeros((4, 3))}, "G_reads has the shape (4, 3); give [cycle, pulse, row, column]"),
    ({"G_reads": np.zeros((1, 5, 1, 1))}, "G_reads has 5 pulses per cycle"),
    ({"G_reads": np.full((1, 4, 1, 1), np.nan)}, "G_reads[0, 0, 0, 0] is NaN or infinite"),
    ({"G_reads": np.full((1, 4, 1, 1), 20.0)}, "exceeds 0.01 S; write siemens"),
    ({"G_reads": np.full((1, 4, 1, 1), b"text")}, "G_reads holds |S4; give real numbers"),
])
def test_bad_pulses(write, datasets, reason):
    assert reason in refusal(read_pulses, write(datasets))


@pytest.mark.parametrize("changes, reason", [
    ({"G_bins": [1e-5, 3e-5, 2e-5]}, "dG_table/up/G_bins and dG_table/down/G_bins differ"),
    ({"cdf_bins": [0.0, 0.5]}, "dG_table/up/cdf_bins and dG_table/down/cdf_bins differ"),
    ({"dG": [[0, 0, 0]]}, "dG up has the shape (1, 3) for 2 probabilities and 3 conductances"),
    ({"dG": [[0, 0, 0], [0, 0, np.nan]]}, "dG up: number 2, 3 is NaN or infinite"),
])
def test_bad_tables(write, changes, reason):
    assert reason in refusal(read_steps, write(tables(**changes)))


def test_files_that_are_no_hdf5(tmp_path):
    assert "no such file" in refusal(read_steps, tmp_path / "devices.h5")
    (tmp_path / "devices.h5").write_text("text")
    assert "is not an HDF5 file" in refusal(read_pulses, tmp_path / "devices.h5")
