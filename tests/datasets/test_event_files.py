"""Files of events: what goes in comes out, and a promise is not believed before it is checked."""

import dataclasses
import io
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurosim.datasets import DataOptions, augment, described, draw_augmentation, load, pictures, prepare, statistics


def arrays(**changed):
    random = np.random.default_rng(3)
    found = {f"{part}_events": random.integers(0, 2, (count, 5, 4, 6, 2)).astype(np.uint8)
             for part, count in (("train", 7), ("test", 3))}
    found |= {f"{part}_labels": np.arange(count) % 3 for part, count in (("train", 7), ("test", 3))}
    return {name: values for name, values in (found | changed).items() if values is not None}


@pytest.fixture
def written(tmp_path):
    def write(**changed):
        np.savez_compressed(tmp_path / "own.npz", **arrays(**changed))
        return str(tmp_path / "own.npz")
    return write


@pytest.mark.parametrize("header", ["{'descr': '|u1', 'shape': (", "{'descr' '|u1'}", "  x\n y", "{" * 500, "\x00"])
def test_a_header_that_is_no_python_is_refused(written, tmp_path, header):
    with np.load(written()) as archive, zipfile.ZipFile(tmp_path / "odd.npz", "w") as odd:
        for name in archive.files:
            text = (header.encode() + b"\n") if name == "test_events" else None
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, archive[name])
            odd.writestr(f"{name}.npy", buffer.getvalue() if text is None else
                         b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)
    with pytest.raises(ValueError, match="test_events is not a NumPy array .* write the file again"):
        load("events", str(tmp_path / "odd.npz"))


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, bool])
def test_what_goes_in_comes_out(written, dtype):
    given = {name: values.astype(dtype) if name.endswith("events") else values for name, values in arrays().items()}
    path = written(**given)
    data, known = load("events", path), described(DataOptions(name="events", path=path))
    for part in ("train", "test"):
        assert_array_equal(getattr(data, f"{part}_images"), given[f"{part}_events"])
        assert getattr(data, f"{part}_images").dtype == dtype
        assert_array_equal(getattr(data, f"{part}_labels"), given[f"{part}_labels"])
    assert (known.shape, known.train, known.test, known.classes) == ((5, 4, 6, 2), 7, 3, 3)
    assert data.classes == 3 and data.name == "own"


@pytest.mark.parametrize("changed, words", [
    ({"train_events": None}, "holds no train_events"), ({"test_labels": None}, "holds no test_labels"),
    ({"train_events": np.zeros((7, 4, 6, 2), np.uint8)}, "have the shape"),
    ({"train_events": np.zeros((7, 0, 4, 6, 2), np.uint8)}, "at least one sample and one frame"),
    ({"train_events": np.zeros((7, 5, 4, 6, 2))}, "are float64; save them as uint8"),
    ({"train_events": np.full((7, 5, 4, 6, 2), np.nan, np.float32)}, "are float32; save them as uint8"),
    ({"train_events": np.full((7, 5, 4, 6, 2), None)}, "are object; save them as uint8"),
    ({"test_events": np.zeros((3, 4, 4, 6, 2), np.uint8)}, "give both the same"),
    ({"train_labels": np.zeros(6, int)}, "7 samples and train_labels 6"),
    ({"train_labels": np.zeros(7)}, "are float64; save them as whole numbers"),
    ({"train_labels": np.full(7, -1)}, "run from -1 to -1"),
    ({"train_labels": np.full(7, 2 ** 40)}, "less than 10,000"),
    ({"train_labels": np.zeros((7, 1), int)}, r"give \(samples,\)"),
])
def test_arrays_that_do_not_fit(written, changed, words):
    path = written(**changed)
    for look in (lambda: load("events", path), lambda: described(DataOptions(name="events", path=path))):
        with pytest.raises(ValueError, match=words) as error:
            look()
        assert path in str(error.value) and "\n" not in str(error.value)


def header(shape, dtype="|u1"):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": dtype, "fortran_order": False, "shape": shape})
    return stream.getvalue()


