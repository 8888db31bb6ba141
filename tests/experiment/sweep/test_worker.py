"""What a worker of a cluster does with a point: only what its driver still wants, in a process with one thread."""

import os
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from neurosim.experiment.sweep import worker, locks
from neurosim.experiment.sweep.executors import ONE_THREAD, WorkerDied
from neurosim.experiment.sweep.worker import DriverInfo, compute_for
from neurosim.experiment.sweep.point import Job
from neurosim.experiment.sweep.store import Store


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A Job whose lock this process holds."""
    monkeypatch.setattr(worker, "_LOOK", 0.05)
    monkeypatch.setattr(worker, "_APPEARS", 0.2)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3]))    # where the process finds this module
    (tmp_path / "points").mkdir()
    job = Job(0, "a" * 16, {}, "", str(tmp_path), "", str(tmp_path / ".stop"))
    assert locks.acquire(lock_of(job))
    yield job
    monkeypatch.setattr(worker, "_IDLE", -1.0)
    worker._reap()


def lock_of(job):
    return Store(job.folder, {}).lock_path(job.id)


def environment(job):
    return {name: os.environ[name] for name in ONE_THREAD} | {"folder": os.getcwd(), "words": sys.argv, "state": "done",
                                                              "pid": os.getpid()}


def sleep(job):
    (open(f"{job.folder}/begun", "w")).close()
    time.sleep(30)


def die(job):
    os._exit(7)


@pytest.mark.slow
def test_a_point_is_computed_by_another_process_with_one_thread_where_the_driver_runs(job, tmp_path):
    driver = replace(DriverInfo.here(), folder=str(tmp_path), command=("neurosim", "sweep", "a b.toml"))
    answer = compute_for(environment, driver, job)
    pid = answer.pop("pid")
    assert answer == ONE_THREAD | {"folder": str(tmp_path), "words": list(driver.command), "state": "done"}
    assert pid != os.getpid()
    assert compute_for(environment, driver, job)["pid"] == pid, "it is used again"
    with pytest.raises(WorkerDied, match="exit code 7"):
        compute_for(die, driver, job)
    assert compute_for(environment, driver, job)["pid"] != pid


@pytest.mark.slow
@pytest.mark.parametrize("loss", [locks.release, lambda lock: lock.write_text('{"host": "elsewhere", "pid": 1}')])
def test_a_point_that_no_driver_waits_for_is_given_up_at_once(job, loss, tmp_path):
    def lose():
        while not (tmp_path / "begun").exists():
            time.sleep(0.01)
        loss(lock_of(job))

    threading.Thread(target=lose, daemon=True).start()
    with pytest.raises(locks.LockLost, match="no longer held by the driver"):
        compute_for(sleep, DriverInfo.here(), job)
    assert not worker._idle


@pytest.mark.slow
def test_a_point_is_given_up_when_its_worker_is_to_end(job, tmp_path):
    def look():
        if (tmp_path / "begun").exists():
            raise InterruptedError

    with pytest.raises(InterruptedError):
        compute_for(sleep, DriverInfo.here(), job, look)
    assert not worker._idle


def test_what_is_done_or_to_be_stopped_is_not_computed(job):
    open(job.stop, "w").close()
    assert compute_for(environment, DriverInfo.here(), job) is None
    row = job.row("done", {"test_error": 0.5})
    Store(job.folder, {}).write_row(row)
    assert compute_for(environment, DriverInfo.here(), job) == row


def test_a_worker_that_is_not_fit_says_so_in_one_sentence(job, tmp_path):
    here = DriverInfo.here()
    with pytest.raises(ValueError, match="^worker .*: has neurosim .*, the sweep is computed with 0.0; install"):
        compute_for(sleep, replace(here, version="0.0"), job)
    with pytest.raises(ValueError, match="^worker .*: does not see the files of .*on a file system that all workers"):
        compute_for(sleep, here, replace(job, folder=str(tmp_path / "elsewhere")))
    with pytest.raises(ValueError, match="^worker .*: has no folder /nowhere, in which the sweep was started"):
        compute_for(sleep, replace(here, folder="/nowhere"), job)
