"""Batches: every sample once in an epoch, each batch a function of its place alone, and only training images moved."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurosim.datasets import (DataOptions, Dataset, TrainingBatches, augment, draw_augmentation, made_ahead, prepare,
                               split, statistics)

OPTIONS = DataOptions(name="cifar10", validation_samples=10, pad=1, crop=2, crop_fill="edge", flip=True, randaugment=2,
                      normalise="standard")


def data_of():
    random = np.random.default_rng(4)
    images = {f"{part}_images": random.integers(0, 256, (n, 12, 12, 3), dtype=np.uint8)
              for part, n in (("train", 45), ("test", 5))}
    dataset = Dataset(name="tiny", train_labels=np.arange(45) % 10, test_labels=np.arange(5), classes=10, **images)
    return split(dataset, OPTIONS, seed=1)


def batches_of(data, options=OPTIONS, seed=1):
    return TrainingBatches(data, options, statistics(data.train_images, options), size=8, seed=seed)


@pytest.fixture(scope="module")
def data():
    return data_of()


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in ("indices", "images", "labels"))


def test_an_epoch_holds_whole_batches_of_different_samples(data):
    source = batches_of(data)
    places = list(source.following(0, 0, 2))
    assert places == [(epoch, number) for epoch in (0, 1) for number in range(4)]
    indices = np.concatenate([source.make(*place).indices for place in places[:4]])
    assert len(set(indices)) == 32 and indices.max() < 35
    for place in places:
        batch = source.make(*place)
        assert_array_equal(batch.labels, data.train_labels[batch.indices])
        assert batch.images.shape == (8, 14, 14, 3) and batch.images.dtype == np.float32


@pytest.mark.parametrize("epoch, number, expected", [
    (0, 3, [(0, 3), (1, 0), (1, 1), (1, 2), (1, 3)]), (1, 2, [(1, 2), (1, 3)]), (0, 4, [(1, k) for k in range(4)]),
    (2, 0, []), (3, 1, [])])
def test_what_follows_a_place(data, epoch, number, expected):
    """A run that was stopped behind the last batch of an epoch continues with the next one."""
    assert list(batches_of(data).following(epoch, number, 2)) == expected


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_a_batch_is_a_function_of_seed_epoch_and_number(data, depth):
    """Whatever was made before it, by whichever thread."""
    source = batches_of(data)
    places = list(source.following(0, 1, 3))
    with made_ahead(source.make, places, depth) as made:
        for place, batch in zip(places, made, strict=True):
            assert same(batch, batches_of(data).make(*place))
    assert not same(batches_of(data).make(0, 1), batches_of(data, seed=2).make(0, 1))
    first, later = (batches_of(data).make(epoch, 0) for epoch in (0, 1))
    assert set(first.indices) != set(later.indices)


def test_a_sample_has_the_draws_of_its_place_among_the_training_samples(data):
    """Framed, mirrored, changed, shifted and normalised, in this order."""
    batch, chance = batches_of(data).make(1, 2), draw_augmentation(35, OPTIONS, seed=1, epoch=1)
    measured = statistics(data.train_images, OPTIONS)
    for index, image in zip(batch.indices, batch.images):
        framed = np.pad(data.train_images[index:index + 1], ((0, 0), (1, 1), (1, 1), (0, 0)))
        alone = augment(framed, chance, np.array([index]))
        assert_array_equal(image, prepare(alone, DataOptions(name="cifar10", normalise="standard"), measured)[0])


def test_without_augmentation_images_are_those_of_an_evaluation(data):
    options = DataOptions(name="cifar10", validation_samples=10, pad=1, normalise="standard")
    measured = statistics(data.train_images, options)
    batch = batches_of(data, options).make(1, 2)
    assert_array_equal(batch.images, prepare(data.train_images[batch.indices], options, measured))


def test_the_split_does_not_know_of_augmentation(data):
    """Validation images are taken out before anything is drawn, and are never changed."""
    dataset = Dataset(name="tiny", train_images=np.arange(45, dtype=np.uint8).reshape(-1, 1, 1, 1).repeat(12, 1).repeat(
        12, 2), train_labels=np.arange(45) % 10, test_images=np.zeros((5, 12, 12, 1), np.uint8),
        test_labels=np.arange(5), classes=10)
    options = DataOptions(validation_samples=10, crop=2, crop_fill="edge", flip=True)
    parts = split(dataset, options, seed=1)
    plain = split(dataset, DataOptions(validation_samples=10), seed=1)
    assert_array_equal(parts.validation_images, plain.validation_images)
    source = batches_of(parts, options)
    learnt = {int(value) for place in source.following(0, 0, 3) for value in np.unique(np.round(
        255 * source.make(*place).images))}
    assert not learnt & set(plain.validation_images.ravel().tolist())
