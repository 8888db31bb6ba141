"""Locks of points: who computes a point, so that nobody else does.

A lock is a file that is created only where there is none (O_EXCL). It holds host and process; a lock whose process has
died on this host is taken over. Whether a process of another host lives cannot be known: its locks stay.
"""

import contextlib
import json
import os
import socket
import time
from pathlib import Path

from neurosim.results.atomic import alive
from neurosim.results.whole import write_whole

_YOUNG = 60.0    #: age up to which a lock without a text is one that is just being written [s]


def acquire(path):
    """Take the lock `path` for this process; returns whether it is ours now."""
    if _create(path):
        return True
    if not stale(path):
        return False
    guard = Path(f"{path}.takeover")    # of two that find a stale lock, one may replace it
    if not _create(guard):
        return False
    try:
        if not stale(path):
            return False
        write_whole(path, _text())
        return True
    finally:
        release(guard)


def release(path):
    """Give the lock back; it may be gone."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def owner(path):
    """Who holds a lock, "process 12 on host"; "" where nobody does."""
    held = _held(path)
    return "" if held is None else f"process {held['pid']} on {held['host']}" if held else "another process"


def stale(path):
    """Whether a lock is there whose process has died on this host, or that was never written to its end."""
    held = _held(path)
    if held is None:
        return False
    if not held:
        with contextlib.suppress(FileNotFoundError):
            return time.time() - os.stat(path).st_mtime > _YOUNG
        return False
    return held["host"] == socket.gethostname() and not alive(held["pid"])


def _create(path):
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return False
    with open(handle, "wb") as file:
        file.write(_text())
    return True


def _text():
    return json.dumps({"host": socket.gethostname(), "pid": os.getpid()}).encode()


def _held(path):
    """What a lock says; {} where it says nothing sensible, None where there is no lock."""
    try:
        held = json.loads(Path(path).read_bytes())
        return {"host": str(held["host"]), "pid": int(held["pid"])}
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        return {}
