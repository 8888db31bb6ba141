"""From bytes to the numbers that a network sees: padding and normalisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from neurosim.datasets.options import DataOptions

_BLOCK = 4096    # images summed at once: bounds the memory of the float64 copy
_CONSTANT = 1e-10   # relative variance below which rounding errors are all there is


@dataclass(frozen=True, kw_only=True, eq=False)
class Statistics:
    """Offset and scale of every channel, for images in [0, 1]."""

    mean: np.ndarray    #: float32 (channels,)
    std: np.ndarray     #: float32 (channels,)


def statistics(images: np.ndarray, options: DataOptions) -> Statistics:
    """Measure what `prepare` needs; pass the training images alone.

    "unit": mean 0, std 1. "standard": mean and standard deviation per channel over all images, x = byte / 255, or those
    that `options` give. For bytes the sums are exact, so the order of the images does not matter.

    images : uint8, or float in [0, 1], shape (n, rows, columns, channels)
    options : DataOptions, of which `normalise`, `mean` and `std` are read
    raises : ValueError where a channel is constant and cannot be standardised, or an image is not finite
    """
    channels = images.shape[-1]
    if options.normalise == "unit":
        return _for_channels(0, 1, channels)
    mean, std = options.mean, options.std    # type: Any, Any
    if mean is None or std is None:
        measured = _measured(images)
        mean, std = measured[0] if mean is None else mean, measured[1] if std is None else std
    return _for_channels(mean, std, channels)


def _for_channels(mean: Any, std: Any, channels: int) -> Statistics:
    """Return the statistics of one number for all channels, or one for each."""
    mean, std = (np.broadcast_to(np.asarray(values, np.float32), channels) for values in (mean, std))
    return Statistics(mean=mean, std=std)


def _measured(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of every channel, float64."""
    channels = images.shape[-1]
    _check_finite(images)
    total, squares = np.zeros(channels), np.zeros(channels)
    for start in range(0, len(images), _BLOCK):
        values = images[start:start + _BLOCK].reshape(-1, channels).astype(np.float64)
        total += values.sum(0)
        squares += np.einsum("ij,ij->j", values, values)
    count = images.size // channels
    unit = 255 if images.dtype == np.uint8 else 1
    mean, variance = total / count, squares / count - (total / count) ** 2
    if (variance <= _CONSTANT * squares / count).any():
        raise ValueError(f"data.normalise: channel {np.argmin(variance)} of the training images is constant and cannot "
                         "be standardised; use data.normalise = 'unit'")
    return mean / unit, np.sqrt(variance) / unit


def framed(images: np.ndarray, pad: int) -> np.ndarray:
    """Put images on a frame of black pixels, and events on one on which nothing happens.

    images : shape (n, rows, columns, channels), or events (n, T, rows, columns, channels); not changed
    pad : pixels added on each side
    returns : a new array of the same type, or `images` themselves where nothing is added
    """
    return np.pad(images, ((0, 0),) * (images.ndim - 3) + ((pad, pad), (pad, pad), (0, 0))) if pad else images


def normalised(images: np.ndarray, options: DataOptions, measured: Statistics) -> np.ndarray:
    """Turn images into network input: x = (byte / 255 - mean) / std. Events stay whole numbers.

    images : uint8, or float in [0, 1], shape (n, rows, columns, channels); or events (n, T, rows, columns, channels)
    options : DataOptions, of which `normalise` is read; measured : Statistics of the training images
    returns : float32 of the same shape, a new array; or events of their own type
    raises : ValueError where an image is not finite
    """
    if images.ndim == 5:
        return images
    _check_finite(images)
    values = np.divide(images, np.float32(255 if images.dtype == np.uint8 else 1), dtype=np.float32)
    if options.normalise == "standard":
        lines = values.reshape(*images.shape[:2], -1)    # long ones, over which numpy is fast
        lines -= np.tile(measured.mean, images.shape[2])
        lines /= np.tile(measured.std, images.shape[2])
    return values


def prepare(images: np.ndarray, options: DataOptions, measured: Statistics) -> np.ndarray:
    """Turn a batch of images into network input: on a frame of black pixels, then normalised; nothing is drawn.

    options : DataOptions, of which `pad` and `normalise` are read; other arguments, result, errors as in `normalised`
    """
    return normalised(framed(images, options.pad), options, measured)


def pictures(images: np.ndarray) -> np.ndarray:
    """Return bytes to look at, uint8 (n, rows, columns, 1 or 3): images as they are, of events where they were.

    Real numbers reach from black to white, several channels are averaged, and a vector is a line. An event counts by
    its size, over all frames and channels; the pixel with the most is white.
    """
    if images.ndim == 4:
        return _drawn(images)
    where = np.abs(images.astype(np.int16)).sum(axis=(1, 4), dtype=np.int64)[..., np.newaxis]
    return (255 * where // np.maximum(where.max(axis=(1, 2, 3), keepdims=True), 1)).astype(np.uint8)


def _drawn(images: np.ndarray) -> np.ndarray:
    """Return the images of any numbers and channels as bytes of one or three."""
    shaped = np.swapaxes(images, 2, 3) if images.shape[1:3] == (1, 1) else images
    if shaped.shape[-1] not in (1, 3):
        shaped = shaped.mean(axis=-1, keepdims=True, dtype=np.float32).astype(images.dtype)
    if shaped.dtype == np.uint8 or not shaped.size:
        return shaped.astype(np.uint8, copy=False)
    low, high = min(0.0, float(shaped.min())), max(1.0, float(shaped.max()))
    return np.rint(255 * (shaped - low) / (high - low)).astype(np.uint8)


def _check_finite(images: np.ndarray) -> None:
    if images.dtype == np.uint8:
        return
    broken = np.flatnonzero(~np.isfinite(images).all(axis=(1, 2, 3)))
    if broken.size:
        raise ValueError(f"images: sample {broken[0]} holds a value that is not a finite number ({broken.size} of "
                         f"{len(images)} samples do); replace NaN and infinity before training")
