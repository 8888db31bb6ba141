"""CIFAR: planes become channels, the fine label is taken, broken archives are one sentence."""

import gzip
import io
import tarfile
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurosim.datasets import load
from neurosim.datasets.catalogue import CATALOGUE
from neurosim.datasets.cifar import read_cifar


def records(count, labels, seed=0):
    """`count` records with the given label columns, and the images they hold, pixel by pixel."""
    images = np.random.default_rng(seed).integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    content = bytearray()
    for image, label in zip(images, labels):
        content += bytes(label)
        for channel in range(3):
            content += image[:, :, channel].tobytes()
    return bytes(content), images


def write_archive(path, contents, kind="w:gz"):
    with tarfile.open(path, kind) as archive:
        for name, content in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


@pytest.fixture
def cifar10():
    """Contents of the six .bin files of a small CIFAR-10, and all training images in order."""
    members = CATALOGUE["cifar10"].files[0].members
    contents, images = {}, []
    for number, member in enumerate(members):
        contents[member], part = records(2, [[number], [9 - number]], seed=number)
        images.append(part)
    return contents, images


@pytest.mark.parametrize("kind", ["w:gz", "w"])
def test_the_archive_is_read_in_the_order_of_the_batches(tmp_path, cifar10, kind):
    contents, images = cifar10
    shuffled = dict(reversed(contents.items())) | {"cifar-10-batches-bin/readme.html": b"no record"}
    write_archive(tmp_path / "cifar-10-binary.tar.gz", shuffled, kind)
    dataset = load("cifar10", tmp_path)
    assert_array_equal(dataset.train_images, np.concatenate(images[:5]))
    assert_array_equal(dataset.train_labels, [0, 9, 1, 8, 2, 7, 3, 6, 4, 5])
    assert_array_equal(dataset.test_images, images[5])
    assert list(tmp_path.iterdir()) == [tmp_path / "cifar-10-binary.tar.gz"]      # nothing is extracted


@pytest.mark.parametrize("below", ["", "cifar-10-batches-bin"])
def test_a_folder_of_bin_files_is_the_same_data(tmp_path, cifar10, below):
    contents, images = cifar10
    (tmp_path / below).mkdir(exist_ok=True)
    for member, content in contents.items():
        (tmp_path / below / member.rpartition("/")[2]).write_bytes(content)
    dataset = load("cifar10", tmp_path)
    assert_array_equal(dataset.train_images, np.concatenate(images[:5]))
    assert_array_equal(dataset.test_labels, [5, 4])


def test_cifar100_takes_the_fine_label(tmp_path):
    train, images = records(3, [[1, 99], [2, 50], [3, 0]])
    test, _ = records(1, [[19, 7]])
    write_archive(tmp_path / "cifar-100-binary.tar.gz",
                  {"cifar-100-binary/test.bin": test, "cifar-100-binary/train.bin": train})
    dataset = load("cifar100", tmp_path)
    assert_array_equal(dataset.train_labels, [99, 50, 0])
    assert_array_equal(dataset.train_images, images)
    assert_array_equal(dataset.test_labels, [7])


def test_a_label_out_of_range_is_one_sentence(tmp_path, cifar10):
    contents, _ = cifar10
    contents["cifar-10-batches-bin/test_batch.bin"], _ = records(2, [[3], [10]])
    write_archive(tmp_path / "cifar-10-binary.tar.gz", contents)
    with pytest.raises(ValueError, match="label 10 of sample 1 is outside 0 to 9 of 'cifar10'"):
        load("cifar10", tmp_path)


@pytest.mark.parametrize("length", [0, 3072, 3074, 2 * 3073 - 1])
def test_part_of_a_record_is_refused(tmp_path, length):
    (tmp_path / "test_batch.bin").write_bytes(bytes(length))
    with pytest.raises(ValueError, match=f"test_batch.bin: {length} bytes are not a whole number of records of 3073"):
        read_cifar(tmp_path, ["x/test_batch.bin"], 1)


