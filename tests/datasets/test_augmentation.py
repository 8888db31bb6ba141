"""Laws of augmentation: shifts that lose nothing, mirrors that undo, draws that are those of a sample."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from neurosim.datasets import DataOptions, augment, draw_augmentation
from neurosim.datasets.randaugment import OPERATIONS, randaugment

EVERYTHING = DataOptions(name="cifar10", crop=2, crop_fill="edge", flip=True, randaugment=3)


@pytest.fixture
def images():
    return np.random.default_rng(5).integers(0, 256, (40, 9, 7, 3), dtype=np.uint8)


def fixed(shift, mirrored=False, fill="black"):
    unmoved = draw_augmentation(1, DataOptions(), seed=0, epoch=0)
    return dataclasses.replace(unmoved, shift=np.array([shift]), mirrored=np.array([mirrored]), fill=fill)


@given(down=st.integers(-4, 4), right=st.integers(-4, 4))
def test_a_shift_moves_every_pixel_and_fills_with_zero(down, right):
    image = np.random.default_rng(1).integers(1, 256, (1, 6, 5, 2), dtype=np.uint8)
    moved = augment(image, fixed((down, right)), [0])
    for row in range(6):
        for column in range(5):
            inside = 0 <= row - down < 6 and 0 <= column - right < 5
            assert_array_equal(moved[0, row, column], image[0, row - down, column - right] if inside else 0)


@given(down=st.integers(-7, 7), right=st.integers(-7, 7))
def test_a_shift_repeats_the_edge_where_it_is_told_to(down, right):
    image = np.random.default_rng(1).integers(1, 256, (1, 6, 5, 2), dtype=np.uint8)
    moved = augment(image, fixed((down, right), fill="edge"), [0])
    for row in range(6):
        for column in range(5):
            assert_array_equal(moved[0, row, column],
                               image[0, np.clip(row - down, 0, 5), np.clip(column - right, 0, 4)])


def test_edge_and_black_are_the_same_on_a_black_frame(images):
    """Fashion-MNIST in the Hopfield-Resnet: 2 pixels of black, and then a crop with 2 pixels of edge."""
    framed = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    edge, black = (augment(framed, draw_augmentation(40, DataOptions(crop=2, crop_fill=fill), 1, 0), np.arange(40))
                   for fill in ("edge", "black"))
    assert_array_equal(edge, black)


def test_a_mirrored_image_is_that_of_the_shifted_one(images):
    drawn = draw_augmentation(40, DataOptions(crop=2, flip=True), seed=1, epoch=0)
    shifted = augment(images, dataclasses.replace(drawn, mirrored=np.zeros(40, bool)), np.arange(40))
    shifted[drawn.mirrored] = shifted[drawn.mirrored, :, ::-1]
    assert_array_equal(augment(images, drawn, np.arange(40)), shifted)


def test_operations_come_after_the_mirror_and_before_the_crop(images):
    """The order of the Hopfield-Resnet: flip, RandAugment, crop with edge padding."""
    drawn = draw_augmentation(40, EVERYTHING, seed=1, epoch=0)
    mirrored = np.where(drawn.mirrored[:, None, None, None], images[:, :, ::-1], images)
    changed = randaugment(mirrored, drawn.chosen, drawn.turned, EVERYTHING.magnitude)
    assert (changed != mirrored).any()
    for i, image in enumerate(augment(images, drawn, np.arange(40))):
        down, right = drawn.shift[i] * (1, -1 if drawn.mirrored[i] else 1)
        frame = np.pad(changed[i], ((2, 2), (2, 2), (0, 0)), mode="edge")
        assert_array_equal(image, frame[2 - down:11 - down, 2 - right:9 - right])


def test_operations_and_their_signs_are_drawn_alike():
    drawn = draw_augmentation(50000, EVERYTHING, seed=2, epoch=0)
    seen, count = np.bincount(drawn.chosen.ravel(), minlength=len(OPERATIONS)), drawn.chosen.size
    share = count / len(OPERATIONS)
    assert seen.size == 14 and np.abs(seen - share).max() < 5 * np.sqrt(share)
    assert abs(drawn.turned.sum() - count / 2) < 5 * np.sqrt(count / 4)


def test_a_shift_of_a_framed_image_is_a_permutation_and_can_be_undone(images):
    framed = np.pad(images, ((0, 0), (3, 3), (3, 3), (0, 0)))
    drawn = draw_augmentation(40, DataOptions(crop=3), seed=1, epoch=0)
    moved = augment(framed, drawn, np.arange(40))
    assert (moved != framed).any()
    assert_array_equal(np.sort(moved.reshape(40, -1)), np.sort(framed.reshape(40, -1)))
    back = dataclasses.replace(drawn, shift=-drawn.shift)
    assert_array_equal(augment(moved, back, np.arange(40)), framed)


def test_mirroring_twice_is_nothing(images):
    drawn = draw_augmentation(40, DataOptions(flip=True), seed=1, epoch=0)
    once = augment(images, drawn, np.arange(40))
    assert_array_equal(once[drawn.mirrored], images[drawn.mirrored, :, ::-1])
    assert_array_equal(once[~drawn.mirrored], images[~drawn.mirrored])
    assert_array_equal(augment(once, drawn, np.arange(40)), images)


@given(st.permutations(range(40)), st.integers(1, 39))
@settings(max_examples=20)
def test_a_sample_does_not_depend_on_its_batch(order, cut):
    images = np.random.default_rng(5).integers(0, 256, (40, 9, 7, 3), dtype=np.uint8)
    drawn = draw_augmentation(40, EVERYTHING, seed=8, epoch=3)
    together = augment(images, drawn, np.arange(40))
    for batch in (np.array(order[:cut]), np.array(order[cut:])):
        assert_array_equal(augment(images[batch], drawn, batch), together[batch])


def test_a_draw_is_a_function_of_seed_epoch_and_sample():
    drawn, fewer, later, other = (draw_augmentation(count, EVERYTHING, seed, epoch) for count, seed, epoch in (
        (1000, 8, 3), (10, 8, 3), (1000, 8, 4), (1000, 9, 3)))
    for name in ("shift", "mirrored", "chosen", "turned"):
        values = getattr(drawn, name)
        assert_array_equal(getattr(fewer, name), values[:10])
        assert (getattr(later, name) != values).any() and (getattr(other, name) != values).any()


def test_shifts_are_uniform_and_half_of_the_samples_are_mirrored():
    count = 100000
    drawn = draw_augmentation(count, DataOptions(crop=2, flip=True), seed=2, epoch=0)
    seen = np.bincount((drawn.shift[:, 0] + 2) * 5 + drawn.shift[:, 1] + 2, minlength=25)
    assert seen.size == 25
    assert np.abs(seen - count / 25).max() < 5 * np.sqrt(count / 25)         # five standard deviations
    assert abs(drawn.mirrored.sum() - count / 2) < 5 * np.sqrt(count / 4)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_augmentation_keeps_the_type_and_the_original(images, kind):
    before = images.astype(kind)
    original = before.copy()
    after = augment(before, draw_augmentation(40, DataOptions(), seed=1, epoch=0), np.arange(40))
    assert after.dtype == kind and not np.shares_memory(after, before)
    assert_array_equal(after, original)
    assert_array_equal(before, original)
