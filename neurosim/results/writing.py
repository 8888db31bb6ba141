"""Write run files: all at once, or piece by piece while a run continues."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.results.axes import forget_axes, name_axes
from neurosim.results.replacement import Replacement
from neurosim.results.quantity import FORMAT, FORMAT_VERSION, Quantity, check_attributes, check_name, stored_form
from neurosim.results.reading import RunFile

_CHUNK = 2**20    #: bytes of one chunk; data sets above this size are compressed
_COMPRESSION = {"compression": "lzf", "shuffle": True}    #: lossless, and part of h5py itself


class RunWriter:
    """A run file in the making; it appears at `path` when the `with` block ends without an error, and not before.

        with RunWriter("run.h5", {"seed": 1}) as run:
            run.put("history/test_error", Quantity(error, "1", "test error after each epoch"))
            trace = run.stream("trace/conv1", (32, 12, 12), np.uint8, "1", "spikes of each time step")
            trace.append(spikes)

    path : file to write or to replace
    attributes : dict of str, int, float or bool, kept at the root of the file
    base : run file whose attributes and groups the new file starts with; may be `path` itself
    groups : names at the root of `base` to copy; None copies all
    raises : RunFileError (disk full, no right to write, damaged `base`); the old file at `path` stays as it was
    """

    def __init__(self, path: Path, attributes: dict[str, int], *, base: Any = None, groups: Any = None) -> None:
        self._path, self._base, self._groups = path, base, groups
        self._attributes = check_attributes(attributes, f"run file {path}")

    def __enter__(self) -> RunWriter:
        self._replacement = Replacement(self._path)
        self._file: Any = None
        self._datasets: dict[str, Any] = {}    # by path
        try:
            self._begin()
        except BaseException:
            self._abandon()
            raise
        return self

    def __exit__(self, kind: type | None, error: Any, trace: Any) -> None:
        try:
            if kind is None:
                with self._replacement.checked():
                    name_axes(self._file, self._datasets)
                    self._file.close()
                self._replacement.publish()
        finally:
            self._abandon()

    def put(self, name: str, quantity: Quantity) -> None:
        """Store one Quantity under a path such as `weights/conv1`; groups on the way are made."""
        array = stored_form(quantity, self._new(name))
        with self._replacement.checked():
            layout = _COMPRESSION if array.ndim and array.nbytes > _CHUNK else {}
            dataset = self._datasets[name] = self._file.create_dataset(name, data=_tagged(array), **layout)
            _describe(dataset, quantity.unit, quantity.description)

    def stream(self, name: str, tail: tuple[int, ...], dtype: type, unit: str, description: str) -> Stream:
        """Make a data set that grows along its first axis.

        tail : shape of one record; dtype : numbers or bool
        returns : Stream
        """
        sample = stored_form(Quantity(np.empty((0, *tail), dtype), unit, description), self._new(name))
        rows = max(1, _CHUNK // max(1, math.prod(tail) * sample.itemsize))
        with self._replacement.checked():
            dataset = self._file.create_dataset(name, sample.shape, sample.dtype, maxshape=(None, *tail),
                                                chunks=(rows, *tail), **_COMPRESSION)
            _describe(dataset, unit, description)
            self._datasets[name] = dataset
        return Stream(dataset, self._replacement)

    def _begin(self) -> None:
        import h5py
        with self._replacement.checked():
            self._file = h5py.File(self._replacement, "w")
            attributes = self._attributes
            if self._base is not None:
                with RunFile(self._base) as base:
                    attributes = base.attributes | attributes
                    base.copy_into(self._file, base.names() if self._groups is None else self._groups)
                self._datasets = forget_axes(self._file)
            self._file.attrs.update(attributes | {"format": FORMAT, "format_version": FORMAT_VERSION})

    def _abandon(self) -> None:
        """Leave nothing open and no temporary; after a success there is nothing left to do."""
        try:
            if self._file is not None:
                self._file.close()
        finally:
            self._replacement.discard()

    def _new(self, name: str) -> str:
        check_name(name, f"run file {self._path}")
        if name in self._file:
            raise ValueError(f"run file {self._path}: {name} already exists; choose another name")
        return name


class Stream:
    """A data set of a RunWriter that grows."""

    def __init__(self, dataset: Any, replacement: Replacement) -> None:
        self._dataset, self._replacement = dataset, replacement

    def append(self, records: int | np.ndarray) -> None:
        """Add `records`, shape (n, *tail), to the end; integers may become floats, floats never integers."""
        records = np.asarray(records)
        kept, tail, dtype = len(self._dataset), self._dataset.shape[1:], self._dataset.dtype
        if records.ndim == 0 or records.shape[1:] != tail or not np.can_cast(records.dtype, dtype, "same_kind"):
            raise ValueError(f"{self._dataset.name}: got records of shape {records.shape} and type {records.dtype}; "
                             f"this stream takes (n, {', '.join(map(str, tail))}) of {dtype}")
        with self._replacement.checked():
            self._dataset.resize(kept + len(records), axis=0)
            self._dataset[kept:] = records


def write_run(path: Path, tree: dict[str, Quantity], attributes: dict[str, int]) -> None:
    """Write a whole run file, or leave the old one as it was.

    tree : nested dicts of Quantity; the keys are names of groups and data sets; an empty dict leaves no trace
    attributes : dict of str, int, float or bool
    raises : RunFileError, ValueError
    """
    with RunWriter(path, attributes) as run:
        _put_tree(run, tree, "")


def _put_tree(run: RunWriter, tree: dict[str, Quantity], prefix: str) -> None:
    for name, item in tree.items():
        if isinstance(item, dict):
            _put_tree(run, item, f"{prefix}{name}/")
        else:
            run.put(f"{prefix}{name}", item)


def _describe(dataset: Any, unit: str, description: str) -> None:
    dataset.attrs["units"] = unit
    dataset.attrs["description"] = dataset.attrs["long_name"] = description


def _tagged(array: np.ndarray) -> np.ndarray:
    """Mark encoded text as UTF-8."""
    import h5py
    return array.astype(h5py.string_dtype("utf-8", max(1, array.itemsize))) if array.dtype.kind == "S" else array
