"""From bytes to the numbers that a network sees: padding, normalisation, random shifts and mirrors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.streams import stream

if TYPE_CHECKING:
    from neurosim.datasets.options import DataOptions

_BLOCK = 4096    # images summed at once: bounds the memory of the float64 copy
_CONSTANT = 1e-10   # relative variance below which rounding errors are all there is


@dataclass(frozen=True, kw_only=True, eq=False)
class Statistics:
    """Offset and scale of every channel, for images in [0, 1]."""

    mean: np.ndarray    #: float32 (channels,)
    std: np.ndarray     #: float32 (channels,)


@dataclass(frozen=True, kw_only=True, eq=False)
class Augmentation:
    """What chance does to every training sample in one epoch."""

    shift: np.ndarray       #: int64 (n, 2), pixels down and to the right
    mirrored: np.ndarray    #: bool (n,), left to right


def statistics(images: np.ndarray, normalise: str) -> Statistics:
    """Measure what `prepare` needs; pass the training images alone.

    "unit": mean 0, std 1. "standard": mean and standard deviation per channel over all images, x = byte / 255.
    For bytes the sums are exact, so the order of the images does not matter.

    images : uint8, or float in [0, 1], shape (n, rows, columns, channels)
    raises : ValueError where a channel is constant and cannot be standardised, or an image is not finite
    """
    channels = images.shape[-1]
    if normalise == "unit":
        return Statistics(mean=np.zeros(channels, np.float32), std=np.ones(channels, np.float32))
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
    return Statistics(mean=(mean / unit).astype(np.float32), std=(np.sqrt(variance) / unit).astype(np.float32))


def prepare(images: np.ndarray, options: DataOptions, measured: Statistics) -> np.ndarray:
    """Turn a batch of images into network input: x = (byte / 255 - mean) / std, on a frame of black pixels.

    Events stay whole numbers, and get a frame on which nothing happens.

    images : uint8, or float in [0, 1], shape (n, rows, columns, channels); or events (n, T, rows, columns, channels)
    options : DataOptions, of which `pad` is read: black pixels added on each side
    measured : Statistics of the training images
    returns : float32 (n, rows + 2 pad, columns + 2 pad, channels), a new array; or events of their own type
    raises : ValueError where an image is not finite
    """
    pad = options.pad
    if images.ndim == 5:
        return np.pad(images, ((0, 0), (0, 0), (pad, pad), (pad, pad), (0, 0))) if pad else images
    _check_finite(images)
    count, rows, columns, channels = images.shape
    prepared = np.empty((count, rows + 2 * pad, columns + 2 * pad, channels), np.float32)
    if pad:
        prepared[...] = 0
    np.divide(images, np.float32(255 if images.dtype == np.uint8 else 1), dtype=np.float32,
              out=prepared[:, pad:pad + rows, pad:pad + columns])
    if options.normalise == "standard":
        prepared -= measured.mean
        prepared /= measured.std
    return prepared


def draw_augmentation(count: int, options: DataOptions, seed: int, epoch: int) -> Augmentation:
    """Draw the shifts and mirrors of all training samples of one epoch.

    The draw of sample i is a function of (seed, epoch, i) alone: batches, their order and `count` do not matter.

    count : number of training samples
    options : DataOptions, of which `crop` and `flip` are read
    returns : Augmentation with shifts from -crop to crop
    """
    chance = stream(seed, "augment", epoch).random((count, 3))
    shift = np.floor(chance[:, :2] * (2 * options.crop + 1)).astype(np.int64) - options.crop
    return Augmentation(shift=shift, mirrored=(chance[:, 2] < 0.5) & options.flip)


def augment(images: np.ndarray, augmentation: Augmentation, indices: np.ndarray) -> np.ndarray:
    """Shift a batch of training images, filling with 0, and then mirror those drawn for it.

    images : uint8 or float, shape (n, rows, columns, channels), or events (n, T, rows, columns, channels), all frames
        of a sample alike; not changed
    augmentation : Augmentation of the epoch
    indices : int (n,), the sample of the epoch that each image is
    returns : new array of the same type and shape
    """
    shifted = _shifted(images, augmentation.shift[indices])
    mirrored = np.flatnonzero(augmentation.mirrored[indices])
    shifted[mirrored] = shifted[mirrored][..., ::-1, :]
    return shifted


def pictures(images: np.ndarray) -> np.ndarray:
    """Bytes to look at, uint8 (n, rows, columns, channels): images as they are, of events where they were.

    An event counts by its size, over all frames and channels; the pixel with the most is white.
    """
    if images.ndim == 4:
        return images
    where = np.abs(images.astype(np.int16)).sum(axis=(1, 4), dtype=np.int64)[..., np.newaxis]
    return (255 * where // np.maximum(where.max(axis=(1, 2, 3), keepdims=True), 1)).astype(np.uint8)


def _shifted(images: np.ndarray, shift: np.ndarray) -> np.ndarray:
    reach = int(np.abs(shift).max(initial=0))
    if not reach:
        return images.copy()
    time, rows = ((0, 0),) * (images.ndim - 4), np.arange(len(images))
    frame = np.pad(images, ((0, 0), *time, (reach, reach), (reach, reach), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(frame, images.shape[-3:-1], axis=(-3, -2))
    # windows: (n, [T,] 2 reach + 1, 2 reach + 1, channels, rows, columns)
    index: tuple[Any, ...] = (rows, *(slice(None),) * len(time), reach - shift[:, 0], reach - shift[:, 1])
    return np.ascontiguousarray(np.moveaxis(windows[index], -3, -1))


def _check_finite(images: np.ndarray) -> None:
    if images.dtype == np.uint8:
        return
    broken = np.flatnonzero(~np.isfinite(images).all(axis=(1, 2, 3)))
    if broken.size:
        raise ValueError(f"images: sample {broken[0]} holds a value that is not a finite number ({broken.size} of "
                         f"{len(images)} samples do); replace NaN and infinity before training")
