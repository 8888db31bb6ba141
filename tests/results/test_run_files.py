"""A run file comes back as it was written, with h5py alone too."""

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neurosim.results import FORMAT_VERSION, MissingRecord, Quantity, RunFile, RunWriter, read_run, write_run
from neurosim.results.axes import is_bare_axis

ATTRIBUTES = {"seed": 2**63, "name": "Zürich", "empty": "", "rate": 0.1, "spiking": True, "offset": -3}


@pytest.fixture
def tree():
    rng = np.random.default_rng(5)
    return {
        "weights": {
            "conv1": Quantity(rng.normal(size=(4, 1, 3, 3)).astype(np.float32), "1", "kernels"),
            "deep": {"dense": Quantity(rng.normal(size=(600, 300)), "S", "conductances, enough to be compressed")},
        },
        "layers": Quantity(["conv1", "ünnamed ", ""], "1", "names of the layers"),
        "config": Quantity("seed = 1\nname = \"é\"\n", "1", "configuration, TOML"),
        "history": {
            "spikes": Quantity(np.arange(5, dtype=np.uint64) + 2**63, "1", "spikes of each epoch"),
            "settled": Quantity([True, False], "1", "whether the free phase settled"),
            "none": Quantity(np.zeros((0, 3), np.int16), "s", "nothing yet"),
            "seconds": Quantity(1.5, "s", "duration"),
        },
    }


def same(left, right):
    """Equal trees of equal bits, units and descriptions."""
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    x, y = np.asarray(left.data), np.asarray(right.data)
    values = (list(x.flat) == list(y.flat)) if x.dtype.kind == "U" else (x.tobytes() == y.tobytes())
    return values and x.shape == y.shape and (left.unit, left.description) == (right.unit, right.description)


def test_a_run_comes_back_as_written(tmp_path, tree):
    write_run(tmp_path / "run.h5", tree, ATTRIBUTES)
    read, attributes = read_run(tmp_path / "run.h5")
    assert same(read, tree)
    assert attributes == ATTRIBUTES
    assert {name: type(value) for name, value in attributes.items()} == {k: type(v) for k, v in ATTRIBUTES.items()}


def test_no_temporary_stays(tmp_path, tree):
    write_run(tmp_path / "run.h5", tree, {})
    assert [path.name for path in tmp_path.iterdir()] == ["run.h5"]


def test_h5py_alone_reads_it(tmp_path, tree):
    write_run(tmp_path / "run.h5", tree, ATTRIBUTES)
    undescribed = []
    with h5py.File(tmp_path / "run.h5") as file:
        assert (file.attrs["format"], file.attrs["format_version"]) == ("neurosim-run", FORMAT_VERSION)
        file.visititems(lambda name, item: undescribed.append(name) if isinstance(item, h5py.Dataset)
                        and not is_bare_axis(item)
                        and not {"units", "description"} <= set(item.attrs) else None)
        assert file["weights/deep/dense"].attrs["units"] == "S"
        assert np.array_equal(file["weights/conv1"], tree["weights"]["conv1"].data)
        assert file["config"].asstr()[()] == tree["config"].data
    assert undescribed == []


def test_a_run_changed_by_h5py_stays_readable(tmp_path, tree):
    write_run(tmp_path / "run.h5", tree, {"seed": 1})
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        file.attrs["remark"] = "the good one"
    assert read_run(tmp_path / "run.h5")[1] == {"seed": 1, "remark": "the good one"}


def test_special_floats_keep_their_bits(tmp_path):
    bits = np.array([0x7fc00001, 0xffc12345, 0x7f800001, 0x80000000, 0x7f800000, 0xff800000, 1], np.uint32)
    write_run(tmp_path / "run.h5", {"x": Quantity(bits.view(np.float32), "1", "NaN, -0, infinities, subnormal")}, {})
    assert np.array_equal(read_run(tmp_path / "run.h5")[0]["x"].data.view(np.uint32), bits)


@settings(max_examples=30, deadline=None)
@given(array=hnp.arrays(
    hnp.floating_dtypes(sizes=(16, 32, 64), endianness="=") | hnp.integer_dtypes(endianness="=") | st.just(bool),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0)))
def test_every_array_comes_back_bit_by_bit(tmp_path_factory, array):
    path = tmp_path_factory.getbasetemp() / "any.h5"
    write_run(path, {"x": Quantity(array, "1", "anything")}, {})
    read = read_run(path)[0]["x"].data
    assert (read.dtype, read.shape, read.tobytes()) == (array.dtype, array.shape, array.tobytes())


