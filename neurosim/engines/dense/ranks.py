"""Ranks that talk through torch.distributed: gloo, over TCP."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np
import torch
from torch import distributed
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from neurosim.engines.ranks import RankLost

#: How long the rank that other ranks ask who has spoken stays for them when it ends by an error [s].
_LINGER = 5.0
#: Bytes that tell how long a message is, and bytes of a short one, which goes in one piece.
_LENGTH, _SHORT = 8, 2040


class TorchRanks:
    """Several processes, see `neurosim.engines.ranks.Ranks`.

    rank, size : as MASTER_ADDR and MASTER_PORT of the environment are told; patience : longest wait for another one [s]
    raises : RankLost where the others do not come
    """

    def __init__(self, rank: int, size: int, patience: float) -> None:
        self.rank, self.size, self._spoke = rank, size, False
        wait = timedelta(seconds=patience)
        with _waiting(size):
            store, *_ = next(rendezvous("env://", rank, size, timeout=wait))
            store.set_timeout(wait)
            self._store = PrefixStore("neurosim", store)
            distributed.init_process_group("gloo", store=PrefixStore("gloo", store), rank=rank, world_size=size,
                                           timeout=wait)

    def gather(self, told: bytes) -> list[bytes]:
        """Return what every rank told, in their order."""
        begun = self._gathered(len(told).to_bytes(_LENGTH, "big") + told[:_SHORT], _LENGTH + _SHORT)
        lengths = [int.from_bytes(row[:_LENGTH], "big") for row in begun]
        rest = max(lengths) - _SHORT
        ends = self._gathered(told[_SHORT:], rest) if rest > 0 else [b""] * self.size
        return [(row[_LENGTH:] + end)[:length] for row, end, length in zip(begun, ends, lengths)]

    def _gathered(self, told: bytes, width: int) -> list[bytes]:
        """Return so many bytes of every rank, which begin with what it told."""
        found = [torch.empty(width, dtype=torch.uint8) for _ in range(self.size)]
        with _waiting(self.size):
            distributed.all_gather(found, torch.frombuffer(bytearray(told.ljust(width, b"\0")), dtype=torch.uint8))
        return [row.numpy().tobytes() for row in found]

    def add(self, values: np.ndarray) -> np.ndarray:
        """Return the sum over all ranks, by an all-reduce; every rank gets the bits that one of them has added up."""
        total = torch.from_numpy(np.array(values))
        with _waiting(self.size):
            distributed.all_reduce(total)
        return total.numpy()

    def fold(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        """Return the sum over all ranks in their order: it goes from rank to rank, and from the last to all."""
        total = np.array(parts[0])
        first = 1
        with _waiting(self.size):
            if self.rank:
                distributed.recv(torch.from_numpy(total), self.rank - 1)
                first = 0
            for part in parts[first:]:
                total += part
            if self.rank < self.size - 1:
                distributed.send(torch.from_numpy(total), self.rank + 1)
            distributed.broadcast(torch.from_numpy(total), self.size - 1)
        return total

    def speaks(self) -> bool:
        """Return whether no rank has spoken before this one, as far as that can still be found out."""
        try:
            self._spoke = self._store.add("spoken", 1) == 1
        except RuntimeError:    # who knew it is gone
            return True
        return self._spoke

    def leave(self) -> None:
        """Leave the others; who has told an error stays until they have heard of it, since it may be who knows."""
        with contextlib.suppress(RuntimeError):
            distributed.destroy_process_group()
        if not self._spoke:
            return
        end = time.monotonic() + _LINGER
        with contextlib.suppress(RuntimeError):
            while time.monotonic() < end and self._store.add("spoken", 0) < self.size:
                time.sleep(0.02)


@contextlib.contextmanager
def _waiting(size: int) -> Iterator[None]:
    """Within the block an error of PyTorch means that somebody is not there."""
    try:
        yield
    except RuntimeError as error:
        raise RankLost(f"WORLD_SIZE: one of the {size} processes that train together has ended or does not answer"
                       ) from error
