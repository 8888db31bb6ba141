"""A file that takes the place of another only when it is whole and on the disk."""

import contextlib
import errno
import os
import re
import socket
from pathlib import Path

from neurosim.results.quantity import RunFileError
from neurosim.results.seal import seal

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT = {errno.EACCES, errno.EPERM, errno.EROFS}


class Replacement:
    """Write beside `path` under a temporary name `.NAME.HOST.PID.tmp`, then rename; `path` is never half a file.

    It is handed to h5py as a file object. HDF5 cannot close a file after a failed write (it crashes at the end of the
    process), so the first failure is kept, later writes are dropped, and `checked` raises it.

    path : where the file goes; a symbolic link is followed
    raises : RunFileError, from the constructor on, naming path, reason and fix
    """

    def __init__(self, path):
        self.target = Path(os.path.realpath(path))
        self.failure = None
        if self.target.is_dir():
            raise RunFileError(f"run file {self.target}: is a folder; give the name of a file")
        if not self.target.parent.is_dir():
            raise RunFileError(f"run file {self.target}: there is no folder {self.target.parent}; "
                               "make it or choose another path")
        self.temporary = self.target.with_name(f".{self.target.name}.{_host()}.{os.getpid()}.tmp")
        with self._explained():
            remove_stale(self.target)
            self._file = open(self.temporary, "w+b", buffering=0)

    def read(self, size=-1):
        return self._file.read(size)

    def readinto(self, buffer):
        return self._file.readinto(buffer)

    def seek(self, offset, whence=os.SEEK_SET):
        return self._file.seek(offset, whence)

    def tell(self):
        return self._file.tell()

    def flush(self):
        """Nothing to do: the file is unbuffered, and `publish` brings it to the disk."""

    def truncate(self, size):
        self._attempt(self._file.truncate, size)
        return size

    def write(self, data):
        self._attempt(self._write_all, memoryview(data))
        return len(data)

    @contextlib.contextmanager
    def checked(self):
        """Raise the first failure to write, if there was one, after the block and in place of what the block raised."""
        try:
            yield
        finally:
            if self.failure is not None:
                with self._explained():
                    raise self.failure

    def publish(self):
        """Seal the file, bring it to the disk and rename it."""
        with self._explained():
            self._write_all(memoryview(seal(self._file, self._file.seek(0, os.SEEK_END))))
            os.fsync(self._file.fileno())
            self._file.close()
            os.replace(self.temporary, self.target)
        _sync_folder(self.target.parent)

    def discard(self):
        """Close and remove the temporary."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self.temporary.unlink()

    def _attempt(self, action, argument):
        if self.failure is None:
            try:
                action(argument)
            except BaseException as failure:    # also Ctrl-C: an exception inside HDF5 would be lost
                self.failure = failure

    def _write_all(self, view):
        while view:
            view = view[self._file.write(view):]

    @contextlib.contextmanager
    def _explained(self):
        try:
            yield
        except OSError as error:
            kept = "; the file that was there is untouched" if self.target.exists() else ""
            reason = error.strerror or error
            raise RunFileError(f"run file {self.target}: not written: {reason}; {_fix(error)}{kept}") from error


def remove_stale(target):
    """Remove the temporaries of `target` that dead processes of this host left behind."""
    pattern = re.compile(re.escape(f".{target.name}.{_host()}.") + r"(\d+)\.tmp")
    for path in target.parent.iterdir():
        match = pattern.fullmatch(path.name)
        if match and not alive(int(match[1])):
            with contextlib.suppress(OSError):    # it is in nobody's way
                path.unlink()


def no_room(error):
    """Whether an exception comes of a full disk, a used-up quota or a limit on the size of files."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return True
        error = error.__cause__
    return False


def alive(pid):
    """Whether a process of this host is running."""
    if os.name != "posix":    # there, signal 0 would end the process
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _host():
    return re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())[:40]


def _fix(error):
    if error.errno in _NO_ROOM:
        return "free some space or choose another path"
    if error.errno in _NO_RIGHT:
        return "choose a folder that you may write to"
    return "choose another path"


def _sync_folder(folder):
    """Bring the rename to the disk; a file system that cannot do this has renamed all the same."""
    if os.name == "posix":
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
