"""What a call takes as data: a name, a path, arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from neurosim.datasets import CATALOGUE, Dataset
from neurosim.datasets.event_files import NAME as EVENTS
from neurosim.datasets.held import hold
from neurosim.datasets.options import LASTING, OWN, DataOptions
from neurosim.datasets.own import own_dataset
from neurosim.datasets.own_files import read_own
from neurosim.datasets.splitting import test_share
from neurosim.whole import counted

#: What is learnt: the name of a data set, a path, (images, labels), or parts that are such.
Data: TypeAlias = "str | Path | Dataset | tuple | list | Mapping[str, tuple] | None"


def dataset_of(data: Data, events: bool) -> Dataset:
    """Return the Dataset of arrays that a call was given.

    data : Dataset; (images, labels); or a dict of "train", "validation" and "test", each (images, labels)
    events : whether the second axis is time
    raises : ValueError
    """
    if isinstance(data, Dataset):
        return data
    if isinstance(data, Mapping):
        return own_dataset(data, events)
    if isinstance(data, (tuple, list)) and len(data) == 2:
        return own_dataset({"train": tuple(data)}, events)
    raise ValueError(f"data: is a {type(data).__name__}; give the name of a data set, a path, (images, labels), or a "
                     'dict of "train", "validation" and "test", each (images, labels)')


def with_data(data: Data, table: dict[str, Any], overrides: Mapping[str, Any],
              resized: Callable[[str], object] | None = None) -> tuple[Dataset | None, dict[str, Any]]:
    """The table of a configuration on other data, and their Dataset where they are in memory or are the user's own.

    The section [data] starts again but for `normalise`; a tenth of the training images validates.

    data : None leaves the table as it is; otherwise see `dataset_of`, or the name of a data set or a path
    table : of a configuration, not changed; overrides : what is going to replace keys of it
    resized : called with a sentence where the output layer gets a unit for each class in place of the number that the
        table has; None leaves it as it is, for layers that the caller has sized
    """
    if data is None:
        return None, table
    if isinstance(data, (str, Path)) and str(data) in CATALOGUE:
        return None, {**table, "data": {**table.get("data", {}), "name": str(data)}}
    network = dict(table.get("network", {}))
    if isinstance(data, (str, Path)):
        dataset, path = read_own(data), str(data)
        events = False
    else:
        events = _input(network, overrides) == "events" or _frames(data)
        dataset = dataset_of(data, events)
        path = hold(dataset)
    kept = {key: value for key, value in table.get("data", {}).items() if key in LASTING}
    section = {**kept, "name": EVENTS if events else OWN, "path": path}
    held = DataOptions(**section).validation_of(dataset.train - (0 if dataset.test else test_share(dataset.train)))
    if events:
        network["input"] = "events"
    return dataset, {**table, "data": {**section, "validation_samples": held},
                     "network": _sized(network, dataset.classes, resized) if resized else network}


def _input(network: Mapping[str, Any], overrides: Mapping[str, Any]) -> Any:
    section = overrides.get("network")
    given = section.get("input") if isinstance(section, Mapping) else None
    return overrides.get("network.input", given or network.get("input", "spikes"))


def _frames(data: Data) -> bool:
    """Return whether arrays have five axes, of which one can only be time."""
    first = data.train_images if isinstance(data, Dataset) else next(iter(data.values()), ((),)) \
        if isinstance(data, Mapping) else data
    images = first if isinstance(first, np.ndarray) else first[0] if isinstance(first, (tuple, list)) and first else ()
    return np.ndim(images) == 5


def _sized(network: dict[str, Any], classes: int, resized: Callable[[str], object]) -> dict[str, Any]:
    *others, output = network.get("layers") or [{}]
    units = output.get("units")
    if not units or units == classes:
        return network
    resized(f"network.layers: the output layer has {counted(classes, 'unit')}, one for each class of the data, and not "
            f"the {units:,} of the configuration")
    return {**network, "layers": [*others, {**output, "units": classes}]}
