"""Compute a sweep on this machine or on a cluster, and leave nothing behind that runs or is locked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from neurosim._jit import thread_count
from neurosim.experiment.sweep.driver import Driver

if TYPE_CHECKING:
    from neurosim.experiment.sweep.driver import Tally
    from neurosim.experiment.sweep.spec import Sweep
    from neurosim.experiment.sweep.store import Store


def executor_for(work: Callable, jobs: int | None = None, dask: str | None = None) -> tuple[Any, Any]:
    """Return where points are computed, and the function of a Job that is called there.

    work : function from a Job to its row, importable by name
    jobs : points in parallel; None = all processors, or as many as the cluster has
    dask : address of a scheduler, its file, or "local"; None = processes of this machine
    """
    several = thread_count(jobs, "jobs")
    if not dask:
        from neurosim.experiment.sweep.executors import Processes
        processes = Processes(several)
        processes.load(work)
        return processes, work
    from neurosim.experiment.sweep.cluster import LOCAL, Cluster
    cluster = Cluster.begin(several) if dask == LOCAL else Cluster.connect(dask, jobs)
    return cluster, cluster.remote(work)


def compute_points(sweep: Sweep, store: Store, work: Callable, executor: Any, observe: Callable[[Tally], None],
                   wished: Callable[[], bool], shard: tuple[int, int] = (0, 1), retry_failed: bool = False) -> Driver:
    """Compute the points that have no row yet; returns the Driver, whose `tally` says how far it is.

    executor, work : of `executor_for`, ended when this returns or raises; the others as of Driver and its `run`
    """
    driver = Driver(sweep, store, work, executor, shard, retry_failed)
    try:
        driver.run(observe, wished)
        (executor.shutdown if driver.idle else executor.kill)()
    except BaseException:
        executor.kill()
        raise
    finally:
        driver.release()
    return driver
