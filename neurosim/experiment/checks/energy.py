"""Does the free phase go down its energy where it must, and does it come to rest where it need not?

A synchronous step of size eps is a step of projected gradient descent on E over the box of clips. The steepest
curvature of E is 1 - k, with k the lowest eigenvalue of the couplings K, so that no step raises E while
eps <= 2 / (1 - k): the descent lemma. With longer steps the network may end in a cycle of two states. Where feedback
has a gain, all this holds in the metric of the factors c, see `neurosim.network.potentials`. In alternating order the
layers of a half sweep see no curvature but their own 1 where no connection joins them, and every eps <= 1 leads down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurosim.experiment.checks.settling import settle
from neurosim.experiment.checks.result import CheckResult
from neurosim.experiment.checks.table import conclusion, table, verdict
from neurosim.learning.phases import free_phase
from neurosim.network.hopfield import energy, unit_potentials
from neurosim.streams import stream

if TYPE_CHECKING:
    from neurosim.engines import Engine
    from neurosim.experiment.checks.case import CheckCase

STEPS = 100
SAMPLES = 16
DESCENT = 0.5          #: step size at which the energy is always watched, lowered to the limit where that is smaller
RISE = 1e-12           #: rise in one step that rounding may cause, relative to |E|
MOVING = 1e-6          #: a sample whose states still move by more is not at rest
CYCLE = 1e-3           #: a cycle of two: the change over two steps is this much smaller than over one


@dataclass(frozen=True, kw_only=True)
class Descent:
    """A free phase of the rate network at one step size.

    epsilon : step size; promised : whether theory forbids the energy to rise
    rise : largest rise of a sample's energy in one step, relative to |E|
    residual : largest change of a state in the last step
    cycles, moving : samples that end in a cycle of two, or still move otherwise
    """

    epsilon: float
    promised: bool
    rise: float
    residual: float
    cycles: int
    moving: int

    @property
    def passed(self) -> bool:
        return not self.promised or self.rise <= RISE


@dataclass(frozen=True, kw_only=True)
class NoiseFloor:
    """How still the free phase of a spiking network ends.

    residual, noise : largest and root mean square change of the windowed means from one window to the next
    distance : mean absolute difference of the windowed mean from the fixed point of the rate network, by layer
    """

    window: int
    residual: float
    noise: float
    distance: dict


@dataclass(frozen=True, kw_only=True)
class EnergyResult(CheckResult):
    """Descents of the rate network at a safe and at the configured step size.

    lowest : lowest eigenvalue of the couplings, over the samples where they route max pooling differently
    limit : step size up to which the energy cannot rise
    alternates : whether layers move in half sweeps that no connection joins
    noise_floor : of spiking neurons; None for rate neurons, whose own cycles count as failure
    asymmetric : names of connections that have no part in an energy, so that there is none, for a `reason`
    """

    source: str
    samples: int
    lowest: float
    limit: float
    alternates: bool
    asymmetric: tuple
    reason: str
    descents: tuple
    noise_floor: NoiseFloor | None

    @property
    def reasons(self) -> list[str]:
        found = [f"at epsilon {d.epsilon:.3g} the energy rises by {d.rise:.1e} of itself, where it cannot"
                 for d in self.descents if not d.passed]
        last = self.descents[-1]
        if self.noise_floor is None and last.cycles:
            found.append(f"{last.cycles} of {self.samples} samples end in a cycle of two; "
                         f"lower neurons.epsilon below {self.limit:.3g}")
        return found

    def lines(self) -> list[str]:
        rows = [("epsilon", "energy may rise", "largest rise / |E|", "residual", "cycles of two", "still moving", "")]
        rows += [(f"{d.epsilon:.3g}", "no" if d.promised else "yes", f"{d.rise:.1e}", f"{d.residual:.1e}",
                  f"{d.cycles} of {self.samples}", f"{d.moving} of {self.samples}", verdict(d.passed))
                 for d in self.descents]
        law = (f"lowest eigenvalue of the couplings {self.lowest:.3g}, so that E cannot rise for "
               f"epsilon <= {self.limit:.3g}")
        if self.alternates:
            law = "half sweeps of layers that do not meet, so that E cannot rise"
        if self.asymmetric:
            law = f"there is no energy, since {self.reason}"
        return [f"energy of {self.case}, {self.source}",
                f"  rate neurons, free phase of {STEPS} steps: {law}", *table(rows),
                *self._spikes(), conclusion("energy", self.reasons)]

    def _spikes(self) -> Iterator[str]:
        if self.noise_floor is None:
            return
        floor = self.noise_floor
        distances = ", ".join(f"{name} {distance:.2g}" for name, distance in floor.distance.items())
        yield (f"  spikes as configured: means over {floor.window} steps change by {floor.noise:.1e} rms, "
               f"{floor.residual:.1e} at most, from window to window")
        yield f"  distance of these means from the fixed point of the rate network, mean absolute: {distances}"


def check_energy(case: CheckCase, observe: Callable | None = None) -> EnergyResult:
    """Watch the energy of a CheckCase's rate version; returns EnergyResult."""
    case = case.first(SAMPLES)
    engine = case.rate()
    rest = settle(engine, case.still, tolerance=MOVING)
    lowest = lowest_coupling(engine, rest.x)
    alternates = case.network.order == "alternating" and not case.network.joined_at_once
    limit = 2.0 if alternates else 2 / (1 - lowest)
    epsilons = [min(DESCENT, limit), configured_epsilon(case)]
    descents = []
    for epsilon in epsilons:
        descents.append(descend(case, epsilon, promised=epsilon <= limit and not case.network.asymmetric))
        if observe:
            observe(len(descents), len(epsilons) + 1)
    floor = noise_floor(case, rest.x) if case.network.spiking else None
    if observe:
        observe(len(epsilons) + 1, len(epsilons) + 1)
    return EnergyResult(
        case=case.name, source=f"first {len(case.images)} of {case.source}", samples=len(case.images),
        lowest=lowest, limit=limit, alternates=alternates, asymmetric=case.network.asymmetric,
        reason=case.network.no_energy, descents=tuple(descents), noise_floor=floor)


