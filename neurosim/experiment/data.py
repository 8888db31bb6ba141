"""The data of a configuration, loaded and split, as far as its network can take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.datasets import load, split
from neurosim.network.inputs import source_of

if TYPE_CHECKING:
    from neurosim.datasets.splitting import Split
    from neurosim.experiment.config import Config


def load_split(config: Config) -> Split:
    """Load and split what a Config names; returns Split.

    raises : ValueError in one sentence, also where some samples are nothing that the source of its network can send
    """
    found, source = split(load(config.data.name, config.data.path), config.data, config.seed), source_of(config.network)
    for part in ("train", "validation", "test"):
        source.refuse(getattr(found, f"{part}_images"))
    return found
