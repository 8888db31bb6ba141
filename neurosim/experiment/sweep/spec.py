"""The sweep file: what stays the same, what varies, and the points that follow.

    base = "mnist-small"
    repeats = 3

    [fixed]
    "synapses.device" = "choi-2018-epiram"

    [axes]
    "device.c2c" = { log = [0.001, 0.3], points = 8 }
"""

from __future__ import annotations

import contextlib
import math
import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim import __version__
from neurosim.experiment.chip import card_device
from neurosim.experiment.changes import LEARNING, class_of
from neurosim.experiment.config import Config
from neurosim.experiment.overrides import apply_overrides
from neurosim.experiment.pricing import prices_of
from neurosim.experiment.runs import learnt_shapes, stored_config
from neurosim.experiment.shipped import PRESETS
from neurosim.experiment.sweep.axes import draw, keys_of, read_axis, refuse_dates
from neurosim.experiment.sweep.identity import Identities, digest, names_files, weights_digest
from neurosim.experiment.sweep.limits import DRAWN, LIMIT
from neurosim.experiment.sweep.sections import SweepFile
from neurosim.network.graph import Network
from neurosim.tables import abbreviated, from_table, to_table
from neurosim.toml import BARE_KEY, read_toml, to_toml, value_text

if TYPE_CHECKING:
    from neurosim.experiment.sweep.axes import Axis

_TRIED = 100    #: values of an axis, or points that are not a grid, that are tried before a sweep begins
_LOOKED_AT, _COMBINATIONS = 100_000, 1000    #: most points, and most different ones, that `configurations` makes


@dataclass(frozen=True)
class Point:
    """One point of a sweep.

    index : in the sweep; id : hash of all that decides its result, 16 hexadecimal digits
    values : dict from the keys of the axes and "seed" to values; config : its configuration as TOML text
    """

    index: int
    id: str
    values: dict
    config: str


