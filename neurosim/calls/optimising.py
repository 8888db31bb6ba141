"""The cheapest chip that learns to a stated error, as a call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.calls.showing import Shown
from neurosim.calls.tables import Table
from neurosim.experiment.optimisation import text
from neurosim.experiment.optimisation.design import read_design
from neurosim.experiment.optimisation.optimise import optimise as search
from neurosim.experiment.pipeline.display import announced

if TYPE_CHECKING:
    from neurosim.experiment.optimisation.outcome import Optimisation
    from neurosim.experiment.sweep.driver import Tally
    from neurosim.plots.style import Axes, Figure


class OptimisationResult(Table):
    """All trials, one row for each, in the order in which they were asked for.

    trial : its number; cost [J, s or m2], error and test_error [1]: NaN where it was not computed
    on_front : whether no other is cheaper without more errors; and one column for each axis of the design
    best : values of the cheapest chip that is good enough by key, None without any; verdict : sentences
    found : the Optimisation
    """

    def __init__(self, found: Optimisation) -> None:
        self.found, self.verdict = found, text.verdict(found)
        front = {trial.number for trial in found.front}
        numbers = {name: np.array([getattr(trial, name) for trial in found.trials])
                   for name in ("cost", "error", "test_error")}
        axes = {axis.path: [trial.values[axis.path] for trial in found.trials] for axis in found.design.axes}
        super().__init__({"trial": [trial.number for trial in found.trials], **numbers,
                          "on_front": np.array([trial.number in front for trial in found.trials]), **axes},
                         {"cost": found.unit})

    @property
    def best(self) -> dict[str, Any] | None:
        return self.found.best.values if self.found.best else None

    @property
    def report(self) -> dict[str, Any]:
        """All of it as plain values."""
        return text.plain(self.found)

    def plot(self, ax: Axes | None = None, width: float | None = None) -> Figure:
        """Draw what cost buys, on axes of matplotlib or alone [inches]; returns the Figure of matplotlib."""
        return text.figure(self.found, ax, width)

    def __repr__(self) -> str:
        return "\n".join(text.lines(self.found))


def optimise(design: Path | str, *, out: Path | str | None = None, trials: int | None = None, jobs: int | None = None,
             dask: str | None = None, force: bool = False, progress: bool = True) -> OptimisationResult:
    """Search the axes of a design file for the cheapest chip that learns to the error that it states.

        found = neurosim.optimise("design.toml")
        found.best, found.verdict, found.plot()

    The same call continues with what an interrupted one has left; with more trials those are added.

    out : folder, default: DESIGN-optimise; trials : points that are tried, None = as the file says
    jobs, dask : where is computed, as of `neurosim.sweep`; no result depends on it; force : replace what is in `out`
    raises : ValueError, also where Optuna is not installed
    """
    display = Shown(progress)
    with announced(display):
        found = search(read_design(design), out or f"{Path(design).stem}-optimise", trials=trials, jobs=jobs, dask=dask,
                       force=force, observe=lambda tally: _advance(display, tally),
                       told=lambda so_far: display.line(text.progress(so_far)))
    display.close()
    assert found is not None    # nobody wished to stop
    return OptimisationResult(found)


def _advance(display: Shown, tally: Tally) -> None:
    display.advance("chips", tally.done + tally.failed, tally.total, "")
