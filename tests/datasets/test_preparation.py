"""Laws of preparation: exact scaling, zero mean and unit variance, shifts that lose nothing, mirrors that undo."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.datasets import DataOptions, augment, draw_augmentation, prepare, statistics
from neurosim.datasets.preparation import Augmentation


@pytest.fixture
def images():
    return np.random.default_rng(5).integers(0, 256, (40, 9, 7, 3), dtype=np.uint8)


def test_unit_images_are_bytes_over_255():
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    options = DataOptions()
    prepared = prepare(images, options, statistics(images, "unit"))
    assert prepared.dtype == np.float32
    assert_array_equal(prepared.ravel(), np.arange(256, dtype=np.float32) / np.float32(255))


def test_standard_images_have_zero_mean_and_unit_variance(images):
    prepared = prepare(images, DataOptions(normalise="standard"), statistics(images, "standard"))
    assert_allclose(prepared.mean((0, 1, 2), dtype=float), 0, atol=1e-6)
    assert_allclose(prepared.std((0, 1, 2), dtype=float), 1, rtol=1e-6)


def test_statistics_of_floats_and_bytes_agree_and_order_does_not_matter(images):
    measured, floats = statistics(images, "standard"), statistics(images / 255, "standard")
    turned = statistics(images[::-1], "standard")
    assert_allclose(measured.mean, floats.mean, rtol=1e-6)
    assert_allclose(measured.std, floats.std, rtol=1e-6)
    assert_array_equal(measured.mean, turned.mean)
    assert_array_equal(measured.std, turned.std)


def test_statistics_over_more_than_one_block():
    images = np.random.default_rng(6).integers(0, 256, (9000, 2, 1, 1), dtype=np.uint8)
    measured = statistics(images, "standard")
    assert_allclose(measured.mean, (images / 255).mean(), rtol=1e-6)
    assert_allclose(measured.std, (images / 255).std(), rtol=1e-6)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_a_constant_channel_cannot_be_standardised(images, kind):
    images = images.astype(kind) / kind(1) if kind is np.float32 else images
    images[..., 1] = 7
    with pytest.raises(ValueError, match="data.normalise: channel 1 of the training images is constant"):
        statistics(images, "standard")


@pytest.mark.parametrize("normalise", ["unit", "standard"])
def test_padding_is_black(images, normalise):
    measured = statistics(images, normalise)
    padded = prepare(images, DataOptions(pad=2, normalise=normalise), measured)
    black = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    assert_array_equal(padded, prepare(black, DataOptions(normalise=normalise), measured))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_one_sentence(images, bad):
    images = images / 255
    images[17, 3, 2, 1] = bad
    for enter in (lambda: prepare(images, DataOptions(), statistics(images, "unit")),
                  lambda: statistics(images, "standard")):
        with pytest.raises(ValueError, match=r"images: sample 17 holds a value that is not a finite number \(1 of 40"):
            enter()


def fixed(shift, mirrored):
    return Augmentation(shift=np.array([shift]), mirrored=np.array([mirrored]))


@given(down=st.integers(-4, 4), right=st.integers(-4, 4))
def test_a_shift_moves_every_pixel_and_fills_with_zero(down, right):
    image = np.random.default_rng(1).integers(1, 256, (1, 6, 5, 2), dtype=np.uint8)
    moved = augment(image, fixed((down, right), False), [0])
    for row in range(6):
        for column in range(5):
            inside = 0 <= row - down < 6 and 0 <= column - right < 5
            assert_array_equal(moved[0, row, column], image[0, row - down, column - right] if inside else 0)


def test_a_shift_of_a_framed_image_is_a_permutation_and_can_be_undone(images):
    framed = np.pad(images, ((0, 0), (3, 3), (3, 3), (0, 0)))
    drawn = draw_augmentation(40, DataOptions(crop=3), seed=1, epoch=0)
    moved = augment(framed, drawn, np.arange(40))
    assert (moved != framed).any()
    assert_array_equal(np.sort(moved.reshape(40, -1)), np.sort(framed.reshape(40, -1)))
    back = Augmentation(shift=-drawn.shift, mirrored=drawn.mirrored)
    assert_array_equal(augment(moved, back, np.arange(40)), framed)


def test_mirroring_twice_is_nothing(images):
    drawn = draw_augmentation(40, DataOptions(flip=True), seed=1, epoch=0)
    once = augment(images, drawn, np.arange(40))
    assert_array_equal(once[drawn.mirrored], images[drawn.mirrored, :, ::-1])
    assert_array_equal(once[~drawn.mirrored], images[~drawn.mirrored])
    assert_array_equal(augment(once, drawn, np.arange(40)), images)


@given(st.permutations(range(40)), st.integers(1, 39))
def test_a_sample_does_not_depend_on_its_batch(order, cut):
    images = np.random.default_rng(5).integers(0, 256, (40, 9, 7, 3), dtype=np.uint8)
    drawn = draw_augmentation(40, DataOptions(crop=2, flip=True), seed=8, epoch=3)
    together = augment(images, drawn, np.arange(40))
    for batch in (np.array(order[:cut]), np.array(order[cut:])):
        assert_array_equal(augment(images[batch], drawn, batch), together[batch])


def test_a_draw_is_a_function_of_seed_epoch_and_sample():
    options = DataOptions(crop=2, flip=True)
    drawn = draw_augmentation(1000, options, seed=8, epoch=3)
    fewer = draw_augmentation(10, options, seed=8, epoch=3)
    assert_array_equal(fewer.shift, drawn.shift[:10])
    assert_array_equal(fewer.mirrored, drawn.mirrored[:10])
    assert (draw_augmentation(1000, options, seed=8, epoch=4).shift != drawn.shift).any()
    assert (draw_augmentation(1000, options, seed=9, epoch=3).shift != drawn.shift).any()


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