@pytest.mark.parametrize("content, words", [
    (header((10 ** 5, 10 ** 5, 10 ** 3, 1, 1)), "give fewer samples"),
    (header((10 ** 7, 1, 1, 1, 1)), "give fewer samples"),
    (header((7, 5, 4, 6, 2)) + b"\0" * 100, "promise 1,680 bytes and hold 100"),
    (b"\x93NUMPY", "is not a NumPy array"), (b"", "is not a NumPy array"),
    (b"\x80\x04pickle....", "is not a NumPy array"),
])
def test_promises_are_checked_before_they_are_believed(written, tmp_path, content, words):
    path = written(train_events=None)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("train_events.npy", content)
    with pytest.raises(ValueError, match=words) as error:
        load("events", path)
    assert "\n" not in str(error.value)


def test_files_that_are_none(tmp_path, written):
    (tmp_path / "text.npz").write_text("no archive")
    cut = tmp_path / "cut.npz"
    with open(written(), "rb") as whole:
        cut.write_bytes(whole.read()[:-400])
    for path, words in (("", "data.path"), (str(tmp_path / "nothing.npz"), "is not a file"),
                        (str(tmp_path), "is not a file"), (str(tmp_path / "text.npz"), "is not an .npz file"),
                        (str(cut), "is not an .npz file")):
        with pytest.raises(ValueError, match=words) as error:
            load("events", path)
        assert "\n" not in str(error.value)


def test_a_damaged_member_is_said(written):
    path = written()
    with zipfile.ZipFile(path) as archive:
        offset = archive.getinfo("train_events.npy").header_offset
    with open(path, "r+b") as file:
        file.seek(offset + 120)
        file.write(b"\xff" * 30)
    with pytest.raises(ValueError, match="write the file again"):
        load("events", path)


def test_events_are_padded_with_frames_on_which_nothing_happens():
    events = arrays()["train_events"]
    measured = statistics(events, DataOptions())
    assert prepare(events, DataOptions(name="events"), measured) is events
    padded = prepare(events, DataOptions(name="events", pad=2), measured)
    assert padded.shape == (7, 5, 8, 10, 2) and padded.dtype == events.dtype and padded.sum() == events.sum()
    assert_array_equal(padded[:, :, 2:-2, 2:-2], events)


def test_all_frames_of_a_sample_are_shifted_alike():
    events, options = arrays()["train_events"], DataOptions(name="events", crop=2, flip=True)
    chance = draw_augmentation(7, options, 0, 1)
    moved = augment(events, chance, np.arange(7))
    assert moved.dtype == events.dtype and (moved != events).any()
    for t in range(5):
        assert_array_equal(moved[:, t], augment(events[:, t], chance, np.arange(7)))


def test_mirrored_events_are_read_from_right_to_left():
    events, unmoved = arrays()["train_events"], draw_augmentation(7, DataOptions(name="events"), 0, 0)
    mirrored = augment(events, dataclasses.replace(unmoved, mirrored=np.ones(7, bool)), np.arange(7))
    assert_array_equal(mirrored, events[:, :, :, ::-1])


def test_pictures_show_where_events_were():
    events = np.zeros((2, 3, 4, 5, 2), np.int8)
    events[0, :, 1, 2, 0], events[0, 1, 3, 3, 1] = -1, 1
    shown = pictures(events)
    assert shown.shape == (2, 4, 5, 1) and shown.dtype == np.uint8
    assert (shown[0, 1, 2, 0], shown[0, 3, 3, 0], shown.sum()) == (255, 85, 340)
    images = np.zeros((2, 4, 5, 1), np.uint8)
    assert pictures(images) is images


def test_a_validation_part_is_taken_whole(written):
    """It may be missing, as it was in the files of before; half of it is refused."""
    random = np.random.default_rng(4)
    own = {"validation_events": random.integers(0, 2, (4, 5, 4, 6, 2)).astype(np.uint8),
           "validation_labels": np.array([0, 1, 2, 0])}
    found = load("events", written(**own))
    assert_array_equal(found.validation_images, own["validation_events"])
    assert_array_equal(found.validation_labels, own["validation_labels"])
    assert described(DataOptions(name="events", path=written(**own))).validation == 4
    assert load("events", written()).validation_images is None
    with pytest.raises(ValueError, match="holds no validation_labels"):
        load("events", written(validation_events=own["validation_events"]))
    with pytest.raises(ValueError, match="and validation_events of .*; give both the same"):
        load("events", written(**own | {"validation_events": own["validation_events"][:, :3]}))
