"""Loading by name: the facts of MNIST, the order of the search, and bad files in one sentence."""

import gzip
import shutil
import struct

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurosim.datasets import CATALOGUE, load
from neurosim.datasets.locations import cache_folder, shipped_folder

SHIPPED = shipped_folder(CATALOGUE["mnist"])
NAMES = [file.name for file in CATALOGUE["mnist"].files]


@pytest.fixture(scope="module")
def mnist():
    return load("mnist")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSIM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def idx(shape, values):
    return struct.pack(">BBBB", 0, 0, 8, len(shape)) + struct.pack(f">{len(shape)}I", *shape) + bytes(values)


def write_set(folder, images=3, labels=(0, 5, 9), side=28):
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        content = (idx((images, side, side), (i % 251 for i in range(images * side**2))) if "images" in name
                   else idx((len(labels),), labels))
        (folder / name).write_bytes(gzip.compress(content, 1))
    return folder


def test_mnist_is_what_its_authors_published(mnist):
    assert mnist.train_images.shape == (60000, 28, 28, 1) and mnist.train_images.dtype == np.uint8
    assert mnist.test_images.shape == (10000, 28, 28, 1) and mnist.test_labels.dtype == np.int64
    assert_array_equal(np.bincount(mnist.train_labels), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    assert_array_equal(np.bincount(mnist.test_labels), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
    assert_array_equal(mnist.train_labels[:5], [5, 0, 4, 1, 9])
    assert_array_equal(mnist.test_labels[:5], [7, 2, 1, 0, 4])
    assert mnist.classes == 10


def test_mnist_digits_are_centred_by_mass(mnist):
    # the authors moved each digit's centre of mass to the middle of the field, pixel (14, 14), by whole pixels
    images = mnist.train_images[:2000, :, :, 0].astype(float)
    mass = images.sum((1, 2))
    row = (images.sum(2) @ np.arange(28)) / mass
    column = (images.sum(1) @ np.arange(28)) / mass
    assert np.abs(row - 14).max() < 0.53 and np.abs(column - 14).max() < 0.53


@pytest.mark.parametrize("unpacked", [(), NAMES, NAMES[1:3]])
def test_any_folder_packed_or_not(tmp_path, mnist, unpacked):
    for name in NAMES:
        if name in unpacked:
            (tmp_path / name.removesuffix(".gz")).write_bytes(gzip.decompress((SHIPPED / name).read_bytes()))
        else:
            shutil.copy(SHIPPED / name, tmp_path)
    assert_array_equal(load("mnist", str(tmp_path)).test_images, mnist.test_images)


def test_a_path_goes_before_the_shipped_files(tmp_path):
    assert len(load("mnist", write_set(tmp_path / "mine")).train_labels) == 3


def test_the_cache_is_searched(cache):
    write_set(cache / "fashion-mnist")
    assert_array_equal(load("fashion-mnist").test_labels, [0, 5, 9])


def test_files_that_are_nowhere_name_the_command():
    with pytest.raises(ValueError, match="`neurosim data fetch fashion-mnist`"):
        load("fashion-mnist")


def test_a_path_that_is_no_folder_or_lacks_a_file(tmp_path):
    with pytest.raises(ValueError, match="data.path: .*nowhere is not a folder; name the folder that holds train"):
        load("mnist", tmp_path / "nowhere")
    (write_set(tmp_path) / NAMES[1]).unlink()
    with pytest.raises(ValueError, match="data.path: .* lacks train-labels-idx1-ubyte.gz of 'mnist'"):
        load("mnist", tmp_path)


@pytest.mark.parametrize("broken, sentence", [
    ({"labels": (0, 5)}, "3 images but 2 labels"),
    ({"labels": (0, 10, 9)}, "label 10 of sample 1 is outside 0 to 9"),
    ({"side": 20}, r"uint8 of shape \(3, 20, 20, 1\), expected uint8 of shape \(n, 28, 28, 1\)"),
    ({"images": 0, "labels": ()}, "n >= 1"),
])
def test_bad_content_is_one_sentence(tmp_path, broken, sentence):
    with pytest.raises(ValueError, match=sentence):
        load("mnist", write_set(tmp_path, **broken))


def test_images_of_another_type_are_refused(tmp_path):
    write_set(tmp_path)
    content = struct.pack(">BBBBIII", 0, 0, 0x0D, 3, 3, 28, 28) + np.full(3 * 784, np.nan, ">f4").tobytes()
    (tmp_path / NAMES[0]).write_bytes(content)
    with pytest.raises(ValueError, match="the images of 'mnist' are float32"):
        load("mnist", tmp_path)


def test_negative_labels_are_refused(tmp_path):
    write_set(tmp_path)
    (tmp_path / NAMES[1]).write_bytes(struct.pack(">BBBBIbbb", 0, 0, 0x09, 1, 3, 4, -1, 2))
    with pytest.raises(ValueError, match="label -1 of sample 1 is outside 0 to 9"):
        load("mnist", tmp_path)


@pytest.mark.parametrize("kind, dimensions", [(0x0D, (3,)), (0x09, (3, 1))])
def test_labels_of_another_type_or_shape_are_refused(tmp_path, kind, dimensions):
    write_set(tmp_path)
    header = struct.pack(">BBBB", 0, 0, kind, len(dimensions)) + struct.pack(f">{len(dimensions)}I", *dimensions)
    (tmp_path / NAMES[1]).write_bytes(header + bytes(12 if kind == 0x0D else 3))
    with pytest.raises(ValueError, match=r"labels of 'mnist' are (float32|int8) .* integers of shape \(n,\)"):
        load("mnist", tmp_path)


def test_the_cache_follows_the_environment(monkeypatch, tmp_path):
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("NEUROSIM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "neurosim"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder().is_absolute()


@pytest.mark.parametrize("spelling", ["{}.gz", "{}", "dotted.gz", "dotted", "{0}/{0}", "dotted/dotted"])
def test_every_spelling_in_which_people_have_the_files(tmp_path, spelling):
    folder, stored = write_set(tmp_path / "published"), tmp_path / "stored"
    for name in NAMES:
        bare = name.removesuffix(".gz")
        place = stored / spelling.replace("dotted", bare.replace("-idx", ".idx")).format(bare)
        place.parent.mkdir(parents=True, exist_ok=True)
        content = (folder / name).read_bytes()
        place.write_bytes(content if place.suffix == ".gz" else gzip.decompress(content))
    assert_array_equal(load("mnist", stored).test_labels, [0, 5, 9])


def test_a_file_under_a_similar_name_is_named(tmp_path):
    write_set(tmp_path)
    (tmp_path / NAMES[0]).rename(tmp_path / "train_images_idx3_ubyte.gz")
    with pytest.raises(ValueError, match="if train_images_idx3_ubyte.gz is the first of them, rename it; other"):
        load("mnist", tmp_path)


def test_what_unpacks_to_more_than_any_data_set_is_refused_before_it_is_read(tmp_path):
    claim = struct.pack(">BBBBIII", 0, 0, 8, 3, 2_000_000, 28, 28)
    (write_set(tmp_path) / NAMES[0]).write_bytes(gzip.compress(claim + bytes(2**22)) + bytes(2**22))
    with pytest.raises(ValueError, match="promises 1,568,000,000 bytes, the limit is 235,200,000; give fewer"):
        load("mnist", tmp_path)
