"""RandAugment: every operation has its closed form, and is that of Pillow, byte for byte."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurosim.datasets.randaugment import OPERATIONS, randaugment

NAMES = list(OPERATIONS)


def row(*values):
    """One image of one line and one channel, as planes."""
    return np.array(values, np.uint8).reshape(1, 1, 1, -1)


def planes(count=6, channels=3, rows=11, columns=14, seed=2):
    return np.random.default_rng(seed).integers(0, 256, (count, channels, rows, columns), dtype=np.uint8)


def applied(name, images, *strengths):
    return OPERATIONS[name].apply(images, np.array(strengths, float))


def test_the_fourteen_operations_of_the_paper():
    assert sorted(NAMES) == sorted(("identity", "autocontrast", "equalize", "rotate", "solarize", "color", "posterize",
                                    "contrast", "brightness", "sharpness", "shear-x", "shear-y", "translate-x",
                                    "translate-y"))


@pytest.mark.parametrize("name, lowest, middle, highest", [
    ("shear-x", 0, 0.09, 0.3), ("shear-y", 0, 0.09, 0.3), ("translate-x", 0, 4.3504531722054, 14.501510574018),
    ("translate-y", 0, 4.3504531722054, 14.501510574018), ("rotate", 0, 9, 30), ("brightness", 0, 0.27, 0.9),
    ("color", 0, 0.27, 0.9), ("contrast", 0, 0.27, 0.9), ("sharpness", 0, 0.27, 0.9), ("posterize", 0, 1, 4),
    ("solarize", 255, 178.5, 0), ("identity", 0, 0, 0), ("autocontrast", 0, 0, 0), ("equalize", 0, 0, 0)])
def test_strengths_at_magnitude_0_9_and_30(name, lowest, middle, highest):
    """Of 31 bins, on 32 x 32 images; posterize: bits that are lost, signs: of all that has a direction."""
    found = [OPERATIONS[name].strength(magnitude, 32) for magnitude in (0, 9, 30)]
    assert found == pytest.approx([lowest, middle, highest], rel=1e-12)
    assert OPERATIONS[name].signed == (name not in ("posterize", "solarize", "identity", "autocontrast", "equalize"))


def test_posterize_loses_a_bit_more_at_4_12_19_and_27():
    lost = [OPERATIONS["posterize"].strength(magnitude, 32) for magnitude in range(31)]
    assert lost == [0] * 4 + [1] * 8 + [2] * 7 + [3] * 8 + [4] * 4


@pytest.mark.parametrize("name", NAMES)
def test_magnitude_0_changes_nothing_but_contrast_that_has_no_magnitude(name):
    images = planes(rows=20, columns=20)
    images[images == 255] = 254    # which solarize turns also there
    after = OPERATIONS[name].apply(images, np.full(6, OPERATIONS[name].strength(0, 14)))
    assert (name in ("autocontrast", "equalize")) == (after != images).any()


@pytest.mark.parametrize("name", NAMES)
def test_an_image_does_not_depend_on_those_beside_it(name):
    images, operation = planes(), OPERATIONS[name]
    strengths = operation.strength(17, 14) * np.array([1, -1, 1, -1, 1, -1]) ** operation.signed
    together = operation.apply(images, strengths)
    for i in range(6):
        assert_array_equal(operation.apply(images[i:i + 1], strengths[i:i + 1])[0], together[i])


def test_identity():
    assert_array_equal(applied("identity", row(1, 2, 3), 0), row(1, 2, 3))


def test_autocontrast_stretches_from_0_to_255_and_leaves_one_value_alone():
    assert_array_equal(applied("autocontrast", row(60, 70, 80, 110), 0), row(0, 51, 102, 255))
    assert_array_equal(applied("autocontrast", row(60, 60), 0), row(60, 60))


def test_equalize_by_hand():
    """510 pixels: 255 each of 10 and 20, then one of 30; s = 510 // 255 = 2, y = (1, 1 + 255, 1 + 510) // 2."""
    values = [10] * 255 + [20] * 255 + [30]
    assert_array_equal(np.unique(applied("equalize", row(*values), 0)), [0, 128, 255])
    few = row(*range(200))    # one pixel each: s = 0
    assert_array_equal(applied("equalize", few, 0), few)


