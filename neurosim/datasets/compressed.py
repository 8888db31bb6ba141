"""Files that may be gzipped: opened by their content, never by their name, and never trusted."""

import contextlib
import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neurosim.user_files import open_regular

#: a deflate stream holds at most 1032 bytes per byte (RFC 1951: 258 bytes in two bits), so a larger claim is a lie
DEFLATE_LIMIT = 1032
_KIND, _MAGIC = "a file of a data set", b"\x1f\x8b"


def is_gzipped(path: Path) -> bool:
    """Return true where the first two bytes of the file are gzip's magic number (RFC 1952)."""
    with open_regular(path, _KIND) as stream:
        return stream.read(2) == _MAGIC


@contextlib.contextmanager
def sound(path: Path) -> Iterator[None]:
    """Turn every way in which a compressed stream can be broken into one ValueError that names it."""
    try:
        yield
    except (zlib.error, EOFError, gzip.BadGzipFile) as error:
        reason = str(error).splitlines()[0].rstrip(":")
        raise ValueError(f"{path}: the compressed stream is corrupt or cut short ({reason}); "
                         "fetch or copy the file again") from None


@contextlib.contextmanager
def open_content(path: Path) -> Iterator[Any]:
    """Open the content of a gzipped or plain file for reading bytes; ValueError where the stream is broken."""
    gzipped = is_gzipped(path)
    with sound(path), open_regular(path, _KIND) as plain, gzip.open(plain) if gzipped else plain as stream:
        yield stream


def check_claim(path: Path, claimed: int, most: int) -> None:
    """Refuse a file whose header promises more than the file can hold or than `most` bytes, before memory is asked for.

    claimed : int, length of the content that the header promises [byte]
    raises : ValueError
    """
    length = path.stat().st_size
    limit = length * DEFLATE_LIMIT if is_gzipped(path) else length
    if claimed > limit:
        raise ValueError(f"{path}: its header promises {claimed} bytes but a file of {length} bytes holds at most "
                         f"{limit}; it is corrupt or cut short, fetch or copy it again")
    if claimed > most:
        raise ValueError(f"{path}: its header promises {claimed:,} bytes, the limit is {most:,}; give fewer samples, "
                         "or fetch or copy it again")
