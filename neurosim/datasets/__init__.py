"""Data sets: what is known about them, where they lie, how they are read, split and prepared."""

from neurosim.datasets.catalogue import CATALOGUE, DataFile, DatasetCard, card
from neurosim.datasets.loading import Dataset, described, load
from neurosim.datasets.options import DataOptions
from neurosim.datasets.preparation import Statistics, augment, draw_augmentation, pictures, prepare, statistics
from neurosim.datasets.splitting import Split, partition, split

__all__ = ["CATALOGUE", "DataFile", "DataOptions", "Dataset", "DatasetCard", "Split", "Statistics", "augment", "card",
           "described", "draw_augmentation", "load", "partition", "pictures", "prepare", "split", "statistics"]
