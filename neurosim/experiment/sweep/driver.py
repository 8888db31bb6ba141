"""THE parameter loop: points that nobody has computed go to an executor, one after the other, until all are done."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neurosim.experiment.sweep import locks
from neurosim.experiment.sweep.executors import WorkerDied
from neurosim.experiment.sweep.point import Job

if TYPE_CHECKING:
    from neurosim.experiment.sweep.spec import Point, Sweep
    from neurosim.experiment.sweep.store import Store

_DEATHS = 3    #: workers that a point may take with it
_TICK = 0.5    #: time between two looks at what is asked for [s]
_COLD = 0.05    #: the same while the first point compiles kernels [s]


@dataclass
class Tally:
    """How far a driver is.

    total : points of its share; done, failed : those with a row, whoever wrote it; running : computed now; elsewhere :
    locked by another driver; computed : rows that came to be under this driver, in `seconds` so far
    compiling : the first point is alone, until its kernels are compiled
    """

    total: int
    done: int = 0
    failed: int = 0
    running: int = 0
    elsewhere: int = 0
    computed: int = 0
    seconds: float = 0.0
    compiling: bool = False

    @property
    def left(self) -> float | None:
        """Seconds to the end at the pace so far; None before the first point is done."""
        rest = self.total - self.done - self.failed - self.elsewhere
        return self.seconds / self.computed * rest if self.computed else None


class Driver:
    """Computes the points of a sweep that have no row yet.

    sweep : Sweep; store : Store; work : function from a Job to its row, or None when it was stopped
    executor : Processes, or another concurrent.futures.Executor whose workers see the folder of the sweep, that tells
        with `wanted()` how many calls should be under way, and with `slots` how many of them are computed at once
    shard : (i, n), the points whose index modulo n is i
    retry_failed : compute points again that have failed
    """

    def __init__(self, sweep: Sweep, store: Store, work: Any, executor: Any, shard: tuple[int, int] = (0, 1),
                 retry_failed: bool = False) -> None:
        self.sweep, self.store, self.work, self.executor = sweep, store, work, executor
        self.retry_failed = retry_failed
        self.indices = range(shard[0], len(sweep), shard[1])
        self.tally = Tally(len(self.indices))
        self._running: dict = {}
        self._deaths: dict = {}
        self._elsewhere: list = []
        self._begin = self._refreshed = time.monotonic()
        self._warm = False

    def run(self, observe: Callable | None = None, wished: Callable[[], bool] | None = None) -> bool:
        """Compute until every point has a row, or `wished()` is true; returns whether all have one.

        The first point is alone until it has learnt a batch: by then all kernels are compiled, and on the disk. Before
        that a wish ends the loop at once, since there is nothing to save; `idle` tells whether something still runs.

        observe : called with the Tally when something has changed, and twice a second
        raises : ValueError when the sweep cannot continue, as on a full disk; no finished point is lost
        """
        observe, wished = observe or (lambda tally: None), wished or (lambda: False)
        self.store.stop_path().unlink(missing_ok=True)
        try:
            return self._loop(observe, wished)
        except (ValueError, OSError) as error:
            raise ValueError(f"sweep {self.sweep.name} has stopped: {error}; finished points are kept, and the same "
                             "command continues") from error
        finally:
            self.store.stop_path().unlink(missing_ok=True)

    def release(self) -> None:
        """Give back the locks of what was running when `run` was left by an exception and its workers have ended."""
        for job, _ in self._running.values():
            lock = self.store.lock_path(job.id)
            if locks.held_by(lock, locks.signature()):
                locks.release(lock)

    @property
    def idle(self) -> bool:
        """Whether no point is computed any more."""
        return not self._running

    def _loop(self, observe: Callable, wished: Callable[[], bool]) -> bool:
        stopping, pending = False, self._pending()
        while True:
            stopping = stopping or self._stop(wished)
            if not stopping:
                self._send(pending)
            if not self._running or stopping and (self._deserted() or not self._is_warm()):
                self._look_elsewhere()
                return not stopping and not self.tally.elsewhere
            self._collect(stopping)
            observe(self.tally)

    def _pending(self) -> Iterator[Job]:
        """Yield a Job, locked, for every point without a row."""
        survey = self.store.survey()
        settled = {row["index"]: row for row in survey.rows if row["index"] in self.indices and not self._again(row)
                   and (not survey.damaged or row["id"] == self.sweep.point(row["index"]).id)}
        for row in settled.values():
            self._count(row)
            lock = self.store.lock_path(row["id"])
            if locks.stale(lock):    # its driver died while a cluster went on
                locks.release(lock)
        for index in self.indices:
            self._refresh()
            if index not in settled:
                job = self._claimed(self.sweep.point(index))
                if job:
                    yield job

    def _look_elsewhere(self) -> None:
        """Count the points that other drivers have computed in the meantime."""
        rows = {name: self.store.row(name) for name in self._elsewhere}
        for row in filter(None, rows.values()):
            self._count(row)
        self._elsewhere = [name for name, row in rows.items() if row is None]
        self.tally.elsewhere = len(self._elsewhere)

    def _again(self, row: dict[str, Any]) -> bool:
        return self.retry_failed and row["state"] == "failed"

    def _claimed(self, point: Point) -> Job | None:
        """Return the Job of a point that is now ours alone; None when it has a row or another driver computes it."""
        lock = self.store.lock_path(point.id)
        if not locks.acquire(lock):
            self._elsewhere.append(point.id)
            self.tally.elsewhere += 1
            return None
        row = self.store.row(point.id)
        row = row if row and row["index"] == point.index else None
        if row and not self._again(row):    # another driver was faster, or two points are one
            locks.release(lock)
            self._count(row)
            return None
        if row:
            self.store.forget(point.id)
        return Job(point.index, point.id, point.values, point.config, str(self.store.folder.absolute()),
                   self.sweep.weights, str(self.store.stop_path().absolute()))

    def _refresh(self) -> None:
        """Refresh the locks of what is running, where it is time for that."""
        if time.monotonic() - self._refreshed > locks.BEAT:
            self._refreshed = time.monotonic()
            for job, _ in self._running.values():
                locks.refresh(self.store.lock_path(job.id))

    def _send(self, pending: Any) -> None:
        while len(self._running) < (self.executor.wanted() if self._is_warm() else 1):
            job = next(pending, None)
            if job is None:
                return
            self._submit(job)

    def _submit(self, job: Job) -> None:
        sent = self.store.lock_path(job.id).stat().st_mtime
        self._running[self.executor.submit(self.work, job)] = job, sent
        self._count_running()

    def _count_running(self) -> None:
        self.tally.running = min(len(self._running), self.executor.slots)

    def _is_warm(self) -> bool:
        """Return whether the first point has learnt its first batch, and has saved that, or is over."""
        if not self._warm:
            for job, sent in self._running.values():
                with contextlib.suppress(FileNotFoundError):
                    self._warm = self.store.run_path(job.id).stat().st_mtime > sent
            self._warm = self._warm or self.tally.computed > 0
        return self._warm

    def _collect(self, stopping: bool) -> None:
        self._refresh()
        over, _ = wait(self._running, _TICK if self._warm else _COLD, FIRST_COMPLETED)
        for future in over:
            job, _ = self._running[future]
            try:
                row = future.result()
            except WorkerDied as death:
                row = self._mourn(job, death, stopping)
            del self._running[future]
            if row:
                self.tally.computed += 1
                self._count(row)
            if row or stopping:
                locks.release(self.store.lock_path(job.id))
        self._count_running()
        self.tally.compiling = not self._is_warm()
        self.tally.seconds = time.monotonic() - self._begin

    def _mourn(self, job: Job, death: Any, stopping: bool) -> dict[str, Any] | None:
        """Continue a point whose worker died from its checkpoint, in another one, unless that happened too often."""
        self._deaths[job.id] = self._deaths.get(job.id, 0) + 1
        if self._deaths[job.id] < _DEATHS:
            if not stopping:
                self._submit(job)
            return None
        row = job.row("failed", {}, f"it ended {_DEATHS} worker processes, {death}; is there enough memory "
                      f"for {self.executor.slots} points in parallel?")
        self.store.write_row(row)
        return row

    def _stop(self, wished: Callable[[], bool]) -> bool:
        if wished():
            self.store.stop_path().touch()
            return True
        return False

    def _deserted(self) -> bool:
        """Return whether nobody is there to save what was sent out."""
        self.executor.wanted()
        return self.executor.slots == 0

    def _count(self, row: dict[str, Any]) -> None:
        if row["state"] == "failed":
            self.tally.failed += 1
        else:
            self.tally.done += 1
