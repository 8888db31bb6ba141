"""The phases of equilibrium propagation: the free one, and those of the estimator, each from a whole state."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from neurosim.cards import Entry, check_numbers
from neurosim.engines.protocol import MOST_STEPS, Engine, Nudge, Record, State
from neurosim.learning.estimator import (FREE, Contrast, Phase, built_in, checked, moment, noise_numbers, pairs,
                                         refuse_beta)
from neurosim.losses import LOSSES, one_hot
from neurosim.summaries import Fielded
from neurosim.tables import abbreviated, nearest

__all__ = ["Phase", "PhaseRecords", "Phases", "free_phase", "one_hot", "run_phases"]

_STEPS = Entry("1", 1, MOST_STEPS, most="as many as the counters of spikes hold")
#: Bounds of the numbers of the section.
_LIMITS = {
    **dict.fromkeys(("free_steps", "free_limit", "nudge_steps"), _STEPS), "window": Entry("1", 0, MOST_STEPS),
    "truncation": Entry("1", 0, MOST_STEPS),
    "sharpness": Entry("1", 1e-2, 1e3, least="which is not a step", most="where hardly a unit is near enough to learn"),
    "tolerance": Entry("1", 1e-9, 1, least="so that no free phase would ever settle", most="a whole state"),
    "error_threshold": Entry("1", 0, 200, most="the widest distance of targets"),
    "targets": Entry("1", -100, 100),
}
_APART = 0.01    #: targets closer than this are one [1]


@dataclass(frozen=True, kw_only=True)
class Phases:
    """The section [learning]: which loss is descended, and how its gradient is estimated.

    loss : "squared-error" or "cross-entropy", see `neurosim.losses`
    rule : "ep", equilibrium propagation; or "bptt", backpropagation through the time steps of the free phase, in the
        engine "dense", see `neurosim.learning.backpropagation`
    truncation : "bptt" goes back through so many steps at the end of the free phase; 0 = all
    surrogate : what "bptt" takes spikes for: "arctan", "fast-sigmoid" or "straight-through", see
        `neurosim.engines.dense.surrogate`
    sharpness : of the surrogate, twice its slope at the threshold [1]; straight-through has none
    beta : nudging factor of the loss [1]; the energy of the -beta phase is convex only for |beta| < 1
    estimator : "one-sided" (free and +beta), "random-sign" (free and +-beta, a sign per batch) or "centred" (+beta and
        -beta)
    reference : what a single nudged phase is contrasted with: the end of the "free" phase, or the free phase
        "continued" for as many steps as the nudged one, which takes out what it would have drifted anyway
    phases : a list of your own instead of estimator, reference and beta, see `neurosim.learning.estimator`
    free_steps : time steps of the free phase, or "auto": until the mean of a window has settled
    free_limit : most steps of an "auto" free phase, a multiple of the window
    tolerance : "auto" stops when the mean absolute change from window to window falls below it in every layer [1]
    nudge_steps : time steps of each phase behind the free one
    targets : output states that stand for "not this class" and "this class" in a squared error [1]; inside [0, 1] the
        nudge reaches the hidden layers whole, because spikes stand for clip(x, 0, 1)
    error_threshold : samples whose outputs all lie within it of what they should be when the free phase ends, see
        `neurosim.losses.Loss.gradient`, teach nothing: they are not nudged, which saves the time, and their noise [1];
        0 = every sample is nudged (error-triggered learning [1])
    start : where the free phase of a training sample begins, see `neurosim.learning.starts`: "zero" = at rest;
        "carried" = where the batch before ended its last phase (as in the Hopfield-Resnet, where that is the one at
        +beta); "carried-per-sample" = where the same sample did an epoch before. Everything else begins at rest
    state : what Hebbian products are made of: "mean" state of the last `window` steps, "final" state, or "spike-count"
        over the window
    window : steps averaged over [time steps]

    [1] Payvand, Fouda, Kurdahi, Eltawil, Neftci, "Error-triggered three-factor learning dynamics for crossbar arrays",
        AICAS 2020, arXiv:1910.06152
    """

    loss: str = "squared-error"
    rule: Literal["ep", "bptt"] = "ep"
    truncation: int = 0
    surrogate: Literal["arctan", "fast-sigmoid", "straight-through"] = "arctan"
    sharpness: float = 2.0
    beta: float = 0.2
    estimator: Literal["centred", "one-sided", "random-sign"] = "centred"
    reference: Literal["free", "continued"] = "free"
    phases: tuple[Phase, ...] | None = None
    free_steps: int | Literal["auto"] = 50
    free_limit: int = 250
    tolerance: float = 0.02
    nudge_steps: int = 20
    targets: tuple[float, float] = (0.0, 1.0)
    error_threshold: float = 0.0
    start: Literal["zero", "carried", "carried-per-sample"] = "zero"
    state: Literal["mean", "final", "spike-count"] = "mean"
    window: int = 10

    def __post_init__(self) -> None:
        check_numbers(self, "learning", _LIMITS)
        if self.loss not in LOSSES:
            raise ValueError(f"learning.loss: {abbreviated(self.loss)} is unknown{nearest(self.loss, LOSSES)}")
        refuse_beta(self.beta, "learning.beta")
        if self.estimator == "centred" and self.reference != "free":
            raise ValueError(f'learning.reference: "{self.reference}" means nothing to the centred estimator, which '
                             'contrasts two nudged phases; omit it, or write estimator = "random-sign"')
        if self.phases is not None:
            object.__setattr__(self, "phases", checked(self.phases))
        self._check_lengths()
        self._check_threshold()

    def _check_lengths(self) -> None:
        shortest = self.relaxed_steps if self.goes_back else min(self.relaxed_steps, self.nudge_steps)
        if not 1 <= self.span <= shortest:
            raise ValueError(f"learning.window: {self.window} steps do not fit a phase of {shortest}; "
                             "lower the window or lengthen the phase")
        if self.free_steps == "auto" and self.free_limit % self.span:
            raise ValueError(f"learning.free_limit: {self.free_limit} is not a multiple of the window "
                             f"of {self.span} steps")
        if self.goes_back and self.free_steps == "auto":
            raise ValueError('learning.free_steps: "auto" leaves every sample a number of steps of its own, and '
                             'learning.rule = "bptt" goes back through the same for all; write a number')
        if self.truncation > self.relaxed_steps:
            raise ValueError(f"learning.truncation: {self.truncation} steps are more than the {self.relaxed_steps} of "
                             "the free phase; lower it, or write 0 for all")
        if not self.targets[0] < self.targets[1]:
            raise ValueError(f"learning.targets: {list(self.targets)} do not rise; "
                             "write [state of a wrong class, state of the right one]")
        if self.targets[1] - self.targets[0] < _APART:
            raise ValueError(f"learning.targets: {list(self.targets)} are closer than {_APART:g}, one spike in a "
                             "hundred steps; write for example [0.0, 1.0]")

    def _check_threshold(self) -> None:
        apart = self.targets[1] - self.targets[0] if self.loss == "squared-error" else 1.0
        if self.error_threshold >= apart:
            raise ValueError(f"learning.error_threshold: {self.error_threshold:g} is no less than the {apart:g} "
                             "between the targets, so that hardly a sample would teach anything; write for example "
                             f"{0.3 * apart:g}")
        if self.goes_back and self.error_threshold:
            raise ValueError(f"learning.error_threshold: {self.error_threshold:g} spares samples their nudged phases, "
                             'and learning.rule = "bptt" has none; write 0')

    @property
    def goes_back(self) -> bool:
        """Whether the gradient comes from backpropagation, without further phases."""
        return self.rule == "bptt"

    @property
    def relaxed_steps(self) -> int:
        """Time steps of the free phase, at most."""
        return self.free_limit if self.free_steps == "auto" else self.free_steps

    @property
    def span(self) -> int:
        """Steps that the record averages over."""
        return 1 if self.state == "final" else self.window

    @property
    def average(self) -> Literal["state", "spikes"]:
        """What the record averages: "state" or "spikes"."""
        return "spikes" if self.state == "spike-count" else "state"

    def desired(self, labels: np.ndarray, classes: int, dtype: type[np.floating] = np.float32) -> np.ndarray:
        """Return what the outputs should be for int labels (samples,), targets of the loss (samples, classes)."""
        return LOSSES[self.loss].targets(labels, classes, self.targets, dtype)

    def listed(self, sign: int = 1) -> tuple[Phase, ...]:
        """Return the phases that the gradient is made of, a tuple of Phase; sign : of the random-sign estimator.

        Backpropagation has none.
        """
        if self.goes_back:
            return ()
        return self.phases or built_in(self.estimator, self.reference, self.beta, sign)

    def later(self) -> tuple[Phase, ...]:
        """Return the phases that are run behind the free one, with either sign; a tuple of Phase."""
        found = {phase.name: phase for sign in (1, -1) for phase in self.listed(sign) if phase.name != FREE}
        return tuple(found.values())

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the phases that are run, the free one first."""
        return FREE, *(phase.name for phase in self.later())


