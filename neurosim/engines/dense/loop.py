"""The time loop: all samples of a batch and all units of a layer at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neurosim.engines.dense.graph import Currents, DenseGraph
from neurosim.engines.dense.neurons import Factor
from neurosim.engines.dense.state import DenseState
from neurosim.engines.dense.tiles import TileCounts
from neurosim.engines.protocol import Nudge

#: Forces of losses on outputs x with targets y, -dL/dx, by the name of the loss.
FORCES = {"squared-error": lambda x, y: y - x, "cross-entropy": lambda x, y: y - torch.softmax(x, dim=1)}


@dataclass
class Entering:
    """What acts on the samples of a batch from outside; of fields that nothing needs, None.

    images : (samples, units), steady or coded; frames : int8 (samples, frames, units)
    order : int64 (time,), the frame of every time step since rest, -1 = none
    nudge : Nudge; targets : (samples, classes)
    """

    images: Tensor | None
    frames: Tensor | None
    order: Tensor | None
    nudge: Nudge | None
    targets: Tensor | None

    def rows(self, chosen: Any) -> "Entering":
        """Return what acts on some samples."""
        images, frames, targets = (None if one is None else one[chosen]
                                   for one in (self.images, self.frames, self.targets))
        return Entering(images, frames, self.order, self.nudge, targets)

    def frame(self, now: Tensor, like: Tensor) -> Tensor:
        """Return what the input layer goes to; now : int64 (samples,), time steps since rest."""
        if self.order is None or self.frames is None:
            assert self.images is not None
            return self.images
        place = self.order[now]
        found = self.frames[torch.arange(len(now), device=now.device), place.clamp(min=0)].to(like.dtype)
        return found * (place >= 0)[:, None]


@dataclass
class Tally:
    """What is counted, one row per sample, all MUTATED.

    sent : list by layer of int16 (samples, units), whose bits are those of uint16; slices : int64 (samples, slices)
    """

    sent: list[Tensor]
    slices: Tensor

    def rows(self, chosen: Any) -> "Tally":
        """Return some samples: a view of them for a slice, a copy for a tensor of indices."""
        return Tally([one[chosen] for one in self.sent], self.slices[chosen])

    def write(self, rows: Tensor, other: "Tally") -> None:
        """Take over the counts of other samples; MUTATES these."""
        for own, counts in zip((*self.sent, self.slices), (*other.sent, other.slices)):
            own[rows] = counts


class Relaxation:
    """One relaxation of a batch, step by step.

    graph : DenseGraph; state : DenseState, MUTATED; entering : Entering; steps : at most
    tiles : TileCounts, and tally : Tally, which is MUTATED; None counts nothing
    """

    def __init__(self, graph: DenseGraph, state: DenseState, entering: Entering, steps: int,
                 tiles: TileCounts | None = None, tally: Tally | None = None) -> None:
        self._graph, self.state, self._entering, self._tiles, self.tally = graph, state, entering, tiles, tally
        images = entering.images if graph.steady else None
        if images is not None:
            state.cells[0].x.copy_(images)
        self._constants = graph.constants(images)
        first, last = (int(one) for one in (state.time.min(initial=0), state.time.max(initial=0)))
        self._first, self._together = first, first == last
        clock = graph.network.neurons.schedules(last + steps, graph.dtype)
        self._clock = clock if self._together else tuple(graph.tensor(values) for values in clock)
        self._start = torch.as_tensor(state.time, device=graph.hardware.device).clone()
        for place, (lower, _) in enumerate(graph.ends):
            if lower == 0 and images is not None:
                self._note(place, True, images)

    def rows(self, chosen: Tensor) -> "Relaxation":
        """Return the relaxation of some samples, whose states and counts are copies."""
        one = object.__new__(Relaxation)
        one.__dict__.update(self.__dict__)
        one.state, one._entering = self.state.rows(chosen), self._entering.rows(chosen)
        one._constants, one._start = self._constants.rows(chosen), self._start[chosen]
        one.tally = self.tally and self.tally.rows(chosen)
        return one

    def step(self, t: int) -> None:
        """Make time step t of this relaxation."""
        last = len(self._graph.network.sweeps) - 1
        for sweep, moving in enumerate(self._graph.network.sweeps):
            if self.tally is not None:
                self._count(self.tally, sweep, t)
            self._move(moving, t, enters=sweep == last)

    def _move(self, moving: Sequence[int], t: int, enters: bool) -> None:
        """Move the layers of one sweep from what was sent before; enters : what enters moves with them."""
        graph, cells = self._graph, self.state.cells
        eps, lam = self._factors(t)
        found = graph.currents(self.state, self._constants, lam, moving, self._note)
        if len(cells) - 1 in moving:
            self._nudge(found)
        for index in moving:
            phis, directs = found.phi[index], [*found.direct[index], self._constants.layers[index]]
            if index in graph.normalisations:
                phis, directs = [], graph.normalised(index, [*phis, *directs])
            graph.laws.advance(index, cells[index], phis, directs, eps, lam)
        if enters and not graph.steady:
            graph.laws.advance(0, cells[0], [], [self._entering.frame(self._start + t, cells[0].x)], 1.0, lam)

    def _factors(self, t: int) -> tuple[Factor, Factor]:
        """eps and lam of a time step."""
        epsilons, lams = self._clock
        if self._together:
            return float(epsilons[self._first + t]), float(lams[self._first + t])
        now = self._start + t
        return epsilons[now][:, None], lams[now][:, None]

    def _nudge(self, found: Currents) -> None:
        nudge = self._entering.nudge
        if nudge is not None:
            force = FORCES[nudge.loss.name](self.state.cells[-1].x, self._entering.targets)
            found.direct[-1].append(nudge.beta * force)

    def _note(self, place: int, forward: bool, signals: Tensor) -> None:
        """Count a read of a connection on its tiles."""
        if self._tiles is not None and self.tally is not None:
            self._tiles.add(place, forward, signals, self.tally.slices)

    def _count(self, tally: Tally, sweep: int, t: int) -> None:
        """Count what the layers that have moved in the sweep before this one sent; a steady input sends once."""
        graph = self._graph
        moved = graph.network.sweeps[sweep - 1]
        for index in moved if sweep or (t and graph.steady) else (0, *moved):
            graph.laws.count(self.state.cells[index].s, tally.sent[index])
