"""Locks: one owner at a time; those of the dead and of the silent are taken over, once."""

import errno
import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from neurosim.experiment.sweep import locks


def dead_pid():
    """Number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def lock_of(path, pid, host=None):
    path.write_text(json.dumps({"host": host or socket.gethostname(), "pid": pid}))


def test_a_lock_has_one_owner_at_a_time(tmp_path):
    path = tmp_path / "a.lock"
    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(lambda _: locks.acquire(path), range(64))) == 1
    assert locks.owner(path) == f"process {os.getpid()} on {socket.gethostname()}"
    locks.release(path)
    assert locks.owner(path) == "" and not locks.stale(path)
    assert locks.acquire(path)


def test_a_lock_of_a_dead_process_is_taken_over_once(tmp_path):
    path = tmp_path / "a.lock"
    lock_of(path, dead_pid())
    assert locks.stale(path)
    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(lambda _: locks.acquire(path), range(64))) == 1
    assert sorted(os.listdir(tmp_path)) == ["a.lock"], "nothing else is left behind"


def age(path, seconds):
    """Let a file have been written so many seconds ago."""
    written = os.stat(path).st_mtime - seconds
    os.utime(path, (written, written))


@pytest.mark.parametrize("host, pid", [("elsewhere", 12), (None, os.getppid())])
def test_a_lock_is_its_owners_until_it_was_not_refreshed_for_ten_minutes(tmp_path, host, pid):
    path = tmp_path / "a.lock"
    lock_of(path, pid, host)
    age(path, 500)
    assert not locks.stale(path) and not locks.acquire(path)
    assert locks.owner(path) == f"process {pid} on {host or socket.gethostname()}"
    age(path, 200)
    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(lambda _: locks.acquire(path), range(64))) == 1
    assert locks.owner(path) == f"process {os.getpid()} on {socket.gethostname()}"


def test_the_age_of_a_lock_is_told_by_the_clock_of_the_file_system(tmp_path, monkeypatch):
    path = tmp_path / "a.lock"
    lock_of(path, 12, "elsewhere")
    monkeypatch.setattr(locks.time, "time", lambda: 2e9)
    assert not locks.stale(path)


def test_a_refreshed_lock_is_young(tmp_path):
    path = tmp_path / "a.lock"
    assert locks.acquire(path)
    age(path, 700)
    assert locks.stale(path)
    locks.refresh(path)
    assert not locks.stale(path)
    locks.release(path)
    locks.refresh(path)
    assert locks.held_by(path, locks.signature()), "one that was removed by hand is made again"


def test_who_was_silent_learns_that_the_lock_is_anothers(tmp_path):
    path = tmp_path / "a.lock"
    assert locks.acquire(path)
    lock_of(path, 12, "elsewhere")
    with pytest.raises(locks.LockLost, match="is held by process 12 on elsewhere now"):
        locks.refresh(path)
    assert locks.owner(path) == "process 12 on elsewhere"


def test_a_takeover_that_died_half_way_is_cleared(tmp_path):
    path = tmp_path / "a.lock"
    for name in (path, tmp_path / "a.lock.takeover"):
        lock_of(name, dead_pid())
    assert not locks.acquire(path), "this one clears the way"
    assert locks.acquire(path) and sorted(os.listdir(tmp_path)) == ["a.lock"]


def test_a_lock_that_cannot_be_written_is_none(tmp_path, monkeypatch):
    def full():
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(locks, "signature", full)
    with pytest.raises(ValueError, match="a.lock: not written: No space left on device; check free space and perm"):
        locks.acquire(tmp_path / "a.lock")
    assert not os.listdir(tmp_path)


def test_a_lock_without_a_text_is_somebodys_until_it_is_old(tmp_path):
    path = tmp_path / "a.lock"
    path.write_text("")
    assert not locks.acquire(path)
    os.utime(path, (1, 1))
    assert locks.acquire(path)
