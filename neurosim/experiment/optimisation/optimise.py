"""The loop of an optimisation: points are asked for in batches, computed like those of a sweep, and told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.experiment.improvement import points
from neurosim.experiment.improvement.computing import Computing
from neurosim.experiment.optimisation.design import TRIALS
from neurosim.experiment.optimisation.outcome import REFUSED, Optimisation, Trial, trial_of
from neurosim.experiment.optimisation.search import Search
from neurosim.experiment.pricing import chip_of, prices_of, workloads
from neurosim.experiment.sweep.measures import conclude
from neurosim.experiment.sweep.store import Store
from neurosim.whole import whole

if TYPE_CHECKING:
    from neurosim.experiment.optimisation.design import Design
    from neurosim.experiment.sweep.driver import Tally
    from neurosim.experiment.training import Training

FIGURE, TABLE = "optimise.png", "optimise.json"
OWN = (*points.FILES, FIGURE, TABLE)    #: everything that may be in the folder


def optimise(design: Design, out: Path | str, *, trials: int | None = None, jobs: int | None = None,
             dask: str | None = None, force: bool = False, observe: Callable[[Tally], None] | None = None,
             told: Callable[[Optimisation], None] | None = None,
             wished: Callable[[], bool] | None = None) -> Optimisation | None:
    """Search for the cheapest chip of a Design that learns to its error.

        found = optimise(read_design("design.toml"), "design-optimise")
        print("\\n".join(lines(found)))

    The same call continues with what is in `out` already, bit for bit; with more trials those are added. Batches are as
    large as the design says, whatever the number of processes, so that no result depends on it.

    out : folder that is made; trials : number of them, None = as the design says
    jobs, dask : where is computed, see `executor_for`; force : replace what is in `out`
    observe : called with the Tally of a batch; told : with what is found so far, after each
    wished : whether to stop and to save what was begun
    returns : Optimisation; None where it was wished to stop
    raises : ValueError
    """
    stop = wished or (lambda: False)
    count = design.file.trials if trials is None else whole(trials, "trials", 1, TRIALS)
    search = Search(design)
    points.prepare_folder(Path(out), OWN, force)
    run = _Run(design, Path(out), Computing(jobs, dask, observe or (lambda tally: None), stop, conclude_with_area))
    found: list[Trial] = []
    while len(found) < count:
        asked = search.ask(min(design.file.batch, count - len(found)))
        batch = run.trials(asked, len(found))
        if batch is None:
            return None
        search.tell(batch)
        found += batch
        if not any(trial.state != REFUSED for trial in found):
            raise ValueError(f"{design.owner}: all of the first {len(found)} points are refused: {found[0].reason}")
        if told:
            told(Optimisation(design=design, trials=tuple(found)))
    return Optimisation(design=design, trials=tuple(found))


class _Run:
    """Computes what is asked for, each row once, in the order in which it was asked for first."""

    def __init__(self, design: Design, folder: Path, computing: Computing) -> None:
        self.design, self.folder, self.computing = design, folder, computing
        self._kept = _kept_rows(folder)
        self._rows: list[dict[str, Any]] = []
        self._results: dict[str, dict[str, Any]] = {}
        if self._kept:    # the store refuses another design
            self._take(points.begin(folder, design.config, self._kept)[1])

    def trials(self, asked: list[dict[str, Any]], before: int) -> list[Trial] | None:
        """Trials of values that were asked for, computed or read; None where it was wished to stop.

        before : trials that were asked for earlier
        """
        reasons = [self._refusal(values) for values in asked]
        self._rows += [row for values, reason in zip(asked, reasons) if not reason for row in self._seeded(values)]
        self._rows = list({_key(row): row for row in self._rows}.values())
        if not all(_key(row) in self._results for row in self._rows):
            rows = self._kept if self._kept[:len(self._rows)] == self._rows else self._rows
            self._take(self.computing(self.folder, self.design.config, rows))
            if not all(_key(row) in self._results for row in self._rows):
                return None
        return [Trial(number=number, values=values, state=REFUSED, reason=reason) if reason else
                trial_of(self.design, number, values, [self._results[_key(row)] for row in self._seeded(values)])
                for number, (values, reason) in enumerate(zip(asked, reasons), before + 1)]

    def _refusal(self, values: dict[str, Any]) -> str:
        """Why a point has no configuration, "" where it has one."""
        try:
            self.design.configured(values)
        except ValueError as error:
            return str(error).removeprefix("--set ")
        return ""

    def _seeded(self, values: dict[str, Any]) -> list[dict[str, Any]]:
        seed = self.design.config.seed
        return [{"seed": seed + repeat} | values for repeat in range(self.design.file.repeats)]

    def _take(self, store: Store) -> None:
        self._results = {_key(row["point"]): row for row in store.rows()}


def _kept_rows(folder: Path) -> list[dict[str, Any]]:
    """Rows of the points with which a folder was begun, in their order."""
    if not (folder / points.STORE / "sweep.json").is_file():
        return []
    axes = Store.open(folder / points.STORE).description["axes"]
    return [dict(zip(axes, values)) for values in zip(*axes.values())]


def _key(values: dict[str, Any]) -> str:
    return repr(sorted(values.items()))


def conclude_with_area(training: Training, look: Callable[[], object]) -> dict[str, float]:
    """Measures of a point of a sweep, and the area of the chip that learns [m2]; see `measures.conclude`."""
    from neurosim.energy.area import area
    found, config = conclude(training, look), training.config
    learning = workloads(training.out)["training"]
    architecture, products = (learning.simulated, learning.products) if learning else (None, 2)
    parts = area(chip_of(config, training.model.network), prices_of(config), architecture, products)
    return found | {"chip_area": sum(parts.values())}
