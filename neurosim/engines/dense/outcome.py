"""What a relaxation comes to: averages over a window, when samples settle, and what was counted."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from neurosim.engines.dense.graph import DenseGraph
from neurosim.engines.dense.loop import Relaxation, Tally
from neurosim.engines.dense.state import flat
from neurosim.engines.protocol import Record


@dataclass(frozen=True)
class Span:
    """How long to relax and what to keep, see `neurosim.engines.protocol.Engine.relax`."""

    steps: int
    window: int
    tolerance: float
    average: Literal["state", "spikes"]

    def place(self, t: int) -> int:
        """Return the place of step t in its window; below 0 in none."""
        return t % self.window if self.tolerance > 0 else t - (self.steps - self.window)


@dataclass
class Outcome:
    """What the samples of a batch come to, one row each; all MUTATED by `follow`.

    means : (samples, units), averages over the last window; first : the first unit of each layer, and one past the last
    made : int64 (samples,), time steps made
    tally : Tally
    """

    means: Tensor
    first: list[int]
    made: np.ndarray
    tally: Tally

    @classmethod
    def empty(cls, graph: DenseGraph, samples: int, slices: int) -> "Outcome":
        """Return one before the first step, whose averages are anything; slices : of all reads."""
        device = graph.hardware.device
        sent = [torch.zeros((samples, layer.units), dtype=torch.int16, device=device) for layer in graph.network.layers]
        return cls(torch.empty((samples, graph.first[-1]), dtype=graph.type, device=device), graph.first,
                   np.zeros(samples, np.int64),
                   Tally(sent, torch.zeros((samples, slices), dtype=torch.int64, device=device)))

    @property
    def mean(self) -> list[Tensor]:
        """The averages of each layer, (samples, units); views."""
        return [self.means[:, begin:end] for begin, end in zip(self.first, self.first[1:])]

    def rows(self, rows: slice) -> "Outcome":
        """Return a view of some samples."""
        return Outcome(self.means[rows], self.first, self.made[rows], self.tally.rows(rows))

    def record(self) -> Record:
        """Return the Record of all samples."""
        samples = len(self.made)
        return Record(self.means.cpu().numpy(), self.made, flat(self.tally.sent).view(np.uint16),
                      self.tally.slices.cpu().numpy(), np.zeros((samples, self.tally.slices.shape[1]), np.int64),
                      np.zeros((samples, 0, 0), np.uint32))


def follow(part: Relaxation, span: Span, outcome: Outcome) -> None:
    """Relax the samples of one part; a sample that has settled stands still, and the others continue without it.

    outcome : of these samples, MUTATED; part : whose state is MUTATED, and whose tally is that of the outcome
    """
    running, rows = part, torch.arange(len(outcome.made), device=outcome.tally.slices.device)
    mean, before = outcome.mean, [torch.full_like(one, torch.inf) for one in outcome.mean] if span.tolerance else []
    for t in range(span.steps):
        running.step(t)
        average(mean, running, span, t)
        if span.tolerance == 0 or span.place(t) < span.window - 1:
            continue
        quiet = settled(mean, before, span.tolerance)
        before = [one.clone() for one in mean]
        if not quiet.any():
            continue
        _leave(part, running, outcome, mean, rows)
        outcome.made[rows.cpu().numpy()] = t + 1
        stay = torch.nonzero(~quiet)[:, 0]
        running, rows = running.rows(stay), rows[stay]
        mean, before = [one[stay] for one in mean], [one[stay] for one in before]
        if not len(rows):
            return
    _leave(part, running, outcome, mean, rows)
    outcome.made[rows.cpu().numpy()] = span.steps


def average(mean: list[Tensor], running: Relaxation, span: Span, t: int) -> None:
    """Average states or spikes over the window that step t is in; mean is MUTATED."""
    place = span.place(t)
    if place < 0:
        return
    for total, one in zip(mean, running.state.cells):
        kept = one.s if span.average == "spikes" else one.x
        if place == 0:
            torch.mul(kept, 1 / span.window, out=total)
        else:
            total.add_(kept, alpha=1 / span.window)


def _leave(part: Relaxation, running: Relaxation, outcome: Outcome, mean: list[Tensor], rows: Tensor) -> None:
    """Write what the running samples have come to into the rows of all; part and outcome are MUTATED."""
    if running is part:
        return
    part.state.write(rows, running.state)
    for total, now in zip(outcome.mean, mean):
        total[rows] = now
    if part.tally is not None and running.tally is not None:
        part.tally.write(rows, running.tally)


def settled(mean: list[Tensor], before: list[Tensor], tolerance: float) -> Tensor:
    """Return whether, in every layer, the mean over the units moved by less than the tolerance; bool (samples,)."""
    quiet = torch.ones(len(mean[0]), dtype=torch.bool, device=mean[0].device)
    for now, then in zip(mean[1:], before[1:]):
        quiet &= (now - then).abs().mean(dim=1) < tolerance
    return quiet
