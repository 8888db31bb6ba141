"""Data sets: what is known about them, where they lie, how they are read, split and prepared."""

from neurosim.datasets.catalogue import CATALOGUE, DataFile, DatasetCard, card
from neurosim.datasets.loading import Dataset, load
from neurosim.datasets.options import DataOptions
from neurosim.datasets.preparation import Statistics, augment, draw_augmentation, prepare, statistics
from neurosim.datasets.splitting import Split, partition, split

__all__ = ["CATALOGUE", "DataFile", "DataOptions", "Dataset", "DatasetCard", "Split", "Statistics", "augment", "card",
           "draw_augmentation", "load", "partition", "prepare", "split", "statistics"]