def configured_epsilon(case: CheckCase) -> float:
    """Return the step size of the configuration; of a schedule its first value, the largest."""
    return float(case.network.neurons.schedules(1, np.float64)[0][0])


def descend(case: CheckCase, epsilon: float, promised: bool) -> Descent:
    """Relax rate neurons from rest step by step and watch the energy; returns Descent."""
    engine = case.rate(epsilon)
    units, state = engine.units, engine.rest(len(case.images))
    path: list[np.ndarray] = []
    rise, last = 0.0, None
    for _ in range(STEPS):
        engine.relax(state, case.still, 1)
        path = [*path[-2:], state.x[:, :units].copy()]
        now = energy(engine, path[-1])
        if last is not None:
            rise = max(rise, float(((now - last) / np.maximum(np.abs(now), 1e-300)).max()))
        last = now
    one, two = (np.abs(path[-1] - earlier).max(axis=1) for earlier in (path[-2], path[-3]))
    cycles = (one > MOVING) & (two < CYCLE * one)
    return Descent(epsilon=epsilon, promised=promised, rise=rise, residual=float(one.max()), cycles=int(cycles.sum()),
                   moving=int(np.sum((one > MOVING) & ~cycles)))


def lowest_coupling(engine: Engine, x: np.ndarray) -> float:
    """Lowest eigenvalue of the symmetric part of the couplings sqrt(c) K / sqrt(c) among all layers but the input.

    x : float (samples, units), states that route max pooling; without it one sample tells of all
    """
    from scipy.sparse.linalg import LinearOperator, eigsh
    if len(engine.network.layers) == 2:
        return 0.0
    units, first = engine.units, engine.slices[engine.network.layers[1].name].start
    maxima = any(c.pool == "max" for c in engine.network.connections)
    start = stream(0, "check", "couplings").standard_normal(units - first)
    lowest, scale = [], np.sqrt(unit_potentials(engine)[first:])
    for at in x if maxima else x[:1]:
        def couple(vector: np.ndarray, at: np.ndarray = at) -> np.ndarray:
            signals = np.concatenate([np.zeros(first), vector.ravel() / scale])[None]
            return scale * engine.currents(signals, at=at[None])[0, first:]

        operator = LinearOperator((units - first, units - first), matvec=couple, dtype=np.float64)
        lowest.append(float(eigsh(operator, k=1, which="SA", v0=start, tol=1e-4, return_eigenvectors=False)[0]))
    return min(lowest)


def noise_floor(case: CheckCase, fixed: np.ndarray) -> NoiseFloor:
    """Run the configured free phase and one window more; returns NoiseFloor.

    fixed : float (samples, units), fixed point of the rate network
    """
    engine, phases = case.engine(), case.phases
    state = engine.rest(len(case.images))
    mean = free_phase(engine, state, case.images, phases).mean
    after = engine.relax(state, case.images, phases.span, window=phases.span, average=phases.average).mean
    change = (after - mean)[:, engine.slices[engine.network.layers[1].name].start:]
    distance = {layer.name: float(np.abs(after - fixed)[:, engine.slices[layer.name]].mean())
                for layer in engine.network.layers[1:]}
    return NoiseFloor(window=phases.span, residual=float(np.abs(change).max()),
                      noise=float(np.sqrt(np.mean(change ** 2))),
                      distance=distance)
