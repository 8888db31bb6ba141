"""From a name to checked arrays."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from neurosim.datasets import catalogue, event_files, held, locations
from neurosim.datasets.cifar import read_cifar
from neurosim.datasets.idx import read_idx
from neurosim.datasets.options import OWN
from neurosim.summaries import Fielded

if TYPE_CHECKING:
    from neurosim.datasets.catalogue import DataFile, DatasetCard
    from neurosim.datasets.event_files import EventFile
    from neurosim.datasets.options import DataOptions

_MOST = 300_000    #: samples of one part that are read, however many its files claim


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Dataset(Fielded):
    """Images and labels as published, training and test part apart.

    Events have an axis of time: int8, uint8 or bool (n, T, rows, columns, channels). Images of your own may be float32
    and vectors, (n, 1, 1, units); their test part may be empty, and a validation part may be given.
    """

    name: str
    train_images: np.ndarray    #: uint8 (n, rows, columns, channels)
    train_labels: np.ndarray    #: int64 (n,)
    test_images: np.ndarray     #: uint8 (m, rows, columns, channels)
    test_labels: np.ndarray     #: int64 (m,)
    classes: int                #: labels run from 0 to classes - 1
    validation_images: np.ndarray | None = None    #: None: it is split off the training part
    validation_labels: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one sample."""
        return self.train_images.shape[1:]

    @property
    def itemsize(self) -> int:
        """Bytes of a number of an image."""
        return self.train_images.itemsize

    @property
    def train(self) -> int:
        """Number of training samples."""
        return len(self.train_labels)

    @property
    def test(self) -> int:
        """Number of test samples."""
        return len(self.test_labels)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all arrays with their types and shapes, hexadecimal."""
        found = hashlib.sha256()
        for array in (self.train_images, self.train_labels, self.validation_images, self.validation_labels,
                      self.test_images, self.test_labels):
            if array is not None:
                found.update(f"{array.dtype.str} {array.shape};".encode())
                found.update(np.ascontiguousarray(array).data)
        return found.hexdigest()


def load(name: str, path: Path | str = "") -> Dataset:
    """Load a data set by name.

    The files are looked for in `path` alone if it is given, else in the shipped folder, else in the cache folder.
    They may be packed as published or unpacked. Sums are not checked here (`neurosim data fetch` does); formats are.

    name : a key of CATALOGUE; or "events" or "own", arrays and pictures of your own
    path : folder with the files, or "" to search; of events their .npz file, of "own" data see `own_files`
    returns : Dataset
    raises : ValueError: unknown name, missing or broken files, wrong shapes, labels out of range
    """
    if str(path).startswith(held.PREFIX):
        return held.held(str(path))
    if name == event_files.NAME:
        return _load_events(path)
    if name == OWN:
        from neurosim.datasets.own_files import read_own
        return read_own(path)
    card = catalogue.card(name)
    folder = locations.find(card, path)
    if folder is None:
        raise ValueError(f"data.name: the files of '{name}' are not on this machine; get them with "
                         f"`neurosim data fetch {name}` or name their folder in data.path")
    train, test = READERS[card.format](card, folder)
    return Dataset(name=name, classes=card.classes,
                   train_images=_checked_images(train[0], card, folder),
                   train_labels=_checked_labels(train, card, folder),
                   test_images=_checked_images(test[0], card, folder),
                   test_labels=_checked_labels(test, card, folder))


def described(options: DataOptions) -> DatasetCard | EventFile | Dataset:
    """Return what is known of the data that DataOptions name: a DatasetCard, an EventFile, or a Dataset of your own."""
    if options.name == OWN or options.path.startswith(held.PREFIX):
        return load(options.name, options.path)
    return event_files.describe(options.path) if options.events else catalogue.card(options.name)


def _load_events(path: str | Path) -> Dataset:
    arrays, known = event_files.read(path), event_files.describe(path)
    return Dataset(name=known.name, classes=known.classes, train_images=arrays["train_events"],
                   train_labels=arrays["train_labels"], test_images=arrays["test_events"],
                   test_labels=arrays["test_labels"], validation_images=arrays.get("validation_events"),
                   validation_labels=arrays.get("validation_labels"))


def _located(file: DataFile, folder: Path) -> Path:
    path = locations.locate(file, folder)
    if path is None:
        raise ValueError(f"{folder}: {file.name} is missing; put it back")
    return path


def _read_idx_set(card: DatasetCard, folder: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    most = _MOST * math.prod(card.shape)
    arrays = [_read_idx_file(file, folder, most if "images" in file.name else _MOST) for file in card.files]
    return arrays[:2], arrays[2:]


def _read_idx_file(file: DataFile, folder: Path, most: int) -> np.ndarray:
    path = _located(file, folder)
    return read_idx(path / file.members[0] if path.is_dir() else path, most)


def _read_cifar_set(card: DatasetCard,
                    folder: Path) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    archive, = card.files
    path = _located(archive, folder)
    test = [member for member in archive.members if PurePosixPath(member).name.startswith("test")]
    train = [member for member in archive.members if member not in test]
    label_bytes = 1 if card.classes == 10 else 2
    return read_cifar(path, train, label_bytes), read_cifar(path, test, label_bytes)


#: Format of a DatasetCard -> function of the card and the folder; returns (images, labels) to learn from and to test.
READERS = {"idx": _read_idx_set, "cifar": _read_cifar_set}


def _checked_images(images: np.ndarray, card: DatasetCard, folder: Path) -> np.ndarray:
    """Add the channel axis to grey images; refuse anything but bytes of the card's shape."""
    if images.ndim == 3:
        images = images[..., np.newaxis]
    if images.dtype != np.uint8 or images.shape[1:] != card.shape or not len(images):
        raise ValueError(f"{folder}: the images of '{card.name}' are {images.dtype} of shape {images.shape}, expected "
                         f"uint8 of shape (n, {', '.join(map(str, card.shape))}) with n >= 1; fetch or copy them again")
    return images


def _checked_labels(part: Sequence[np.ndarray], card: DatasetCard,
                    folder: Path) -> np.ndarray:
    images, labels = part
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ValueError(f"{folder}: the labels of '{card.name}' are {labels.dtype} of shape {labels.shape}, expected "
                         "integers of shape (n,); fetch or copy them again")
    if len(labels) != len(images):
        raise ValueError(f"{folder}: '{card.name}' has {len(images)} images but {len(labels)} labels; "
                         "its files do not belong together, fetch or copy them again")
    labels = labels.astype(np.int64)
    outside = np.flatnonzero((labels < 0) | (labels >= card.classes))
    if outside.size:
        raise ValueError(f"{folder}: label {labels[outside[0]]} of sample {outside[0]} is outside 0 to "
                         f"{card.classes - 1} of '{card.name}'; fetch or copy the labels again")
    return labels
