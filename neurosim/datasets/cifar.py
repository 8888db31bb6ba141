"""Reader of the binary version of CIFAR-10 and CIFAR-100: records of label bytes and 3 x 32 x 32 colour bytes."""

from pathlib import Path, PurePosixPath

import numpy as np

from neurosim.datasets.archive import read_members
from neurosim.user_files import read_limited

PIXELS = 3 * 32 * 32
LIMIT = 2 * 50_000 * (PIXELS + 2)    #: of the records of one part: twice as many as are published [byte]


def read_cifar(source: Path, members: list[str], label_bytes: int) -> tuple[np.ndarray, np.ndarray]:
    """Read one part (training or test) of CIFAR from the published archive or from a folder with the .bin files.

    A record is `label_bytes` labels, of which the last is the fine one, and the red, green and blue planes.
    An archive is read in memory; nothing is extracted, and members are taken by their exact names.

    source : str or Path, the archive (gzipped or not) or the folder
    members : names inside the archive, in order; in a folder the last part of each name
    label_bytes : 1 for CIFAR-10, 2 for CIFAR-100 (coarse, fine)
    returns : images uint8 (n, 32, 32, 3), labels uint8 (n,)
    raises : ValueError where a file is missing, corrupt or not a whole number of records

    A. Krizhevsky, Learning multiple layers of features from tiny images, 2009; www.cs.toronto.edu/~kriz/cifar.html.
    """
    source = Path(source)
    if source.is_dir():
        paths = [source / PurePosixPath(member).name for member in members]
        blocks = [_records(read_limited(path, LIMIT, "a batch of CIFAR"), path, label_bytes) for path in paths]
    else:
        contents = _read_archive(source, members)
        blocks = [_records(contents.pop(member), f"{source}: {member}", label_bytes) for member in members]
    images = np.empty((sum(map(len, blocks)), 32, 32, 3), np.uint8)
    planes = [block[:, label_bytes:].reshape(-1, 3, 32, 32) for block in blocks]
    np.concatenate([plane.transpose(0, 2, 3, 1) for plane in planes], out=images)
    return images, np.concatenate([block[:, label_bytes - 1] for block in blocks])


def _read_archive(source: Path, members: list[str]) -> dict[str, bytes]:
    contents = read_members(source, members, LIMIT)
    if missing := ", ".join(sorted(set(members) - set(contents))):
        raise ValueError(f"{source}: the archive lacks {missing}; take the binary version of CIFAR, not the Python one")
    return contents


def _records(content: bytes, owner: Path | str, label_bytes: int) -> np.ndarray:
    length = label_bytes + PIXELS
    if not content or len(content) % length:
        raise ValueError(f"{owner}: {len(content)} bytes are not a whole number of records of {length} bytes; "
                         "it is cut short or not the binary version of CIFAR, fetch or copy it again")
    return np.frombuffer(content, np.uint8).reshape(-1, length)
