"""What a search found: trials, the cheapest that is good enough, and those that no other beats in cost and error."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.confidence import wilson
from neurosim.datasets import described
from neurosim.experiment.optimisation.design import COSTS, ERRORS

if TYPE_CHECKING:
    from neurosim.experiment.optimisation.design import Design

DONE, FAILED, REFUSED = "done", "failed", "refused"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One point that was tried.

    number : 1 for the first; values : dict by the keys of the axes
    state : "done", "failed" while it was computed, or "refused", for it has no configuration; reason : why, or ""
    cost : in SI units; error : that may not be exceeded; test_error : of the test images; means of the seeds
    """

    number: int
    values: dict[str, Any]
    state: str
    reason: str = ""
    cost: float = math.nan
    error: float = math.nan
    test_error: float = math.nan


@dataclass(frozen=True, kw_only=True)
class Optimisation:
    """What a search found.

    design : Design; trials : tuple of Trial, in the order in which they were asked for
    """

    design: Design
    trials: tuple[Trial, ...]

    @property
    def done(self) -> list[Trial]:
        """Trials that have a cost and an error."""
        return [trial for trial in self.trials if trial.state == DONE]

    @property
    def best(self) -> Trial | None:
        """The cheapest trial whose error is not beyond the stated one, the first of equals; None without any."""
        good = [trial for trial in self.done if trial.error <= self.design.file.error]
        return min(good, key=lambda trial: trial.cost, default=None)

    @property
    def front(self) -> list[Trial]:
        """Trials that no other beats in cost without a larger error, by rising cost."""
        found: list[Trial] = []
        for trial in sorted(self.done, key=lambda trial: (trial.cost, trial.error)):
            if not found or trial.error < found[-1].error:
                found.append(trial)
        return found

    @property
    def unit(self) -> str:
        """Unit of the cost."""
        return COSTS[self.design.file.cost][1]

    def interval(self, trial: Trial) -> tuple[float, float]:
        """95 % interval of the error of a trial, as far as images decide about it."""
        data = self.design.config.data
        return wilson(trial.error, data.validation_of(described(data).train))


def trial_of(design: Design, number: int, values: dict[str, Any], rows: list[dict[str, Any]]) -> Trial:
    """Make a Trial of the rows of its seeds."""
    bad = next((row for row in rows if row["state"] != "done"), None)
    if bad:
        return Trial(number=number, values=values, state=FAILED, reason=bad["error"])
    means = {name: float(np.mean([row["results"].get(name, math.nan) for row in rows]))
             for name in (design.measure, ERRORS, "test_error")}
    missing = next((name for name in (design.measure, ERRORS) if math.isnan(means[name])), None)
    if missing:
        return Trial(number=number, values=values, state=FAILED, reason=f"{missing} was not measured")
    return Trial(number=number, values=values, state=DONE, cost=means[design.measure], error=means[ERRORS],
                 test_error=means["test_error"])
