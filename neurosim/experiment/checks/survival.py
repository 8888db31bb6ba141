"""How much of the gradient of the rate network survives in the estimate that training makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.experiment.checks.table import table, verdict
from neurosim.learning.estimator import FREE
from neurosim.learning.phases import run_phases
from neurosim.learning.rule import gradient

if TYPE_CHECKING:
    from neurosim.engines import Engine
    from neurosim.experiment.checks.case import CheckCase
    from neurosim.learning.phases import Phases

COSINE = 0.95    #: least cosine of the weights of a network that has not learnt yet


@dataclass(frozen=True, kw_only=True)
class Survival:
    """An estimate g beside the gradient G of the rate network, by connection, and by layer for biases.

    weights, biases : cosine of g and G
    along, across : of g, the parts along G and across it, over |G|; 1 and 0 where nothing is lost
    beyond : fraction of nudged output states outside [0, 1], which spikes cannot stand for
    """

    settings: str
    weights: dict
    biases: dict
    along: dict
    across: dict
    beyond: float

    @property
    def weak(self) -> list[str]:
        """Names of the connections whose cosine is below COSINE."""
        return [name for name, value in self.weights.items() if value < COSINE]

    @property
    def reasons(self) -> list[str]:
        """Why the estimate of a network that has not learnt yet is not good enough, list of str."""
        if not self.weak:
            return []
        worst = min(self.weak, key=self.weights.__getitem__)
        return [f"the estimate for {', '.join(self.weak)} does not follow the gradient (cosine "
                f"{self.weights[worst]:.3f} for {worst}, {COSINE:g} needed); lengthen the phases and learning.window, "
                "or lower neurons.lam"]

    def lines(self, paper: Survival | None = None, excuse: str = "") -> Iterator[str]:
        """Yield a table of this and of the paper's settings (Survival, None for rate neurons), and what it means.

        excuse : why the cosines are a report and no criterion, "" = they are judged
        """
        kept = [self, paper] if paper else [self]
        rows = [("cosine", *(one.settings for one in kept), "along", "across", "")]
        rows += [(name, *(f"{one.weights[name]:.3f}" for one in kept), f"{self.along[name]:.2f}",
                  f"{self.across[name]:.2f}", "" if excuse else verdict(value >= COSINE))
                 for name, value in self.weights.items()]
        rows += [(f"bias of {name}", *(f"{one.biases[name]:.3f}" for one in kept), f"{self.along[name]:.2f}",
                  f"{self.across[name]:.2f}", "") for name in self.biases]
        yield from table(rows)
        yield "  along, across: parts of the configured estimate along the gradient and across it, over its size"
        if paper:
            yield f"  {self.beyond:.0%} of the nudged outputs lie outside [0, 1], where spikes cannot follow them"
        if excuse and self.weak:
            yield f"  {', '.join(self.weak)}: {excuse};"
            yield ("  the error and the schedule of the learning rate tell whether that matters; longer phases, a "
                   "longer learning.window or a smaller neurons.lam reduce it")


def survival(engine: Engine, case: CheckCase, phases: Phases, truth: dict[str, np.ndarray], settings: str) -> Survival:
    """Estimate the gradient of a CheckCase as training does and compare it with `truth`, a dict of arrays.

    settings : words for what was set; returns : Survival
    """
    records = run_phases(engine, case.images, case.targets, phases)
    products = gradient(engine, records)
    estimate = {**products.weights, **products.biases}
    parts = {name: _parts(values, truth[name]) for name, values in estimate.items()}
    output = engine.slices[engine.network.layers[-1].name]
    nudged = np.concatenate([record.mean[:, output] for name, record in records.by_phase.items()
                             if name != FREE])
    return Survival(settings=settings,
                    **{kind: {name: cosine(values, truth[name]) for name, values in getattr(products, kind).items()}
                       for kind in ("weights", "biases")},
                    along={name: part[0] for name, part in parts.items()},
                    across={name: part[1] for name, part in parts.items()},
                    beyond=float(np.mean((nudged < 0) | (nudged > 1))))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Return the cosine of the angle between two arrays; 0 where one of them vanishes."""
    norms = np.linalg.norm(a) * np.linalg.norm(b)
    return float(np.vdot(a, b) / norms) if norms > 0 else 0.0


def _parts(estimate: Any, truth: Any) -> tuple[float, float]:
    """Return the parts of an estimate along and across the truth, over the truth's norm; 0, 0 where that vanishes."""
    size = np.linalg.norm(truth)
    if not size > 0:
        return 0.0, 0.0
    along = float(np.vdot(estimate, truth) / size ** 2)
    return along, float(np.linalg.norm(estimate - along * truth) / size)
