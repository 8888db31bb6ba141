"""Parts of a data set: disjoint, complete, and functions of the seed alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from neurosim.datasets import DataOptions, Dataset, partition, split


@given(st.data())
def test_parts_are_disjoint_and_complete(data):
    count = data.draw(st.integers(2, 60))
    validation = data.draw(st.integers(1, count - 1))
    train, held_out = partition(count, 0, validation, data.draw(st.integers(0, 9)))
    assert len(held_out) == validation
    assert_array_equal(np.sort(np.concatenate([train, held_out])), np.arange(count))


def test_the_validation_set_does_not_depend_on_the_training_size():
    train_all, held_out = partition(60000, 0, 10000, seed=3)
    train_few, held_out_few = partition(60000, 6000, 10000, seed=3)
    assert_array_equal(held_out, held_out_few)
    assert_array_equal(train_all[:6000], train_few)
    assert (partition(60000, 0, 10000, seed=4)[1] != held_out).any()


@pytest.mark.parametrize("sizes, sentence", [
    ((10, 0, 0), "data.validation_samples: 0 of 10 .* choose 1 to 9"),
    ((10, 0, 10), "data.validation_samples: 10 of 10"),
    ((10, 8, 3), "data.train_samples: 8 exceeds the 7 images"),
])
def test_sizes_that_do_not_fit_are_one_sentence(sizes, sentence):
    with pytest.raises(ValueError, match=sentence):
        partition(*sizes, seed=0)


@pytest.fixture
def dataset():
    images = np.arange(20, dtype=np.uint8).reshape(20, 1, 1, 1)
    return Dataset(name="mnist", train_images=images, train_labels=np.arange(20), test_images=images[::-1],
                   test_labels=np.arange(20)[::-1], classes=20)


@pytest.mark.parametrize("sizes", [{}, {"train_samples": 3, "test_samples": 4}])
def test_labels_stay_with_their_images(dataset, sizes):
    parts = split(dataset, DataOptions(validation_samples=5, **sizes), seed=1)
    for part in ("train", "validation", "test"):
        assert_array_equal(getattr(parts, f"{part}_images")[:, 0, 0, 0], getattr(parts, f"{part}_labels"))
    assert not set(parts.train_labels) & set(parts.validation_labels)
    assert len(parts.train_labels) == sizes.get("train_samples", 15)
    assert len(parts.test_labels) == sizes.get("test_samples", 20)


def test_more_test_samples_than_there_are(dataset):
    with pytest.raises(ValueError, match="data.test_samples: 21 exceeds the 20 test images"):
        split(dataset, DataOptions(validation_samples=5, test_samples=21), seed=1)