@pytest.mark.parametrize("share", [0.0005, 0.01, 0.5, 0.99])
def test_an_archive_cut_short_is_refused(tmp_path, cifar10, share):
    path = tmp_path / "cifar-10-binary.tar.gz"
    write_archive(path, cifar10[0])
    content = path.read_bytes()
    path.write_bytes(content[:int(share * len(content))])
    with pytest.raises(ValueError, match=r"cifar-10-binary.tar.gz: .*cut short.*again$"):
        load("cifar10", tmp_path)


@pytest.mark.parametrize("content", [b"<html>not found</html>", gzip.compress(b"<html>not found</html>", mtime=0), b""])
def test_a_page_instead_of_an_archive_is_refused(tmp_path, content):
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(content)
    with pytest.raises(ValueError, match="cifar-10-binary.tar.gz: ") as caught:
        load("cifar10", tmp_path)
    assert "\n" not in str(caught.value)


def test_members_are_taken_by_their_exact_names_and_links_are_not_followed(tmp_path, cifar10):
    contents, _ = cifar10
    stolen = contents.pop("cifar-10-batches-bin/test_batch.bin")
    contents["../test_batch.bin"] = stolen
    path = tmp_path / "cifar-10-binary.tar"
    write_archive(path, contents, "w")
    with tarfile.open(path, "a") as archive:
        link = tarfile.TarInfo("cifar-10-batches-bin/test_batch.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "../test_batch.bin"
        archive.addfile(link)
    path.rename(tmp_path / "cifar-10-binary.tar.gz")
    with pytest.raises(ValueError, match="the archive lacks .*test_batch.bin"):
        load("cifar10", tmp_path)


def header(name, size, kind=b"0"):
    block = bytearray(512)
    block[:len(name)], block[124:135], block[156:157] = name.encode(), b"%011o" % size, kind
    block[148:156] = b"%06o\0 " % (sum(block) + 8 * 32)
    return bytes(block)


BATCH = "cifar-10-batches-bin/data_batch_1.bin"


@pytest.mark.parametrize("content, reason", [
    (header(BATCH, 2**32), "data_batch_1.bin promises 4,294,967,296 bytes, more than it can have"),
    (header("x", 2**32, b"x") + bytes(2**20), "it promises more than 1,073,741,824 bytes"),
    (header("x", 2**29, b"g") + bytes(2**20), "it ends inside a member"),
    (header("x", 2**29, b"S") + bytes(2**20), "it ends inside a member"),
    (header("x", 0, b"x") * 2000, "it has more than 1,000 members"),
    (header(BATCH, 0).replace(b"0", b"1", 1), "the sum of a header is wrong"),
    (header("x", 2**28) * 5, "it ends inside a member"),
])
def test_an_archive_that_claims_more_than_cifar_is_refused_without_memory_for_it(tmp_path, content, reason):
    path = tmp_path / "cifar-10-binary.tar.gz"
    for packed in (content, gzip.compress(content)):
        path.write_bytes(packed)
        tracemalloc.start()
        with pytest.raises(ValueError, match=f"cifar-10-binary.tar.gz: .*{reason}.*again$"):
            load("cifar10", tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 20e6
        tracemalloc.stop()


def test_an_archive_made_by_gnu_tar_is_read(tmp_path, cifar10):
    contents, images = cifar10
    for kind in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        with tarfile.open(tmp_path / "cifar-10-binary.tar.gz", "w:gz", format=kind) as archive:
            for name, content in {"d" * 90 + "/" + "n" * 60: b"long", "cifar-10-batches-bin": b"", **contents}.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mtime = len(content), 1.5
                entry.type = entry.type if content else tarfile.DIRTYPE
                archive.addfile(entry, io.BytesIO(content))
        assert_array_equal(load("cifar10", tmp_path).train_images, np.concatenate(images[:5]))
