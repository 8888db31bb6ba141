"""Read run files, of which nothing is believed before it is checked."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np

from neurosim.results.axes import is_bare_axis
from neurosim.results.quantity import FORMAT, FORMAT_VERSION, Quantity, RunFileError, check_name
from neurosim.results.checksum import verify_checksum
from neurosim.summaries import Summarised, Summary

LIMIT = 8 * 2**30    #: bytes of data that are read at once unless the caller allows more
_DEPTH = 16
_ITEMS = 50_000    #: most groups and data sets of a file
_CHUNK = 2**20     #: bytes of a chunk that holds more than one record
_FILTERS = {2, 32000}    #: numbers of shuffle and lzf in HDF5
_DENSEST = 264 / 3    #: bytes that one byte of lzf can stand for


class MissingRecord(RunFileError):
    """A run file does not hold what was asked for."""


class RunFile(Summarised):
    """An open run file; nothing of a data set is read before it is asked for.

        with RunFile("run.h5") as run:
            run.attributes["seed"], run["history"]["test_error"].data, run.rows("trace/conv1", 0, 100).data

    A file that is replaced while it is open stays readable as it was.

    path : file to read
    limit : largest number of bytes read by one call
    attributes : dict, what `write_run` got, after entering
    raises : RunFileError: missing, not HDF5, cut short, damaged, not of neurosim, of a newer format, too large
    """

    def __init__(self, path: Path | str, *, limit: int = LIMIT) -> None:
        self.path, self.limit = path, limit

    def __enter__(self) -> Self:
        import h5py
        verify_checksum(self.path)
        with self._explained():
            self._file = h5py.File(self.path, "r", locking=False)    # files are never changed in place
        try:
            self.attributes = self._checked_attributes()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._file.close()

    def summary(self) -> Summary:
        """Return the Summary: names of the groups and data sets at the root, of an open file."""
        with contextlib.suppress(AttributeError, ValueError):    # not entered yet, or closed again
            return Summary(heading=f"Run file {self.path}", remarks=[", ".join(self.names())])
        return Summary(heading=f"Run file {self.path}, closed; read it within `with`")

    def __contains__(self, name: str) -> bool:
        with self._explained():
            try:
                self._find(name)
            except MissingRecord:
                return False
        return True

    def names(self, group: str = "/") -> list[str]:
        """Return names of the groups and data sets in `group`, sorted."""
        with self._explained():
            return sorted(_shown(self._find(group)))

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a data set, without reading it."""
        with self._explained():
            return self._find(name).shape

    def __getitem__(self, name: str) -> Any:
        """Read a data set as a Quantity, or a group as nested dicts of them."""
        with self._explained():
            item = self._find(name)
            self._check_size(name, sum(_bytes(dataset) for dataset in self._datasets(item)))
            return self._loaded(item)

    def rows(self, name: str, start: int, stop: int) -> Quantity:
        """Read the records `start` to `stop` (excluded) of a data set as a Quantity."""
        with self._explained():
            dataset = self._find(name)
            list(self._datasets(dataset))
            count = len(range(*slice(start, stop).indices(len(dataset))))
            self._check_size(name, count * math.prod(dataset.shape[1:]) * dataset.dtype.itemsize)
            return self._quantity(dataset, slice(start, stop))

    def copy_into(self, destination: Any, names: dict[str, Any] | list[str]) -> None:
        """Copy items at the root into `destination`, an h5py group, MUTATED, byte by byte."""
        with self._explained():
            list(self._datasets(self._file["/"]))
            for name in names:
                self._file.copy(self._find(name), destination, name)

    def _loaded(self, item: Any) -> Quantity | dict[str, Any]:
        if hasattr(item, "dtype"):
            return self._quantity(item, ())
        return {name: self._loaded(child) for name, child in _shown(item).items()}

    def _quantity(self, dataset: Any, selection: Any) -> Quantity:
        data = dataset[selection]
        if dataset.dtype.kind == "S":
            text = np.char.decode(data, "utf-8", "surrogateescape")
            data = text if dataset.shape else str(text)
        self._approve(dataset.name.removeprefix("/"), data)
        return Quantity(data, dataset.attrs["units"], dataset.attrs["description"])

    def _approve(self, name: str, data: int | np.ndarray) -> None:
        """Raise RunFileError where what was read from a data set cannot be true; a RunFile of anything believes it."""

    def _find(self, name: str) -> Any:
        item = self._file["/"]
        for part in filter(None, name.split("/")):
            if hasattr(item, "dtype") or not item.id.links.exists(part.encode()):
                held = ", ".join(sorted(_shown(self._file))) or "nothing"
                raise MissingRecord(f"run file {self.path}: has no {name}; it holds {held}")
            item = self._child(item, part)
        return item

    def _datasets(self, item: Any) -> Iterator[Any]:
        """Yield every data set at or below `item`, each checked; refuse links, loops and foreign types."""
        import h5py
        seen: set[Any] = set()
        queue = [(item, 0)]
        while queue:
            item, depth = queue.pop()
            if item.id in seen or depth > _DEPTH or len(seen) > _ITEMS:
                raise self.foreign(f"{item.name} is linked twice, nested too deeply or one of too many")
            seen.add(item.id)
            if isinstance(item, h5py.Dataset):
                if not is_bare_axis(item):
                    self._check_dataset(item)
                    yield item
            else:
                queue.extend((self._child(item, name), depth + 1) for name in item)

    def _child(self, group: Any, name: str) -> Any:
        import h5py
        check_name(name, f"run file {self.path}")
        child = group[name] if _is_hard(group, name) else None
        if not isinstance(child, (h5py.Group, h5py.Dataset)):
            raise self.foreign(f"{name} in {group.name} is neither a group nor a data set")
        return child

    def _check_dataset(self, dataset: Any) -> None:
        import h5py
        text = h5py.check_string_dtype(dataset.dtype)
        plain = dataset.dtype.kind in "biufc" or text is not None and text.length is not None
        if not plain or dataset.shape is None or dataset.external or dataset.is_virtual or not _believable(dataset):
            raise self.foreign(f"data set {dataset.name} has a type or storage that is not allowed")
        for name in ("units", "description"):
            if not isinstance(dataset.attrs.get(name), str):
                raise self.foreign(f"data set {dataset.name} has no text attribute {name!r}")

    def _check_size(self, name: str, size: int) -> None:
        if size > self.limit:
            raise RunFileError(f"run file {self.path}: {name} takes {size / 2**30:.3g} GiB of memory, the limit is "
                               f"{self.limit / 2**30:.3g} GiB; read fewer rows at once or raise the limit")

    def _checked_attributes(self) -> dict[str, Any]:
        with self._explained():
            if "format" not in self._file.attrs or self._attribute("format") != FORMAT:
                raise RunFileError(f"run file {self.path}: is an HDF5 file but not a run of neurosim; give a file that "
                                   "`neurosim train` wrote")
            attributes = {name: self._attribute(name) for name in self._file.attrs if name != "format"}
        version = attributes.pop("format_version", None)
        if not isinstance(version, int):
            raise self.foreign("it has no whole number as format_version")
        if version > FORMAT_VERSION:
            raise RunFileError(f"run file {self.path}: has format {version}, "
                               f"this neurosim reads up to {FORMAT_VERSION}; upgrade neurosim")
        return attributes

    def _attribute(self, name: str) -> bool | float | str:
        attributes = self._file.attrs
        value = attributes[name] if attributes.get_id(name).shape == () else None
        value = value.item() if isinstance(value, np.generic) else value
        if not isinstance(value, (str, bool, int, float)):
            raise self.foreign(f"attribute {name} is neither text, a number nor a truth value")
        return value

    def foreign(self, what: str) -> RunFileError:
        """Return the RunFileError that says what there is that neurosim does not write."""
        return RunFileError(f"run file {self.path}: {what}, so neurosim did not write it; use an unchanged run file")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what h5py raises on a damaged file into one sentence."""
        try:
            yield
        except RunFileError:
            raise
        except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
            reason = str(error).strip("'\"").split("\n")[0]
            message = f"run file {self.path}: damaged or cut short ({reason}); use an intact copy"
            raise RunFileError(message) from error


def read_run(path: Path | str, *, limit: int = LIMIT) -> tuple[Any, dict[str, Any]]:
    """Read a whole run file: (tree, attributes) as `write_run` got them; numbers come back as numpy arrays or scalars.

    limit : largest number of bytes of data to read
    raises : RunFileError, see RunFile
    """
    with RunFile(path, limit=limit) as run:
        return run["/"], run.attributes


def _is_hard(group: Any, name: str) -> bool:
    """Whether what has this name in a group is in the group, and not a link to something elsewhere."""
    import h5py
    return bool(group.id.links.get_info(name.encode("utf-8", "surrogateescape")).type == h5py.h5l.TYPE_HARD)


def _shown(group: Any) -> dict[str, Any]:
    """Groups and data sets of a group, by name, without those that only say how long an axis is."""
    import h5py
    items = {name: group[name] if _is_hard(group, name) else None for name in group}
    return {name: item for name, item in items.items() if not (isinstance(item, h5py.Dataset) and is_bare_axis(item))}


def _bytes(dataset: Any) -> int:
    return math.prod(dataset.shape) * dataset.dtype.itemsize


def _believable(dataset: Any) -> bool:
    """Whether a data set can be as large as it claims: stored, by no other filters than ours, in chunks of one row.

    lzf writes at least 3 bytes for 264.
    """
    plist, size = dataset.id.get_create_plist(), _bytes(dataset)
    filters = {plist.get_filter(i)[0] for i in range(plist.get_nfilters())}
    if dataset.chunks is None:
        return not filters and size <= dataset.id.get_storage_size()
    row = math.prod(dataset.shape[1:]) * dataset.dtype.itemsize
    chunk = math.prod(dataset.chunks) * dataset.dtype.itemsize
    return (filters <= _FILTERS and chunk <= max(_CHUNK, row)
            and size <= _DENSEST * dataset.id.get_storage_size())
