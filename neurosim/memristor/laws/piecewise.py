"""The piecewise law: steps between nodes at equal distances over the range, on straight lines."""

from typing import Any

import numpy as np

from neurosim._jit import scalar_law
from neurosim.cards import Entry
from neurosim.memristor.laws.guessing import least_step
from neurosim.memristor.laws.law import SIDES, Law

#: Nodes that a fit gives each direction.
NODES = 5


@scalar_law
def step(x, z, shape, i):
    """Step interpolated between nodes at equal distances over the range."""
    last = shape.shape[0] - 1
    position = min(max(x, 0.0), 1.0) * last
    node = min(int(position), last - 1)
    part = position - node
    return (1.0 - part) * shape[node, i] + part * shape[node + 1, i]


def _parameters(device: Any, deviation: np.ndarray, table: Any) -> tuple[np.ndarray, tuple]:
    sides = [np.array(device[f"nodes_{side}"]) for side in SIDES]
    grid = np.linspace(0, 1, max(map(len, sides)))
    return np.stack([np.interp(grid, np.linspace(0, 1, len(nodes)), nodes)[:, None] for nodes in sides]), (1.0, 1.0)


def _guess(x: np.ndarray, steps: np.ndarray, span: float, sign: int) -> dict:
    grid = np.linspace(0, 1, NODES)
    weights = np.maximum(1 - np.abs(grid[:, None] - x) * (NODES - 1), 0)
    total = weights.sum(axis=1)
    means = (weights @ steps) / np.maximum(total, 1e-12)
    known = total > 0
    return {"nodes": tuple(span * np.maximum(np.interp(grid, grid[known], means[known]), least_step(steps)))}


LAW = Law(
    name="piecewise",
    keys={"nodes_up": Entry("S", 0, 0.01, "set step at equal distances from g_min to g_max", many=True),
          "nodes_down": Entry("S", 0, 0.01, "reset step at equal distances from g_max to g_min", many=True)},
    step=step, parameters=_parameters, guess=_guess, coordinates={"nodes": "exp"})
