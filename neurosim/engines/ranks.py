"""Ranks: processes that train one network together, each with its share of every batch.

A launcher says to each process which one it is, by the variables RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, as
torchrun sets them. All ranks make the same calls in the same order, and get the same bits.
"""

import contextlib
import importlib.util
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

#: How long a rank waits for the others [s]: longer than any of them takes for a batch or for its kernels.
PATIENCE = 600.0
_VARIABLES = "RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT"


class RankLost(ConnectionError):
    """Another rank has ended or does not answer any more."""


class Ranks(Protocol):
    """The processes that train together, seen from one of them.

    rank : number of this one, which is 0 for the one that writes files; size : how many there are
    """

    rank: int
    size: int

    def gather(self, told: bytes) -> list[bytes]:
        """Return what every rank told, in their order; raises RankLost."""

    def add(self, values: np.ndarray) -> np.ndarray:
        """Return the sum of the arrays (n,) of all ranks, in the order that is fastest; raises RankLost."""

    def fold(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Return the sum of the arrays (n,), one or more, of all ranks, added one by one in their order.

        It is the same whichever rank holds a part, as long as the order of all parts is; raises RankLost.
        """

    def speaks(self) -> bool:
        """Return whether this rank is the first that has an error to tell, so that the others may be silent."""


class Alone:
    """One process, which is all ranks there are."""

    rank, size = 0, 1

    def gather(self, told: bytes) -> list[bytes]:
        """Return what this process told."""
        return [told]

    def add(self, values: np.ndarray) -> np.ndarray:
        """Return the array itself."""
        return values

    def fold(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Return the sum of the parts, added one by one in their order; one part is returned itself."""
        total, *others = parts
        for part in others:
            total = total + part
        return total

    def speaks(self) -> bool:
        """Return True: nobody else does."""
        return True


ALONE = Alone()


def declared(variables: Mapping[str, str] = os.environ) -> tuple[int, int]:
    """Return the rank of this process and how many there are, as its environment says: (0, 1) where it says nothing.

    raises : ValueError where it says something impossible
    """
    size = _number(variables, "WORLD_SIZE") if "RANK" in variables else 1
    if size <= 1:
        return 0, 1
    rank = _number(variables, "RANK")
    if rank >= size:
        raise ValueError(f"RANK: there is no process {rank} among {size} (WORLD_SIZE), which count from 0; start them "
                         f"with torchrun, or set {_VARIABLES} as it does")
    for name in ("MASTER_ADDR", "MASTER_PORT"):
        if not variables.get(name):
            raise ValueError(f"{name}: is not set for one of {size} processes (WORLD_SIZE), which meet there; start "
                             f"them with torchrun, or set {_VARIABLES} as it does")
    _number(variables, "MASTER_PORT")
    return rank, size


def local(variables: Mapping[str, str] = os.environ) -> tuple[int, int]:
    """Return which rank this is among those of its machine, and how many those are: LOCAL_RANK and LOCAL_WORLD_SIZE.

    They are (0, 1) where nothing is said, or there is one process; raises : ValueError for what is not a number
    """
    if declared(variables)[1] == 1:
        return 0, 1
    place, size = (_number(variables, name) if variables.get(name) else default
                   for name, default in (("LOCAL_RANK", 0), ("LOCAL_WORLD_SIZE", 1)))
    return place, max(1, size)


@contextlib.contextmanager
def joined(patience: float = PATIENCE) -> Iterator[Ranks]:
    """Meet the other ranks that the environment declares, and part at the end of the block; yields Ranks.

    patience : how long to wait for any of them [s]
    raises : ValueError where PyTorch is not installed or the environment is impossible; RankLost where others do not
        come
    """
    rank, size = declared()
    if size == 1:
        yield ALONE
        return
    if importlib.util.find_spec("torch") is None:
        raise ValueError(f"WORLD_SIZE: {size} processes train together through PyTorch, which is not installed; run "
                         "pip install 'neurosim-ep[torch]', or start one process")
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")    # what it warns of is told by RankLost
    meeting = importlib.import_module("neurosim.engines.dense.ranks").TorchRanks(rank, size, patience)
    try:
        yield meeting
    finally:
        meeting.leave()


def _number(variables: Mapping[str, str], name: str) -> int:
    text = variables.get(name, "")
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{name}: {text[:20]!r} is not a whole number; start the processes with torchrun, or set "
                         f"{_VARIABLES} as it does")
    return int(text)


def threads_of(ranks: Ranks) -> int | None:
    """Return the threads of one of several ranks on this machine; None = as many as there are processors."""
    if ranks.size == 1:
        return None
    from neurosim._jit import thread_count
    return max(1, thread_count() // local()[1])
