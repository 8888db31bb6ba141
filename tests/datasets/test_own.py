"""Data of your own: arrays of any shape, files, folders of pictures, and what is refused in one sentence."""

import numpy as np
import pytest

from neurosim.datasets import DataOptions, load, pictures, split
from neurosim.datasets.held import hold
from neurosim.datasets.own import own_dataset

RANDOM = np.random.default_rng(2)
LABELS = np.arange(30) % 3
IMAGES = RANDOM.integers(0, 256, (30, 6, 5, 2), dtype=np.uint8)


def options(**changes):
    return DataOptions(name="own", **{"validation_samples": 4, **changes})


@pytest.mark.parametrize("images, shape", [
    (IMAGES, (6, 5, 2)), (IMAGES[..., 0], (6, 5, 1)), (IMAGES.reshape(30, -1), (1, 1, 60)),
    (IMAGES.astype(float) / 255, (6, 5, 2)), (IMAGES > 99, (6, 5, 2)), (IMAGES.astype(np.uint16), (6, 5, 2))])
def test_images_of_any_axes_and_numbers(images, shape):
    found = own_dataset({"train": (images, LABELS)})
    assert found.shape == shape and found.classes == 3 and found.test == 0
    assert found.train_images.dtype == (np.uint8 if images.dtype in (np.uint8, bool) else np.float32)


def test_numbers_mean_the_same_whatever_their_type():
    """255 of a byte, 65535 of 16 bits, True and 1.0 are white."""
    white = [np.full((2, 3, 3), value, dtype) for value, dtype in ((255, np.uint8), (65535, np.uint16), (1, bool),
                                                                   (1.0, float))]
    found = [own_dataset({"train": (images, [0, 1])}).train_images for images in white]
    assert {float(images.max()) / (255 if images.dtype == np.uint8 else 1) for images in found} == {1.0}


@pytest.mark.parametrize("events, shape", [
    (np.ones((30, 7, 4, 4, 2), np.uint8), (7, 4, 4, 2)), (np.ones((30, 7, 4, 4), bool), (7, 4, 4, 1)),
    (-np.ones((30, 7, 9), np.int64), (7, 1, 1, 9))])
def test_events_have_a_time_axis(events, shape):
    found = own_dataset({"train": (events, LABELS)}, events=True)
    assert found.shape == shape and found.train_images.dtype.itemsize == 1
    assert (found.train_images == events.flat[0]).all()


FLOATS = IMAGES.astype(float) / 255
BROKEN = FLOATS.copy()
BROKEN[3, 1, 1, 0] = np.nan


@pytest.mark.parametrize("images, labels, sentence", [
    (IMAGES, LABELS + 1, "the training labels are 1, 2, 3; give 0, 1, ... one less than there are classes"),
    (IMAGES, LABELS * 2, "the training labels are 0, 2, 4; give"),
    (IMAGES, np.array(["cat"] * 30), "the train labels are <U3, such as cat; give whole numbers"),
    (IMAGES, LABELS.astype(float), "the train labels are float64, such as 0.0; give whole numbers"),
    (IMAGES, LABELS[:9], r"30 train images have labels of shape \(9,\); give one label"),
    (IMAGES, LABELS * 0, "all training images are of one class"),
    (IMAGES[:0], LABELS[:0], r"an array of shape \(0, 6, 5, 2\), which holds nothing"),
    (BROKEN, LABELS, r"sample 3 of the train images holds NaN or infinity \(1 of 30 samples do\)"),
    (IMAGES.astype(int), LABELS, r"the train images are int64; give uint8"),
    (np.zeros((30, 3, 32, 32), np.uint8), LABELS, r"shape \(30, 3, 32, 32\), channels first; give channels last, as "
                                                  r"numpy.moveaxis\(images, 1, -1\) does"),
    (np.zeros((30, 1, 28, 28), np.uint8), LABELS, "channels first"),
    (np.zeros((30, 7, 4, 4, 2), np.uint8), LABELS, "a fifth axis, time, is for events"),
    (np.zeros(30, np.uint8), LABELS, r"the shape \(30,\); give \(n, rows, columns, channels\)")])
def test_what_cannot_be_learnt_is_a_sentence(images, labels, sentence):
    with pytest.raises(ValueError, match=f"^data: .*{sentence}") as refused:
        own_dataset({"train": (images, labels)})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("shape", [(30, 4, 4, 64), (30, 34, 34, 2), (30, 1, 20, 12), (30, 28, 28, 3)])
def test_channels_that_stand_last_are_taken(shape):
    assert own_dataset({"train": (np.zeros(shape, np.uint8), LABELS)}).shape == shape[1:]


def test_parts_belong_together():
    test = IMAGES[:6], LABELS[:6]
    found = own_dataset({"train": (IMAGES, LABELS), "validation": test, "test": test})
    parts = split(found, options(), 0)
    assert len(parts.train_labels) == 30 and (parts.validation_images == IMAGES[:6]).all()
    assert (parts.test_labels == LABELS[:6]).all() and parts.digest == found.digest
    for other, sentence in (((IMAGES[:6, :5], LABELS[:6]), r"shapes \(6, 5, 2\) \(train\), \(5, 5, 2\) \(test\)"),
                            ((IMAGES[:6], LABELS[:6] + 1), "the test labels run from 1 to 3, and 3 classes, 0 to 2")):
        with pytest.raises(ValueError, match=sentence):
            own_dataset({"train": (IMAGES, LABELS), "test": other})
    with pytest.raises(ValueError, match="has the parts train, exam; give 'train'"):
        own_dataset({"train": (IMAGES, LABELS), "exam": test})


