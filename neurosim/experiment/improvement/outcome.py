"""Results of the chips: what each imperfection costs a chip that learns with it, and what differs beyond chance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.experiment.imperfections import Chip, told
from neurosim.experiment.improvement.statistics import Difference, differences, seeds_needed
from neurosim.experiment.runs import opened
from neurosim.results import paths

if TYPE_CHECKING:
    from neurosim.experiment.improvement.plan import Plan
    from neurosim.experiment.sweep.store import Store

RESOLUTION = 0.01    #: difference of errors for which the number of seeds is said [1]


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """Two kinds of chips that differ in imperfections.

    on, off : errors with and without, means over the seeds [1]
    difference : Difference, what they add
    others : imperfections that are on in both (alone) or off in both (among all others), as they need each other
    """

    on: float
    off: float
    difference: Difference
    others: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """What one imperfection costs, each time with retraining.

    changes : values that take it away, dict from path to value
    among : Contrast of the chip with all imperfections and the one without this one
    alone : Contrast of the chip with this one alone and the one without any
    """

    name: str
    changes: dict[str, Any]
    among: Contrast
    alone: Contrast


@dataclass(frozen=True, kw_only=True)
class Joint:
    """What two imperfections cost only where both are.

    names : of the one that enlarges the other, and of that
    errors : with both, without the first, without the second, without either, means over the seeds [1]
    difference : Difference of the first and the last of them to the two others
    """

    names: tuple[str, str]
    errors: tuple[float, float, float, float]
    difference: Difference


@dataclass(frozen=True, kw_only=True)
class Improvement:
    """Which imperfection should be improved.

    remedies : Remedies, the one whose absence helps most first
    joint : Joints of imperfections that enlarge others
    together : Contrast of the chip with all imperfections and the one with none; the only remedy's, where there is one
    seeds : with which all chips have learnt, of so many `planned`; images, epochs : that they learnt
    samples : test images
    compared : how many differences were tested, over which Holm's limit is taken
    needed : seeds to tell RESOLUTION from chance in what cannot be told now; None where more images are needed, or all
        can be told
    chance : error of guessing [1]; failed : sentences on chips that could not learn
    run_files : paths of the runs of the chip with all imperfections, one for each seed
    """

    remedies: tuple[Remedy, ...]
    joint: tuple[Joint, ...]
    together: Contrast
    seeds: tuple[int, ...]
    planned: int
    images: int
    epochs: int
    samples: int
    compared: int
    needed: int | None
    chance: float
    failed: tuple[str, ...] = ()
    run_files: tuple[str, ...] = ()

    @property
    def costly(self) -> list[Remedy]:
        """Remedies of what costs something beyond chance, the costliest first."""
        return [remedy for remedy in self.remedies
                if remedy.among.difference.told and remedy.among.difference.mean > 0]


def outcome(plan: Plan, store: Store) -> Improvement:
    """Compare the chips that have learnt; returns Improvement.

    Of a sweep that is not finished yet, those seeds count with which all chips have learnt.

    raises : ValueError where those are fewer than two, or the chip with all imperfections could not learn
    """
    rows = {(row["point"]["seed"], _key(row["point"], plan)): row for row in store.rows()}
    chips = {chip: _key(plan.values(chip), plan) for chip in plan.chips}
    failed = {chip: row["error"] for seed in plan.seeds for chip, key in chips.items()
              if (row := rows.get((seed, key))) and row["state"] == "failed"}
    for chip in plan.chips[:2]:
        if chip in failed:
            raise ValueError(f"the chip with {told(chip, plan.found)} could not learn: {failed[chip]}")
    able = [chip for chip in plan.chips if chip not in failed]
    seeds = tuple(seed for seed in plan.seeds if all((seed, chips[chip]) in rows for chip in able))
    if len(seeds) < 2:
        raise ValueError(f"{plan.folder}: all chips have learnt with {len(seeds)} of the 2 seeds that are needed to "
                         "tell anything from chance; continue with the same command")
    files = {chip: [store.run_path(rows[seed, chips[chip]]["id"]) for seed in seeds] for chip in able}
    wrong = {chip: np.stack([_wrong(path) for path in runs]) for chip, runs in files.items()}
    return compare(plan, seeds, wrong, _classes(files[able[0]][0]),
                   tuple(f"{told(chip, plan.found)}: {text}" for chip, text in failed.items()),
                   tuple(map(str, files[able[0]])))


def compare(plan: Plan, seeds: tuple[int, ...], wrong: dict[Chip, np.ndarray], classes: int,
            failed: tuple[str, ...], run_files: tuple[str, ...]) -> Improvement:
    """Compare the answers of chips; returns Improvement.

    wrong : dict from chip to bool (seeds, images), without chips that could not learn; the others : see Improvement
    """
    sides = {name: both for name, both in plan.sides.items() if all(chip in wrong for pair in both for chip in pair)}
    everything = plan.chips[0], plan.chips[1]
    compared = list(dict.fromkeys([everything, *(pair for both in sides.values() for pair in both)]))
    found = dict(zip(compared, differences([(wrong[on], wrong[off]) for on, off in compared], len(wrong))))

    def contrast(pair: tuple[Chip, Chip], others: Iterable[str] = ()) -> Contrast:
        on, off = (float(np.mean(wrong[chip])) for chip in pair)
        return Contrast(on=on, off=off, difference=found[pair], others=tuple(others))

    remedies = [Remedy(name=name, changes=plan.found[name], alone=contrast(alone, sorted(alone[1])),
                       among=contrast(among, sorted(everything[0] - among[0])))
                for name, (alone, among) in sides.items()]
    remedies.sort(key=lambda remedy: (not remedy.among.difference.told, -remedy.among.difference.mean))
    vague = [remedy.among.difference for remedy in remedies if not remedy.among.difference.told]
    samples = wrong[everything[0]].shape[1]
    return Improvement(remedies=tuple(remedies), joint=_joint(plan, wrong), together=contrast(everything), seeds=seeds,
                       planned=len(plan.seeds), images=plan.config.data.train_samples,
                       epochs=plan.config.training.epochs, samples=samples,
                       compared=len(compared), needed=_needed(vague, len(compared)), chance=1 - 1 / classes,
                       failed=failed, run_files=run_files)


def _joint(plan: Plan, wrong: dict[Chip, np.ndarray]) -> tuple[Joint, ...]:
    """Return what two imperfections cost only where both are; those whose four chips have learnt are tested together.
    """
    four = {names: chips for names, chips in plan.couples.items() if all(chip in wrong for chip in chips)}
    if not four:
        return ()
    answers = {names: [wrong[chip].astype(int) for chip in chips] for names, chips in four.items()}
    found = differences([(both + neither, first + second) for both, first, second, neither in answers.values()],
                        len(set().union(*four.values())))
    return tuple(Joint(names=names, errors=tuple(float(np.mean(one)) for one in answers[names]),  # type: ignore
                       difference=difference) for names, difference in zip(four, found))


def _needed(vague: list[Difference], compared: int) -> int | None:
    """Return the seeds that RESOLUTION would need to stand out from chance, from the mean scatter of what does not."""
    if not vague:
        return None
    scatter = float(np.sqrt(np.mean([one.scatter ** 2 for one in vague])))
    return seeds_needed(RESOLUTION, scatter, float(np.mean([one.images for one in vague])), compared)


def _key(values: dict[str, Any], plan: Plan) -> str:
    """Return the values of a point but its seed, as text that can be compared."""
    return repr([values[path] for path in plan.paths])


def _wrong(path: Any) -> np.ndarray:
    """Return which test images a run got wrong, bool (images,)."""
    with opened(path) as run:
        return run[paths.evaluation("test", "answers")].data != run[paths.evaluation("test", "labels")].data


def _classes(path: Any) -> int:
    with opened(path) as run:
        return len(run[paths.evaluation("test", "confusion")].data)
