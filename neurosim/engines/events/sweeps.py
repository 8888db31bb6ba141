"""The order of a time step, as the plan says it: what moves in each of its sweeps, and what that reads.

A layer reads what was sent before its sweep. The input moves with the last one, so that all layers read the same of it
in one time step. Every read is made once in a time step, in the sweep of the layer where it ends.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurosim.engines.events.reads import Read
from neurosim.network.connections import Connection
from neurosim.network.graph import Network


def turns_of(network: Network, pools: Sequence[Connection]) -> list[int]:
    """Return the sweep in which each population moves, layers first; maps take part when the layer above them does."""
    sweeps = network.sweeps
    turns = [len(sweeps) - 1] * len(network.layers)
    for turn, moving in enumerate(sweeps):
        for layer in moving:
            turns[layer] = turn
    return turns + [turns[network.index(pool.upper)] for pool in pools]


def sweep_fields(network: Network, pools: Sequence[Connection], reads: Sequence[Read],
                 origins: np.ndarray) -> dict[str, Any]:
    """Return the fields of the plan about sweeps, as a dict.

    pools : connections with maximum pooling, in the order of their maps
    reads : in the order of the plan; origins : populations whose signals they read, before signs were distinguished
    """
    turns, layers = turns_of(network, pools), len(network.layers)
    count = len(network.sweeps)
    sizes, lists = np.zeros(2 * count, np.int64), np.zeros((count, layers), np.int64)
    for read, origin in zip(reads, origins):
        turn = turns[read.target]
        sizes[turn + count * (read.target < layers)] += 1
        if origin < layers and not (origin == 0 and network.source.steady):
            lists[turn, origin] = 1
    for earlier, later in zip(range(count), range(1, count)):
        lists[later] *= 1 - lists[earlier] * (np.array(turns[:layers]) != earlier)
    returning = [turns[network.index(pool.lower)] if pool.lower != network.layers[0].name else
                 turns[network.index(pool.upper)] for pool in pools]
    return {"stages": np.concatenate([[0], np.cumsum(sizes)]), "lists": lists, "moves": _at(turns, count),
            "returns": _at(returning, count)}


def _at(turns: Sequence[int], count: int) -> np.ndarray:
    """Return integers (count, len(turns)), 1 where a column has its turn."""
    return (np.arange(count)[:, None] == np.array(turns, np.int64)).astype(np.int64)
