"""The catalogue agrees with the files that ship, and with itself."""

import gzip
import hashlib
from pathlib import Path

import pytest

from neurosim.datasets.catalogue import CATALOGUE, card
from neurosim.datasets.fetch import is_genuine
from neurosim.datasets.locations import shipped_folder

SHIPPED = shipped_folder(CATALOGUE["mnist"])


def published(name):
    """Lines of a SHA256SUMS file, as {file: sum}."""
    return {line.split()[1]: line.split()[0] for line in (SHIPPED / name).read_text().splitlines()}


def test_the_shipped_mnist_has_its_sums():
    packed, unpacked = published("SHA256SUMS"), published("SHA256SUMS-uncompressed")
    for file in CATALOGUE["mnist"].files:
        content = (SHIPPED / file.name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == packed[file.name]
        assert hashlib.sha256(gzip.decompress(content)).hexdigest() == unpacked[file.members[0]] == file.content_sha256


def test_the_same_data_in_another_compression_is_genuine(tmp_path):
    file = CATALOGUE["mnist"].files[3]
    content = gzip.decompress((SHIPPED / file.name).read_bytes())
    for packed, genuine in ((gzip.compress(content, 1), True), (content, True), (gzip.compress(content[:-1]), False),
                            (gzip.compress(content, 1)[:-9], False)):
        (tmp_path / file.name).write_bytes(packed)
        assert is_genuine(tmp_path / file.name, file) is genuine


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_card_can_be_fetched_and_checked(name):
    known = card(name)
    assert known.name == name and known.licence and known.citation
    assert all(mirror.startswith(("https://", "http://")) and mirror.endswith("/") for mirror in known.mirrors)
    for file in known.files:
        assert len(bytes.fromhex(file.sha256)) == 32 and file.bytes > 0 and file.members
        assert Path(file.name).name == file.name                # stays inside the folder it is fetched to


@pytest.mark.parametrize("wrong, hint", [("mnits", "did you mean 'mnist'"), ("cifar-10", "did you mean 'cifar10'"),
                                         ("zzz", "known are mnist, fashion-mnist, cifar10, cifar100")])
def test_an_unknown_name_gets_the_nearest(wrong, hint):
    with pytest.raises(ValueError, match=f"data.name: unknown data set '{wrong}'; {hint}"):
        card(wrong)
