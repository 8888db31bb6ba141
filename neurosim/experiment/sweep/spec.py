"""The sweep file: what stays the same, what varies, and the points that follow.

    base = "mnist-small"
    repeats = 3

    [fixed]
    "synapses.device" = "choi-2018-epiram"

    [axes]
    "device.c2c" = { log = [0.001, 0.3], points = 8 }
"""

import hashlib
import math
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from neurosim import __version__
from neurosim.experiment.config import Config
from neurosim.experiment.overrides import apply_overrides
from neurosim.experiment.presets import resolve
from neurosim.experiment.runs import stored_config
from neurosim.experiment.sweep.axes import LIMIT, draw, read_axis
from neurosim.memristor.device import load_device
from neurosim.tables import from_table, to_table
from neurosim.toml import BARE_KEY, read_toml, to_toml, value_text

_TRIED = 100    #: values of an axis, or points that are not a grid, that are tried before a sweep begins


@dataclass(frozen=True, kw_only=True)
class Run:
    """The section [run] of a sweep file.

    evaluate : run file whose weights are written to the chip of every point and evaluated there; empty = every point
        trains from the beginning
    """

    evaluate: str = ""


@dataclass(frozen=True, kw_only=True)
class SweepFile:
    """A sweep file as it stands.

    base : preset or TOML file with everything that does not vary; empty where [run] names a run file
    name : of the sweep; empty = that of its file
    method : "grid", all combinations; "zip", first with first and so on; "random" and "sobol", drawn from the axes
    samples, seed : number of points of the last two, and what they are drawn from
    repeats : runs of every point, with the seeds seed, seed + 1, ... of the configuration
    fixed, axes : by dotted keys of the configuration; or nested tables
    """

    base: str = ""
    name: str = ""
    method: Literal["grid", "zip", "random", "sobol"] = "grid"
    samples: int = 0
    seed: int = 0
    repeats: int = 1
    run: Run = field(default_factory=Run)

    def __post_init__(self):
        if not 1 <= self.repeats <= LIMIT:
            raise ValueError(f"repeats: {self.repeats} is outside 1 ... {LIMIT:,}")
        drawn = self.method in ("random", "sobol")
        if drawn and not 1 <= self.samples <= LIMIT:
            raise ValueError(f'samples: {self.samples} is outside 1 ... {LIMIT:,}; method = "{self.method}" needs it')
        if self.samples and not drawn:
            raise ValueError(f'samples: method = "{self.method}" draws nothing; leave it away')
        if bool(self.base) == bool(self.run.evaluate):
            raise ValueError("base: name a preset or a TOML file" if not self.base else
                             "base: the run file that [run] evaluates brings its configuration; leave base away")


@dataclass(frozen=True)
class Point:
    """One point of a sweep.

    index : place in the sweep; id : hash of all that decides its result, 16 hexadecimal digits
    values : dict from the keys of the axes and "seed" to values; config : its configuration as TOML text
    """

    index: int
    id: str
    values: dict
    config: str


