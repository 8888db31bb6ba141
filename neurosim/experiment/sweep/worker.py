"""What a worker of a cluster does with a point: a process of one thread computes it while its driver wants it.

That process has the right environment however the worker was started, it can be ended when nobody waits for it any
more, and the worker continues talking to its scheduler.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from neurosim import __version__
from neurosim.experiment.sweep import locks
from neurosim.experiment.sweep.compile_lock import CompileLock
from neurosim.experiment.sweep.executors import WorkerProcess
from neurosim.experiment.sweep.store import Store

if TYPE_CHECKING:
    from neurosim.experiment.sweep.point import Job

_LOOK = 1.0    #: time between two looks whether the driver still holds the lock [s]
_APPEARS = 30.0    #: time that a shared file system may take to show the lock [s]
_IDLE = 60.0    #: time after which a process that has nothing to do ends [s]


@dataclass(frozen=True)
class DriverInfo:
    """Who asks for points: sent with each of them, as plain text.

    signature : of the locks of the driver; folder : where it runs; command : its words; version : of its neurosim
    """

    signature: bytes
    folder: str
    command: tuple
    version: str

    @classmethod
    def here(cls) -> Self:
        """Return this process."""
        return cls(locks.signature(), os.getcwd(), tuple(sys.argv), __version__)


def compute_for(work: Any, driver: DriverInfo, job: Job, look: Callable | None = None) -> dict[str, Any] | None:
    """Compute a point in a process of its own on this computer, for as long as the driver holds its lock.

    work : function from a Job to its row, or None when it was stopped; driver : DriverInfo
    look : called once a second while the point is computed; the point is given up when it raises
    raises : ValueError when this computer is not fit for it; LockLost when the driver is gone; WorkerDied
    """
    if driver.version != __version__:
        raise ValueError(f"worker {socket.gethostname()}: has neurosim {__version__}, the sweep is computed with "
                         f"{driver.version}; install the same version there")
    store = Store(job.folder, {})
    lock = store.lock_path(job.id)
    _await_lock(lock, driver, job)
    row = store.row(job.id)
    if row or os.path.exists(job.stop):    # its answer was lost on the way, or it still waited when asked to stop
        return row
    with _process(driver) as process, CompileLock(job.folder) as compile_lock:
        while not compile_lock.acquire():
            time.sleep(_LOOK)
            _refuse_orphan(lock, driver)
            if os.path.exists(job.stop):
                return None
        begun = os.stat(lock).st_mtime
        process.ask(work, job)
        while not process.answered(_LOOK):
            _refuse_orphan(lock, driver)
            if look:
                look()
            if _saved(store.run_path(job.id), begun):
                compile_lock.release()
        row = process.answer()
        if row and row["state"] == "done":
            compile_lock.release()
        return row


def _refuse_orphan(lock: Path, driver: DriverInfo) -> None:
    if not locks.held_by(lock, driver.signature):
        raise locks.LockLost(f"{lock}: is no longer held by the driver that asked for this point; start it again")


def _saved(path: Path | str, begun: float) -> bool:
    """Return whether a run file was written since `begun`, by when all kernels are compiled."""
    with contextlib.suppress(FileNotFoundError):
        return os.stat(path).st_mtime > begun
    return False


def _await_lock(lock: Path, driver: DriverInfo, job: Job) -> None:
    """Check that the lock of the driver is visible, so that this computer sees its folder."""
    end = time.monotonic() + _APPEARS
    while not locks.held_by(lock, driver.signature):
        if time.monotonic() > end:
            raise ValueError(f"worker {socket.gethostname()}: does not see the files of {job.folder}; choose a folder "
                             "on a file system that all workers share, with --out")
        time.sleep(0.1)


_guard = threading.Lock()
_idle: list[tuple[WorkerProcess, DriverInfo, float]] = []    #: and since when


@contextlib.contextmanager
def _process(driver: DriverInfo) -> Iterator[WorkerProcess]:
    """A WorkerProcess for a driver: one that is idle, or a new one; it ends with an exception of the block."""
    process = _waiting(driver) or _begin(driver)
    try:
        yield process
    except BaseException:
        process.kill()
        raise
    with _guard:
        _idle.append((process, driver, time.monotonic()))
    reaper = threading.Timer(_IDLE + 1.0, _reap)
    reaper.daemon = True
    reaper.start()


def _waiting(driver: DriverInfo) -> Any:
    with _guard:
        for entry in _idle:
            if entry[1] == driver:
                _idle.remove(entry)
                return entry[0]
    return None


def _begin(driver: DriverInfo) -> WorkerProcess:
    try:
        return WorkerProcess(driver.folder, driver.command)
    except FileNotFoundError as error:
        raise ValueError(f"worker {socket.gethostname()}: has no folder {driver.folder}, in which the sweep was "
                         "started; start it in one that all workers share") from error


def _reap() -> None:
    """End the processes that have been idle for too long."""
    with _guard:
        old = [entry for entry in _idle if time.monotonic() - entry[2] > _IDLE]
        _idle[:] = [entry for entry in _idle if entry not in old]
    for process, _, _ in old:
        process.close()
