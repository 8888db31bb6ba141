"""Which chips learn what, with which seeds: a sweep file, so that `neurosim sweep` shows and continues it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.datasets import described
from neurosim.experiment.chip import card_device
from neurosim.experiment.config import RecordOptions, load_config
from neurosim.experiment.imperfections import Chip, pairs, present, switched, switched_off
from neurosim.experiment.improvement.forecast import Pace, fitting, forecast, typical
from neurosim.experiment.sweep.spec import read_sweep
from neurosim.experiment.sweep.store import Store
from neurosim.results.atomic_write import atomic_replace
from neurosim.toml import to_toml, value_text

if TYPE_CHECKING:
    from neurosim.experiment.config import Config
    from neurosim.experiment.sweep.spec import Sweep

_BASE, _CHIPS = "base.toml", "chips.toml"    #: files of the folder of an improvement, beside the sweep itself
STORE, _SWEEP = "chips", "sweep.json"    #: folder of the sweep in it, and what says there what it is
FIGURE, TABLE = "improve.png", "improve.json"
OWN = (_BASE, _CHIPS, STORE, FIGURE, TABLE)    #: everything that may be in the folder
VALIDATION = 100    #: most images of the validation set, which decides nothing here
_BATCHES = 10    #: fewest that are learnt


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is computed.

    config : what the chip with all imperfections learns, cut to what the budget leaves
    found : dict from imperfection to what switches it off, see `present`
    seeds : of the configuration; every chip learns with each of them
    folder : where it is kept
    """

    config: Config
    found: dict[str, dict]
    seeds: tuple[int, ...]
    folder: Path

    @cached_property
    def sides(self) -> dict[str, tuple[tuple[Chip, Chip], tuple[Chip, Chip]]]:
        """Pairs of chips by imperfection, see `pairs`."""
        return pairs(self.found)

    @cached_property
    def chips(self) -> tuple[Chip, ...]:
        """All different chips; those with and without all imperfections come first."""
        return tuple(dict.fromkeys([frozenset(self.found), frozenset(),
                                    *(chip for both in self.sides.values() for pair in both for chip in pair)]))

    @property
    def points(self) -> int:
        return len(self.chips) * len(self.seeds)

    def begin(self) -> tuple[Sweep, Store]:
        """Make the sweep and its folder, or find it there; points of earlier seeds are kept where there are more now.
        """
        sweep, folder = self.sweep(), self.folder / STORE
        if (folder / _SWEEP).is_file():
            kept, axes = Store.open(folder).description["axes"], self._axes()
            if kept != axes and all(axes.get(key, [])[:len(values)] == values for key, values in kept.items()):
                (folder / _SWEEP).unlink()
        return sweep, Store.begin(folder, sweep)

    def sweep(self) -> Sweep:
        """Write the sweep file into the folder, and read it: one point for each seed and chip, seed by seed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        atomic_replace(self.folder / _BASE, to_toml(self.config).encode())
        axes = "\n".join(f"{value_text(key)} = {value_text(values)}" for key, values in self._axes().items())
        atomic_replace(self.folder / _CHIPS, (f'base = "{_BASE}"\nmethod = "zip"\n\n[axes]\n{axes}\n').encode())
        return read_sweep(self.folder / _CHIPS)

    def _axes(self) -> dict[str, list]:
        rows = [{"seed": seed} | self.values(chip) for seed in self.seeds for chip in self.chips]
        return {key: [row[key] for row in rows] for key in rows[0]}

    def values(self, chip: Chip) -> dict[str, Any]:
        """Values of a chip under all keys that any of them changes, in the order of those."""
        device = card_device(self.config)
        off = switched_off(self.found, chip)
        return {path: off.get(path, _value(self.config, device, path)) for path in self.paths}

    @property
    def paths(self) -> tuple[str, ...]:
        """Keys that any chip changes."""
        return tuple(switched_off(self.found, frozenset()))


def _value(config: Config, device: Any, path: str) -> Any:
    section, _, key = path.partition(".")
    return device[key] if section == "device" else getattr(getattr(config, section), key)


def make_plan(config: Config, folder: Path, *, seeds: int, budget: float, images: int, samples: int, jobs: int,
              tell: Callable[[str, float], None]) -> Plan:
    """Plan what a budget leaves of the learning of a configuration; what is in the folder already is kept to.

    seeds : number of them; images : that every chip learns, in all; 0 = as many as fit; samples : test images
    budget : time [s]; jobs : chips that are computed at once
    tell : called with a sentence on what is planned, and with its forecast [s]
    raises : ValueError where nothing can be switched, the budget is too small or the folder holds something else
    """
    found = present(config, learning=True)
    if not found:
        raise ValueError("its chip has no imperfection to take away; put some on it, for example with "
                         "--set synapses.device=choi-2018-epiram synapses.pulses=nearest")
    if seeds < 2:
        raise ValueError(f"seeds: {seeds} tells nothing of chance; give 2 or more")
    samples = min(samples, described(config.data).test)
    kept = _kept(config, folder, samples)
    numbers = tuple(range(config.seed, config.seed + max(seeds, _begun(folder))))
    if kept:
        return Plan(config=kept, found=found, seeds=numbers, folder=folder)
    whole = Plan(config=config, found=found, seeds=numbers, folder=folder)
    first = _cut(config, config.training.batch * _BATCHES, samples)
    pace = typical([first, switched(first, switched_off(found, frozenset()))])
    plan = replace(whole, config=_cut(config, images or _images(pace, whole.points, jobs, budget, samples, config),
                                      samples))
    learnt, of = _learnt(plan.config), _learnt(config)
    tell(f"{len(plan.chips)} chips learn {_amount(plan.config)} each"
         f"{'' if learnt >= of else f', {learnt / of:.0%} of the whole training'}, with {seeds} seeds",
         forecast(pace, plan.points, jobs, learnt, _classified(plan.config)))
    return plan


def _images(pace: Pace, points: int, jobs: int, budget: float, samples: int, config: Config) -> int:
    """Images that every chip learns within the budget; two figures."""
    fits = fitting(pace, points, jobs, budget, samples + VALIDATION)
    least = config.training.batch * _BATCHES
    if fits < least:
        needed = forecast(pace, points, jobs, least, samples + VALIDATION)
        raise ValueError(f"budget: {budget / 60:g} min are too short for {points} chips to learn {least} images each; "
                         f"give {math.ceil(needed / 60)} min, fewer seeds or a smaller network")
    size = 10 ** (math.floor(math.log10(fits)) - 1)
    return max(least, int(fits / size) * size)


def _learnt(config: Config) -> int:
    data = described(config.data)
    return config.training.epochs * (config.data.train_samples or data.train - config.data.validation_samples)


def _classified(config: Config) -> int:
    return config.data.test_samples + config.training.epochs * config.data.validation_samples


def _amount(config: Config) -> str:
    epochs = config.training.epochs
    return f"{config.data.train_samples:,} images" + (f" {epochs} times" if epochs > 1 else "")


def _cut(config: Config, images: int, samples: int) -> Config:
    """The configuration with so many images in all, at first in fewer epochs, and with so many test images.

    All seeds see the same split of the data, so that chips can be compared image by image.
    """
    data = config.data
    each = data.train_samples or described(data).train - data.validation_samples
    epochs = max(1, min(config.training.epochs, images // each))
    seed = config.seed if data.split_seed is None else data.split_seed
    return replace(config, record=RecordOptions(), training=replace(config.training, epochs=epochs),
                   data=replace(data, train_samples=min(each, images), test_samples=samples, split_seed=seed,
                                validation_samples=min(data.validation_samples, VALIDATION)))


def _begun(folder: Path) -> int:
    """Number of seeds with which the folder was computed; 0 where it holds nothing yet."""
    return len(set(Store.open(folder / STORE).description["axes"]["seed"])) if (folder / STORE).is_dir() else 0


def _kept(config: Config, folder: Path, samples: int) -> Config | None:
    """The cut configuration that the folder holds; None where it holds nothing yet."""
    if not (folder / _BASE).is_file():
        return None
    kept = load_config(folder / _BASE)
    if _cut(config, _learnt(kept), samples) != kept:
        raise ValueError(f"{folder}: holds the chips of another run or of other options; choose another folder with "
                         "--out, or replace it with --force")
    return kept
