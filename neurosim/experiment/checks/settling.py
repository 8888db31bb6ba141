"""Fixed points of rate networks: relax until nothing moves, and say how still it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurosim.engines.protocol import State

if TYPE_CHECKING:
    from neurosim.engines import Engine, Nudge

BLOCK = 20    #: time steps between two looks at the residual


@dataclass(frozen=True)
class Settled:
    """The end of a relaxation.

    state : State to continue from; x : float (samples, units), its states, input first
    residual : float (samples,), largest change of a state in the last time step [1]
    steps : time steps made
    """

    state: State
    x: np.ndarray
    residual: np.ndarray
    steps: int


def settle(engine: Engine, images: np.ndarray, *, nudge: Nudge | None = None, start: State | None = None,
           tolerance: float = 1e-14, limit: int = 20000) -> Settled:
    """Relax a rate network until no state of any sample moves by more than `tolerance` in a step, or for `limit` steps.

    start : State to begin at, left as it is; default: rest
    returns : Settled
    """
    state = start.copy() if start else engine.rest(len(images))
    units, steps, residual = engine.units, 0, np.full(len(images), np.inf)
    while residual.max() > tolerance and steps < limit:
        engine.relax(state, images, BLOCK - 1, nudge=nudge)
        before = state.x[:, :units].copy()
        engine.relax(state, images, 1, nudge=nudge)
        residual = np.abs(state.x[:, :units] - before).max(axis=1)
        steps += BLOCK
    return Settled(state, state.x[:, :units], residual, steps)


def clipped(engine: Engine, states: np.ndarray) -> np.ndarray:
    """Return where states sit at a clip: int8 (samples, units), -1 at the lower, +1 at the upper, 0 inside.

    0 at the input.
    """
    sides = np.zeros(states.shape, np.int8)
    for layer in engine.network.layers[1:]:
        own = engine.slices[layer.name]
        sides[:, own] = (states[:, own] >= layer.high).astype(np.int8) - (states[:, own] <= layer.low)
    return sides
