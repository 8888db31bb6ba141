"""The batches of a training: which samples, in which order, augmented and prepared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurosim.datasets.augmentation import Augmentation, augment, draw_augmentation
from neurosim.datasets.preparation import framed, normalised
from neurosim.streams import stream

if TYPE_CHECKING:
    from neurosim.datasets.options import DataOptions
    from neurosim.datasets.preparation import Statistics
    from neurosim.datasets.splitting import Split


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Samples that are learnt at once.

    indices : int64 (n,), places among the training samples
    images : float32 (n, rows, columns, channels), what enters the network; or events (n, T, rows, columns, channels)
    labels : int64 (n,)
    """

    indices: np.ndarray
    images: np.ndarray
    labels: np.ndarray


class TrainingBatches:
    """Makes batches, each a function of (seed, epoch, number of the batch) alone; one thread may use it.

    data : Split, of which the training part is read; options : DataOptions; measured : Statistics of that part
    size : samples in a batch, at most as many as there are; seed : of the run; own : those of a batch that are made
    """

    def __init__(self, data: Split, options: DataOptions, measured: Statistics, size: int, seed: int,
                 own: slice = slice(None)) -> None:
        self._own = own
        self._data, self._options, self._measured, self._size, self._seed = data, options, measured, size, seed
        self._drawn: tuple[int, np.ndarray, Augmentation] | None = None

    def make(self, epoch: int, number: int) -> Batch:
        """Make one batch of an epoch: the order of the epoch is drawn by the stream "order"."""
        order, chance = self._draws(epoch)
        indices = order[number * self._size:(number + 1) * self._size][self._own]
        images = framed(self._data.train_images[indices], self._options.pad)
        images = normalised(augment(images, chance, indices), self._options, self._measured)
        return Batch(indices=indices, images=images, labels=self._data.train_labels[indices])

    def following(self, epoch: int, number: int, epochs: int) -> Iterator[tuple[int, int]]:
        """Yield epoch and number of that batch, and of all behind it until `epochs` are over; whole batches only."""
        per_epoch = len(self._data.train_labels) // self._size
        for place in range(epoch * per_epoch + number, epochs * per_epoch):
            yield divmod(place, per_epoch)

    def _draws(self, epoch: int) -> tuple[np.ndarray, Augmentation]:
        if self._drawn is None or self._drawn[0] != epoch:
            count = len(self._data.train_labels)
            self._drawn = (epoch, stream(self._seed, "order", epoch).permutation(count),
                           draw_augmentation(count, self._options, self._seed, epoch))
        return self._drawn[1:]
