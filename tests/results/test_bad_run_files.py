"""Nothing of a file is believed: every bad run file gets one sentence."""

import tracemalloc

import h5py
import numpy as np
import pytest

from neurosim.results import Quantity, RunFile, RunFileError, RunWriter, read_run, write_run


@pytest.fixture
def path(tmp_path):
    tree = {"weights": {"conv1": Quantity(np.arange(500, dtype=np.float32), "1", "kernels")},
            "layers": Quantity(["conv1", "output"], "1", "names")}
    write_run(tmp_path / "run.h5", tree, {"seed": 1, "config": "seed = 1"})
    return tmp_path / "run.h5"


def refusal(path, **options):
    """The sentence that reading `path` ends with."""
    with pytest.raises(RunFileError) as caught:
        read_run(path, **options)
    assert str(caught.value).startswith(f"run file {path}: ") and "\n" not in str(caught.value)
    return str(caught.value)


def test_missing_file(tmp_path):
    assert "no such file" in refusal(tmp_path / "run.h5")


def test_folder(tmp_path):
    assert "is not a file" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\x89HD", b"seed = 1\n" * 100])
def test_other_file(path, content):
    path.write_bytes(content)
    assert "not an HDF5 file" in refusal(path)


def test_any_wrong_byte_is_noticed(path):
    whole = path.read_bytes()
    end = len(whole) - 100
    for position in (*range(8, end, 61), *range(end, len(whole) - 60)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 16]) + whole[position + 1:])
        assert "damaged, its checksum is wrong" in refusal(path)


def test_any_missing_end_is_noticed(path):
    whole = path.read_bytes()
    for size in (*range(8, len(whole) - 60, 97), len(whole) - 60):
        path.write_bytes(whole[:size])
        assert "damaged or cut short" in refusal(path)


def test_hdf5_of_others(path):
    with h5py.File(path, "w") as file:
        file["x"] = 1
    assert "is an HDF5 file but not a run of neurosim" in refusal(path)


def test_newer_format(path):
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = 3
    assert refusal(path).endswith("has format 3, this neurosim reads up to 1; upgrade neurosim")


@pytest.mark.parametrize("version", ["one", 1.5, np.arange(3)])
def test_strange_format(path, version):
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = version
    assert "format_version" in refusal(path)


def test_rows_are_read_within_the_limit(path):
    with RunFile(path, limit=100) as run:
        assert np.array_equal(run.rows("weights/conv1", 7, 32).data, np.arange(7, 32))
        with pytest.raises(RunFileError, match="read fewer rows at once"):
            run.rows("weights/conv1", 0, 26)


@pytest.mark.parametrize("claim", [
    {"shape": (10 ** 9,), "dtype": "f8"}, {"shape": (10 ** 9,), "dtype": "f8", "chunks": (1024,)},
    {"shape": (10 ** 6,), "dtype": "f8", "chunks": (10 ** 6,), "compression": "gzip"},
    {"shape": (4,), "maxshape": (None,), "dtype": "f8", "chunks": (10 ** 8,), "compression": "lzf"},
    {"shape": (), "dtype": "S1000000000"}],
    ids=["never written", "in chunks", "another filter", "chunk larger than all data", "text"])
def test_a_claim_of_size_is_refused_before_anything_is_read(path, claim):
    """A data set takes no more memory than its bytes in the file can stand for: 88 each, the best that lzf does."""
    with h5py.File(path, "r+") as file:
        described(file, "claim", **claim)
    tracemalloc.start()
    assert "data set /claim has a type or storage that is not allowed" in refusal(path)
    assert tracemalloc.get_traced_memory()[1] < 2 ** 20
    tracemalloc.stop()


def test_the_best_compression_is_believed(tmp_path):
    zeros = Quantity(np.zeros((64, 2 ** 18)), "1", "zeros")
    write_run(tmp_path / "zeros.h5", {"zeros": zeros}, {})
    assert (tmp_path / "zeros.h5").stat().st_size < zeros.data.nbytes / 70
    assert not read_run(tmp_path / "zeros.h5")[0]["zeros"].data.any()


def test_the_limit_counts_all_data_sets(path):
    read_run(path, limit=2000 + 12)
    assert "the limit is" in refusal(path, limit=2000 + 11)


def described(file, name, **options):
    dataset = file.create_dataset(name, **options)
    dataset.attrs["units"] = dataset.attrs["description"] = "1"


def add_loop(file):
    file["weights/again"] = file["/"]


def add_second_name(file):
    file["copy"] = file["weights/conv1"]


def add_soft_link(file):
    file["soft"] = h5py.SoftLink("/weights")


def add_external_link(file):
    file["outside"] = h5py.ExternalLink("other.h5", "/")


def add_outside_storage(file):
    described(file, "secret", shape=(4,), dtype="u1", external=[("/etc/hostname", 0, 4)])


def add_virtual_data(file):
    layout = h5py.VirtualLayout((500,), np.float32)
    layout[:] = h5py.VirtualSource(file["weights/conv1"])
    file.create_virtual_dataset("virtual", layout)


def add_references(file):
    described(file, "references", data=[file.ref], dtype=h5py.ref_dtype)


def add_ragged_text(file):
    described(file, "text", data=["a", "bb"], dtype=h5py.string_dtype())


def add_records(file):
    described(file, "records", data=np.zeros(2, "i4,f8"))


def add_emptiness(file):
    described(file, "empty", data=h5py.Empty("f4"))


def add_strange_name(file):
    file.create_group("a b")


def add_named_type(file):
    file["type"] = np.dtype("f4")


def add_bare_data(file):
    file["bare"] = 1


def add_depth(file):
    file.create_group("/".join("g" * 40))


@pytest.mark.parametrize("add", [
    add_loop, add_second_name, add_soft_link, add_external_link, add_outside_storage, add_virtual_data, add_references,
    add_ragged_text, add_records, add_emptiness, add_strange_name, add_named_type, add_bare_data, add_depth])
def test_foreign_contents_are_refused(path, add):
    with h5py.File(path, "r+") as file:
        add(file)
    assert "neurosim did not write it" in refusal(path) or "is not a name" in refusal(path)
    with pytest.raises(RunFileError), RunWriter(path.with_name("copy.h5"), {}, base=path):
        pass
    assert [item.name for item in path.parent.iterdir()] == ["run.h5"]


@pytest.mark.parametrize("value", [np.arange(3), h5py.Empty("f4"), 1 + 2j])
def test_foreign_attributes_are_refused(path, value):
    with h5py.File(path, "r+") as file:
        file.attrs["strange"] = value
    assert "attribute strange is neither text, a number nor a truth value" in refusal(path)
