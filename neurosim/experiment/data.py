"""The data of a configuration, loaded and split, as far as its network can take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.datasets import load, split
from neurosim.network.inputs import source_of

if TYPE_CHECKING:
    from neurosim.datasets.options import DataOptions
    from neurosim.datasets.splitting import Split
    from neurosim.experiment.config import Config


def load_split(config: Config) -> Split:
    """Load and split what a Config names; returns Split.

    raises : ValueError in one sentence, also where some samples are nothing that the source of its network can send
    """
    found, source = split(load(config.data.name, config.data.path), config.data, config.seed), source_of(config.network)
    for part in ("train", "validation", "test"):
        images = getattr(found, f"{part}_images")
        _refuse_range(images, config.data)
        source.refuse(images)
    return found


def _refuse_range(images: np.ndarray, options: DataOptions) -> None:
    """Raise ValueError where "unit" normalisation would leave real numbers outside [0, 1]."""
    if images.dtype.kind != "f" or options.normalise != "unit" or not images.size:
        return
    low, high = float(images.min()), float(images.max())
    if low < 0 or high > 1:
        fix = f"divide them by {high:g}" if low >= 0 else "scale them to that range"
        raise ValueError(f'data.normalise: "unit" takes real numbers from 0 to 1, which spikes stand for, and images '
                         f'run from {low:g} to {high:g}; {fix}, or write "standard" beside network.input = "analog"')