def test_equalize_makes_histograms_flat():
    images = (planes(4, 1, 96, 96) // 4 + 20).astype(np.uint8)
    flat = applied("equalize", images, 0, 0, 0, 0)
    shares = np.cumsum(np.bincount(flat[0].ravel(), minlength=256)) / flat[0].size
    assert np.abs(shares - np.arange(1, 257) / 256).max() < 0.03
    assert np.unique(images).max() < 90


def test_a_quarter_turn_is_counterclockwise():
    square = planes(columns=11)
    assert_array_equal(applied("rotate", square, *[90] * 6), np.rot90(square, axes=(2, 3)))


def test_shears_move_lines_in_proportion_to_their_distance():
    image = planes(1, 1, 4, 6)
    right = applied("shear-x", image, -1.0)
    for y in range(4):    # at the centre y + 1/2 of a line by y + 1/2, rounded down
        source = np.arange(6) + 0.5 - (y + 0.5)
        expected = np.where(source >= 0, image[0, 0, y, np.floor(source).astype(int)], 0)
        assert_array_equal(right[0, 0, y], expected)
    assert_array_equal(applied("shear-y", image.swapaxes(2, 3), -1.0), right.swapaxes(2, 3))


@pytest.mark.parametrize("pixels, whole", [(2.9, 2), (-2.9, -2), (0.4, 0)])
def test_translations_are_by_whole_pixels_and_black_behind(pixels, whole):
    image = planes(1) // 2 + 1
    right, down = (applied(name, image, pixels) for name in ("translate-x", "translate-y"))
    framed = np.pad(image, ((0, 0), (0, 0), (3, 3), (3, 3)))
    assert_array_equal(right, framed[:, :, 3:-3, 3 - whole:17 - whole])
    assert_array_equal(down, framed[:, :, 3 - whole:14 - whole, 3:-3])


def test_brightness_scales_and_cuts_off():
    assert_array_equal(applied("brightness", row(0, 10, 101, 200), 0.5), row(0, 15, 151, 255))
    assert_array_equal(applied("brightness", row(0, 10, 101, 200), -0.5), row(0, 5, 50, 100))


def test_contrast_scales_about_the_mean_grey():
    assert_array_equal(applied("contrast", row(0, 100, 120, 180), 0.5), row(0, 100, 130, 220))    # 100 + 3/2 (x - 100)
    assert_array_equal(applied("contrast", row(0, 100, 120, 180), -1), row(100, 100, 100, 100))


def test_color_fades_to_grey_and_leaves_grey_alone():
    pixel = np.array([200, 100, 50], np.uint8).reshape(1, 3, 1, 1)
    grey = round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)
    assert applied("color", pixel, -1).ravel().tolist() == [grey] * 3
    assert applied("color", pixel, 0.5).ravel().tolist() == [int(grey + 1.5 * (x - grey)) for x in (200, 100, 50)]
    assert_array_equal(applied("color", row(3, 200), 0.9), row(3, 200))


def test_sharpness_leaves_the_smoothed_image():
    image = np.zeros((1, 1, 5, 5), np.uint8)
    image[0, 0, 2, 2] = 130
    smooth = np.zeros((5, 5))
    smooth[1:4, 1:4], smooth[2, 2] = 10, 50
    assert_array_equal(applied("sharpness", image, -1)[0, 0], smooth)
    assert_array_equal(applied("sharpness", image, -0.5)[0, 0], (smooth + image[0, 0]) / 2)
    assert applied("sharpness", image, 0.5)[0, 0, 2, 2] == 170


