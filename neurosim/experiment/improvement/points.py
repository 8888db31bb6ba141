"""Rows of points as a sweep in a folder, to which rows can be added later."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.experiment.config import load_config
from neurosim.experiment.sweep.spec import read_sweep
from neurosim.experiment.sweep.store import Store
from neurosim.results.atomic_write import atomic_replace
from neurosim.toml import to_toml, value_text

if TYPE_CHECKING:
    from neurosim.experiment.config import Config
    from neurosim.experiment.sweep.spec import Sweep

STORE = "chips"    #: folder of the sweep
_BASE, _FILE, _TOP = "base.toml", "chips.toml", "sweep.json"
FILES = (_BASE, _FILE, STORE)    #: everything that may be in the folder


def write_sweep(folder: Path, config: Config, rows: list[dict[str, Any]]) -> Sweep:
    """Write a sweep file into a folder, which is made, and read it.

    config : what all points share; rows : dicts by dotted key, "seed" among them, all with the same keys
    """
    folder.mkdir(parents=True, exist_ok=True)
    atomic_replace(folder / _BASE, to_toml(config).encode())
    axes = "\n".join(f"{value_text(key)} = {value_text([row[key] for row in rows])}" for key in rows[0])
    atomic_replace(folder / _FILE, f'base = "{_BASE}"\nmethod = "zip"\n\n[axes]\n{axes}\n'.encode())
    return read_sweep(folder / _FILE)


def begin(folder: Path, config: Config, rows: list[dict[str, Any]]) -> tuple[Sweep, Store]:
    """Write the sweep of some rows, and make its store or find it; what was computed of a beginning of them is kept.

    raises : ValueError where the store holds other points
    """
    sweep, where = write_sweep(folder, config, rows), folder / STORE
    if (where / _TOP).is_file():
        kept = Store.open(where).description["axes"]
        axes = {axis.path: list(axis.values) for axis in sweep.axes}
        if kept != axes and all(axes.get(key, [])[:len(values)] == values for key, values in kept.items()):
            (where / _TOP).unlink()
    return sweep, Store.begin(where, sweep)


def take_over(sweep: Sweep, store: Store, others: Sequence[Store]) -> None:
    """Copy what other stores have computed of the points of a sweep into its store; equal ids are equal points."""
    for point in map(sweep.point, range(len(sweep)) if others else ()):
        for other in others if store.row(point.id) is None else ():
            row, file = other.row(point.id), other.run_path(point.id)
            if row and row["state"] == "done" and file.is_file():
                atomic_replace(store.run_path(point.id), file.read_bytes())
                store.write_row({**row, "index": point.index, "point": point.values})
                break


def prepare_folder(folder: Path, own: Collection[str], force: bool) -> None:
    """See that a folder holds nothing but what is ours; force : and remove that.

    own : names of everything that may be in it
    raises : ValueError where it is a file, or holds anything else
    """
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder}: is a file; choose another folder with --out")
    there = list(folder.iterdir()) if folder.is_dir() else []
    strange = next((path.name for path in there if path.name not in own), None)
    if strange:
        raise ValueError(f"{folder}: holds {strange}, which is not from here; choose another folder with --out")
    for path in there if force else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def kept_config(folder: Path) -> Config | None:
    """Return what all points of a folder share; None where there is nothing yet."""
    return load_config(folder / _BASE) if (folder / _BASE).is_file() else None


def kept_seeds(folder: Path) -> int:
    """Return the number of seeds with which a folder was begun; 0 where there is nothing yet."""
    if not (folder / STORE / _TOP).is_file():
        return 0
    return len(set(Store.open(folder / STORE).description["axes"]["seed"]))
