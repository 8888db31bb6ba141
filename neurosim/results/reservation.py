"""Names of files that one process has to itself, from the moment it chooses them until it has written them."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neurosim.results.atomic_write import explained, is_still, lock, refuse_impossible, sweep_up
from neurosim.results.quantity import RunFileError

_PATIENCE = 0.2    #: how long a lock may be held by somebody who only looks whether it is nobody's [s]
_LONGEST = 200     #: bytes of a reservation that are believed
_ours: set[tuple[Path, int]] = set()      #: pairs of target and thread that hold a reservation


class Reserved(RunFileError):
    """Another process, or another thread of this one, is going to write a file."""


@contextlib.contextmanager
def reserved(path: Path) -> Iterator[Path]:
    """Keep everybody else from reserving `path` within the block; the same thread may do so again.

    A file `.NAME.neurosim.lock` next to it is locked (flock); the lock ends with this process, however that ends, and
    the next writer in that folder removes the file. Where the file system has no locks, nobody is kept away.

    yields : path
    raises : Reserved, which says who has it; RunFileError where nothing can be written
    """
    target = Path(os.path.realpath(path))
    own = target, threading.get_ident()
    if own in _ours:
        yield path
        return
    refuse_impossible(target, path)
    lock_path = target.with_name(f".{target.name}.neurosim.lock")
    with explained(target, path):
        sweep_up(target.parent)
        file = _taken(path, lock_path)
    _ours.add(own)
    try:
        yield path
    finally:
        _ours.discard(own)
        with contextlib.suppress(OSError):
            os.unlink(lock_path)
        file.close()


def _taken(path: Path, lock_path: Path) -> Any:
    """Return the file at `lock_path`, open and locked."""
    end = time.monotonic() + _PATIENCE
    while True:
        file = open(os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644), "r+b", buffering=0)
        try:
            if lock(file) and is_still(file, lock_path):
                file.write(f"process {os.getpid()} on {socket.gethostname()}".encode()[:_LONGEST])
                return file
            if time.monotonic() > end:
                raise Reserved(f"{path}: is being written by {_holder(file)}; choose another name, or wait until that "
                               "has ended")
        except BaseException:
            file.close()
            raise
        file.close()
        time.sleep(0.01)


def _holder(file: Any) -> str:
    text = file.read(_LONGEST).decode("utf-8", "replace")
    return text if text and text.isprintable() else "another process"
