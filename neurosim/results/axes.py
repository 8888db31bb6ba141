"""Names of the axes of a run file, as netCDF-4 keeps them, so that xarray, HDFView and netCDF readers show them.

Every axis has a dimension scale in the group of its data set: a data set that lists what stands along the axis, such as
the names of layers, or one that only has its length. The latter is not a record of the run, and no reader of neurosim
sees it.

netCDF-4 file format, "Dimensions": https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from neurosim.results.paths import model
from neurosim.results.schema import Entry, entry_of

#: What netCDF calls a dimension scale that has a length and no values.
_BARE = b"This is a netCDF dimension but not a netCDF variable."
#: Attributes by which HDF5 keeps dimension scales.
_KEPT = ("CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "DIMENSION_LABELS")
#: Axes of weights, by their number.
_WEIGHTS = {2: ("out", "in"), 4: ("out", "in", "row", "column")}


def is_bare_axis(dataset: Any) -> bool:
    """Return whether an h5py data set has no values of its own, and only says how long an axis is."""
    import h5py
    if not h5py.h5a.exists(dataset.id, b"NAME"):    # much sooner told than by a look at all attributes
        return False
    name = dataset.attrs["NAME"]
    return isinstance(name, bytes) and name.startswith(_BARE)


def forget_axes(file: Any) -> dict[str, Any]:
    """Take the axes of an h5py file away that began with a copy of another one; MUTATES it.

    returns : dict from the path of a data set to it
    """
    import h5py
    found: dict[str, Any] = {}
    file.visititems(lambda path, item: found.update({path: item} if isinstance(item, h5py.Dataset) else {}))
    for path in [path for path, item in found.items() if is_bare_axis(item)]:
        del file[path], found[path]
    for item in found.values():
        for kept in _KEPT:
            if kept in item.attrs:
                del item.attrs[kept]
    return found


def name_axes(file: Any, datasets: dict[str, Any]) -> None:
    """Give every axis of data sets a name and a dimension scale; MUTATES the h5py file that they are in.

    datasets : dict from the path of every data set of the file to it; none of them has axes yet
    """
    groups: dict[str, dict[str, Any]] = {}
    for path, item in datasets.items():
        groups.setdefault(path.rpartition("/")[0], {})[path] = item
    taken = {path.rsplit("/", depth)[0] for path in datasets for depth in range(path.count("/") + 1)}
    for group, items in groups.items():
        _name_group(file, group, items, taken)


def _name_group(file: Any, group: str, items: dict[str, Any], taken: set[str]) -> None:
    """Name the axes of the data sets of one group, a dict by path; taken : paths that there are."""
    import h5py
    shapes = {path: item.shape for path, item in items.items()}
    axes = {path: _axes_of(path, shape) for path, shape in shapes.items()}
    scales = {}
    for path, item in items.items():
        if _lists(path, axes[path]):
            h5py.h5ds.set_scale(item.id, axes[path][0].encode())
            scales[axes[path][0], shapes[path][0]] = item.id
    own = set(scales.values())
    for path, item in items.items():
        for place, wanted in enumerate(zip(axes[path], shapes[path]) if item.id not in own else ()):
            if wanted not in scales:
                scales[wanted] = _bare(file, f"{group}/{wanted[0]}".lstrip("/"), wanted[1], taken)
            h5py.h5ds.attach_scale(item.id, scales[wanted], place)


def _axes_of(path: str, shape: tuple[int, ...]) -> list[str]:
    """Names of the axes of a data set, by the schema; those that occur twice are numbered."""
    own, (entry, braces) = path.rpartition("/")[2], entry_of(path)
    if entry is None or isinstance(entry.shape, str) or len(entry.shape) != len(shape):
        kinds = _WEIGHTS.get(len(shape)) if path.startswith(f"{model('weights')}/") else None
        return [f"{own}_{kind}" for kind in kinds or range(len(shape))]
    found: list[str] = []
    for part in entry.shape:
        name = _plain(part.format(**braces)) if isinstance(part, str) else f"length_{part}"
        found.append(name if name not in found else f"{name}_{found.count(name) + 1}")
    return found


def _plain(symbol: str) -> str:
    """The name of an axis from the number of a shape: "layers of ledger/free" is "layers"."""
    head = symbol.partition(" of ")[0].removeprefix("programmed ").replace("1+", "start_and_")
    return re.sub(r"\W+", "_", head).strip("_")


def _lists(path: str, axes: list[str]) -> bool:
    """Whether a data set lists what stands along its only axis, such as names of layers."""
    entry: Entry | None = entry_of(path)[0]
    return entry is not None and entry.distinct and axes == [path.rpartition("/")[2]]


def _bare(file: Any, path: str, length: int, taken: set[str]) -> Any:
    """Add a dimension scale without values, at a path that is free; returns its identifier."""
    import h5py
    while path in taken:
        path += "_"
    taken.add(path)
    scale = file.create_dataset(path, (length,), np.int8).id    # which takes no room
    h5py.h5ds.set_scale(scale, _BARE + f"{length:10d}".encode())
    return scale
