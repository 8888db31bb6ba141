"""Check the physics of a network, and rerun claims, as calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.calls.data import Data, with_data
from neurosim.calls.overrides import assignments_of
from neurosim.calls.run import Run
from neurosim.calls.showing import Shown
from neurosim.calls.tables import Table
from neurosim.calls.training import Trainable, begun, resized_of
from neurosim.experiment.checks import CHECKS, PHYSICS, CheckCase, initial_case, load_case
from neurosim.experiment.checks.case import RUN_FILES
from neurosim.experiment.config import parse_config
from neurosim.experiment.pipeline.display import announced
from neurosim.experiment.reproduce import RECIPES, find_recipe
from neurosim.experiment.reproduce import reproduce as rerun
from neurosim.experiment.reproduce.text import outcome_lines
from neurosim.summaries import Printed
from neurosim.tables import abbreviated, nearest
from neurosim.toml import to_toml
from neurosim.whole import whole

if TYPE_CHECKING:
    from neurosim.experiment.reproduce import Outcome
    from neurosim.plots.style import Axes, Figure


class CheckResult(Printed):
    """What checks of the physics found.

    passed : whether all criteria are met; results : dict from the name of a check to its result, whose `numbers()` are
    plain values; report : all of them, what `neurosim check --json` prints
    """

    def __init__(self, results: Mapping[str, Any]) -> None:
        self.results = dict(results)
        self.passed = all(result.passed for result in self.results.values())

    @property
    def report(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {"passed": self.passed, "checks": [{"check": kind, "passed": result.passed} | result.numbers()
                                                  for kind, result in self.results.items()]}

    def lines(self) -> list[str]:
        """Return the lines that `neurosim check` prints."""
        return "\n\n".join("\n".join(result.lines()) for result in self.results.values()).split("\n")


def check(kind: str = "all", source: Trainable | Run = "mnist", data: Data = None, *, progress: bool = True,
          assignments: Sequence[str] = (), **overrides: Any) -> CheckResult:
    """Check adjoints, gradients and energies of a network, or compare both engines on it, as `neurosim check` does.

        neurosim.check("gradient", "mnist-small").passed
        neurosim.check("adjoint", [neurosim.dense(64), neurosim.dense(10)], data=(images, labels))

    kind : "adjoint", "gradient", "gdu" (EP against backpropagation through time, step by step), "energy", "engines" or
        "all", which leaves out the engines
    source : what `neurosim.train` takes, whose initial weights are checked; or Run or path of a run file, whose learnt
        weights are; the lines of the result say which
    data : as in `neurosim.train`; a run has its own
    progress : show it; assignments, overrides : changes of the configuration, as in `neurosim.train`
    returns : CheckResult; raises : ValueError
    """
    if kind not in (*CHECKS, "all"):
        raise ValueError(f"kind {abbreviated(kind)}: unknown{nearest(kind, (*CHECKS, 'all'))}")
    display, results = Shown(progress), {}
    case = _case_of(source, data, progress, overrides, assignments)
    with announced(display):
        for name in PHYSICS if kind == "all" else (kind,):
            results[name] = CHECKS[name](case, lambda done, total, name=name:
                                         display.advance(f"checking {name}", done, total, ""))
    display.close()
    return CheckResult(results)


def _case_of(source: Trainable | Run, data: Data, progress: bool, overrides: Mapping[str, Any],
             assignments: Sequence[str]) -> CheckCase:
    words = assignments_of(overrides, assignments)
    if isinstance(source, Run) or isinstance(source, (str, Path)) and str(source).endswith(RUN_FILES):
        if data is not None:
            raise ValueError("data: a run is checked on the images that it has learnt; omit data, or give a network")
        return load_case(str(source.path if isinstance(source, Run) else source), words)
    name, table = begun(source)
    dataset, table = with_data(data, table, overrides, resized_of(source, progress))
    case = initial_case(parse_config(to_toml(table), name, words),
                        str(source) if isinstance(source, (str, Path)) else name)
    del dataset    # in memory until its images were taken
    return case


class Reproduction(Printed):
    """What reruns of claims found.

    passed : whether all claims hold; outcomes : dict from recipe to Outcome, whose `findings` are its numbers
    """

    def __init__(self, outcomes: Mapping[str, Outcome]) -> None:
        self.outcomes = dict(outcomes)
        self.passed = all(outcome.passed for outcome in self.outcomes.values())

    @property
    def report(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {"passed": self.passed, "recipes": [outcome.numbers() for outcome in self.outcomes.values()]}

    def plot(self, recipe: str | None = None, *, panel: str | None = None, ax: Axes | None = None,
             width: float | None = None) -> Figure:
        """Draw what a recipe found, by default the first; returns the Figure of matplotlib.

        panel : title of one panel, on `ax` or alone; None = all; width : [inches]
        raises : ValueError for a recipe that was not run, and for axes without a panel
        """
        from neurosim.plots.claims import claim_figure, claim_panel
        from neurosim.plots.style import refuse_axes_alone
        name = recipe or next(iter(self.outcomes))
        if name not in self.outcomes:
            raise ValueError(f"recipe {name!r}: was not run{nearest(name, self.outcomes)}")
        outcome = self.outcomes[name]
        refuse_axes_alone(ax, panel, outcome.panels[0].title)
        return claim_figure(outcome, width) if panel is None else claim_panel(outcome, panel, ax, width).figure

    def lines(self) -> list[str]:
        """Return the lines that `neurosim reproduce` prints."""
        return "\n\n".join("\n".join(outcome_lines(outcome)) for outcome in self.outcomes.values()).split("\n")


def recipes() -> Table:
    """List the claims that `reproduce` can rerun: name, claim, source, and about how long it takes [s]."""
    return Table({name: [getattr(recipe, name) for recipe in RECIPES.values()]
                  for name in ("name", "claim", "source", "seconds")}, {"seconds": "s"})


def reproduce(*names: str, out: str | Path | None = None, seed: int = 0, progress: bool = True) -> Reproduction:
    """Rerun claims of this software and of papers at reduced size, as `neurosim reproduce` does.

        neurosim.reproduce("gradient-slopes").passed

    names : of `recipes()`; out : new folder that keeps what is trained, in OUT/NAME; None keeps nothing
    seed : of all that is drawn; progress : show it
    returns : Reproduction; raises : ValueError
    """
    if not names:
        raise ValueError(f"reproduce: no recipe is named; give some of {', '.join(RECIPES)}")
    whole(seed, "seed")
    wanted, display, outcomes = [find_recipe(name) for name in names], Shown(progress), {}
    folders = {recipe.name: None if out is None else Path(out) / recipe.name for recipe in wanted}
    for folder in folders.values():
        if folder is not None and folder.exists():
            raise ValueError(f"out {out}: {folder} already exists; choose another folder, or remove it")
    with announced(display):
        for recipe in wanted:
            outcomes[recipe.name] = rerun(recipe, folders[recipe.name], seed, lambda title, done, total:
                                          display.advance(title, done, total, ""))
    display.close()
    return Reproduction(outcomes)