class Sweep:
    """A sweep file, read and checked; its points are made when they are asked for.

    file : SweepFile; axes : tuple of Axis; base : table of the configuration, what is fixed included
    source : digest of the run file that is evaluated, or ""
    """

    def __init__(self, file, axes, base, source, owner):
        self.file, self.axes, self.base, self.source, self.owner = file, axes, base, source, owner
        self.rows = _rows(file, axes, owner)
        self.lengths = [len(axis.distinct()) for axis in axes] if self.rows is None else [len(self.rows)]
        if len(self) > LIMIT:
            raise ValueError(f"{owner}: its {len(self):,} points exceed {LIMIT:,}; give fewer values or repeats")
        if len(self) == 1 and not axes:
            raise ValueError(f"{owner}: nothing varies; add a key to [axes], or repeats")

    @property
    def name(self):
        """What the sweep is called: as its file says, or like its file."""
        return self.file.name or Path(self.owner).stem

    @cached_property
    def evaluated(self):
        """Path of the run file whose weights every point evaluates; "" where points train."""
        return str(beside(self.file.run.evaluate, Path(self.owner).parent).resolve()) if self.file.run.evaluate else ""

    def __len__(self):
        return math.prod(self.lengths) * self.file.repeats

    @cached_property
    def shape(self):
        """Lengths of the labelled results: one per axis of a grid, or one for all points; then the seeds."""
        return (*self.lengths, self.file.repeats)

    @cached_property
    def _listed(self):
        return [axis.distinct() for axis in self.axes]

    def values(self, index):
        """Values of the point `index`, a dict by the keys of the axes, and "seed"; the last axis varies fastest."""
        place, repeat = divmod(index, self.file.repeats)
        seed = self.base.get("seed", 0)
        if self.rows is not None:
            return {"seed": seed + repeat} | dict(zip([axis.path for axis in self.axes], self.rows[place]))
        found = []
        for values in reversed(self._listed):
            place, here = divmod(place, len(values))
            found.append(values[here])
        return {"seed": seed + repeat} | dict(zip([axis.path for axis in self.axes], reversed(found)))

    def point(self, index):
        """The Point `index`; one whose configuration is refused has it as it was asked for, and will fail."""
        values = self.values(index)
        table = self._table(values)
        try:
            table = to_table(from_table(Config, table))
        except ValueError:
            pass    # whoever computes the point meets the same error, and keeps it
        text = to_toml(table)
        name = repr((text, __version__, self.source))
        return Point(index, hashlib.blake2b(name.encode(), digest_size=8).hexdigest(), values, text)

    @cached_property
    def identity(self):
        """Digest of all that decides the points and their order."""
        axes = self._listed if self.rows is None else self.rows
        parts = repr((to_toml(self.base), [axis.path for axis in self.axes], axes, self.file.repeats, self.source))
        return hashlib.blake2b(parts.encode(), digest_size=16).hexdigest()

    def check(self):
        """Raise ValueError of one sentence when an axis, or one of the first points, has no configuration."""
        if self.rows is not None:
            for place in range(min(len(self.rows), _TRIED)):
                self._try(self.values(place * self.file.repeats), f"point {place + 1}")
            return
        first = self.values(0)
        self._try(first, "its first point")
        for axis, values in zip(self.axes, self._listed):
            tried = values if not axis.scale else (values[0], values[-1])
            for value in tried[:_TRIED]:
                self._try({**first, axis.path: value}, f"axis {axis.path} = {value_text(value)}")

    def _table(self, values):
        return apply_overrides(self.base, [f"{path}={value_text(value)}" for path, value in values.items()])

    def _try(self, values, what):
        try:
            config = from_table(Config, self._table(values))
            if config.device:
                load_device(config.synapses.device, config.device)
        except ValueError as error:
            raise ValueError(f"{self.owner}: {what}: {str(error).removeprefix('--set ')}") from error


def read_sweep(path):
    """Read and check a sweep file; returns Sweep.

    Files that it names are looked for beside it, then in the current folder.
    raises : ValueError of one sentence that begins with the path
    """
    table = read_toml(path)
    fixed, given = _flat(table.pop("fixed", {}), f"{path}: fixed"), _flat(table.pop("axes", {}), f"{path}: axes")
    try:
        file = from_table(SweepFile, table)
        base, source = _base(file, Path(path).parent)
        for key, value in fixed.items():
            if not all(BARE_KEY.fullmatch(part) for part in key.split(".")):
                raise ValueError(f"fixed: {key!r} is not a dotted key of the configuration")
            base = apply_overrides(base, [f"{key}={value_text(value)}"])
    except ValueError as error:
        raise ValueError(f"{path}: {str(error).removeprefix('--set ')}") from error
    drawn = file.method in ("random", "sobol")
    axes = tuple(read_axis(key, value, drawn, f"{path}: axis {key}") for key, value in given.items())
    for key in fixed:
        if key in given:
            raise ValueError(f"{path}: {key} is both fixed and an axis; remove one of them")
    if "seed" in given and file.repeats > 1:
        raise ValueError(f"{path}: repeats: the seed is an axis already; leave one of them away")
    sweep = Sweep(file, axes, base, source, str(path))
    sweep.check()
    return sweep


def beside(name, folder):
    """Path of a file that a sweep file in `folder` names."""
    return folder / name if (folder / name).is_file() else Path(name)


def _base(file, folder):
    """Table of the configuration that varies, and the digest of the run file whose weights are evaluated."""
    if file.run.evaluate:
        path = beside(file.run.evaluate, folder)
        return to_table(stored_config(path)), hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    return read_toml(resolve(beside(file.base, folder) if file.base.endswith(".toml") else file.base)), ""


def _flat(table, owner):
    """Values by dotted key; a key without a dot that holds a table is a section."""
    if not isinstance(table, dict):
        raise ValueError(f"{owner}: expected a table, got {table!r}")
    found = {}
    for key, value in table.items():
        section = isinstance(value, dict) and "." not in key and not {"linear", "log"} & set(value)
        found |= {f"{key}.{inner}": item for inner, item in value.items()} if section else {key: value}
    return found


def _rows(file, axes, owner):
    """Values of every point, one per axis; None for a grid, whose points follow from their index."""
    if file.method == "grid":
        return None
    if not axes:
        raise ValueError(f'{owner}: method = "{file.method}" needs a key in [axes]')
    if file.method != "zip":
        return draw(axes, file.method, file.samples, file.seed)
    lists = [axis.listed() for axis in axes]
    if len({len(values) for values in lists}) > 1:
        lengths = ", ".join(f"{axis.path} has {len(values)}" for axis, values in zip(axes, lists))
        raise ValueError(f'{owner}: method = "zip" pairs values, but {lengths}; give all axes the same number')
    return list({repr(row): row for row in zip(*lists)}.values())