@dataclass(frozen=True, repr=False)
class PhaseRecords(Fielded):
    """Records of the phases of one batch.

    phases : tuple of Phase, which the gradient is made of; by_phase : dict from the name of a phase to its Record, the
        free one first, that of all samples
    taught : int (nudged,), the samples that the Records of the other phases are of, in their order
    end : State of all samples behind their last phase, None where it is not known
    """

    phases: tuple
    by_phase: dict
    taught: np.ndarray
    end: Any = None

    @property
    def free(self) -> Record:
        """Record of the free phase."""
        return self.by_phase[FREE]

    @property
    def moment(self) -> float:
        """What a sum of weighted Hebbian products is divided by to be a gradient: sum of weight x beta [1]."""
        return moment(self.phases, 1)

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.free.mean)

    def contrasts(self) -> tuple[Contrast, ...]:
        """Return the Contrasts that the gradient is made of, tuple."""
        return tuple(Contrast(amount, self._taught(plus), self._taught(minus))
                     for amount, plus, minus in pairs(self.phases))

    def singly(self) -> Iterator["PhaseRecords"]:
        """Yield the same of each taught sample alone."""
        for place, i in enumerate(self.taught):
            yield PhaseRecords(self.phases, {name: record.rows([i if name == FREE else place])
                                             for name, record in self.by_phase.items()}, np.zeros(1, np.int64))

    def _taught(self, name: str) -> np.ndarray:
        mean: np.ndarray = self.by_phase[name].mean
        return mean[self.taught] if name == FREE and len(self.taught) < len(self) else mean


