"""Gradients of rate networks at their fixed points: by equilibrium propagation, and by differences of the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.engines import Nudge
from neurosim.experiment.checks.settling import clipped, settle
from neurosim.experiment.checks.case import reload
from neurosim.learning.estimator import Contrast, built_in, moment, pairs
from neurosim.learning.rule import contrasted
from neurosim.streams import stream

if TYPE_CHECKING:
    from neurosim.engines import Engine
    from neurosim.experiment.checks.case import CheckCase
    from neurosim.experiment.checks.settling import Settled
    from neurosim.learning.estimator import Phase

BETAS = (1e-4, 1e-5, 1e-6)       #: tried in this order until no unit reaches or leaves a clip
STEPS = (1e-5, 1e-6, 1e-7)       #: the same for the perturbation of a parameter
SIDES = (1.0, -1.0)


@dataclass(frozen=True)
class Entry:
    """One number among the parameters: of the weights of a connection, or of the biases of a layer."""

    name: str
    index: tuple


@dataclass(frozen=True)
class Slope:
    """Central difference of the loss in one Entry; `kinks` units reached or left a clip between its two ends."""

    entry: Entry
    value: float
    kinks: int


def contrast(engine: Engine, case: CheckCase, free: Settled, phases: tuple[Phase, ...]
             ) -> tuple[dict[str, np.ndarray], int]:
    """Estimate the gradient by a list of phases, a tuple of Phase, that have all come to rest.

        -c sum_k w_k h(beta_k) / (sum_k w_k beta_k samples)

    returns : (dict of arrays, averaged over samples; number of units that do not sit at the same clip in all phases)
    """
    ends = {phase.name: _nudged(engine, case, free, phase.beta) for phase in phases}
    contrasts = [Contrast(amount, ends[plus], ends[minus]) for amount, plus, minus in pairs(phases)]
    products = contrasted(engine, contrasts, -1 / (moment(phases, 1) * len(case.images)))
    first, *others = (clipped(engine, x) for x in ends.values())
    kinks = int(np.sum(np.any([first != other for other in others], axis=0)))
    return {**products.weights, **products.biases}, kinks


def exact_gradient(engine: Engine, case: CheckCase, free: Settled) -> tuple[dict[str, np.ndarray], float, int]:
    """Centred estimate at the largest beta at which no unit reaches or leaves a clip; returns (arrays, beta, kinks)."""
    for beta in BETAS:
        gradient, kinks = contrast(engine, case, free, built_in("centred", "free", beta))
        if not kinks:
            break
    return gradient, beta, kinks


def choose_entries(case: CheckCase, weights: int, biases: int) -> list[Entry]:
    """Draw so many entries of every connection's weights and every layer's biases; returns a list of Entry."""
    chosen = []
    for arrays, count in ((case.weights, weights), (case.biases, biases)):
        for name, values in arrays.items():
            indices = stream(case.seed, "check", "entries", name).permutation(values.size)[:count]
            chosen += [Entry(name, tuple(map(int, np.unravel_index(flat, values.shape)))) for flat in np.sort(indices)]
    return chosen


def all_entries(case: CheckCase) -> list[Entry]:
    """Return every entry of every parameter."""
    return [Entry(name, index) for arrays in (case.weights, case.biases) for name, values in arrays.items()
            for index in np.ndindex(values.shape)]


def slope(engine: Engine, case: CheckCase, free: Settled, entry: Entry) -> Slope:
    """Return the central difference of the mean loss at the free fixed point; returns Slope.

    The engine is loaded with the perturbed parameter and, in the end, with the case's own again.
    """
    for step in STEPS:
        losses, sides = zip(*(_perturbed(engine, case, free, entry, sign * step) for sign in SIDES))
        kinks = int(np.sum(sides[0] != sides[1]))
        if not kinks:
            break
    reload(engine, case.weights, case.biases)
    return Slope(entry, float(losses[0] - losses[1]) / (2 * step), kinks)


def loss(engine: Engine, case: CheckCase, x: np.ndarray) -> float:
    """Mean loss over the samples."""
    output = x[:, engine.slices[engine.network.layers[-1].name]]
    return case.loss.value(output, case.targets).sum() / len(x)


def _nudged(engine: Any, case: CheckCase, free: Any, beta: float) -> np.ndarray:
    if beta == 0:
        return free.x
    return settle(engine, case.still, nudge=Nudge(beta, case.targets, case.loss), start=free.state).x


def _perturbed(engine: Any, case: CheckCase, free: Any, entry: Entry, step: float) -> tuple[float, np.ndarray]:
    weights, biases = dict(case.weights), dict(case.biases)
    owner = weights if entry.name in weights else biases
    owner[entry.name] = owner[entry.name].copy()
    owner[entry.name][entry.index] += step
    reload(engine, weights, biases)
    x = settle(engine, case.still, start=free.state).x
    return loss(engine, case, x), clipped(engine, x)
