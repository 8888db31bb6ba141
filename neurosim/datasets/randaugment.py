"""RandAugment: operations on images that chance chooses, all at one magnitude from 0 to 30.

E. D. Cubuk, B. Zoph, J. Shlens, Q. V. Le, RandAugment: practical automated data augmentation with a reduced search
space, NeurIPS 2020, arXiv:1909.13719. Its fourteen operations are those of the Python Imaging Library, and the
strengths at a magnitude those of torchvision's RandAugment with 31 bins. At the same strength every byte is Pillow's.
Operations take a batch at once, as planes, uint8 (n, channels, rows, columns), with a strength for each image.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

HIGHEST = 30    #: magnitude
_ONE = 2 ** 16    #: a pixel, in the whole numbers that say where a pixel comes from
_GREY = np.array([19595, 38470, 7471], np.int32)    #: weights of red, green and blue in units of 2^-16 (ITU-R BT.601)


@dataclass(frozen=True)
class Operation:
    """One of the operations of RandAugment.

    apply : function of planes, uint8 (n, channels, rows, columns), and strengths, float (n,); returns new planes
    strength : function of the magnitude, 0 to 30, and of the length of the image along which it moves [pixels]
    signed : chance turns the sign of the strength of half of the images
    axis : along which it moves pixels, 0 = down, 1 = to the right
    """

    apply: Callable[[np.ndarray, np.ndarray], np.ndarray]
    strength: Callable[[int, int], float] = lambda magnitude, length: 0.0
    signed: bool = False
    axis: int = 0


def randaugment(images: np.ndarray, chosen: np.ndarray, turned: np.ndarray, magnitude: int) -> np.ndarray:
    """Send every image through its operations, one after the other.

    images : uint8 (n, rows, columns, channels), 1 or 3 channels; not changed
    chosen : int (n, operations), places in OPERATIONS; turned : bool, of the same shape, where the sign is turned
    magnitude : of all operations, 0 to 30
    returns : new array of the same type and shape
    raises : ValueError where images are not of bytes, or have other channels
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise ValueError(f"RandAugment: images are {images.dtype} of shape {images.shape}; its operations are defined "
                         "for uint8 (samples, rows, columns, 1 or 3 channels) alone")
    planes, names = np.ascontiguousarray(np.moveaxis(images, -1, 1)), list(OPERATIONS)
    for places, turns in zip(chosen.T, turned.T):
        for place in np.unique(places):
            operation, rows = OPERATIONS[names[place]], np.flatnonzero(places == place)
            strength = operation.strength(magnitude, planes.shape[2 + operation.axis])
            strengths = np.where(turns[rows] & operation.signed, -strength, strength)
            planes[rows] = operation.apply(planes[rows], strengths)
    return np.ascontiguousarray(np.moveaxis(planes, 1, -1))


def identity(planes: np.ndarray, strengths: np.ndarray) -> np.ndarray:
    """Return the images as they are."""
    return planes


def autocontrast(planes: np.ndarray, strengths: np.ndarray) -> np.ndarray:
    """Stretch every channel until its darkest byte is 0 and its brightest 255: y = floor(255 (x - low) / (high - low)).

    A channel of one value stays as it is. Rounding is that of Pillow: y = floor(x s - low s), s = 255 / (high - low).
    """
    flat = planes.reshape(*planes.shape[:2], -1)
    low, high = (of(flat, axis=2)[..., None, None].astype(float) for of in (np.min, np.max))
    scale = 255 / np.maximum(high - low, 1)
    stretched = (planes * scale - low * scale).clip(0, 255).astype(np.uint8)
    return np.where(high > low, stretched, planes)


