"""Reader of tar archives (POSIX 1003.1, ustar): wanted members as bytes, in memory, within bounds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurosim.datasets.compressed import open_content

_BLOCK = 512
_PIECE = 2**20
_REGULAR = (b"0", b"\0")
_HEADERS = 1000     #: most members of an archive
_LONGEST = 2**30    #: most bytes that are unpacked on the way to the last wanted member


class Broken(Exception):
    """An archive is not one; the text says why."""


def read_members(path: Path, wanted: list[str], limit: int) -> dict[str, bytes]:
    """Read the regular members with the names `wanted` of an archive, gzipped or not; returns a dict of bytes.

    Nothing is extracted, no link is followed, and no other header is believed: extended headers, links and sparse
    members are skipped. limit : largest length of all wanted members together [byte]
    raises : ValueError where the archive is broken, too long, or its members are
    """
    try:
        with open_content(path) as stream:
            return _members(_Bounded(stream), wanted, limit)
    except Broken as error:
        raise ValueError(f"{path}: is not a sound tar archive or was cut short ({error}); fetch or copy the file "
                         "again") from None


class _Bounded:
    """Reads blocks of a stream, and not more of them than any archive has."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._left = stream, _LONGEST

    def take(self, length: int, kept: bool = True) -> bytes:
        """Read `length` bytes, in pieces; where they are not `kept`, returns nothing of them."""
        if length > self._left:
            raise Broken(f"it promises more than {_LONGEST:,} bytes")
        self._left -= length
        content = bytearray()
        while length:
            piece = self._stream.read(min(length, _PIECE))
            if not piece:
                raise Broken("it ends inside a member")
            length -= len(piece)
            content += piece if kept else b""
        return bytes(content)


def _members(stream: _Bounded, wanted: list[str], limit: int) -> dict[str, bytes]:
    found = {}
    for _ in range(_HEADERS):
        header = stream.take(_BLOCK)
        if not header.strip(b"\0"):
            break
        name, size = _described(header)
        rest = -size % _BLOCK
        if header[156:157] in _REGULAR and name in wanted:
            limit -= size
            if limit < 0:
                raise Broken(f"{name} promises {size:,} bytes, more than it can have")
            found[name] = stream.take(size)
            if len(found) == len(wanted):
                return found
            stream.take(rest, kept=False)
        else:
            stream.take(size + rest, kept=False)
    else:
        raise Broken(f"it has more than {_HEADERS:,} members")
    return found


def _described(header: bytes) -> tuple[str, int]:
    """Name and length of a member; Broken where the sum of the header is wrong."""
    try:
        stated, size = (int(header[a:b].split(b"\0")[0].strip() or b"0", 8) for a, b in ((148, 156), (124, 136)))
    except ValueError:
        raise Broken("a header holds no numbers") from None
    if stated != sum(header[:148]) + 8 * 32 + sum(header[156:]) or size < 0:
        raise Broken("the sum of a header is wrong")
    name, prefix = (header[a:b].split(b"\0")[0].decode("utf-8", "replace") for a, b in ((0, 100), (345, 500)))
    return f"{prefix}/{name}" if prefix and header[257:262] == b"ustar" else name, size
