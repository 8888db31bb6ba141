"""Data sets: what is known about them, where they lie, how they are read, split and prepared."""

from neurosim.datasets.augmentation import augment, draw_augmentation
from neurosim.datasets.batches import Batch, TrainingBatches
from neurosim.datasets.catalogue import CATALOGUE, DataFile, DatasetCard, card
from neurosim.datasets.loading import Dataset, described, load
from neurosim.datasets.options import DataOptions
from neurosim.datasets.prefetch import made_ahead
from neurosim.datasets.preparation import Statistics, pictures, prepare, statistics
from neurosim.datasets.splitting import Split, partition, split

__all__ = ["CATALOGUE", "Batch", "DataFile", "DataOptions", "Dataset", "DatasetCard", "Split", "Statistics",
           "TrainingBatches", "augment", "card", "described", "draw_augmentation", "load", "made_ahead", "partition",
           "pictures", "prepare", "split", "statistics"]
