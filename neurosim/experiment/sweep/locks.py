"""Locks of points: who computes a point, so that nobody else does.

A lock is a file that is created only where there is none (O_EXCL). It holds host and process, which refresh it while
they compute. It is taken over when its process has died on this host, and when it was not refreshed for ten minutes,
wherever that process is or was. Ages are differences of two times of the file system, so that no clocks are compared.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

from neurosim.experiment.sweep.schema import Damaged, read_json, read_plain
from neurosim.results.atomic_write import alive, atomic_replace

BEAT = 30.0    #: time after which whoever holds a lock refreshes it [s]
_SILENT = 600.0    #: age up to which a lock is somebody's [s]
_LARGEST = 4096    #: of the text of a lock [bytes]
_YOUNG = 60.0    #: the same of one without a text, which is just being written [s]


class LockLost(ValueError):
    """Another process has taken over a lock of this one."""


def acquire(path: Path | str) -> bool:
    """Take the lock `path` for this process; returns whether it is ours now.

    raises : ValueError when it cannot be written
    """
    if _create(path):
        return True
    if not stale(path):
        return False
    guard = Path(f"{path}.takeover")    # of two that find a stale lock, one may replace it
    if not _create(guard):
        if stale(guard):    # of a process that died just then; whoever comes next finds it gone
            release(guard)
        return False
    try:
        if not stale(path):
            return False
        atomic_replace(path, signature())
        return True
    finally:
        release(guard)


def refresh(path: Path | str) -> None:
    """Say that this process still holds its lock; one that has vanished is made again.

    raises : LockLost when another process holds it, which then computes what belongs to it
    """
    if not held_by(path, signature()) and not _create(path):
        raise LockLost(f"{path}: is held by {owner(path)} now, because this process had not refreshed it for "
                       f"{_SILENT / 60:g} minutes; leave the points to that one, or end it first")
    with contextlib.suppress(FileNotFoundError):
        os.utime(path, follow_symlinks=False)


def release(path: Path | str) -> None:
    """Give the lock back; it may be gone."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def owner(path: Path | str) -> str:
    """Return who holds a lock, "process 12 on host"; "" where nobody does."""
    held = _held(path)
    return "" if held is None else f"process {held['pid']} on {held['host']}" if held else "another process"


def signature() -> bytes:
    """Return what the locks of this process hold, bytes."""
    return json.dumps({"host": socket.gethostname(), "pid": os.getpid()}).encode()


def held_by(path: Path | str, signature: bytes) -> bool:
    """Return whether a lock is there and holds `signature`."""
    try:
        return read_plain(path, _LARGEST) == signature
    except (FileNotFoundError, Damaged):
        return False


def stale(path: Path | str) -> bool:
    """Return whether a lock is there that is nobody's any more: not refreshed, of a dead process, or never written."""
    held = _held(path)
    if held is None:
        return False
    if held and held["host"] == socket.gethostname() and not alive(held["pid"]):
        return True
    try:
        return _now(path) - os.lstat(path).st_mtime > (_SILENT if held else _YOUNG)
    except FileNotFoundError:
        return False


def _now(path: Path | str) -> float:
    """Return time at the file system that holds `path` [s]; that of this host where nothing may be written."""
    try:
        with tempfile.NamedTemporaryFile(dir=Path(path).parent, prefix=".clock.") as file:
            return os.fstat(file.fileno()).st_mtime
    except OSError:
        return time.time()


def _create(path: Path | str) -> bool:
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return False
    except OSError as error:
        raise _unwritten(path, error) from error
    try:
        with open(handle, "wb") as file:
            file.write(signature())
    except BaseException as error:
        release(path)
        if isinstance(error, OSError):
            raise _unwritten(path, error) from error
        raise
    return True


def _unwritten(path: Path | str, error: Any) -> ValueError:
    return ValueError(f"{path}: not written: {error.strerror or error}; check free space and "
                      "permissions")


def _held(path: Path | str) -> Any:
    """Return what a lock says; {} where it says nothing sensible, None where there is no lock."""
    try:
        held = read_json(path, _LARGEST)
    except FileNotFoundError:
        return None
    except Damaged:
        return {}
    sound = isinstance(held, dict) and isinstance(held.get("host"), str) and type(held.get("pid")) is int
    return held if sound and held["pid"] > 0 else {}
