"""Which chips learn what, with which seeds: a sweep file, so that `neurosim sweep` shows and continues it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.cards import Entry
from neurosim.datasets import described
from neurosim.experiment.chip import card_device
from neurosim.experiment.config import RecordOptions
from neurosim.experiment.imperfections import Chip, couples, pairs, present, switched, switched_off, value_of
from neurosim.experiment.improvement import points
from neurosim.experiment.improvement.forecast import Pace, fitting, forecast, typical
from neurosim.whole import whole

if TYPE_CHECKING:
    from neurosim.experiment.config import Config
    from neurosim.experiment.sweep.spec import Sweep
    from neurosim.experiment.sweep.store import Store

FIGURE, TABLE = "improve.png", "improve.json"
OWN = (*points.FILES, FIGURE, TABLE)    #: everything that may be in the folder
VALIDATION = 100    #: most images of the validation set, which decides nothing here
_BUDGET = Entry("s", 1e-3, 6e7, most="two years")
_SEEDS = 1000    #: most of them
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
    def couples(self) -> dict[tuple[str, str], tuple[Chip, Chip, Chip, Chip]]:
        """Chips with and without two imperfections, of which one enlarges the other, see `couples`."""
        return couples(self.found)

    @cached_property
    def chips(self) -> tuple[Chip, ...]:
        """All different chips; those with and without all imperfections come first."""
        return tuple(dict.fromkeys([frozenset(self.found), frozenset(),
                                    *(chip for both in self.sides.values() for pair in both for chip in pair),
                                    *(chip for four in self.couples.values() for chip in four)]))

    @property
    def points(self) -> int:
        return len(self.chips) * len(self.seeds)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Values of all points, seed by seed."""
        return [{"seed": seed} | self.values(chip) for seed in self.seeds for chip in self.chips]

    def begin(self) -> tuple[Sweep, Store]:
        """Make the sweep and its store, or find them; points of earlier seeds are kept where there are more now."""
        return points.begin(self.folder, self.config, self.rows)

    def values(self, chip: Chip) -> dict[str, Any]:
        """Return the values of a chip under all keys that any of them changes, in the order of those."""
        device = card_device(self.config)
        off = switched_off(self.found, chip)
        return {path: off.get(path, value_of(self.config, device, path)) for path in self.paths}

    @property
    def paths(self) -> tuple[str, ...]:
        """Keys that any chip changes."""
        return tuple(switched_off(self.found, frozenset()))


def refuse_too_few(seeds: int) -> None:
    """Raise ValueError where chips that learn with so many seeds cannot be distinguished from chance."""
    whole(seeds, "seeds", 2, _SEEDS, least="which cannot show what is due to chance",
          most="with which nothing is due to chance any more")


def refuse_budget(budget: float) -> None:
    """Raise ValueError unless a budget [s] is a time."""
    _BUDGET.check(budget, "budget")


def refuse_odd_images(images: int, samples: int) -> None:
    """Raise ValueError unless chips can learn so many images, 0 = as many as fit, and classify so many."""
    whole(images, "images")
    whole(samples, "samples", 1)


def make_plan(config: Config, folder: Path, *, seeds: int, budget: float, images: int, samples: int, jobs: int,
              tell: Callable[[str, float], None]) -> Plan:
    """Plan what a budget leaves of the learning of a configuration; what is in the folder already is kept to.

    seeds : number of them; images : that every chip learns, in all; 0 = as many as fit; samples : test images
    budget : time [s]; jobs : chips that are computed at once
    tell : called with a sentence on what is planned, and with its forecast [s]
    raises : ValueError where nothing can be switched, the budget is too small or the folder holds something else
    """
    refuse_budget(budget)
    found = present(config, learning=True)
    if not found:
        raise ValueError("its chip has no imperfection to remove; put some on it, for example with "
                         "--set synapses.device=choi-2018-epiram synapses.pulses=nearest")
    refuse_too_few(seeds)
    refuse_odd_images(images, samples)
    samples = min(samples, described(config.data).test)
    kept = kept_cut(config, folder, samples)
    numbers = tuple(range(config.seed, config.seed + max(seeds, points.kept_seeds(folder))))
    if kept:
        return Plan(config=kept, found=found, seeds=numbers, folder=folder)
    whole = Plan(config=config, found=found, seeds=numbers, folder=folder)
    pace = pace_of(config, samples)
    plan = replace(whole, config=cut(config, images or images_within(budget, pace, whole.points, jobs, samples, config),
                                     samples))
    learnt, of = learnt_images(plan.config), learnt_images(config)
    tell(f"{len(plan.chips)} chips learn {_amount(plan.config)} each"
         f"{'' if learnt >= of else f', {learnt / of:.0%} of the whole training'}, with {seeds} seeds",
         forecast(pace, plan.points, jobs, learnt, _classified(plan.config)))
    return plan


def pace_of(config: Config, samples: int) -> Pace:
    """Return the pace of the chips with and without all imperfections, on the mean."""
    first, found = cut(config, config.training.batch * _BATCHES, samples), present(config, learning=True)
    return typical([first, switched(first, switched_off(found, frozenset()))])


def images_within(budget: float, pace: Pace, chips: int, jobs: int, samples: int, config: Config) -> int:
    """Return images that every one of so many chips learns within the budget; two figures."""
    fits = fitting(pace, chips, jobs, budget, samples + VALIDATION)
    least = config.training.batch * _BATCHES
    if fits < least:
        needed = forecast(pace, chips, jobs, least, samples + VALIDATION)
        raise ValueError(f"budget: {budget / 60:g} min is too short for {chips} chips to learn {least} images each; "
                         f"give {math.ceil(needed / 60)} min, fewer seeds or a smaller network")
    size = 10 ** (math.floor(math.log10(fits)) - 1)
    return max(least, int(fits / size) * size)


def learnt_images(config: Config) -> int:
    """Return images that a configuration learns, those of all epochs."""
    data = described(config.data)
    return config.training.epochs * (config.data.train_samples or data.train - config.data.validation_of(data.train))


def _classified(config: Config) -> int:
    return config.data.test_samples + config.training.epochs * config.data.validation_of(0)


def _amount(config: Config) -> str:
    epochs = config.training.epochs
    return f"{config.data.train_samples:,} images" + (f" {epochs} times" if epochs > 1 else "")


def cut(config: Config, images: int, samples: int) -> Config:
    """Return the configuration with so many images in all, at first in fewer epochs, and with so many test images.

    All seeds see the same split of the data, so that chips can be compared image by image.
    """
    data = config.data
    there = described(data).train
    held = data.validation_of(there)
    each = data.train_samples or there - held
    epochs = max(1, min(config.training.epochs, images // each))
    seed = config.seed if data.split_seed is None else data.split_seed
    return replace(config, record=RecordOptions(), training=replace(config.training, epochs=epochs),
                   data=replace(data, train_samples=min(each, images), test_samples=samples, split_seed=seed,
                                validation_samples=min(held, VALIDATION)))


def kept_cut(config: Config, folder: Path, samples: int) -> Config | None:
    """Return the cut configuration that the folder holds; None where it holds nothing yet.

    raises : ValueError where it is not one of this configuration
    """
    kept = points.kept_config(folder)
    if kept and cut(config, learnt_images(kept), samples) != kept:
        raise ValueError(f"{folder}: holds the chips of another run or of other options; choose another folder with "
                         "--out, or replace it with --force")
    return kept
