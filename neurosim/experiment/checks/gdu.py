"""Does every step of the nudged phase retrace one step of backpropagation through time?

From a fixed point of the free phase, nudge step t + 1 changes the Hebbian products by what truncated backpropagation
adds when it goes t steps back from the end of the free phase: the gradient-descending updates of Ernoult, Grollier,
Querlioz, Bengio, Scellier, NeurIPS 2019.

    EP     -c (h(t + 1) - h(t)) / beta                                         one-sided
           -c (h(t + 1, +beta) - h(t, +beta) - h(t + 1, -beta) + h(t, -beta)) / (2 beta)      centred
    BPTT   d L(T) / d(parameters that step T - t used)

c is 1, or what a gain of the feedback asks for, see `neurosim.network.potentials`. All layers move at once here,
whatever the configured order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.experiment.checks.settling import settle
from neurosim.experiment.checks.result import CheckResult
from neurosim.experiment.checks.table import conclusion, table
from neurosim.engines.protocol import Nudge, Products
from neurosim.losses import SQUARED_ERROR

if TYPE_CHECKING:
    from neurosim.engines import Engine
    from neurosim.experiment.checks.case import CheckCase
    from neurosim.experiment.checks.settling import Settled
    from neurosim.losses import Loss

STEPS = 15
SAMPLES = 8
BETA = 1e-5
EPSILON = 0.5
CRITERION = 1e-2
RESIDUAL = 1e-9    #: of the free state; above it the theorem's premise is not met
NEGLIGIBLE = 1e-6       #: of the largest step, below which a step counts as nothing


@dataclass(frozen=True, kw_only=True)
class Retraced:
    """How one parameter's increments compare with backpropagation, one entry per nudge step.

    error, one_sided : relative error of the centred and of the one-sided increments, rms of the difference / larger rms
    sign_errors : fraction of synapses whose centred increment has the wrong sign
    size : rms of the gradient of backpropagation
    synapse_error : relative error over time, averaged over synapses, centred
    """

    name: str
    error: tuple
    one_sided: tuple
    sign_errors: tuple
    size: tuple
    synapse_error: float


@dataclass(frozen=True, kw_only=True)
class GduResult(CheckResult):
    """Comparison of all parameters; `asymmetric` names connections that have no part in an energy, for a `reason`."""

    source: str
    beta: float
    residual: float
    asymmetric: tuple
    reason: str
    parameters: tuple

    @property
    def largest(self) -> float:
        return max((max(p.error) for p in self.parameters), default=np.inf)

    @property
    def reasons(self) -> list[str]:
        if self.asymmetric:
            return [f"{self.reason}, so that the dynamics follow no energy and the theorem does not hold; remove "
                    "those settings"]
        found = []
        if self.residual > RESIDUAL:
            found.append(f"the free state still moves by {self.residual:.1e} a step, more than {RESIDUAL:g}")
        if not self.largest <= CRITERION:
            found.append(f"nudge steps are off from backpropagation by {self.largest:.2g}, more than {CRITERION:g}")
        return found

    def lines(self) -> list[str]:
        head = [f"gdu of {self.case}, rate neurons that move at once, {self.source}, beta {self.beta:g}, "
                f"epsilon {EPSILON:g}",
                f"  residual of the free state: {self.residual:.1e} (at most {RESIDUAL:g})"]
        if self.asymmetric:
            return [*head, conclusion("gdu", self.reasons)]
        steps = [("relative error at step", *map(str, range(1, STEPS + 1)))]
        steps += [(p.name, *(f"{value:.0e}" for value in p.error)) for p in self.parameters]
        summary = [("parameter", "largest", "one-sided", "per synapse", "wrong signs")]
        summary += [(p.name, max(p.error), max(p.one_sided), p.synapse_error, f"{np.mean(p.sign_errors):.2%}")
                    for p in self.parameters]
        return [*head, *table(steps), *table(summary),
                f"  largest relative error {self.largest:.2g} (at most {CRITERION:g})", conclusion("gdu", self.reasons)]


def check_gdu(case: CheckCase, observe: Callable | None = None, beta: float = BETA) -> GduResult:
    """Compare nudge steps with steps of backpropagation on the rate version of a CheckCase; returns GduResult."""
    case = case.first(SAMPLES)
    engine = case.rate(EPSILON, order="synchronous")
    free = settle(engine, case.still)
    parameters: tuple[Retraced, ...] = ()
    if not case.network.asymmetric:
        backward = list(backpropagation(engine, free.x, case.targets, EPSILON, STEPS, case.loss))
        phases = []
        for sign in (1, -1):
            phases.append(list(nudged_steps(engine, case, free, sign * beta)))
            if observe:
                observe(len(phases), 2)
        plus, minus = phases
        centred = [{name: (a[name] + b[name]) / 2 for name in a} for a, b in zip(plus, minus)]
        parameters = tuple(_compare(name, *([step[name] for step in steps] for steps in (centred, plus, backward)))
                           for name in backward[0])
    return GduResult(case=case.name, source=f"first {len(case.images)} of {case.source}", beta=beta,
                     residual=float(free.residual.max()), asymmetric=case.network.asymmetric,
                     reason=case.network.no_energy, parameters=parameters)


def nudged_steps(engine: Engine, case: CheckCase, free: Settled, beta: float) -> Iterator[dict]:
    """Yield -c (h(t + 1) - h(t)) / beta of every nudge step from a Settled free phase, averaged over samples."""
    state, units = free.state.copy(), engine.units
    for _ in range(STEPS):
        before = state.x[:, :units].copy()
        engine.relax(state, case.still, 1, nudge=Nudge(beta, case.targets, case.loss))
        yield _scaled(engine, engine.correlate(state.x[:, :units], before), -1 / (beta * len(before)))


def backpropagation(engine: Engine, x: np.ndarray, targets: np.ndarray, eps: float, steps: int,
                    loss: Loss = SQUARED_ERROR) -> Iterator[dict]:
    """Yield dL(T) / d(parameters of step T - t) for t = 0 ... steps - 1, averaged over samples.

    By hand, backwards through x' = clip((1 - eps) x + eps (phi(x) + b)) at its fixed point x; m = 1 inside the clip:

        delta(0) = dL/dx_out;      dL/dW = eps c (h(x, m delta) + h(m delta, x))
        delta(t + 1) = (1 - eps) m delta(t) + eps K (m delta(t)),   K s = the currents of s

    dL/dx is c delta, since c K is symmetric.

    engine : of symmetric rate neurons; x : float (samples, units), a fixed point
    """
    network = engine.network
    drive = (1 - eps) * x + eps * (engine.currents(x) + engine.unit_biases())
    inside = np.zeros(x.shape)
    for layer in network.layers[1:]:
        own = engine.slices[layer.name]
        inside[:, own] = (drive[:, own] >= layer.low) & (drive[:, own] <= layer.high)
    delta, output = np.zeros_like(x), engine.slices[network.layers[-1].name]
    delta[:, output] = loss.gradient(x[:, output], targets)
    for _ in range(steps):
        delta *= inside
        yield _scaled(engine, _polar(engine, x, delta), eps / len(x))
        delta = (1 - eps) * delta + eps * engine.currents(delta, at=x)


def _polar(engine: Any, x: np.ndarray, q: np.ndarray) -> Any:
    """h(x, q) + h(q, x) = (h(x + r q) - h(x - r q)) / (2 r), exact while r is too small to reroute max pooling."""
    r = 1e-3 / max(np.abs(q).max(), 1e-300)
    products = engine.correlate(x + r * q, x - r * q)
    return Products(*({name: value / (2 * r) for name, value in group.items()}
                      for group in (products.weights, products.biases)))


def _scaled(engine: Any, products: Any, factor: float) -> dict[str, np.ndarray]:
    factors = engine.network.gradient_factors
    return {name: factor * factors[name] * value for name, value in {**products.weights, **products.biases}.items()}


def _compare(name: str, centred: Any, one_sided: Any, backward: Any) -> Retraced:
    centred, one_sided, backward = (np.array([step.ravel() for step in steps])
                                    for steps in (centred, one_sided, backward))
    size = _rms(backward, 1)
    least = max(NEGLIGIBLE * size.max(), 1e-300)
    error, raw = (_relative(steps, backward, 1, least) for steps in (centred, one_sided))
    counted = np.maximum(np.abs(centred), np.abs(backward)) > least
    wrong = (np.sign(centred) != np.sign(backward)) & counted
    return Retraced(name=name, error=tuple(error.tolist()), one_sided=tuple(raw.tolist()), size=tuple(size.tolist()),
                    sign_errors=tuple(wrong.mean(axis=1).tolist()),
                    synapse_error=float(_relative(centred, backward, 0, least).mean()))


def _relative(steps: Any, backward: Any, axis: Any, least: Any) -> np.ndarray:
    larger = np.maximum(_rms(steps, axis), _rms(backward, axis))
    return _rms(steps - backward, axis) / np.maximum(larger, least)


def _rms(values: Any, axis: Any) -> np.ndarray:
    return np.sqrt(np.mean(np.square(values), axis=axis))
