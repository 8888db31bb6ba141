"""A recipe reruns one claim at reduced size; what it finds is held against bounds that were stated beforehand."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neurosim.experiment.config import load_config
from neurosim.experiment.evaluation import Evaluation
from neurosim.experiment.observer import Unwatched
from neurosim.experiment.training import Training
from neurosim.tables import abbreviated, nearest


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One number of a claim.

    quantity : in words; unit : of all its numbers, "1" for ratios, "%" for errors of classification
    measured : what was found here
    expected : what the claim says, or None where it gives a bound only
    low, high : it passes from `low` to `high`
    raises : ValueError where the bounds leave nothing to pass, or nothing to fail
    """

    quantity: str
    measured: float
    expected: float | None = None
    low: float = -math.inf
    high: float = math.inf
    unit: str = "1"

    def __post_init__(self) -> None:
        if not self.low <= self.high or (self.low, self.high) == (-math.inf, math.inf):
            raise ValueError(f"finding {self.quantity!r}: bounds {self.low:g} to {self.high:g} decide nothing; "
                             "give low, high or both, low first")

    @property
    def passed(self) -> bool:
        """Whether what was measured lies within the bounds; NaN does not."""
        return bool(self.low <= self.measured <= self.high)

    def numbers(self) -> dict[str, Any]:
        """Return the finding as plain values for JSON, which knows no infinity and no NaN: they are None."""
        values = {"measured": self.measured, "low": self.low, "high": self.high}
        finite = {name: value if math.isfinite(value) else None for name, value in values.items()}
        return {"quantity": self.quantity, **finite, "expected": self.expected, "unit": self.unit,
                "passed": self.passed}


def near(quantity: str, measured: float, expected: float, tolerance: float, unit: str = "1") -> Finding:
    """Return a Finding that passes within `tolerance`, in its own unit, of what is expected."""
    return Finding(quantity=quantity, measured=float(measured), expected=expected, low=expected - tolerance,
                   high=expected + tolerance, unit=unit)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A part of the figure of a recipe: numbers by name over words or numbers, as marks joined by lines.

    title, x_label, y_label : in words, with units
    x : words or numbers, from left to right
    series : values at x by name
    log : whether the values lie on a logarithmic axis
    """

    title: str
    x: Sequence
    series: Mapping[str, Sequence[float]]
    x_label: str = ""
    y_label: str = ""
    log: bool = False


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A claim, and how it is rerun.

    name : as the command line knows it
    claim : what is said, and what is smaller here than where it was said
    source : where it is said
    seconds : about how long it takes on two idle cores, once all is compiled [s]
    function : from a Workbench to a sequence of Findings
    panels : titles of the panels of its figure, known before it runs; none = it has no figure
    """

    name: str
    claim: str
    source: str
    seconds: float
    function: Callable
    panels: tuple[str, ...] = ()

    def refuse_panel(self, title: str, owner: str = "panel") -> None:
        """Raise ValueError, which begins with `owner`, unless its figure has a panel of this title."""
        if not self.panels:
            raise ValueError(f"{owner} {title}: {self.name} has no figure; omit it")
        if title not in self.panels:
            raise ValueError(f"{owner} {abbreviated(title)}: unknown{nearest(title, self.panels)}")


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """What a recipe works with.

    folder : Path that its run files are written to
    seed : of all that is drawn; bounds leave room for what differed between seeds 0, 1 and 2
    observe : called with a title, how much of it is done, and how much there is
    panels : Panels of the figure of this recipe, from left to right; a recipe appends to it
    """

    folder: Path
    seed: int
    observe: Callable
    panels: list[Panel] = field(default_factory=list)

    def begin(self, name: str, preset: str, *assignments: str) -> Training:
        """Return a Training of a preset with `key.path=value` overrides that has learnt nothing; its file is NAME.h5.
        """
        config = load_config(preset, [*assignments, f"seed={self.seed}"])
        self.folder.mkdir(parents=True, exist_ok=True)
        return Training(config, self.folder / f"{name}.h5")

    def train(self, name: str, preset: str, *assignments: str) -> Training:
        """Return the same, once it has learnt; its run file is left in the folder."""
        return self.learn(self.begin(name, preset, *assignments))

    def learn(self, training: Training) -> Training:
        """Learn with a Training, which is MUTATED and returned, to its last epoch, and write its run file."""
        training.run(ProgressObserver(self.observe))
        training.save()
        return training

    def transferred(self, source: Training, name: str, preset: str, *assignments: str) -> Training:
        """A Training that begins with the weights and biases of another one, written to a fresh chip, calibrated."""
        training = self.begin(name, preset, *assignments)
        training.model.write(source.model.synapses.weights, source.model.biases, f"training {name}")
        training.calibrate()
        return training

    def evaluation(self, training: Training, samples: int) -> Evaluation:
        """Return the Evaluation of a Training on the first test images."""
        images, labels = training.data.test_images[:samples], training.data.test_labels[:samples]
        title = f"testing {training.out.stem}"
        return training.evaluate(images, labels, lambda done: self.observe(title, done, len(labels)))

    def error(self, training: Training, samples: int) -> float:
        """Return the part of the first test images that a Training answers wrongly [%]."""
        return 100 * self.evaluation(training, samples).error


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a recipe found: Findings, in the time that it took [s], and the Panels of its figure, if it has one."""

    recipe: Recipe
    findings: tuple
    seconds: float
    panels: tuple[Panel, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the claim holds: there are findings, and none is out of its bounds."""
        return bool(self.findings) and all(finding.passed for finding in self.findings)

    def numbers(self) -> dict[str, Any]:
        """Return the outcome as plain values for JSON."""
        return {"recipe": self.recipe.name, "claim": self.recipe.claim, "source": self.recipe.source,
                "passed": self.passed, "seconds": self.seconds,
                "findings": [finding.numbers() for finding in self.findings]}


def reproduce(recipe: Recipe, folder: Path | str | None = None, seed: int = 0,
              observe: Callable | None = None) -> Outcome:
    """Rerun the claim of a Recipe; returns Outcome.

    folder : where its run files stay, made when the first is written; None = nowhere
    seed : of all that is drawn; observe : see Workbench
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="neurosim-") as temporary:
            return reproduce(recipe, temporary, seed, observe)
    begin = time.monotonic()
    bench = Workbench(folder=Path(folder), seed=seed, observe=observe or _unseen)
    findings = tuple(recipe.function(bench))
    return Outcome(recipe=recipe, findings=findings, seconds=time.monotonic() - begin, panels=tuple(bench.panels))


def _unseen(title: str, done: int, total: int) -> None:
    pass


class ProgressObserver(Unwatched):
    """Tells how many images of a training have been learnt."""

    def __init__(self, observe: Callable) -> None:
        self._observe = observe

    def batch(self, training: Training, samples: int) -> None:
        progress, options = training.progress, training.config.training
        done = progress.epoch * training.samples + progress.batch * options.batch
        self._observe(f"training {training.out.stem}", done, options.epochs * training.samples)