def test_posterize_clears_low_bits():
    assert_array_equal(applied("posterize", row(255, 128, 77), 4), row(240, 128, 64))


def test_solarize_turns_what_is_bright():
    assert_array_equal(applied("solarize", row(0, 178, 179, 255), 178.5), row(0, 178, 76, 0))
    assert_array_equal(applied("solarize", row(0, 7, 255), 0), row(255, 248, 0))


def test_operations_follow_one_another():
    images = np.moveaxis(planes(2), 1, -1).copy()
    before = images.copy()
    chosen = np.array([[NAMES.index("solarize"), NAMES.index("translate-x")]] * 2)
    found = randaugment(images, chosen, np.array([[False, False], [True, True]]), 20)
    steps = applied("solarize", planes(2), *[255 - 8.5 * 20] * 2)
    pixels = 20 * 5 / 331 * 14
    assert_array_equal(found, np.moveaxis(applied("translate-x", steps, pixels, -pixels), 1, -1))
    assert found.flags.c_contiguous and found.dtype == np.uint8
    assert_array_equal(images, before)


@pytest.mark.parametrize("images", [np.zeros((2, 4, 4, 3), np.float32), np.zeros((2, 4, 4, 2), np.uint8),
                                    np.zeros((2, 3, 4, 4, 1), np.uint8)])
def test_what_are_no_images_of_bytes_is_refused(images):
    with pytest.raises(ValueError, match=r"RandAugment: images are .*; its operations are defined for uint8"):
        randaugment(images, np.zeros((2, 1), int), np.zeros((2, 1), bool), 9)


def in_pillow(name, strength, image):
    """The operation as torchvision calls Pillow for it, on one image of Pillow."""
    from PIL import Image, ImageEnhance, ImageOps

    def moved(*matrix):
        return image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST)

    return {
        "identity": lambda: image, "autocontrast": lambda: ImageOps.autocontrast(image),
        "equalize": lambda: ImageOps.equalize(image),
        "solarize": lambda: ImageOps.solarize(image, strength),
        "posterize": lambda: ImageOps.posterize(image, 8 - int(strength)),
        "rotate": lambda: image.rotate(strength, Image.Resampling.NEAREST),
        "shear-x": lambda: moved(1, strength, 0, 0, 1, 0), "shear-y": lambda: moved(1, 0, 0, strength, 1, 0),
        "translate-x": lambda: moved(1, 0, -int(strength), 0, 1, 0),
        "translate-y": lambda: moved(1, 0, 0, 0, 1, -int(strength)),
        "brightness": lambda: ImageEnhance.Brightness(image).enhance(1 + strength),
        "color": lambda: ImageEnhance.Color(image).enhance(1 + strength),
        "contrast": lambda: ImageEnhance.Contrast(image).enhance(1 + strength),
        "sharpness": lambda: ImageEnhance.Sharpness(image).enhance(1 + strength),
    }[name]()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", NAMES)
def test_bytes_are_those_of_pillow(name, channels):
    """At all magnitudes, in both directions, on noise and on smooth images of odd and of even size."""
    image_of = pytest.importorskip("PIL.Image").fromarray
    operation, noise = OPERATIONS[name], planes(2, channels, 31, 24)
    smooth = np.clip(np.cumsum(np.cumsum(noise.astype(int) - 127, axis=2), axis=3) // 20 + 90, 0, 255).astype(np.uint8)
    for images in (noise, smooth):
        for magnitude in range(31):
            for sign in (1, -1) if operation.signed else (1,):
                strength = sign * operation.strength(magnitude, images.shape[2 + operation.axis])
                found = operation.apply(images, np.full(2, strength))
                for image, own in zip(images, found):
                    theirs = np.asarray(in_pillow(name, strength, image_of(np.moveaxis(image, 0, -1).squeeze())))
                    assert_array_equal(np.moveaxis(own, 0, -1).squeeze(), theirs, f"magnitude {magnitude}")