def equalize(planes: np.ndarray, strengths: np.ndarray) -> np.ndarray:
    """Flatten the histogram h of every channel: y = min((s // 2 + sum_{v < x} h_v) // s, 255).

    s = (pixels - pixels of the brightest value that occurs) // 255; where that is 0, the channel stays as it is.
    """
    flat = planes.reshape(-1, planes[0, 0].size)
    place = flat + 256 * np.arange(len(flat))[:, None]    # of every byte, in the histograms of all channels in a row
    histograms = np.bincount(place.ravel(), minlength=256 * len(flat)).reshape(-1, 256)
    brightest = np.take_along_axis(histograms, flat.max(axis=1)[:, None], axis=1)
    step = (flat.shape[1] - brightest) // 255
    below = step // 2 + histograms.cumsum(axis=1) - histograms
    table = np.where(step > 0, np.minimum(below // np.maximum(step, 1), 255), np.arange(256))
    return np.take(table.astype(np.uint8), place).reshape(planes.shape)


def rotate(planes: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Turn images about their centre, counterclockwise; corners that come into sight are black."""
    angles = np.deg2rad(degrees)
    cos, sin, y, x = np.cos(angles), np.sin(angles), planes.shape[2] / 2, planes.shape[3] / 2
    return _moved(planes, (cos, -sin, x - cos * x + sin * y), (sin, cos, y - sin * x - cos * y))


def shear_x(planes: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Move rows to the left, in proportion to how far down they are: the pixel at (x, y) is that from x + slope y."""
    return _moved(planes, (1, slopes, 0), (0, 1, 0))


def shear_y(planes: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Move columns up, in proportion to how far to the right they are: the pixel at (x, y) is that from y + slope x."""
    return _moved(planes, (1, 0, 0), (slopes, 1, 0))


def translate_x(planes: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Move images to the right by whole pixels; what comes into sight is black."""
    return _moved(planes, (1, 0, -np.trunc(pixels)), (0, 1, 0))


def translate_y(planes: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Move images down by whole pixels; what comes into sight is black."""
    return _moved(planes, (1, 0, 0), (0, 1, -np.trunc(pixels)))


def brightness(planes: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Leave black by so much: y = (1 + excess) x, cut off to bytes."""
    return _blended(0, planes, excess)


def contrast(planes: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Leave the mean grey m of an image, rounded, by so much: y = m + (1 + excess) (x - m), cut off to bytes."""
    grey = _grey(planes)
    count = grey[0].size
    mean = (2 * grey.sum(axis=(1, 2, 3), keepdims=True) + count) // (2 * count)
    return _blended(mean, planes, excess)


def color(planes: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Leave the grey g of every pixel by so much: y = g + (1 + excess) (x - g), cut off to bytes."""
    return _blended(_grey(planes), planes, excess)


def sharpness(planes: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Leave the smoothed image s by so much: y = s + (1 + excess) (x - s), cut off to bytes.

    s is the mean over 3 x 3 pixels in which the middle counts five times, rounded; pixels at the edge stay.
    """
    smooth = planes.astype(np.int16)
    rows, columns = planes.shape[2:]
    total = 4 * smooth[..., 1:-1, 1:-1]
    for i, j in np.ndindex(3, 3):
        total += smooth[..., i:rows - 2 + i, j:columns - 2 + j]
    smooth[..., 1:-1, 1:-1] = (2 * total + 13) // 26
    return _blended(smooth, planes, excess)


def posterize(planes: np.ndarray, bits: np.ndarray) -> np.ndarray:
    """Clear so many of the lowest bits of every byte."""
    return planes & _for_each(256 - 2 ** bits.astype(int)).astype(np.uint8)


def solarize(planes: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Turn bytes that are not below a threshold, at most 255, into their negative: y = 255 - x."""
    return np.where(planes < _for_each(np.ceil(thresholds)).astype(np.uint8), planes, 255 - planes)


def _for_each(values: np.ndarray) -> np.ndarray:
    """Return one number for each image, as it multiplies planes."""
    return values[:, None, None, None]


def _grey(planes: np.ndarray) -> np.ndarray:
    """Return the grey of every pixel, a whole number from 0 to 255, int32 (n, 1, rows, columns)."""
    if planes.shape[1] == 1:
        return planes.astype(np.int32)
    red, green, blue = (weight * planes[:, i:i + 1] for i, weight in enumerate(_GREY))
    return (red + green + blue + _ONE // 2) // _ONE


def _blended(plain: np.ndarray | int, planes: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """y = p + (1 + excess) (x - p) in float32, cut off to bytes: outside 0 to 255, and behind the point."""
    plain = np.asarray(plain, np.float32)
    factor = _for_each(1 + excess).astype(np.float32)
    return np.clip(plain + factor * (planes - plain), 0, 255).astype(np.uint8)


def _moved(planes: np.ndarray, across: tuple, down: tuple) -> np.ndarray:
    """Take every pixel from where an affine map of its centre lies: the pixel there, and black outside.

    across, down : (a, b, c) each, numbers or float (n,): column and row of the source, a x + b y + c at the centre
        (x, y) of a pixel, in steps of 2^-16 pixels, so that all machines find the same one
    """
    count, _, rows, columns = planes.shape
    column, row = (_source(line, count, rows, columns) for line in (across, down))
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    place = np.where(inside, row * columns + column, 0).reshape(count, 1, -1)
    found = np.take_along_axis(planes.reshape(*planes.shape[:2], -1), place, axis=2)
    return found.reshape(planes.shape) * inside[:, None]


def _source(line: tuple, count: int, rows: int, columns: int) -> np.ndarray:
    """Return the whole coordinate of the source of every pixel, int32 (n, rows, columns); see `_moved`."""
    a, b, c = (np.broadcast_to(np.asarray(term, float), count)[:, None, None] for term in line)
    right, down, start = (np.floor(term * _ONE + 0.5).astype(np.int32) for term in (a, b, c + a / 2 + b / 2))
    x, y = (np.arange(length, dtype=np.int32) for length in (columns, rows))
    return start + down * y[:, None] + right * x >> 16


def _shear(magnitude: int, length: int) -> float:
    return magnitude / 100


def _shift(magnitude: int, length: int) -> float:
    return magnitude * 5 / 331 * length


def _degrees(magnitude: int, length: int) -> float:
    return magnitude


def _excess(magnitude: int, length: int) -> float:
    return 3 * magnitude / 100


#: The operations by name. Draws are places among them: another order, or one more, changes the bits of runs.
OPERATIONS = {
    "identity": Operation(identity),
    "shear-x": Operation(shear_x, _shear, signed=True),
    "shear-y": Operation(shear_y, _shear, signed=True),
    "translate-x": Operation(translate_x, _shift, signed=True, axis=1),
    "translate-y": Operation(translate_y, _shift, signed=True),
    "rotate": Operation(rotate, _degrees, signed=True),
    "brightness": Operation(brightness, _excess, signed=True),
    "color": Operation(color, _excess, signed=True),
    "contrast": Operation(contrast, _excess, signed=True),
    "sharpness": Operation(sharpness, _excess, signed=True),
    "posterize": Operation(posterize, lambda magnitude, _: round(2 * magnitude / 15)),
    "solarize": Operation(solarize, lambda magnitude, _: 255 - 8.5 * magnitude),
    "autocontrast": Operation(autocontrast),
    "equalize": Operation(equalize),
}
