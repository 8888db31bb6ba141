"""Compute the points of a sweep under the eyes of a display."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from neurosim._jit import thread_count
from neurosim.experiment.memory import DECISIVE, refuse_too_large
from neurosim.experiment.pipeline.summary import duration
from neurosim.experiment.sweep.cluster import LOCAL
from neurosim.experiment.sweep.measures import conclude
from neurosim.experiment.sweep.point import compute
from neurosim.experiment.sweep.running import compute_points, executor_for
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.experiment.pipeline.display import Silence
    from neurosim.experiment.pipeline.interruption import Interruption
    from neurosim.experiment.sweep.driver import Driver, Tally
    from neurosim.experiment.sweep.spec import Sweep
    from neurosim.experiment.sweep.store import Store


def refuse_too_many(sweep: Sweep, owner: str, jobs: int | None, cluster: str | None = None) -> None:
    """Raise ValueError, which begins with `owner`, when points cannot fit this machine, where that computes them."""
    if cluster in (None, LOCAL):
        refuse_too_large(owner, sweep.configurations(DECISIVE), thread_count(jobs, "jobs"))


def computed(sweep: Sweep, store: Store, display: Silence, interruption: Interruption, *, jobs: int | None = None,
             cluster: str | None = None, shard: tuple[int, int] = (0, 1), retry_failed: bool = False) -> Driver:
    """Compute the points that have no row yet, until all have one or the Interruption wishes an end.

    jobs : points at once, default: as many as there are processors; cluster : as `neurosim sweep --dask` says it
    shard, retry_failed : as of Driver
    returns : Driver, whose tally says how far it is
    raises : KeyboardInterrupt when it is to end at once, with all workers gone; ValueError
    """
    executor, work = executor_for(partial(compute, conclude=conclude), jobs, cluster)
    if getattr(executor, "exposed", ""):
        display.warn(executor.exposed)
    first, shards = shard
    share = f"{len(range(first, len(sweep), shards)):,} of its " if shards > 1 else ""
    display.line(f"sweep {sweep.name}: {share}{counted(len(sweep), 'point')}, {executor}; folder {store.folder}")
    try:
        return compute_points(sweep, store, work, executor, lambda tally: show_progress(display, tally),
                              lambda: interruption.wished, shard, retry_failed)
    finally:
        display.close()


def show_progress(display: Silence, tally: Tally) -> None:
    """Show how far the points of a sweep are."""
    figures = [f"{tally.running} running"]
    figures += ["the others wait until its kernels are compiled"] if tally.compiling else []
    figures += [f"{tally.failed} failed"] if tally.failed else []
    figures += [f"{duration(tally.left)} left"] if tally.left is not None else []
    display.advance("points", tally.done + tally.failed, tally.total, ", ".join(figures))
