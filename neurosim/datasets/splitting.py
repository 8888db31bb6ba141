"""Training, validation and test samples: nothing is ever selected on the test set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurosim.streams import stream

if TYPE_CHECKING:
    from neurosim.datasets.loading import Dataset
    from neurosim.datasets.options import DataOptions


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """The three parts of a data set, images as in a Dataset, labels int64 (n,)."""

    train_images: np.ndarray
    train_labels: np.ndarray
    validation_images: np.ndarray
    validation_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    classes: int


def partition(count: int, train: int, validation: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw disjoint training and validation samples out of `count`.

    The validation samples are the first of a random permutation, so they do not depend on `train`, and a smaller
    training set is the beginning of a larger one.

    count : number of samples to draw from
    train : number of training samples; 0 means all that the validation set leaves
    validation : number of validation samples, at least 1
    seed : int; the permutation is that of the stream "split"
    returns : training indices, validation indices, int64
    raises : ValueError where the sizes do not fit
    """
    if not 1 <= validation < count:
        raise ValueError(f"data.validation_samples: {validation} of {count} training images cannot be split off; "
                         f"choose 1 to {count - 1}")
    if not 0 <= train <= count - validation:
        raise ValueError(f"data.train_samples: {train} exceeds the {count - validation} images that "
                         f"data.validation_samples = {validation} leaves; choose at most that, or 0 for all")
    order = stream(seed, "split").permutation(count)
    return order[validation:validation + train if train else count], order[:validation]


def split(dataset: Dataset, options: DataOptions, seed: int) -> Split:
    """Split a Dataset into training, validation and test part, in the sizes of `options` (DataOptions).

    Fewer test samples than all are a random choice (stream "test"), kept in the published order: the first half of
    MNIST's test set is easier than the second.

    seed : of the run; data.split_seed takes its place where it is given
    returns : Split, its images copied except for a test part that is taken whole
    raises : ValueError where the sizes do not fit
    """
    options.refuse_crop(*dataset.train_images.shape[-3:-1])
    seed = seed if options.split_seed is None else options.split_seed
    train, validation = partition(len(dataset.train_labels), options.train_samples, options.validation_samples, seed)
    test = _choose_test(len(dataset.test_labels), options.test_samples, seed)
    return Split(train_images=dataset.train_images[train], train_labels=dataset.train_labels[train],
                 validation_images=dataset.train_images[validation], validation_labels=dataset.train_labels[validation],
                 test_images=dataset.test_images[test], test_labels=dataset.test_labels[test], classes=dataset.classes)


def _choose_test(count: int, wanted: int, seed: int) -> np.ndarray | slice | None:
    if not 0 <= wanted <= count:
        raise ValueError(f"data.test_samples: {wanted} exceeds the {count} test images; choose at most that, or 0 "
                         "for all")
    return np.sort(stream(seed, "test").permutation(count)[:wanted]) if wanted else slice(None)
