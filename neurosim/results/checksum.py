"""The last line of a run file: a checksum of all that stands before it.

HDF5 ignores what follows its own end: h5py reads such a file as it is, and drops the line when it changes the file.
The checksum is verified before HDF5 sees the file, because HDF5 can crash the process on a single wrong byte. A file
without one is left to HDF5, which notices by itself that an end is missing.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

from neurosim.results.quantity import FORMAT, RunFileError

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_MARK = f"\n{FORMAT} blake2b ".encode()
_LENGTH = len(_MARK) + 33
_BLOCK = 2**20


def checksum_line(file: Any, size: int) -> bytes:
    """Return the line with the checksum of the first `size` bytes of `file`, open for reading; its position moves."""
    digest = hashlib.blake2b(digest_size=16)
    file.seek(0)
    while size > 0 and (block := file.read(min(size, _BLOCK))):
        digest.update(block)
        size -= len(block)
    return _MARK + digest.hexdigest().encode() + b"\n"


def verify_checksum(path: Path | str) -> None:
    """Raise RunFileError unless `path` is an HDF5 file whose checksum, if it has one, is right."""
    if not os.path.isfile(path):
        problem = "is not a file" if os.path.exists(path) else "no such file"
        raise RunFileError(f"run file {path}: {problem}; give the path of a run file")
    try:
        with open(path, "rb") as file:
            _check(file, path)
    except OSError as error:
        reason = error.strerror or error
        raise RunFileError(f"run file {path}: cannot be read: {reason}; check the file and your rights") from error


def _check(file: Any, path: Path | str) -> None:
    if file.read(len(_SIGNATURE)) != _SIGNATURE:
        raise RunFileError(f"run file {path}: not an HDF5 file; give a file that `neurosim train` wrote")
    size = file.seek(0, os.SEEK_END) - _LENGTH
    found = file.read() if file.seek(max(size, 0)) else b""
    if found.startswith(_MARK) and found != checksum_line(file, size):
        raise RunFileError(f"run file {path}: damaged, its checksum is wrong; use an intact copy")
