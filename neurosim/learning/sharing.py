"""One batch, many ranks: who relaxes which samples, and how their products become those of the whole batch."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.engines.protocol import Engine, Products
from neurosim.engines.ranks import ALONE, Ranks
from neurosim.learning.rule import Lesson, gradient

#: Most blocks of a batch whose products are added in order.
BLOCKS = 16


@dataclass(frozen=True)
class Sharing:
    """How batches are shared among ranks: rank r relaxes the r-th of equal shares.

    ranks : Ranks
    blocks : parts of a batch that relax by themselves, and whose Hebbian products are added in order, so that sums do
        not depend on the number of ranks, which divides it; 0 = one part for each rank, added in any order
    """

    ranks: Ranks = ALONE
    blocks: int = 0

    @property
    def writes(self) -> bool:
        """Whether this rank writes files and talks."""
        return self.ranks.rank == 0

    def own(self, samples: int) -> slice:
        """Return the samples of a batch that this rank relaxes."""
        share = samples // self.ranks.size
        return slice(self.ranks.rank * share, (self.ranks.rank + 1) * share)

    def parts(self, samples: int) -> list[slice]:
        """Return the blocks of as many own samples, one after the other."""
        count = max(1, self.blocks // self.ranks.size)
        ends = [samples * i // count for i in range(count + 1)]
        return list(map(slice, ends, ends[1:]))

    def gradient(self, engine: Engine, parts: Sequence[Lesson]) -> Products:
        """Estimate the gradient of the loss, averaged over the whole batch, from the own parts of it, one or more.

        raises : RankLost
        """
        samples = self.ranks.size * sum(map(len, parts))
        found = [gradient(engine, part, samples) for part in parts]
        if self.ranks.size == len(found) == 1:
            return found[0]
        rows = [_flat(products) for products in found]
        return _shaped(self.ranks.fold(rows) if self.blocks else self.ranks.add(ALONE.fold(rows)), found[0])

    def gather(self, told: Any) -> list[Any]:
        """Return what every rank told, in their order; what JSON can hold. raises : RankLost"""
        if self.ranks.size == 1:
            return [told]
        return [json.loads(text) for text in self.ranks.gather(json.dumps(told).encode())]

    def agreed(self, stop: bool, due: bool) -> tuple[bool, bool]:
        """Return whether some rank wants to stop, and what the one that writes says is due; raises RankLost."""
        told = self.gather([bool(stop), bool(due)])
        return any(wish for wish, _ in told), told[0][1]

    def rows(self, own: np.ndarray) -> np.ndarray:
        """Return the rows of all samples of a batch, of which every rank has its own; raises RankLost."""
        if self.ranks.size == 1:
            return own
        found = [np.frombuffer(told, own.dtype).reshape(-1, *own.shape[1:])
                 for told in self.ranks.gather(np.ascontiguousarray(own).tobytes())]
        return np.concatenate(found)

    def total(self, number: int) -> int:
        """Return the sum over all ranks; raises RankLost."""
        return sum(self.gather(number))

    def any(self, wish: bool) -> bool:
        """Return whether some rank wishes it; raises RankLost."""
        return any(self.gather(bool(wish)))

    def refuse_apart(self, what: Mapping[str, Iterable[Any]]) -> None:
        """Raise ValueError unless arrays have the same bits on all ranks.

        what : dict from what an array is called to arrays of it
        """
        if self.ranks.size == 1:
            return
        told = self.gather({name: _digest(values) for name, values in what.items()})
        for name in what:
            apart = [str(rank) for rank, own in enumerate(told) if own[name] != told[0][name]]
            if apart:
                raise ValueError(f"WORLD_SIZE: {name} of the processes {', '.join(apart)} are not those of process 0, "
                                 "bit for bit; run the same versions on processors of one kind, with the same data")


#: One process, whole batches.
WHOLE = Sharing()


def blocks_of(batch: int) -> int:
    """Return how many blocks a batch is cut into: the largest divisor up to BLOCKS."""
    return next(count for count in range(min(BLOCKS, batch), 0, -1) if batch % count == 0)


def shared(ranks: Ranks, batch: int, ordered: bool) -> Sharing:
    """Return the Sharing of batches of so many samples; ordered : sums do not depend on the number of ranks.

    raises : ValueError where the samples, or their blocks, do not divide among the ranks
    """
    blocks = blocks_of(batch) if ordered else 0
    if batch % ranks.size:
        raise ValueError(f"training.batch: {batch} does not divide among {ranks.size} processes; write a multiple of "
                         f"{ranks.size}, or start another number of processes")
    if blocks % ranks.size:
        raise ValueError(f"engine.deterministic: the {blocks} blocks of a batch of {batch} do not divide among "
                         f"{ranks.size} processes; start a number that divides {blocks}, or change training.batch")
    return Sharing(ranks, blocks)


def _flat(products: Products) -> np.ndarray:
    return np.concatenate([np.ravel(values) for part in (products.weights, products.biases)
                           for values in part.values()])


def _shaped(values: np.ndarray, like: Products) -> Products:
    """Return the Products of which `_flat` has made the numbers."""
    found, end = [], 0
    for part in (like.weights, like.biases):
        own = {}
        for name, shape in ((name, array.shape) for name, array in part.items()):
            begin, end = end, end + int(np.prod(shape))
            own[name] = values[begin:end].reshape(shape)
        found.append(own)
    return Products(*found)


def _digest(values: Iterable[Any]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for array in values:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