def test_a_test_part_is_split_off_where_there_is_none():
    """A fifth, drawn by the seed of the split; every sample is in one part."""
    found = own_dataset({"train": (np.arange(30, dtype=np.uint8).reshape(30, 1, 1, 1), LABELS)})
    parts, other = split(found, options(), 0), split(found, options(), 1)
    values = [getattr(parts, f"{part}_images").ravel().tolist() for part in ("train", "validation", "test")]
    assert [len(own) for own in values] == [20, 4, 6] and sorted(sum(values, [])) == list(range(30))
    assert values[2] != other.test_images.ravel().tolist()


def test_the_digest_knows_every_bit():
    same, changed = IMAGES.copy(), IMAGES.copy()
    changed[29, 5, 4, 1] ^= 1
    digests = [own_dataset({"train": (images, LABELS)}).digest for images in (IMAGES, same, changed, IMAGES > 0)]
    assert digests[0] == digests[1] and len(set(digests)) == 3


def test_arrays_are_found_by_their_digest_while_somebody_keeps_them():
    found = own_dataset({"train": (IMAGES, LABELS)})
    path = hold(found)
    assert load("own", path) is found
    del found
    with pytest.raises(ValueError, match=r"were arrays of a Python session.*give them again with neurosim.open_run\("):
        load("own", path)


def save_npz(folder):
    np.savez_compressed(folder / "mine.npz", train_images=IMAGES, train_labels=LABELS, test_images=IMAGES[:6],
                        test_labels=LABELS[:6])
    return folder / "mine.npz"


def save_keras(folder):
    np.savez(folder / "mine.npz", x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:6], y_test=LABELS[:6])
    return folder / "mine.npz"


def save_npy(folder):
    for name, array in (("images", IMAGES), ("labels", LABELS), ("test_images", IMAGES[:6]),
                        ("test_labels", LABELS[:6])):
        np.save(folder / f"{name}.npy", array)
    return folder


@pytest.mark.parametrize("saved", [save_npz, save_keras, save_npy])
def test_files_of_arrays(saved, tmp_path):
    found = load("own", saved(tmp_path))
    assert found.digest == own_dataset({"train": (IMAGES, LABELS), "test": (IMAGES[:6], LABELS[:6])}).digest


@pytest.mark.parametrize("kind", ["grey", "colour", "16 bits", "float"])
@pytest.mark.parametrize("parts", [("",), ("train", "test"), ("train", "val", "test")])
def test_a_folder_of_pictures_with_a_folder_for_each_class(kind, parts, tmp_path):
    """As torchvision's ImageFolder has it: classes in the order of their names."""
    image = pytest.importorskip("PIL.Image")
    array = {"grey": IMAGES[..., 0], "colour": np.concatenate([IMAGES, IMAGES[..., :1]], -1),
             "16 bits": IMAGES[..., 0].astype(np.uint16) * 257, "float": IMAGES[..., 0].astype(np.float32) / 255}[kind]
    for part in parts:
        for number, (pixels, label) in enumerate(zip(array, LABELS)):
            place = tmp_path / part / "bac"[label] if part else tmp_path / "bac"[label]
            place.mkdir(parents=True, exist_ok=True)
            image.fromarray(pixels).save(place / f"{number:02d}.{'tiff' if kind == 'float' else 'png'}")
    found = load("own", tmp_path)
    order = np.argsort(np.array(["bac"[label] for label in LABELS]), kind="stable")
    wanted = own_dataset({"train": (array[order], np.sort(LABELS))})
    np.testing.assert_array_equal(found.train_images, wanted.train_images)
    np.testing.assert_array_equal(found.train_labels, np.sort(LABELS))
    assert (found.test == 30) == ("test" in parts) and (found.validation_labels is not None) == ("val" in parts)


def test_pictures_of_several_sizes_are_named(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for name, size in (("a/1.png", 4), ("a/2.png", 5), ("b/1.png", 4)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        image.fromarray(np.zeros((size, size), np.uint8)).save(tmp_path / name)
    with pytest.raises(ValueError, match=r"a/2.png is uint8 of shape \(5, 5, 1\), and .*a/1.png is uint8 of"):
        load("own", tmp_path)


def spoil(folder, how):
    path = save_npz(folder)
    if how == "cut":
        path.write_bytes(path.read_bytes()[:-40])
    if how == "objects":
        np.savez(path, train_images=np.array([{}] * 30), train_labels=LABELS)
    if how == "other names":
        np.savez(path, pictures=IMAGES)
    if how == "text":
        path.write_text("mine")
    return path


@pytest.mark.parametrize("how, sentence", [
    ("cut", "cannot be read"), ("text", "cannot be read"), ("objects", "holds objects"),
    ("other names", "holds neither arrays nor folders of pictures")])
def test_a_broken_file_is_a_sentence(how, sentence, tmp_path):
    with pytest.raises(ValueError, match=sentence) as refused:
        load("own", spoil(tmp_path, how))
    assert str(refused.value).startswith("data.path: ") and "\n" not in str(refused.value)


@pytest.mark.parametrize("path", ["", "nowhere", "nowhere.npz"])
def test_a_place_without_data_is_a_sentence(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="^data.path: .* name an .npz file with train_images"):
        load("own", path)


@pytest.mark.parametrize("images, shape", [
    (FLOATS, (30, 6, 5, 1)), (FLOATS.reshape(30, 1, 1, 60), (30, 1, 60, 1)), (IMAGES, (30, 6, 5, 1)),
    (IMAGES[..., :1], (30, 6, 5, 1))])
def test_everything_can_be_looked_at(images, shape):
    drawn = pictures(images)
    assert drawn.dtype == np.uint8 and drawn.shape == shape
