"""Files that users name: only regular ones are read, and never more of them than a limit."""

import os
import stat
from io import BufferedReader
from pathlib import Path

TEXT_LIMIT = 2**20    #: of a configuration, a card, a sweep [byte]


def path_of(value: object, owner: str) -> Path:
    """Return what a user gave as a path; raises ValueError, which begins with `owner`, for what is none."""
    if not isinstance(value, (str, os.PathLike)):
        raise ValueError(f"{owner}: a {type(value).__name__} is no path; give text, or a Path")
    return Path(value)


def read_limited(path: str | Path, limit: int, kind: str) -> bytes:
    """Read a regular file of at most `limit` bytes; pipes, devices and folders are refused without waiting for them.

    kind : what is looked for, with its article, for the error
    returns : bytes
    raises : ValueError
    """
    with open_regular(path, kind) as stream:
        try:
            content = stream.read(limit + 1)
        except OSError as error:
            raise ValueError(f"{path}: cannot be read: {error.strerror or error}; give the path of {kind}") from error
    if len(content) > limit:
        raise ValueError(f"{path}: is longer than {limit:,} bytes, more than {kind} may have; shorten it, or give "
                         f"the path of {kind}")
    return content


def open_regular(path: str | Path, kind: str) -> BufferedReader:
    """Open a regular file for reading bytes; raises ValueError where there is none."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:    # ValueError: a zero byte in the path
        raise ValueError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}; "
                         f"give the path of {kind}") from error
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return open(handle, "rb")
    os.close(handle)
    reason = "Is a directory" if stat.S_ISDIR(mode) else "it is not a regular file"
    raise ValueError(f"{path}: cannot be read: {reason}; give the path of {kind}")