def test_a_stream_is_the_records_in_order(tmp_path):
    records = np.random.default_rng(3).integers(0, 2, (1000, 7, 5)).astype(np.uint8)
    with RunWriter(tmp_path / "run.h5", {}) as run:
        trace = run.stream("trace/conv1", (7, 5), np.uint8, "1", "spikes of each time step")
        for start in range(0, 1000, 37):
            trace.append(records[start:start + 37])
    with RunFile(tmp_path / "run.h5") as run:
        assert run.shape("trace/conv1") == (1000, 7, 5)
        assert np.array_equal(run["trace"]["conv1"].data, records)
        assert np.array_equal(run.rows("trace/conv1", 30, 50).data, records[30:50])


def test_a_stream_refuses_other_records(tmp_path):
    with RunWriter(tmp_path / "run.h5", {}) as run:
        trace = run.stream("x", (3,), np.uint8, "1", "bytes")
        for records in (np.zeros((2, 4), np.uint8), np.zeros((2, 3)), np.uint8(1)):
            with pytest.raises(ValueError, match=r"/x: got records of shape .* this stream takes \(n, 3\) of uint8"):
                trace.append(records)


def test_a_run_grows_from_an_old_one(tmp_path, tree):
    path = tmp_path / "run.h5"
    write_run(path, tree, {"seed": 1, "stage": "trained"})
    for error in (0.1, 0.2):
        with RunWriter(path, {"stage": "evaluated"}, base=path, groups=tree) as run:
            run.put("evaluation/test_error", Quantity(error, "1", "share of wrong answers"))
    read, attributes = read_run(path)
    assert read.pop("evaluation")["test_error"].data == 0.2
    assert same(read, tree) and attributes == {"seed": 1, "stage": "evaluated"}


def test_groups_choose_what_is_kept(tmp_path, tree):
    write_run(tmp_path / "old.h5", tree, {})
    with RunWriter(tmp_path / "new.h5", {}, base=tmp_path / "old.h5", groups=["history"]):
        pass
    assert same(read_run(tmp_path / "new.h5")[0], {"history": tree["history"]})


def test_an_open_run_outlives_its_replacement(tmp_path, tree):
    write_run(tmp_path / "run.h5", tree, {})
    with RunFile(tmp_path / "run.h5") as run:
        write_run(tmp_path / "run.h5", {}, {})
        assert same(run["weights"], tree["weights"])


def test_a_link_to_a_run_stays_a_link(tmp_path, tree):
    (tmp_path / "latest.h5").symlink_to(tmp_path / "run.h5")
    write_run(tmp_path / "latest.h5", tree, {})
    assert (tmp_path / "latest.h5").is_symlink() and same(read_run(tmp_path / "run.h5")[0], tree)


def test_asking_for_what_is_not_there(tmp_path, tree):
    write_run(tmp_path / "run.h5", tree, {})
    with RunFile(tmp_path / "run.h5") as run:
        assert "weights/conv1" in run and "weights/conv2" not in run and "config/conv1" not in run
        assert run.names() == sorted(tree) and run.names("weights") == ["conv1", "deep"]
        with pytest.raises(MissingRecord, match=r"has no weights/conv2; it holds config, history, layers, weights"):
            run["weights/conv2"]


@pytest.mark.parametrize("name", ["", "/x", "x/", "a//b", "..", "a/../b", ".hidden", "a b", "x\0", "ä", "a" * 101])
def test_strange_names_are_refused(tmp_path, name):
    with RunWriter(tmp_path / "run.h5", {}) as run, pytest.raises(ValueError, match="is not a name that a run file"):
        run.put(name, Quantity(1, "1", "one"))


@pytest.mark.parametrize("attributes, message", [
    ({"x": [1, 2]}, "attribute x is a list; attributes are str, int, float or bool"),
    ({"x": 2**64}, "attribute x = 18446744073709551616 does not fit in 64 bits"),
    ({"x": "a\0b"}, "attribute x holds a NUL character"),
    ({"x y": 1}, "'x y' is not a name"),
])
def test_strange_attributes_are_refused(tmp_path, attributes, message):
    with pytest.raises(ValueError, match=message):
        write_run(tmp_path / "run.h5", {}, attributes)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [{"a": 1}, [object()], b"bytes", np.datetime64("2020-01-01"), "a\0b"])
def test_strange_data_are_refused(tmp_path, data):
    with pytest.raises(ValueError, match="x: (cannot store data of type|text with a NUL)"):
        write_run(tmp_path / "run.h5", {"x": Quantity(data, "1", "what is it")}, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("unit, description", [("", "none"), ("1", " "), (None, "none"), ("1", "a\0")])
def test_a_quantity_needs_a_unit_and_a_description(unit, description):
    with pytest.raises(ValueError, match="Quantity: (unit|description) must be a text"):
        Quantity(1, unit, description)


def test_a_name_is_given_once(tmp_path):
    with RunWriter(tmp_path / "run.h5", {}) as run:
        run.put("x", Quantity(1, "1", "one"))
        with pytest.raises(ValueError, match="x already exists"):
            run.put("x", Quantity(2, "1", "two"))
