"""Random changes of training images: mirrors, RandAugment and crops, drawn for all samples of an epoch at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.datasets.randaugment import OPERATIONS, randaugment
from neurosim.streams import stream

if TYPE_CHECKING:
    from neurosim.datasets.options import DataOptions

#: What a crop shows outside an image, by data.crop_fill -> mode of numpy.pad.
FILLS = {"black": "constant", "edge": "edge"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Augmentation:
    """Random changes of every training sample in one epoch.

    shift : int64 (n, 2), pixels down and to the right
    mirrored : bool (n,), left to right
    chosen, turned : int and bool (n, operations), of RandAugment, see `randaugment`
    magnitude : of those operations, 0 to 30
    fill : what comes into sight by a shift, "black" or the pixel at the "edge"
    """

    shift: np.ndarray
    mirrored: np.ndarray
    chosen: np.ndarray
    turned: np.ndarray
    magnitude: int = 0
    fill: str = "black"


def draw_augmentation(count: int, options: DataOptions, seed: int, epoch: int) -> Augmentation:
    """Draw what happens to all training samples of one epoch.

    The draw of sample i is a function of (seed, epoch, i) alone: batches, their order and `count` do not matter.

    count : number of training samples
    options : DataOptions, of which `crop`, `crop_fill`, `flip`, `randaugment` and `magnitude` are read
    returns : Augmentation with shifts from -crop to crop
    """
    chance = stream(seed, "augment", epoch).random((count, 3))
    shift = np.floor(chance[:, :2] * (2 * options.crop + 1)).astype(np.int64) - options.crop
    choice = stream(seed, "randaugment", epoch).random((count, options.randaugment, 2))
    return Augmentation(shift=shift, mirrored=(chance[:, 2] < 0.5) & options.flip, magnitude=options.magnitude,
                        chosen=(choice[..., 0] * len(OPERATIONS)).astype(np.int64), turned=choice[..., 1] < 0.5,
                        fill=options.crop_fill)


def augment(images: np.ndarray, augmentation: Augmentation, indices: np.ndarray) -> np.ndarray:
    """Mirror the images drawn for it, send all through their operations of RandAugment, and then shift them.

    A shift is that of the image as it was: of a mirrored one it goes the other way. This order is that of the
    Hopfield-Resnet; a shift after an operation fills what both have uncovered.

    images : uint8 or float, shape (n, rows, columns, channels), or events (n, T, rows, columns, channels), all frames
        of a sample alike; not changed
    augmentation : Augmentation of the epoch
    indices : int (n,), the sample of the epoch that each image is
    returns : new array of the same type and shape
    raises : ValueError where there are operations, and images are not bytes
    """
    images, mirrored = images.copy(), augmentation.mirrored[indices]
    images[mirrored] = images[mirrored][..., ::-1, :]
    if augmentation.chosen.shape[1]:
        images = randaugment(images, augmentation.chosen[indices], augmentation.turned[indices], augmentation.magnitude)
    down, right = augmentation.shift[indices].T
    return _shifted(images, down, np.where(mirrored, -right, right), augmentation.fill)


def _shifted(images: np.ndarray, down: np.ndarray, right: np.ndarray, fill: str) -> np.ndarray:
    reach = int(max(np.abs(down).max(initial=0), np.abs(right).max(initial=0)))
    if not reach:
        return images
    time, rows, mode = ((0, 0),) * (images.ndim - 4), np.arange(len(images)), FILLS[fill]
    margins = ((0, 0), *time, (reach, reach), (reach, reach), (0, 0))
    frame = np.pad(images, margins, mode=mode)    # type: ignore[call-overload]
    windows = np.lib.stride_tricks.sliding_window_view(frame, images.shape[-3:-1], axis=(-3, -2))
    # windows: (n, [T,] 2 reach + 1, 2 reach + 1, channels, rows, columns)
    index: tuple[Any, ...] = (rows, *(slice(None),) * len(time), reach - down, reach - right)
    return np.ascontiguousarray(np.moveaxis(windows[index], -3, -1))