def free_phase(engine: Engine, state: State, images: np.ndarray, phases: Phases, observe: bool = False) -> Record:
    """Relax without a nudge; the state is MUTATED. Returns a Record; observe : see `Engine.relax`."""
    steps, tolerance = ((phases.free_limit, phases.tolerance) if phases.free_steps == "auto" else
                        (phases.free_steps, 0.0))
    return engine.relax(state, images, steps, window=phases.span, tolerance=tolerance, average=phases.average,
                        observe=observe)


def run_phases(engine: Engine, images: np.ndarray, targets: np.ndarray, phases: Phases, sign: int = 1,
               names: np.ndarray | None = None, start: Any = None) -> PhaseRecords:
    """Run the free phase of one batch, and from the whole states that phases leave behind those of the estimator.

    images : float (samples, H, W, C); targets : float (samples, classes), of the loss
    phases : Phases
    sign : +1 or -1, drawn per batch for the random-sign estimator
    names : uint64 (samples,), of the samples; must be given where read noise is fresh, see `Engine.rest`
    start : State in which the free phase begins, MUTATED; None = at rest, under `names`
    returns : PhaseRecords
    """
    free = engine.rest(len(images), names) if start is None else start
    found, listed = {FREE: free_phase(engine, free, images, phases)}, phases.listed(sign)
    taught = wrong(engine, found[FREE], targets, phases)
    if not len(taught):
        nothing = found[FREE].rows(taught)
        found |= {phase.name: nothing for phase in listed if phase.name != FREE}
        return PhaseRecords(listed, found, taught, free)
    some = len(taught) < len(images)
    begin, images, targets = (free.rows(taught), images[taught], targets[taught]) if some else (free, images, targets)
    state = begin
    for nudge, phase, number in nudges(phases, listed, targets):
        state = (state if phase.start == "continued" else begin).copy()
        found[phase.name] = engine.relax(state, images, phases.nudge_steps, window=phases.span, nudge=nudge,
                                         phase=number, average=phases.average)
    return PhaseRecords(listed, found, taught, free.replaced(taught, state) if some else state)


def wrong(engine: Engine, free: Record, targets: np.ndarray, phases: Phases) -> np.ndarray:
    """Return the samples with an output beyond `phases.error_threshold` of what it should be, int64 (wrong,).

    free : Record of the free phase; targets : float (samples, classes)
    """
    if not phases.error_threshold:
        return np.arange(len(targets))
    outputs = free.mean[:, engine.slices[engine.network.layers[-1].name]]
    errors = np.abs(LOSSES[phases.loss].gradient(outputs, targets)).max(axis=1)
    return np.flatnonzero(~(errors <= phases.error_threshold))


def nudges(phases: Phases, listed: Sequence[Phase], targets: np.ndarray) -> Iterator[tuple[Nudge | None, Phase, int]]:
    """Yield what the phases of a list behind the free one are run with: (Nudge or None, Phase, number of its noise).

    phases : Phases; listed : phases of an estimator; targets : float (samples, classes)
    """
    numbers = noise_numbers(listed)
    for phase in listed:
        if phase.name != FREE:
            nudge = Nudge(phase.beta, targets, LOSSES[phases.loss]) if phase.beta else None
            yield nudge, phase, numbers[phase.name]