class Sweep:
    """A sweep file, read and checked; its points are made when they are asked for.

    file : SweepFile; axes : tuple of Axis; base : table of the configuration, what is fixed included
    source : digest of the weights that points begin with, or ""
    """

    def __init__(self, file: SweepFile, axes: Sequence[Axis], base: dict, source: Any, owner: str) -> None:
        self.file, self.axes, self.base, self.source, self.owner = file, axes, base, source, owner
        self._identities = Identities()
        self.rows = _rows(file, axes, owner)
        self.lengths = [len(axis.distinct()) for axis in axes] if self.rows is None else [len(self.rows)]
        if len(self) > LIMIT:
            raise ValueError(f"{owner}: its {len(self):,} points exceed {LIMIT:,}; give fewer values or repeats")
        if len(self) == 1 and not axes:
            raise ValueError(f"{owner}: nothing varies; add a key to [axes], or repeats")

    @property
    def name(self) -> str:
        """What the sweep is called: as its file says, or like its file."""
        return self.file.name or Path(self.owner).stem

    @cached_property
    def weights(self) -> str:
        """Path of the run file whose weights every point begins with; "" where those are initial weights."""
        named = self.file.run.weights
        return str(beside(named, Path(self.owner).parent).resolve()) if named else ""

    def __len__(self) -> int:
        return math.prod(self.lengths) * self.file.repeats

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the labelled results: one per axis of a grid, or one for all points; then the seeds."""
        return (*self.lengths, self.file.repeats)

    @cached_property
    def _listed(self) -> list[list]:
        return [axis.distinct() for axis in self.axes]

    def values(self, index: int) -> dict[str, Any]:
        """Return values of the point `index`, a dict by the keys of the axes, and "seed"; the last axis varies fastest.
        """
        index, repeat = divmod(index, self.file.repeats)
        seed = self.base.get("seed", 0)
        if self.rows is not None:
            return {"seed": seed + repeat} | dict(zip([axis.path for axis in self.axes], self.rows[index]))
        found = []
        for values in reversed(self._listed):
            index, here = divmod(index, len(values))
            found.append(values[here])
        return {"seed": seed + repeat} | dict(zip([axis.path for axis in self.axes], reversed(found)))

    def point(self, index: int) -> Point:
        """Return the Point `index`; one whose configuration is refused has it as it was asked for, and will fail."""
        values = self.values(index)
        table = self._table(values)
        try:
            table = to_table(from_table(Config, table))
        except ValueError:
            pass    # whoever computes the point meets the same error, and keeps it
        text = to_toml(table)
        counts = to_toml(self._identities.of(table))
        return Point(index, digest((counts, __version__, self.source), size=8), values, text)

    @cached_property
    def identity(self) -> str:
        """Digest of all that decides the points and their order."""
        axes = self._listed if self.rows is None else self.rows
        base, first = to_toml(self._identities.of(self.base)), self.values(0)
        named = [self._identities.of(self._table({**first, axis.path: value}))
                 for axis in self.axes if names_files(keys_of(axis.path)) for value in axis.distinct()]
        return digest((base, [axis.path for axis in self.axes], axes, self.file.repeats, self.source, *named))

    def check(self) -> None:
        """Raise ValueError when an axis, or one of the first points, has no configuration."""
        if self.rows is not None:
            for index in range(min(len(self.rows), _TRIED)):
                self._try(self.values(index * self.file.repeats), f"point {index + 1}")
            return
        first = self.values(0)
        self._try(first, "its first point")
        for axis, values in zip(self.axes, self._listed):
            tried = values if not axis.scale else (values[0], values[-1])
            for value in tried[:_TRIED]:
                self._try({**first, axis.path: value}, f"axis {axis.path} = {abbreviated(value, value_text)}")

    def configurations(self, sections: Collection[str]) -> Iterator[tuple]:
        """Yield (values, Config) of the first point of every combination of values of keys in these sections.

        sections : names of sections of the configuration; at most the first 100,000 points and 1000 combinations are
            looked at; points without a valid configuration are left out
        """
        seen: set = set()
        for index in range(min(len(self), _LOOKED_AT)):
            values = self.values(index)
            chosen = {path: value for path, value in values.items()
                      if any(key.partition(".")[0] in sections for key in keys_of(path))}
            if repr(chosen) in seen or len(seen) == _COMBINATIONS:
                continue
            seen.add(repr(chosen))
            with contextlib.suppress(ValueError):
                yield chosen, from_table(Config, self._table(values))

    def _table(self, values: Any) -> dict:
        return apply_overrides(self.base, [f"{key}={value_text(value)}" for path, value in values.items()
                                           for key in keys_of(path)])

    def _try(self, values: Any, what: str) -> None:
        try:
            config = from_table(Config, self._table(values))
            card_device(config)
            prices_of(config)
            self._refuse_misfit(config)
        except ValueError as error:
            raise ValueError(f"{self.owner}: {what}: {str(error).removeprefix('--set ')}") from error

    @cached_property
    def _shapes(self) -> Any:
        return learnt_shapes(self.weights)

    def _refuse_misfit(self, config: Config) -> None:
        """Raise ValueError where the weights of a run that are used have not the shapes of the network."""
        if not self.weights:
            return
        shape, kept = self._shapes
        network = Network(config.network, shape, config.neurons)
        if kept != {connection.name: connection.weight_shape for connection in network.connections}:
            raise ValueError(f"network: is another one than that of the run file {self.weights}, whose weights are "
                             "used; leave [network] as it is there")


def read_sweep(path: Path | str) -> Sweep:
    """Read and check a sweep file; returns Sweep.

    Files that it names are looked for next to it, then in the current folder.
    raises : ValueError that begins with the path
    """
    table = read_toml(path)
    fixed, given = flat(table.pop("fixed", {}), f"{path}: fixed"), flat(table.pop("axes", {}), f"{path}: axes")
    try:
        file = from_table(SweepFile, table)
        base, source = _base(file, Path(path).parent)
        base = with_fixed(base, fixed)
        if type(base.get("seed", 0)) is not int:
            raise ValueError(f"seed: expected an integer, got {abbreviated(base['seed'])}")
    except ValueError as error:
        raise ValueError(f"{path}: {str(error).removeprefix('--set ')}") from error
    drawn = file.method in DRAWN
    axes = tuple(read_axis(key, value, drawn, f"{path}: axis {key}") for key, value in given.items())
    _refuse_strays(file, fixed, given, path)
    for key in fixed:
        if any(key in keys_of(path) for path in given):
            raise ValueError(f"{path}: {key} is both fixed and an axis; remove one of them")
    if "seed" in given and file.repeats > 1:
        raise ValueError(f"{path}: repeats: the seed is an axis already; omit one of them")
    for axis in axes:
        if file.method == "grid" and not axis.scale and len(axis.distinct()) < len(axis.values):
            raise ValueError(f"{path}: axis {axis.path}: has a value twice; for several runs of each point write "
                             "repeats = 2 at the top")
    sweep = Sweep(file, axes, base, source, str(path))
    sweep.check()
    return sweep


def with_fixed(base: dict, fixed: dict[str, Any]) -> dict:
    """Table of a configuration with values by dotted key; raises ValueError that begins with "fixed" or "--set"."""
    for key, value in fixed.items():
        if not all(BARE_KEY.fullmatch(part) for part in key.split(".")):
            raise ValueError(f"fixed: {abbreviated(key)} is not a dotted key of the configuration")
        refuse_dates(value, f"fixed: {key}")
        base = apply_overrides(base, [f"{key}={value_text(value)}"])
    return base


def beside(name: str, folder: Path) -> Path:
    """Return the path of a file that a sweep file in `folder` names."""
    return folder / name if (folder / name).is_file() else Path(name)


def _refuse_strays(file: SweepFile, fixed: Any, given: Any, path: Path | str) -> None:
    """Raise ValueError for keys that stand in the wrong section, or that have no part in an evaluation."""
    keys = [key for name in (*fixed, *given) for key in keys_of(name)]
    top = next((key for key in keys if key in SweepFile.__dataclass_fields__ and key != "seed"), None)
    if top:
        raise ValueError(f"{path}: {top}: belongs above the first section; move it to the top of the file")
    learning = next((key for key in keys if class_of(key) == LEARNING or key == "data.train_samples"), None)
    if file.run.evaluate and learning:
        raise ValueError(f"{path}: {learning}: does not affect an evaluation, which does not learn; omit it, or "
                         "write fine_tune in place of evaluate")


def _base(file: SweepFile, folder: Path) -> Any:
    """Table of the configuration that varies, and the digest of the weights of a run file that points begin with."""
    if file.run.weights:
        path = beside(file.run.weights, folder)
        if not path.is_file() and path.stem in PRESETS.names():
            raise ValueError(f"run: {path}: no such file; make it with: neurosim train {path.stem} --out "
                             f"{shlex.quote(str(path))}")
        table = _continued(stored_config(path), 0 if file.run.evaluate else None)
        return table, weights_digest(path)
    return read_toml(PRESETS.resolve(beside(file.base, folder) if file.base.endswith(".toml") else file.base)), ""


def _continued(config: Config, epochs: int | None) -> dict:
    """Table of the configuration of a run whose weights are used; epochs : to learn for, None = as many as it did."""
    split_seed = config.seed if config.data.split_seed is None else config.data.split_seed
    table = to_table(replace(config, data=replace(config.data, split_seed=split_seed)))
    return table if epochs is None else apply_overrides(table, [f"training.epochs={epochs}"])


def flat(table: dict[str, Any], owner: str) -> dict[str, Any]:
    """Values by dotted key; a key without a dot that holds a table is a section."""
    if not isinstance(table, dict):
        raise ValueError(f"{owner}: expected a table, got {abbreviated(table)}")
    found: dict[str, Any] = {}
    for key, value in table.items():
        section = isinstance(value, dict) and "." not in key and not {"linear", "log"} & set(value)
        found |= {f"{key}.{inner}": item for inner, item in value.items()} if section else {key: value}
    return found


def _rows(file: SweepFile, axes: Sequence[Axis], owner: str) -> list | None:
    """Return the values of every point, one per axis; None for a grid, whose points follow from their index."""
    if file.method == "grid":
        return None
    if not axes:
        raise ValueError(f'{owner}: method = "{file.method}" needs a key in [axes]')
    rows = file.samples * (len(axes) + 2)
    if file.method == "saltelli" and rows > LIMIT:
        raise ValueError(f"{owner}: {file.samples:,} samples of {len(axes)} axes make {rows:,} points, which exceed "
                         f"{LIMIT:,}; give fewer samples")
    if file.method != "zip":
        return draw(axes, file.method, file.samples, file.seed)
    lists = [axis.listed() for axis in axes]
    if len({len(values) for values in lists}) > 1:
        lengths = ", ".join(f"{axis.path} has {len(values)}" for axis, values in zip(axes, lists))
        raise ValueError(f'{owner}: method = "zip" pairs values, but {lengths}; give all axes the same number')
    return list({repr(row): row for row in zip(*lists)}.values())
