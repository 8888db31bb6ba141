"""Which process of a computer compiles kernels first, while the others wait and then find them on its disk."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Self

from neurosim import __version__
from neurosim._posix import fcntl


class CompileLock:
    """Lets the points of a sweep begin one after the other on this computer, until one of them has compiled.

    A file in the folder for temporary files is locked (flock) by whoever may compile, which also ends with its
    process; it names the sweep whose kernels are compiled. For workers of a cluster, of which each computer may have
    compiled kernels of its own; the driver sees to that for its own computer.

    folder : of the sweep
    """

    def __init__(self, folder: Path | str) -> None:
        self._sweep = f"{__version__} {folder}\n"
        path = Path(tempfile.gettempdir()) / f"neurosim-{os.getuid()}.compiled"
        self._file = open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def acquire(self) -> bool:
        """Return whether the point may begin: all is compiled, or nobody else compiles."""
        if self._compiled():
            return True
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if self._compiled():
            fcntl.flock(self._file, fcntl.LOCK_UN)
        return True

    def release(self) -> None:
        """Release those that wait, since the kernels are on the disk."""
        if not self._compiled():
            self._file.seek(0)
            self._file.truncate()
            self._file.write(self._sweep)
            self._file.flush()
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def _compiled(self) -> bool:
        self._file.seek(0)
        return self._file.read() == self._sweep
