"""Remove every imperfection, one at a time and all others, retrain the chips, and compare them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim._jit import thread_count
from neurosim.experiment.ablation import Ablation, ablate
from neurosim.experiment.changes import LEARNING, REFUSED, class_of
from neurosim.experiment.config import load_config
from neurosim.experiment.data import file_of_arrays, with_file
from neurosim.experiment.improvement.outcome import Improvement, outcome
from neurosim.experiment.improvement.plan import OWN, make_plan
from neurosim.experiment.improvement.points import prepare_folder
from neurosim.experiment.runs import stored_config
from neurosim.experiment.sweep.measures import conclude
from neurosim.experiment.sweep.point import compute
from neurosim.experiment.sweep.running import compute_points, executor_for

if TYPE_CHECKING:
    from neurosim.experiment.config import Config
    from neurosim.experiment.improvement.plan import Plan
    from neurosim.experiment.sweep.driver import Tally

SEEDS, BUDGET, SAMPLES = 5, 600.0, 2000    #: what is done unless something else is asked for; time in s
_PATIENCE = 1.5    #: times the budget, after which those seeds count that are complete


def improve(source: Path | str, assignments: Sequence[str] = (), *, out: Path | str, seeds: int = SEEDS,
            budget: float = BUDGET, images: int = 0, samples: int = SAMPLES, jobs: int | None = None,
            dask: str | None = None, force: bool = False,
            tell: Callable[[str, float], None] | None = None, observe: Callable[[Tally], None] | None = None,
            wished: Callable[[], bool] | None = None) -> Improvement | None:
    """Retrain chips without each imperfection and with each alone, and say what can be distinguished from chance.

        found = improve("run.h5", out="run-improve", budget=300)
        print("\\n".join(verdict(found)))

    The same call continues with what is in `out` already, bit for bit; with more seeds those are added.

    source : run file, of which only the configuration is used; or a preset or TOML file
    assignments : `key.path=value`, changes to the configuration
    out : folder that is made; seeds : with which every chip learns, the same ones for all
    budget : time that is planned for [s]
    images : that every chip learns; 0 = as many as fit into the budget; samples : test images
    jobs, dask : where is computed, see `executor_for`; no result depends on it; force : replace what is in `out`
    tell : called with a sentence on what is planned and how many seconds it will take; observe : with the Tally
    wished : whether to stop and to save what was begun
    returns : Improvement; None where it was wished to stop
    raises : ValueError
    """
    config, folder = configuration(source, assignments), Path(out)
    prepare_folder(folder, (*OWN, file_of_arrays(config)), force)
    config = with_file(config, folder)
    try:
        plan = make_plan(config, folder, seeds=seeds, budget=budget, images=images, samples=samples,
                         jobs=thread_count(jobs, "jobs"), tell=tell or (lambda text, seconds: None))
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error
    end = time.monotonic() + _PATIENCE * budget
    stop = wished or (lambda: False)
    return learn(plan, jobs, dask, observe, stop, end)


def learn(plan: Plan, jobs: int | None, dask: str | None,
          observe: Callable[[Tally], None] | None, wished: Callable[[], bool], end: float) -> Improvement | None:
    """Let the chips of a Plan learn, those that have not yet; returns Improvement, or None where it was wished to stop.

    end : time (monotonic) after which the seeds count that are complete
    """
    sweep, store = plan.begin()
    executor, work = executor_for(partial(compute, conclude=conclude), jobs, dask)
    compute_points(sweep, store, work, executor, observe or (lambda tally: None),
                   lambda: wished() or time.monotonic() > end)
    return None if wished() else outcome(plan, store)


def configuration(source: Path | str, assignments: Sequence[str]) -> Config:
    """Return Config of a run file, or of a preset or TOML file, with overrides."""
    learnt = Path(source).suffix == ".h5" or Path(source).is_file() and Path(source).suffix != ".toml"
    return stored_config(source, assignments) if learnt else load_config(source, assignments)


def transfer(source: Path | str, assignments: Sequence[str], samples: int = 1000,
             observe: Callable | None = None) -> Ablation | None:
    """Return what each imperfection costs a learnt network that is only written to a fresh chip, see `ablate`.

    returns : Ablation; None for what is not a run file, for another network, and where learning alone is imperfect
    """
    kinds = {assignment: class_of(assignment.partition("=")[0].strip()) for assignment in assignments}
    if Path(source).suffix != ".h5" or REFUSED in kinds.values():
        return None
    from neurosim.experiment.imperfections import present
    kept = [assignment for assignment, kind in kinds.items() if kind != LEARNING]
    return ablate(source, kept, samples, observe=observe) if present(stored_config(source, kept)) else None
