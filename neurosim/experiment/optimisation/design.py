"""The design file: what stays the same, what varies, which cost is to fall, and which error may not be exceeded.

    base = "mnist-small"
    cost = "energy"
    error = 0.15

    [fixed]
    "synapses.device" = "choi-2018-epiram"

    [axes]
    "array.tile" = [32, 64, 128]
    "readout.seconds" = { log = [1e-9, 1e-7] }
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from neurosim.experiment.chip import card_device
from neurosim.experiment.config import Config
from neurosim.experiment.overrides import apply_overrides
from neurosim.experiment.pricing import prices_of
from neurosim.experiment.shipped import PRESETS
from neurosim.experiment.sweep.axes import Axis, keys_of, read_axis
from neurosim.experiment.sweep.spec import beside, flat, with_fixed
from neurosim.tables import from_table, to_table
from neurosim.toml import read_toml, value_text
from neurosim.whole import whole

TRIALS = 10_000    #: most of them
ERRORS = "validation_error"    #: measure of a point that may not exceed the stated error
COSTS = {"energy": ("joules", "J"), "latency": ("chip_seconds", "s"), "area": ("chip_area", "m2")}


@dataclass(frozen=True, kw_only=True)
class DesignFile:
    """The top of a design file.

    base : preset or TOML file with everything that does not vary
    cost : what is to fall, "energy" or "latency" of one sample, or "area" of the chip
    per : of which sample, "inference" or "training_sample"; nothing to an area
    error : part of the wrong answers that may not be exceeded, of the validation set: nothing is chosen by test images
    trials : points that are tried; batch : points that are asked for at once, before any of them is known, however many
        processes there are
    repeats : runs of every point, with the seeds seed, seed + 1, ... of the configuration, whose means count
    seed : of the search
    """

    base: str
    error: float
    cost: Literal["energy", "latency", "area"] = "energy"
    per: Literal["inference", "training_sample"] = "inference"
    trials: int = 64
    batch: int = 8
    repeats: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.error < 1:
            raise ValueError(f"error: {self.error:g} is not part of wrong answers to reach; give one between 0 and 1, "
                             "0.05 for 5 %")
        for key, most in (("trials", TRIALS), ("batch", TRIALS), ("repeats", 100)):
            whole(getattr(self, key), key, 1, most)
        whole(self.seed, "seed", 0, 2 ** 32 - 1)


@dataclass(frozen=True, kw_only=True)
class Design:
    """A design file, read and checked.

    file : DesignFile; axes : tuple of Axis; table : of the configuration, what is fixed included; owner : its path
    """

    file: DesignFile
    axes: tuple[Axis, ...]
    table: dict[str, Any]
    owner: str

    @cached_property
    def config(self) -> Config:
        """What all points share, with the first value of every axis."""
        return self.configured(self.first)

    @property
    def first(self) -> dict[str, Any]:
        """First value of every list, lower end of every range, by the keys of the axes."""
        return {axis.path: axis.drawn(np.zeros(1))[0] for axis in self.axes}

    @property
    def measure(self) -> str:
        """Name of the cost among the measures of a point."""
        kind = COSTS[self.file.cost][0]
        return kind if self.file.cost == "area" else f"{kind}_per_{self.file.per}"

    def configured(self, values: dict[str, Any]) -> Config:
        """Config of a point; raises ValueError where there is none."""
        config = from_table(Config, apply_overrides(self.table, [
            f"{key}={value_text(value)}" for path, value in values.items() for key in keys_of(path)]))
        card_device(config)
        prices_of(config)
        return config


def read_design(path: Path | str) -> Design:
    """Read and check a design file; returns Design.

    Files that it names are looked for next to it, then in the current folder.
    raises : ValueError that begins with the path
    """
    table = read_toml(path)
    fixed, given = flat(table.pop("fixed", {}), f"{path}: fixed"), flat(table.pop("axes", {}), f"{path}: axes")
    try:
        file = from_table(DesignFile, table)
        base = with_fixed(read_toml(PRESETS.resolve(
            beside(file.base, Path(path).parent) if file.base.endswith(".toml") else file.base)), fixed)
        from_table(Config, base)
    except ValueError as error:
        raise ValueError(f"{path}: {str(error).removeprefix('--set ')}") from error
    axes = tuple(read_axis(key, value, True, f"{path}: axis {key}") for key, value in given.items())
    if not axes:
        raise ValueError(f"{path}: nothing varies; add keys to [axes], for example \"array.tile\" = [32, 64, 128]")
    taken = [key for axis in axes for key in keys_of(axis.path)]
    for key in taken:
        if key in fixed or taken.count(key) > 1 or key == "seed":
            raise ValueError(f"{path}: {key} is {'what repeats vary' if key == 'seed' else 'set twice'}; leave it to "
                             "one of them")
    design = Design(file=file, axes=axes, table=to_table(from_table(Config, base)), owner=str(path))
    _check(design)
    return design


def _check(design: Design) -> None:
    """Raise ValueError where no value of an axis has a configuration, whatever the first values of the others are."""
    for axis in design.axes:
        refused: list[ValueError] = []
        tried = axis.listed() if not axis.scale else axis.drawn(np.array([0.0, 1.0]))
        for value in tried:
            try:
                design.configured({**design.first, axis.path: value})
                break
            except ValueError as error:
                refused.append(error)
        else:
            raise ValueError(f"{design.owner}: axis {axis.path} = {value_text(tried[0])}: "
                             f"{str(refused[0]).removeprefix('--set ')}") from refused[0]
