"""Measured devices in HDF5: the same numbers come back, what is wrong gets one sentence with the data set."""

import h5py
import numpy as np
import pytest

from neurosim.measurements.hdf5 import read_pulses, read_steps
from neurosim.measurements.reading import read
from neurosim.measurements.stated import Stated

TABLE = {"G_bins": [1e-5, 2e-5, 3e-5], "cdf_bins": [0.0, 1.0], "dG": [[0, 0, 0], [1e-6, 2e-6, 3e-6]]}
TRAIN = 1e-7 * np.concatenate([np.arange(1, 21), np.arange(21, 1, -1)]).reshape(1, 40, 1, 1)
SPIKED, BACKWARDS = TRAIN.copy(), TRAIN.copy()
SPIKED[0, 7] *= 1000
BACKWARDS[0, :20] = TRAIN[0, 19::-1]


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
    pulse = np.where(pulse > 2, 5 - pulse, pulse)
    trains = read_pulses(write({"G_reads": 1e-6 * (50 * cycle + 100 * pulse + 10 * row + column)}))
    assert len(trains.up) == len(trains.down) == 2 * 3 * 4
    assert np.allclose(trains.up[0], [0, 1e-4, 2e-4]) and np.allclose(trains.down[0], [2e-4, 1e-4, 0])
    assert np.allclose(trains.up[-1], [7.3e-5, 1.73e-4, 2.73e-4])
    assert trains.understood == "2 cycles of 3 set and 3 reset pulses of 3 x 4 devices"


@pytest.mark.parametrize("unit", ["mS", "µS", b"mS", np.bytes_(b"uS")])
def test_arrays_and_data_sets_are_in_the_unit_of_their_attribute(write, unit):
    factor = 1e3 if b"m" in (unit if isinstance(unit, bytes) else unit.encode()) else 1e6
    path = write({"G_reads": factor * TRAIN, "LTP": factor * TRAIN[0, :20, 0, 0], "LTD": factor * TRAIN[0, 20:, 0, 0]})
    with h5py.File(path, "a") as file:
        for name in ("G_reads", "LTP", "LTD"):
            file[name].attrs["units"] = unit
    assert np.allclose(read([path]).trains.up, TRAIN[0, :20, 0, 0])
    with pytest.raises(ValueError, match="is in .S, --unit says nS; leave out --unit"):
        read([path], Stated(unit="nS"))
    with h5py.File(path, "a") as file:
        del file["G_reads"]
    assert np.allclose(read([path]).trains.down, TRAIN[0, 20:, 0, 0])


def test_an_array_without_a_unit_is_in_that_which_is_stated(write):
    path = write({"G_reads": 1e3 * TRAIN})
    assert np.allclose(read([path], Stated(unit="mS")).trains.up, TRAIN[0, :20, 0, 0])
    with pytest.raises(ValueError, match="holds conductances, --unit says kohm"):
        read([path], Stated(unit="kohm"))


def test_a_data_set_that_is_named_keeps_its_unit_and_a_file_says_its_read_voltage(write):
    path = write({"x": 1e3 * TRAIN[0, :, 0, 0]})
    with h5py.File(path, "a") as file:
        file["x"].attrs["unit"], file.attrs["read_voltage"], file.attrs["V_set"] = "mS", 0.2, np.array([1, 2])
    reading = read([path], Stated(data="x", pulses=(20, 20)))
    assert np.allclose(reading.trains.up, TRAIN[0, :20, 0, 0]) and reading.pulses == {"read_voltage": 0.2}


def test_tables_of_steps(write):
    steps = read_steps(write(tables()))
    assert np.allclose(steps.up, TABLE["dG"]) and np.allclose(steps.g, TABLE["G_bins"])


@pytest.mark.parametrize("datasets, reason", [
    ({"other": [1.0]}, "has no data set G_reads of its own; it holds other"),
    ({"G_reads": np.zeros((4, 3))}, "G_reads has the shape (4, 3); give [cycle, pulse, row, column]"),
    ({"G_reads": np.zeros((1, 5, 1, 1))}, "G_reads has 5 pulses per cycle"),
    ({"G_reads": np.full((1, 4, 1, 1), np.nan)}, "G_reads[0, 0, 0, 0] = nan is NaN or infinite"),
    ({"G_reads": np.full((1, 4, 1, 1), 20.0)}, "20 S exceeds 0.01 S; conductances are in siemens: if"),
    ({"G_reads": np.full((1, 4, 1, 1), 9.91e37)}, "G_reads[0, 0, 0, 0] = 9.91e+37 is NaN or infinite or stands for"),
    ({"G_reads": np.roll(TRAIN, 20, axis=1)}, "set pulses lower the conductance and reset pulses raise it; exchange"),
    ({"G_reads": np.concatenate([TRAIN, SPIKED])}, "G_reads[1, 7, 0, 0] = 0.0008 is 0 or lies far off its neighbours"),
    ({"G_reads": np.concatenate([TRAIN] * 3 + [BACKWARDS])}, "set pulses lower the conductance, trains 3 to 3, but"),
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
    assert "No such file" in refusal(read_steps, tmp_path / "devices.h5")
    (tmp_path / "devices.h5").write_text("text")
    assert "is not an HDF5 file" in refusal(read_pulses, tmp_path / "devices.h5")


def claimed(file):
    file.create_dataset("G_reads", (100, 200, 100, 100), "f8", chunks=True)


def claimed_within_the_limit(file):
    file.create_dataset("G_reads", (100, 200, 10, 10), "f8", chunks=True)


def external(file):
    file.create_dataset("G_reads", (1, 4, 1, 1), "f8", external=[("/etc/passwd", 0, 32)])


def virtual(file):
    layout = h5py.VirtualLayout((1, 4, 1, 1), "f8")
    layout[:] = h5py.VirtualSource("other.h5", "G_reads", (1, 4, 1, 1))
    file.create_virtual_dataset("G_reads", layout)


def soft_loop(file):
    file["G_reads"] = h5py.SoftLink("/a")
    file["a"] = h5py.SoftLink("/G_reads")


def empty(file):
    file["G_reads"] = h5py.Empty("f8")


@pytest.mark.parametrize("make, reason", [
    (claimed, "G_reads claims 200,000,000 numbers, more than the file holds"),
    (claimed_within_the_limit, "G_reads claims 2,000,000 numbers, more than the file holds"),
    (external, "G_reads stands in no file or in another one"),
    (virtual, "G_reads stands in no file or in another one"), (empty, "G_reads stands in no file"),
    (soft_loop, "has no data set G_reads of its own; it holds G_reads, a"),
    (lambda file: file.update(G_reads=h5py.ExternalLink("other.h5", "G_reads")), "has no data set G_reads of its own"),
    (lambda file: file.create_group("G_reads"), "has no data set G_reads of its own"),
    (lambda file: file.create_dataset("G_reads", (1, 4, 200_000, 1), "f4", data=np.zeros((1, 4, 200_000, 1))),
     "G_reads holds 200,000 trains, the limit is 100,000"),
])
def test_what_a_file_only_claims_or_borrows_is_refused(tmp_path, make, reason):
    with h5py.File(tmp_path / "devices.h5", "w") as file:
        make(file)
    assert reason in refusal(read_pulses, tmp_path / "devices.h5")
