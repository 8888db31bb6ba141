"""A run file in the making, as a file object for h5py: it takes the place of another only when it is whole."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from neurosim.results.atomic_write import AtomicFile
from neurosim.results.checksum import checksum_line


class Replacement:
    """Write aside, then rename; `path` is never half a file.

    It is handed to h5py as a file object. HDF5 cannot close a file after a failed write (it crashes at the end of the
    process), so the first failure is kept, later writes are dropped, and `checked` raises it.

    path : where the file goes; a symbolic link is followed
    raises : RunFileError, from the constructor on, naming path, reason and fix
    """

    def __init__(self, path: Path) -> None:
        self.failure: BaseException | None = None
        self._atomic = AtomicFile(path, f"run file {os.path.realpath(path)}")
        self._file = self._atomic.file

    def read(self, size: Any = -1) -> Any:
        return self._file.read(size)

    def readinto(self, buffer: Any) -> Any:
        return self._file.readinto(buffer)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        """Do nothing: the file is unbuffered, and `publish` brings it to the disk."""

    def truncate(self, size: int) -> int:
        self._attempt(self._file.truncate, size)
        return size

    def write(self, data: Any) -> int:
        self._attempt(self._write_all, memoryview(data))
        return len(data)

    @contextlib.contextmanager
    def checked(self) -> Iterator[None]:
        """Raise the first failure to write, if there was one, after the block and in place of what the block raised."""
        try:
            yield
        finally:
            if self.failure is not None:
                with self._atomic.explained():
                    raise self.failure

    def publish(self) -> None:
        """Add the checksum, bring it to the disk and rename it."""
        with self._atomic.explained():
            self._write_all(memoryview(checksum_line(self._file, self._file.seek(0, os.SEEK_END))))
        self._atomic.publish()

    def discard(self) -> None:
        """Close and remove the temporary."""
        self._atomic.discard()

    def _attempt(self, action: Callable, argument: int | memoryview) -> None:
        if self.failure is None:
            try:
                action(argument)
            except BaseException as failure:    # also Ctrl-C: an exception inside HDF5 would be lost
                self.failure = failure

    def _write_all(self, view: memoryview) -> None:
        while view:
            view = view[self._file.write(view):]
