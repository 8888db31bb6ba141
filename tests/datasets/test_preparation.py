"""Laws of preparation: exact scaling, zero mean and unit variance, numbers of your own, black frames."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.datasets import DataOptions, prepare, statistics

STANDARD = DataOptions(normalise="standard")


@pytest.fixture
def images():
    return np.random.default_rng(5).integers(0, 256, (40, 9, 7, 3), dtype=np.uint8)


def test_unit_images_are_bytes_over_255():
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    options = DataOptions()
    prepared = prepare(images, options, statistics(images, DataOptions()))
    assert prepared.dtype == np.float32
    assert_array_equal(prepared.ravel(), np.arange(256, dtype=np.float32) / np.float32(255))


def test_standard_images_have_zero_mean_and_unit_variance(images):
    prepared = prepare(images, DataOptions(normalise="standard"), statistics(images, STANDARD))
    assert_allclose(prepared.mean((0, 1, 2), dtype=float), 0, atol=1e-6)
    assert_allclose(prepared.std((0, 1, 2), dtype=float), 1, rtol=1e-6)


def test_statistics_of_floats_and_bytes_agree_and_order_does_not_matter(images):
    measured, floats = statistics(images, STANDARD), statistics(images / 255, STANDARD)
    turned = statistics(images[::-1], STANDARD)
    assert_allclose(measured.mean, floats.mean, rtol=1e-6)
    assert_allclose(measured.std, floats.std, rtol=1e-6)
    assert_array_equal(measured.mean, turned.mean)
    assert_array_equal(measured.std, turned.std)


def test_statistics_over_more_than_one_block():
    images = np.random.default_rng(6).integers(0, 256, (9000, 2, 1, 1), dtype=np.uint8)
    measured = statistics(images, STANDARD)
    assert_allclose(measured.mean, (images / 255).mean(), rtol=1e-6)
    assert_allclose(measured.std, (images / 255).std(), rtol=1e-6)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_a_constant_channel_cannot_be_standardised(images, kind):
    images = images.astype(kind) / kind(1) if kind is np.float32 else images
    images[..., 1] = 7
    with pytest.raises(ValueError, match="data.normalise: channel 1 of the training images is constant"):
        statistics(images, STANDARD)


@pytest.mark.parametrize("normalise", ["unit", "standard"])
def test_padding_is_black(images, normalise):
    measured = statistics(images, DataOptions(normalise=normalise))
    padded = prepare(images, DataOptions(pad=2, normalise=normalise), measured)
    black = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    assert_array_equal(padded, prepare(black, DataOptions(normalise=normalise), measured))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_one_sentence(images, bad):
    images = images / 255
    images[17, 3, 2, 1] = bad
    for enter in (lambda: prepare(images, DataOptions(), statistics(images, DataOptions())),
                  lambda: statistics(images, STANDARD)):
        with pytest.raises(ValueError, match=r"images: sample 17 holds a value that is not a finite number \(1 of 40"):
            enter()


def test_given_numbers_take_the_place_of_measured_ones_in_every_channel(images):
    """The constants of the Hopfield-Resnet for CIFAR-10, whose standard deviations are three times those of the set."""
    mean, std = (0.4914, 0.4822, 0.4465), (3 * 0.2023, 3 * 0.1994, 3 * 0.2010)
    options = DataOptions(name="cifar10", normalise="standard", mean=mean, std=std)
    prepared = prepare(images, options, statistics(images, options))
    assert_allclose(prepared, (images / 255 - mean) / std, rtol=1e-5, atol=1e-6)
    assert prepared.dtype == np.float32 and prepared.min() < 0


def test_one_number_is_that_of_all_channels_and_the_other_is_measured(images):
    measured = statistics(images, STANDARD)
    for given, other in (("std", "mean"), ("mean", "std")):
        found = statistics(images, DataOptions(normalise="standard", **{given: 0.5}))
        assert_array_equal(getattr(found, other), getattr(measured, other))
        assert_array_equal(getattr(found, given), np.float32([0.5, 0.5, 0.5]))


def test_a_constant_channel_has_no_need_of_a_measured_deviation(images):
    images[..., 1] = 7
    options = DataOptions(name="cifar10", normalise="standard", mean=0.5, std=(1, 2, 3))
    assert_allclose(prepare(images, options, statistics(images, options))[..., 1], (7 / 255 - 0.5) / 2, rtol=1e-6)
