"""Reader of IDX, the format of MNIST: two zero bytes, type, number of dimensions, dimensions, then the values."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.datasets.compressed import check_claim, open_content

#: type byte -> big-endian numpy type
TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}

LIMIT = 2**30    #: largest length of the values that is read unless the caller allows another [byte]
_BLOCK = 1 << 22
_DIMENSIONS = 16    #: most dimensions of any array that somebody stores


def read_idx(path: Path, most: int = LIMIT) -> np.ndarray:
    """Read an IDX file, gzipped or not.

    path : str or Path; most : largest length of the values [byte]
    returns : array in native byte order, shape and type as the header says
    raises : ValueError where the file is not IDX, is cut short, too long or corrupt

    Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database, 1998, "The IDX file format".
    """
    path = Path(path)
    with open_content(path) as stream:
        kind, shape = _header(stream, path)
        length = math.prod(shape) * kind.itemsize
        check_claim(path, length, most)
        if math.prod(max(size, 1) for size in shape) * kind.itemsize > most:
            raise ValueError(f"{path}: its header promises nothing, in the shape {shape}; it is corrupt, fetch or copy "
                             "it again")
        body = _read_at_most(stream, length)
        surplus = stream.read(1)
    if len(body) < length:
        raise ValueError(f"{path}: cut short, {len(body)} of {length} bytes of values are there; fetch or copy it "
                         "again")
    if surplus:
        raise ValueError(f"{path}: continues after its {length} bytes of values; it is not the file its header "
                         "describes, fetch or copy it again")
    return np.frombuffer(body, kind).reshape(shape).astype(kind.newbyteorder("="), copy=False)


def _header(stream: Any, path: Path) -> tuple[np.dtype, tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES or not 0 < magic[3] <= _DIMENSIONS:
        raise ValueError(f"{path}: not an IDX file (it begins with '{magic.hex(' ')}', expected 00 00, a type from "
                         "08 to 0e and the number of dimensions); fetch or copy it again")
    dimensions = stream.read(4 * magic[3])
    if len(dimensions) < 4 * magic[3]:
        raise ValueError(f"{path}: cut short inside its header; fetch or copy it again")
    return np.dtype(TYPES[magic[2]]), tuple(int(size) for size in np.frombuffer(dimensions, ">u4"))


def _read_at_most(stream: Any, length: int) -> bytearray:
    """Read up to `length` bytes; memory grows with what is really there, not with what the header promises."""
    body = bytearray()
    while len(body) < length and (block := stream.read(min(length - len(body), _BLOCK))):
        body += block
    return body
