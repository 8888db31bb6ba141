"""Files that appear whole or not at all: written aside, then renamed; what the dead left behind is swept up.

A file in the making is `.NAME.HOST.PID.neurosim.tmp` beside its target, a reservation `.NAME.neurosim.lock`. Whoever
makes one holds a lock of the system (flock) on it, which ends with its process however that ends.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neurosim._posix import fcntl
from neurosim.results.quantity import RunFileError

_TEMPORARY = re.compile(r"\..+\.([A-Za-z0-9-]{0,40})\.(\d+)\.neurosim\.tmp")
_LOCK = re.compile(r"\..+\.neurosim\.lock")
_FORGOTTEN = 86400.0    #: age from which the temporary of another host is nobody's [s]
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}


class AtomicFile:
    """A file in the making; it takes the place of `target` by `publish`, as a whole, or not at all.

    path : where it goes; a symbolic link is followed, unless `follow` is False: then it is replaced
    owner : words that errors begin with
    file : open for reading and writing, unbuffered
    raises : RunFileError, from the constructor on, naming owner, reason and fix
    """

    def __init__(self, path: str | Path, owner: Path | str, follow: bool = True) -> None:
        self.target, self.owner = Path(os.path.realpath(path) if follow else path), owner
        refuse_impossible(self.target, owner)
        self.temporary = self.target.with_name(f".{self.target.name}.{_host()}.{os.getpid()}.neurosim.tmp")
        with self.explained():
            sweep_up(self.target.parent)
            self.file = open(self.temporary, "w+b", buffering=0)
            lock(self.file)

    def publish(self) -> None:
        """Bring the file to the disk and rename it."""
        with self.explained():
            os.fsync(self.file.fileno())
            self.file.close()
            os.replace(self.temporary, self.target)
        _sync_folder(self.target.parent)

    def discard(self) -> None:
        """Close and remove the temporary; after `publish` there is nothing left to do."""
        with contextlib.suppress(OSError):
            self.file.close()
        with contextlib.suppress(OSError):
            self.temporary.unlink()

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Turn an error of the system within the block into one sentence."""
        with explained(self.target, self.owner):
            yield


def atomic_write(path: Path, data: bytes) -> None:
    """Write bytes beside `path`, bring them to the disk and rename; a file that was there stays until then.

    A symbolic link is followed.
    raises : ValueError
    """
    _write(AtomicFile(path, path), data)


def atomic_replace(path: str | Path, data: Any) -> None:
    """Write bytes as `atomic_write` does, in place of a symbolic link: nothing leaves the folder of `path`."""
    _write(AtomicFile(path, path, follow=False), data)


def refuse_impossible(target: Path, owner: Path | str) -> None:
    """Raise RunFileError where no file can be: `target` is a folder, or its folder is missing."""
    if target.is_dir():
        raise RunFileError(f"{owner}: is a folder; give the name of a file")
    if not target.parent.is_dir():
        raise RunFileError(f"{owner}: there is no folder {target.parent}; make it or choose another path")


@contextlib.contextmanager
def explained(target: Path, owner: Path | str) -> Iterator[None]:
    """Turn an error of the system, met on the way to `target`, into a RunFileError."""
    try:
        yield
    except OSError as error:
        kept = "; the file that was there is untouched" if target.exists() else ""
        reason = error.strerror or error
        raise RunFileError(f"{owner}: not written: {reason}; {_fix(error)}{kept}") from error


def sweep_up(folder: Path) -> None:
    """Remove what processes that have died left behind in a folder: temporaries and reservations, of any target.

    Of this host, those of processes that are gone; of other hosts, temporaries that were not written to for a day.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            temporary = _TEMPORARY.fullmatch(entry.name)
            if temporary and _dead(entry, *temporary.groups()) or _LOCK.fullmatch(entry.name):
                _remove_unlocked(entry)


def lock(file: Any) -> bool:
    """Lock an open file for this process; returns whether it is ours, True also where the file system has no locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True


def is_still(file: Any, path: Path | str) -> bool:
    """Return whether an open file is the one that stands at `path`."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.lstat(path))
    except FileNotFoundError:
        return False


def no_room(error: Any) -> Any:
    """Return whether an exception comes of a full disk, a used-up quota or a limit on the size of files."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return True
        error = error.__cause__
    return False


def alive(pid: int) -> bool:
    """Return whether a process of this host is running."""
    if os.name != "posix":    # there, signal 0 would end the process
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _write(new: AtomicFile, data: bytes) -> None:
    try:
        with new.explained():
            view = memoryview(data)
            while view:
                view = view[new.file.write(view):]
        new.publish()
    finally:
        new.discard()


def _remove_unlocked(entry: Any) -> None:
    """Remove a file, unless a process holds its lock or it has just been put in the place of another."""
    with contextlib.suppress(OSError):
        if entry.is_file(follow_symlinks=False):
            with open(os.open(entry.path, os.O_RDWR | os.O_NOFOLLOW), "r+b") as file:
                if lock(file) and is_still(file, entry.path):
                    os.unlink(entry.path)


def _dead(entry: Any, host: str, pid: str) -> bool:
    if host == _host():
        return not alive(int(pid))
    return time.time() - entry.stat(follow_symlinks=False).st_mtime > _FORGOTTEN


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:40]


def _fix(error: Any) -> str:
    if error.errno in _NO_ROOM:
        return "free some space or choose another path"
    if error.errno in _NO_RIGHT:
        return "choose a folder that you may write to"
    return "choose another path"


def _sync_folder(folder: Path) -> None:
    """Bring the rename to the disk; a file system that cannot do this has renamed all the same."""
    if os.name == "posix":
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
