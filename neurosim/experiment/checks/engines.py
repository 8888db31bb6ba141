"""Do both engines compute the same? The engine "events" beside "dense", and how long each of them takes.

In float64 every spike, every count and every weight change should be the same, and in float32, in which networks are
trained, the states of rate neurons to one part in a hundred thousand. Spikes in float32 part where a state stands at a
threshold to the last bit: how far is told, and judged in no way.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.crossbar import EffectiveWeights, Tiling
from neurosim.engines import EngineOptions, make_engine
from neurosim.experiment.checks.result import CheckResult
from neurosim.experiment.checks.table import conclusion, table, verdict
from neurosim.learning.phases import run_phases
from neurosim.learning.rule import gradient

if TYPE_CHECKING:
    from neurosim.experiment.checks.case import CheckCase

SAMPLES = 8
KINDS = "dense", "events"
EXACT = 1e-9     #: largest relative difference of states and weight changes in float64
SINGLE = 1e-5    #: of the states of rate neurons in float32
ROUNDS = 3       #: the fastest counts


@dataclass(frozen=True, kw_only=True)
class Compared:
    """How far apart both engines are after one phase, in float64.

    states : largest difference of mean states, relative to the largest state
    spikes : signals that one sends and the other does not, counted by unit; sent : signals of "events"
    counts : whether all that is counted is the same
    """

    phase: str
    states: float
    spikes: int
    sent: int
    counts: bool

    @property
    def passed(self) -> bool:
        return self.states <= EXACT and self.spikes == 0 and self.counts


@dataclass(frozen=True, kw_only=True)
class EnginesResult(CheckResult):
    """The comparison of both engines.

    phases : tuple of Compared; gradients : dict from a parameter to the largest difference of its gradient, relative to
        the largest entry; single : the same of states in float32; spiking : whether neurons send spikes
    seconds : dict from an engine to the time of all phases of one batch in float32 [s]; samples : of the batch
    """

    source: str
    phases: tuple
    gradients: dict
    single: float
    spiking: bool
    seconds: dict
    samples: int

    @property
    def reasons(self) -> list[str]:
        found = [f"the engines part in phase {phase.phase}" for phase in self.phases if not phase.passed]
        wrong = [name for name, error in self.gradients.items() if not error <= EXACT]
        found += [f"gradients of {', '.join(wrong)} differ by more than {EXACT:g}"] if wrong else []
        if not self.spiking and not self.single <= SINGLE:
            found.append(f"states in float32 differ by {self.single:.1e}, more than {SINGLE:g}")
        return found

    def lines(self) -> list[str]:
        rows = [("phase", "states", "spikes that differ", "counts", "")]
        rows += [(one.phase, f"{one.states:.1e}", f"{one.spikes} of {one.sent}", "same" if one.counts else "different",
                  verdict(one.passed)) for one in self.phases]
        worst = max(self.gradients, key=lambda name: self.gradients[name])
        told = "; spikes part in single precision" if self.spiking else f" (at most {SINGLE:g})"
        faster, slower = sorted(self.seconds, key=lambda kind: self.seconds[kind])
        return [f"engines of {self.case}, {self.source}: \"dense\" beside \"events\", float64", *table(rows),
                f"  gradients differ by {self.gradients[worst]:.1e} at most, relative to the largest, in {worst} "
                f"(at most {EXACT:g})",
                f"  float32: states differ by {self.single:.1e}{told}",
                f"  speed, {self.samples} samples, all phases: " + ", ".join(
                    f"{kind} {seconds / self.samples * 1e3:.3g} ms a sample" for kind, seconds in self.seconds.items())
                + f"; \"{faster}\" is {self.seconds[slower] / self.seconds[faster]:.2g} times as fast",
                conclusion("engines", self.reasons)]


def check_engines(case: CheckCase, observe: Callable | None = None) -> EnginesResult:
    """Run the phases of a CheckCase on both engines and compare what comes out; returns EnginesResult."""
    few = case.first(SAMPLES)
    doubles, singles = ([_engine(case, kind, dtype) for kind in KINDS] for dtype in (np.float64, np.float32))
    own, others = (run_phases(engine, few.images, few.targets, case.phases) for engine in doubles)
    _tell(observe, 1)
    phases = tuple(_compared(name, doubles, (own.by_phase[name], others.by_phase[name])) for name in own.by_phase)
    gradients = [gradient(engine, records) for engine, records in zip(doubles, (own, others))]
    differences = {name: _relative(*(one[name] for one in pair))
                   for pair in zip(*((one.weights, one.biases) for one in gradients)) for name in pair[0]}
    means = [run_phases(engine, few.images.astype(engine.dtype) if not case.changes else few.images, few.targets,
                        case.phases).free.mean for engine in singles]
    _tell(observe, 2)
    seconds = dict(zip(KINDS, _timed(singles, case)))
    _tell(observe, 3)
    return EnginesResult(
        case=case.name, source=f"first {len(few.images)} of {case.source}", phases=phases, gradients=differences,
        single=_relative(*means), spiking=case.network.spiking or case.network.source.encodes, seconds=seconds,
        samples=len(case.images))


def _engine(case: CheckCase, kind: Any, dtype: Any) -> Any:
    engine = make_engine(case.network, EngineOptions(kind=kind, device="cpu"), tiling=Tiling(), dtype=dtype)
    weights = {name: values.astype(dtype) for name, values in case.weights.items()}
    engine.load(EffectiveWeights(weights, weights), {name: b.astype(dtype) for name, b in case.biases.items()})
    return engine


def _compared(name: str, engines: list, records: tuple) -> Compared:
    found, expected = records
    spikes = np.abs(found.sent.astype(np.int64) - expected.sent).sum()
    counts = [engine.count(record) for engine, record in zip(engines, records)]
    return Compared(phase=name, states=_relative(found.mean, expected.mean), spikes=int(spikes),
                    sent=int(expected.sent.sum(dtype=np.int64)), counts=counts[0] == counts[1])


def _timed(engines: list, case: CheckCase) -> list[float]:
    """Return the time that each engine takes for all phases of a batch [s], the fastest of some rounds that take turns.
    """
    best = [np.inf] * len(engines)
    for _ in range(ROUNDS):
        for place, engine in enumerate(engines):
            begin = time.perf_counter()
            run_phases(engine, case.images, case.targets, case.phases)
            best[place] = min(best[place], time.perf_counter() - begin)
    return best


def _relative(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found - expected).max(initial=0) / max(np.abs(expected).max(initial=0), 1e-300))


def _tell(observe: Callable | None, done: int) -> None:
    if observe:
        observe(done, 3)
