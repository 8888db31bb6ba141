"""Data sets that live in the memory of this process: a configuration names them by their digest, in `data.path`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ReferenceType, ref

if TYPE_CHECKING:
    from neurosim.datasets.loading import Dataset

PREFIX = "sha256:"
#: All that are kept by somebody; equal ones, of several runs on the same arrays, go one by one.
_held: dict[str, list[ReferenceType[Dataset]]] = {}


def hold(dataset: Dataset) -> str:
    """Let a Dataset be found by its digest, as long as somebody keeps it; returns what `data.path` says."""
    path = PREFIX + dataset.digest
    _held[path] = [ref(dataset), *(one for one in _held.get(path, ()) if one() is not None)]
    return path


def held(path: str) -> Dataset:
    """Return the Dataset that `hold` was given; raises ValueError where it is gone, or was of another process."""
    for one in _held.get(path, ()):
        if (dataset := one()) is not None:
            return dataset
    raise ValueError(f"data.path: {path[:len(PREFIX) + 12]}... were arrays of a Python session, of which a run file "
                     "keeps the digest alone; give them again with neurosim.open_run(path, data=...)")
