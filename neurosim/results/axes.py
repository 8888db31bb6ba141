"""Names of the axes of a run file, as netCDF-4 keeps them, so that xarray, HDFView and netCDF readers show them.

Every axis has a dimension scale in the group of its data set: a data set that lists what stands along the axis, such as
the names of layers, or one that only has its length. The latter is no record of the run, and no reader of neurosim
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
    name = dataset.attrs.get("NAME") if "NAME" in dataset.attrs else None
    return isinstance(name, bytes) and name.startswith(_BARE)


def name_axes(file: Any) -> None:
    """Give every axis of every data set of an h5py file, open for writing, a name and a dimension scale; MUTATES it."""
    import h5py
    groups: list[Any] = [file]
    file.visititems(lambda _, item: groups.append(item) if isinstance(item, h5py.Group) else None)
    for group in groups:
        _name_group(group, {name: item for name, item in group.items() if isinstance(item, h5py.Dataset)})


def _name_group(group: Any, items: dict[str, Any]) -> None:
    """Name the axes of the data sets of one group, a dict by name."""
    items = {name: item for name, item in items.items() if not _forgotten(group, name, item)}
    axes = {name: _axes_of(item) for name, item in items.items()}
    lists = {name: item for name, item in items.items() if _lists(name, item, axes[name])}
    scales = {(name, len(item)): item for name, item in lists.items()}
    for name, item in lists.items():
        item.make_scale(name)
    for name in [name for name in items if name not in lists]:    # always in the same order
        for place, wanted in enumerate(zip(axes[name], items[name].shape)):
            if wanted not in scales:
                scales[wanted] = _bare(group, *wanted)
            items[name].dims[place].attach_scale(scales[wanted])


def _forgotten(group: Any, name: str, item: Any) -> bool:
    """Take away the axes of a file that this one began with; returns whether the data set was nothing else."""
    if is_bare_axis(item):
        del group[name]
        return True
    for kept in _KEPT:
        if kept in item.attrs:
            del item.attrs[kept]
    return False


def _axes_of(dataset: Any) -> list[str]:
    """Names of the axes of a data set, by the schema; those that occur twice are numbered."""
    path = dataset.name.removeprefix("/")
    own, (entry, braces) = path.rpartition("/")[2], entry_of(path)
    if entry is None or isinstance(entry.shape, str) or len(entry.shape) != dataset.ndim:
        kinds = _WEIGHTS.get(dataset.ndim) if path.startswith(f"{model('weights')}/") else None
        return [f"{own}_{kind}" for kind in kinds or map(str, range(dataset.ndim))]
    found: list[str] = []
    for part in entry.shape:
        name = _plain(part.format(**braces)) if isinstance(part, str) else f"length_{part}"
        found.append(name if name not in found else f"{name}_{found.count(name) + 1}")
    return found


def _plain(symbol: str) -> str:
    """The name of an axis from the number of a shape: "layers of ledger/free" is "layers"."""
    head = symbol.partition(" of ")[0].removeprefix("programmed ").replace("1+", "start_and_")
    return re.sub(r"\W+", "_", head).strip("_")


def _lists(name: str, dataset: Any, axes: list[str]) -> bool:
    """Whether a data set lists what stands along an axis of that name, such as names of layers."""
    entry: Entry | None = entry_of(dataset.name.removeprefix("/"))[0]
    return entry is not None and dataset.ndim == 1 and entry.distinct and axes == [name]


def _bare(group: Any, name: str, length: int) -> Any:
    """Add a dimension scale without values."""
    free = name
    while free in group:
        free += "_"
    scale = group.create_dataset(free, (length,), np.int8)    # which takes no room
    scale.attrs["units"], scale.attrs["description"] = "1", f"length of the axis {name}, without values"
    scale.make_scale(_BARE.decode() + f"{length:10d}")
    return scale
