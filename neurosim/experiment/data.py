"""The data of a configuration, loaded and split, as far as its network can take them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.datasets import load, own_files, split
from neurosim.datasets.held import PREFIX, held
from neurosim.datasets.own import PARTS, own_part
from neurosim.datasets.splitting import with_test
from neurosim.network.inputs import source_of
from neurosim.results.atomic_write import atomic_write

if TYPE_CHECKING:
    from neurosim.datasets.loading import Dataset
    from neurosim.datasets.options import DataOptions
    from neurosim.datasets.splitting import Split
    from neurosim.experiment.config import Config


def load_split(config: Config) -> Split:
    """Load and split what a Config names; returns Split.

    raises : ValueError, also where some samples are nothing that the source of its network can send
    """
    found = split(load(config.data.name, config.data.path), config.data, config.seed)
    own_files.forget()
    for part in ("train", "validation", "test"):
        _refuse(getattr(found, f"{part}_images"), config)
    return found


def write_arrays(dataset: Dataset, path: Path, seed: int) -> Path:
    """Write a Dataset as an .npz file that `data.path` can name, unless it is there; its name tells what it holds.

    seed : what a test part is split off with where there is none
    returns : the absolute path
    """
    whole, kind = with_test(dataset, seed), "events" if dataset.train_images.ndim == 5 else "images"
    arrays = {f"{part}_{name}": getattr(whole, f"{part}_{field}") for part in PARTS
              for name, field in ((kind, "images"), ("labels", "labels"))}
    if not path.exists():
        content = io.BytesIO()
        np.savez_compressed(content, **{name: array for name, array in arrays.items() if array is not None})
        atomic_write(path, content.getvalue())
    return path.resolve()


def file_of_arrays(config: Config) -> str:
    """Name of the file for arrays in memory that a Config names, by their digest; "" where its data have a place."""
    path = config.data.path
    return f"data-{path[len(PREFIX):][:12]}.npz" if path.startswith(PREFIX) else ""


def with_file(config: Config, folder: Path) -> Config:
    """A Config whose arrays in memory lie in a file of a folder, for other processes; another one stays as it is.

    The test part is split off with the seed of the split, see `datasets.splitting.split`.
    """
    if not file_of_arrays(config):
        return config
    seed = config.seed if config.data.split_seed is None else config.data.split_seed
    folder.mkdir(parents=True, exist_ok=True)
    place = write_arrays(held(config.data.path), folder / file_of_arrays(config), seed)
    return replace(config, data=replace(config.data, path=str(place)))


def with_test_images(parts: Split, config: Config, images: np.ndarray, labels: np.ndarray) -> Split:
    """Return a Split whose test part is other images, of any type that `own_dataset` takes; returns Split.

    raises : ValueError where they have not the shape or the classes of the training part
    """
    found, known = own_part(images, labels, "given", config.data.events)
    shape = parts.train_images.shape[1:]
    if found.shape[1 + config.data.events:] != shape[config.data.events:]:
        raise ValueError(f"data: the given images have the shape {found.shape[1:]}, and the network has learnt from "
                         f"{shape}; give such")
    if known.min() < 0 or known.max() >= parts.classes:
        raise ValueError(f"data: the given labels run from {known.min()} to {known.max()}; the network knows the "
                         f"classes 0 to {parts.classes - 1}")
    _refuse(found, config)
    return replace(parts, test_images=found, test_labels=known)


def _refuse(images: np.ndarray, config: Config) -> None:
    """Raise ValueError where images are nothing that the source of the network can send."""
    _refuse_range(images, config.data)
    source_of(config.network).refuse(images)


def _refuse_range(images: np.ndarray, options: DataOptions) -> None:
    """Raise ValueError where "unit" normalisation would leave real numbers outside [0, 1]."""
    if images.dtype.kind != "f" or options.normalise != "unit" or not images.size:
        return
    low, high = float(images.min()), float(images.max())
    if low < 0 or high > 1:
        fix = f"divide them by {high:g}" if low >= 0 else "scale them to that range"
        raise ValueError(f'data.normalise: "unit" takes real numbers from 0 to 1, which spikes stand for, and images '
                         f'run from {low:g} to {high:g}; {fix}, or write "standard" beside network.input = "analog"')
