"""Training, validation and test samples: nothing is ever selected on the test set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from neurosim.streams import stream
from neurosim.summaries import Fielded

if TYPE_CHECKING:
    from neurosim.datasets.loading import Dataset
    from neurosim.datasets.options import DataOptions


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Split(Fielded):
    """The three parts of a data set, images as in a Dataset, labels int64 (n,)."""

    train_images: np.ndarray
    train_labels: np.ndarray
    validation_images: np.ndarray
    validation_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    classes: int
    digest: str = ""    #: of the whole data set, where it is the user's own


_TEST_SHARE = 0.2    #: of a data set without a test part


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

    A data set without a test part gives a fifth of its samples to it, a random choice (stream "test part"); one with a
    validation part of its own keeps that whole.

    Fewer test samples than all are a random choice (stream "test"), kept in the published order: the first half of
    MNIST's test set is easier than the second.

    seed : of the run; data.split_seed takes its place where it is given
    returns : Split, its images copied except for a test part that is taken whole
    raises : ValueError where the sizes do not fit
    """
    options.refuse_crop(*dataset.train_images.shape[-3:-1])
    seed = seed if options.split_seed is None else options.split_seed
    digest = dataset.digest if options.own else ""
    dataset = with_test(dataset, seed)
    images, labels = dataset.train_images, dataset.train_labels
    if dataset.validation_images is None or dataset.validation_labels is None:
        train, kept = partition(len(labels), options.train_samples, options.validation_of(len(labels)), seed)
        validation = images[kept], labels[kept]
    else:
        validation = dataset.validation_images, dataset.validation_labels
        train = _choose_train(len(labels), options.train_samples, seed)
    test = _choose_test(len(dataset.test_labels), options.test_samples, seed)
    return Split(train_images=images[train], train_labels=labels[train], validation_images=validation[0],
                 validation_labels=validation[1], test_images=dataset.test_images[test],
                 test_labels=dataset.test_labels[test], classes=dataset.classes, digest=digest)


def test_share(count: int) -> int:
    """Return how many of so many samples are the test part of a data set that comes without one."""
    return max(1, round(_TEST_SHARE * count))


def with_test(dataset: Dataset, seed: int) -> Dataset:
    """Return the data set with a test part, split off the training part where there is none."""
    count = len(dataset.train_labels)
    if len(dataset.test_labels):
        return dataset
    wanted = test_share(count)
    if wanted >= count:
        raise ValueError(f"data: {count} sample cannot be split into a training and a test part; give more")
    order = stream(seed, "test part").permutation(count)
    test, train = np.sort(order[:wanted]), np.sort(order[wanted:])
    return replace(dataset, train_images=dataset.train_images[train], train_labels=dataset.train_labels[train],
                   test_images=dataset.train_images[test], test_labels=dataset.train_labels[test])


def _choose_train(count: int, wanted: int, seed: int) -> np.ndarray:
    if wanted > count:
        raise ValueError(f"data.train_samples: {wanted} exceeds the {count} training images; choose at most that, or 0 "
                         "for all")
    return stream(seed, "split").permutation(count)[:wanted or count]


def _choose_test(count: int, wanted: int, seed: int) -> np.ndarray | slice | None:
    if not 0 <= wanted <= count:
        raise ValueError(f"data.test_samples: {wanted} exceeds the {count} test images; choose at most that, or 0 "
                         "for all")
    return np.sort(stream(seed, "test").permutation(count)[:wanted]) if wanted else slice(None)
