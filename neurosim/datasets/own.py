"""Arrays of your own as a data set: checked, brought to the axes that networks take, distinguished by a digest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.datasets.loading import Dataset

PARTS = ("train", "validation", "test")
_CHANNELS = 4    #: at most, of pictures whose channels may stand first by mistake
_CLASSES = 10_000


def own_dataset(parts: Mapping[str, tuple[Any, Any]], events: bool = False, name: str = "own") -> Dataset:
    """Make a Dataset of arrays.

    Images are (n, rows, columns, channels), (n, rows, columns) or vectors (n, units); uint8, uint16, bool, or float,
    which "unit" normalisation needs in [0, 1]. Events are (n, T, rows, columns, channels), (n, T, rows, columns) or
    (n, T, units), whole numbers of a byte, a frame for every time step. Labels are 0, 1, ... classes - 1. Without a
    validation or test part, these are split off the training part, see `splitting.split`.

    parts : dict from "train" and, where there are such, "validation" and "test" to (images, labels)
    events : whether the second axis is time; name : of the data set
    returns : Dataset, images uint8 or float32 (n, rows, columns, channels), events of their own type
    raises : ValueError
    """
    unknown = [part for part in parts if part not in PARTS]
    if unknown or "train" not in parts:
        raise ValueError(f"data: has the parts {', '.join(map(str, parts)) or 'none'}; give 'train' and, optionally, "
                         "'validation' and 'test'")
    checked = {part: own_part(*_pair(pair, part), part, events) for part, pair in parts.items()}
    shapes = {part: images.shape[1:] for part, (images, _) in checked.items()}
    if len(set(shapes.values())) > 1:
        told = ", ".join(f"{shape} ({part})" for part, shape in shapes.items())
        raise ValueError(f"data: samples have the shapes {told}; give all of them one shape")
    classes = _classes({part: labels for part, (_, labels) in checked.items()})
    arrays = {f"{part}_{kind}": array for part, pair in checked.items()
              for kind, array in zip(("images", "labels"), pair)}
    nothing = {"test_images": checked["train"][0][:0], "test_labels": checked["train"][1][:0]}
    return Dataset(name=name, classes=classes, **{**nothing, **arrays})


def _pair(pair: Any, part: str) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ValueError(f"data: the part {part} is a {type(pair).__name__}; give (images, labels)")
    images, labels = (np.asarray(array) for array in pair)
    return images, labels


def own_part(images: np.ndarray, labels: np.ndarray, part: str, events: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return images and labels of one part as a Dataset has them, see `own_dataset`; raises ValueError."""
    if not images.size:
        raise ValueError(f"data: the {part} images are an array of shape {images.shape}, which holds nothing; give one "
                         "sample at least")
    found = _frames(images, part) if events else _images(images, part)
    if labels.ndim != 1 or len(labels) != len(images):
        raise ValueError(f"data: {len(images)} {part} images have labels of shape {labels.shape}; give one label "
                         "for each")
    if labels.dtype.kind not in "iu":
        raise ValueError(f"data: the {part} labels are {labels.dtype}, such as {labels[0]!s}; give whole numbers from "
                         "0 on, as numpy.unique(labels, return_inverse=True)[1] does")
    return found, labels.astype(np.int64)


def _images(images: np.ndarray, part: str) -> np.ndarray:
    """Return images as (n, rows, columns, channels), uint8 or float32."""
    if images.ndim not in (2, 3, 4):
        wide = "; a fifth axis, time, is for events, whose network has input = \"events\"" if images.ndim == 5 else ""
        raise ValueError(f"data: the {part} images have the shape {images.shape}; give (n, rows, columns, channels), "
                         f"(n, rows, columns) or vectors (n, units){wide}")
    if images.ndim == 4 and _channels_first(images.shape):
        raise ValueError(f"data: the {part} images have the shape {images.shape}, channels first; give channels last, "
                         "as numpy.moveaxis(images, 1, -1) does")
    shaped = images[:, None, None, :] if images.ndim == 2 else images[..., None] if images.ndim == 3 else images
    return _numbers(shaped, part)


def _channels_first(shape: tuple[int, ...]) -> bool:
    """Return whether the axes of (n, a, b, c) can only be channels, rows, columns: few, and then a picture."""
    _, first, rows, columns = shape
    return columns > _CHANNELS >= first and (rows == columns or first == 3 and rows > _CHANNELS)


def _numbers(images: np.ndarray, part: str) -> np.ndarray:
    if images.dtype == bool:
        return images.astype(np.uint8) * np.uint8(255)
    if images.dtype == np.uint16:
        return images.astype(np.float32) / np.float32(65535)
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind != "f":
        raise ValueError(f"data: the {part} images are {images.dtype}; give uint8 (0 to 255), uint16 (0 to 65535), "
                         "bool or float in [0, 1]")
    broken = np.flatnonzero(~np.isfinite(images).all(axis=(1, 2, 3)))
    if broken.size:
        raise ValueError(f"data: sample {broken[0]} of the {part} images holds NaN or infinity ({broken.size} of "
                         f"{len(images)} samples do); replace such values or leave the samples out")
    return images.astype(np.float32)


def _frames(events: np.ndarray, part: str) -> np.ndarray:
    """Return events as (n, T, rows, columns, channels), of a byte."""
    if events.ndim not in (3, 4, 5):
        raise ValueError(f"data: the {part} events have the shape {events.shape}; give (n, T, rows, columns, "
                         "channels), (n, T, rows, columns) or (n, T, units), one frame for every time step")
    if events.dtype.kind == "f" and not np.array_equal(events, np.rint(events)):    # NaN equals nothing
        raise ValueError(f"data: the {part} events are {events.dtype} with parts of numbers, or NaN; give 0, 1, -1 or "
                         "counts up to 127, as uint8 or int8")
    if events.dtype.kind not in "buif" or events.min() < -127 or events.max() > 127:
        raise ValueError(f"data: the {part} events are {events.dtype} that no byte holds; give 0, 1, -1 or counts up "
                         "to 127, as uint8 or int8")
    kept = events if events.dtype.itemsize == 1 and events.dtype.kind in "bui" else events.astype(np.int8)
    return kept[:, :, None, None, :] if kept.ndim == 3 else kept[..., None] if kept.ndim == 4 else kept


def _classes(labels: Mapping[str, np.ndarray]) -> int:
    """Return number of classes; raises ValueError unless labels are 0 ... n - 1, each of them in the training part."""
    learnt = np.unique(labels["train"])
    if learnt[0] != 0 or learnt[-1] != len(learnt) - 1 or len(learnt) > _CLASSES:
        shown = ", ".join(map(str, learnt[:6].tolist())) + (" ..." if len(learnt) > 6 else "")
        raise ValueError(f"data: the training labels are {shown}; give 0, 1, ... one less than there are classes, as "
                         "numpy.unique(labels, return_inverse=True)[1] does")
    if len(learnt) == 1:
        raise ValueError("data: all training images are of one class, so that there is nothing to distinguish; give "
                         "two classes at least")
    for part, own in labels.items():
        if own.min() < 0 or own.max() >= len(learnt):
            raise ValueError(f"data: the {part} labels run from {own.min()} to {own.max()}, and {len(learnt)} classes, "
                             f"0 to {len(learnt) - 1}, are learnt; give samples of those alone")
    return len(learnt)
