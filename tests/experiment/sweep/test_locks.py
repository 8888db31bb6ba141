"""Locks: one owner at a time; those of the dead are taken over, those of other hosts never."""

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

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


def test_a_lock_of_another_host_stays(tmp_path):
    path = tmp_path / "a.lock"
    lock_of(path, dead_pid(), "elsewhere")
    assert not locks.stale(path) and not locks.acquire(path)
    assert locks.owner(path).endswith("on elsewhere")


def test_a_lock_without_a_text_is_somebodys_until_it_is_old(tmp_path):
    path = tmp_path / "a.lock"
    path.write_text("")
    assert not locks.acquire(path)
    os.utime(path, (1, 1))
    assert locks.acquire(path)
