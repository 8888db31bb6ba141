"""The phases of equilibrium propagation: free, nudged up, nudged down, with the whole state restored in between."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from neurosim.cards import Entry, check_numbers
from neurosim.engines.protocol import MOST_STEPS, Nudge, Record

_STEPS = Entry("1", 1, MOST_STEPS, most="as many as the counters of spikes hold")
#: Bounds of the numbers of the section.
_LIMITS = {
    **dict.fromkeys(("free_steps", "free_limit", "nudge_steps"), _STEPS), "window": Entry("1", 0, MOST_STEPS),
    "tolerance": Entry("1", 1e-9, 1, least="so that no free phase would ever settle", most="a whole state"),
    "targets": Entry("1", -100, 100),
}
#: Nudges below this one leave differences of the phases that rounding hides [1]; targets this close are one [1].
_FAINT, _APART = 1e-9, 0.01


@dataclass(frozen=True, kw_only=True)
class Phases:
    """The section [learning]: how a gradient is estimated.

    beta : nudging factor of 1/2 |x - y|^2 [1]; the energy of the -beta phase is convex only for |beta| < 1
    estimator : "one-sided" (free and +beta), "random-sign" (free and +-beta, a sign per batch) or "centred" (+beta and
        -beta)
    reference : what a single nudged phase is contrasted with: the end of the "free" phase, or the free phase
        "continued" for as many steps as the nudged one, which takes out what it would have drifted anyway
    free_steps : time steps of the free phase, or "auto": until the mean of a window has settled
    free_limit : most steps of an "auto" free phase, a multiple of the window
    tolerance : "auto" stops when the mean absolute change from window to window falls below it in every layer [1]
    nudge_steps : time steps of each nudged phase
    targets : output states that stand for "not this class" and "this class" [1]; inside [0, 1] the nudge reaches the
        hidden layers whole, because spikes stand for clip(x, 0, 1)
    state : what Hebbian products are made of: "mean" state of the last `window` steps, "final" state, or "spike-count"
        over the window
    window : steps averaged over [time steps]
    """

    beta: float = 0.2
    estimator: Literal["centred", "one-sided", "random-sign"] = "centred"
    reference: Literal["free", "continued"] = "free"
    free_steps: int | Literal["auto"] = 50
    free_limit: int = 250
    tolerance: float = 0.02
    nudge_steps: int = 20
    targets: tuple[float, float] = (0.0, 1.0)
    state: Literal["mean", "final", "spike-count"] = "mean"
    window: int = 10

    def __post_init__(self):
        if self.beta == 0:
            raise ValueError("learning.beta: 0 makes no nudge and no gradient; choose 0 < |beta| < 1, for example 0.2")
        if not abs(self.beta) < 1:
            raise ValueError(f"learning.beta: |{self.beta:g}| >= 1, where the energy of the -beta phase "
                             "has no minimum; choose |beta| < 1, for example 0.2")
        if abs(self.beta) < _FAINT:
            raise ValueError(f"learning.beta: |{self.beta:g}| is below {_FAINT:g}, where rounding hides the difference "
                             "of the phases; choose |beta| < 1, for example 0.2")
        check_numbers(self, "learning", _LIMITS)
        if self.estimator == "centred" and self.reference != "free":
            raise ValueError(f'learning.reference: "{self.reference}" means nothing to the centred estimator, which '
                             'contrasts two nudged phases; leave it away, or write estimator = "random-sign"')
        shortest = min(self.nudge_steps, self.free_limit if self.free_steps == "auto" else self.free_steps)
        if not 1 <= self.span <= shortest:
            raise ValueError(f"learning.window: {self.window} steps do not fit a phase of {shortest}; "
                             "lower the window or lengthen the phase")
        if self.free_steps == "auto" and self.free_limit % self.span:
            raise ValueError(f"learning.free_limit: {self.free_limit} is no multiple of the window "
                             f"of {self.span} steps")
        if not self.targets[0] < self.targets[1]:
            raise ValueError(f"learning.targets: {list(self.targets)} do not rise; "
                             "write [state of a wrong class, state of the right one]")
        if self.targets[1] - self.targets[0] < _APART:
            raise ValueError(f"learning.targets: {list(self.targets)} are closer than {_APART:g}, one spike in a "
                             "hundred steps; write for example [0.0, 1.0]")

    @property
    def span(self):
        """Steps that the record averages over."""
        return 1 if self.state == "final" else self.window

    @property
    def average(self):
        """What the record averages: "state" or "spikes"."""
        return "spikes" if self.state == "spike-count" else "state"


@dataclass(frozen=True)
class PhaseRecords:
    """Records of the phases of one batch; plus and minus are what the gradient contrasts, distance apart in beta.

    later : dict from "continued", "nudge+" or "nudge-", the phases that were run after the free one, to their Records
    """

    free: Record
    plus: Record
    minus: Record
    distance: float
    later: dict

    def __len__(self):
        """Number of samples."""
        return len(self.plus.mean)

    def by_phase(self):
        """Records by the name of their phase: free, continued, nudge+, nudge-."""
        return {"free": self.free, **self.later}

    def sample(self, i):
        """The same of sample i alone."""
        return PhaseRecords(self.free.sample(i), self.plus.sample(i), self.minus.sample(i), self.distance,
                            {phase: record.sample(i) for phase, record in self.later.items()})


def free_phase(engine, state, images, phases, observe=False):
    """Relax without a nudge; the state is MUTATED. Returns a Record; observe : see `Engine.relax`."""
    automatic = phases.free_steps == "auto"
    return engine.relax(state, images, phases.free_limit if automatic else phases.free_steps, window=phases.span,
                        tolerance=phases.tolerance if automatic else 0.0, average=phases.average, observe=observe)


def run_phases(engine, images, targets, phases, sign=1, names=None):
    """Run the free phase of one batch and, each from the whole state at its end, the other phases.

    images : float (samples, H, W, C); targets : float (samples, classes)
    sign : +1 or -1, drawn per batch for the random-sign estimator
    names : uint64 (samples,), of the samples; must be given where read noise is fresh, see `Engine.rest`
    returns : PhaseRecords
    source : for the continued phase O'Connor, Gavves, Welling, AISTATS (2019), whose code calls it splitstream
    """
    state = engine.rest(len(images), names)
    free = free_phase(engine, state, images, phases)

    def onward(beta, start):
        return engine.relax(start, images, phases.nudge_steps, window=phases.span, nudge=Nudge(beta, targets),
                            average=phases.average)

    if phases.estimator == "centred":
        plus = onward(phases.beta, state.copy())
        minus = onward(-phases.beta, state)
        return PhaseRecords(free, plus, minus, 2 * phases.beta, {"nudge+": plus, "nudge-": minus})
    beta = phases.beta * (sign if phases.estimator == "random-sign" else 1)
    later = {"continued": onward(0.0, state.copy())} if phases.reference == "continued" else {}
    plus = onward(beta, state)
    return PhaseRecords(free, plus, later.get("continued", free), beta,
                        {**later, "nudge+" if beta > 0 else "nudge-": plus})


def one_hot(labels, classes, targets=(0.0, 1.0), dtype=np.float32):
    """Targets of a squared error: targets[1] for the class, targets[0] elsewhere; float (samples, classes)."""
    low, high = targets
    return np.where(labels[:, None] == np.arange(classes), dtype(high), dtype(low))
