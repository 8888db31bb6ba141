"""Estimators of the gradient: lists of phases, each with its nudge and its weight.

    dL/dW = -sum_k w_k h(beta_k) / (M_1 samples),    M_m = sum_k w_k beta_k^m,    M_0 = 0

h are the Hebbian products at the end of a phase. At fixed points they are smooth in beta, h = h_0 + beta h_1 + beta^2
h_2 + ..., so that the estimate is -(h_1 + sum over m > 1 of h_m M_m / M_1): with the first m > 1 for which M_m is not
0, its bias is of order m - 1 in beta.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from neurosim.cards import Entry
from neurosim.engines.protocol import phase_number
from neurosim.tables import abbreviated, check_kinds

FREE = "free"    #: name of the phase without a nudge that every other one follows
MOST = 16    #: phases of a list
_FAINT = 1e-9    #: nudges below it leave differences of the phases that rounding hides [1]
_ZERO = 1e-9    #: sums that are this part of what they sum up are 0
_WEIGHT = Entry("1", -1e6, 1e6)
_NAME = re.compile("[A-Za-z0-9_+-]{1,20}")
#: What stands beside the phases in run files, energies and reports.
_TAKEN = {"programming", "samples", "labels", "steps", "once", "update", "inference", "test"}


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase of an estimator.

    name : "" = nudge+, nudge- or continued, by the sign of beta; "free" is the free phase itself, which always runs
        first and stands in a list to be given its weight
    beta : nudging factor [1], |beta| < 1; 0 relaxes on without a nudge
    weight : of its Hebbian products in the gradient [1]; the weights of a list sum to 0, and only their ratios count
    start : "free" begins with the whole state at the end of the free phase, "continued" with that of the phase before
        it in the list
    """

    name: str = ""
    beta: float = 0.0
    weight: float
    start: Literal["free", "continued"] = "free"

    def __post_init__(self) -> None:
        check_kinds(self)
        if self.name and (not _NAME.fullmatch(self.name) or self.name in _TAKEN):
            raise ValueError(f"name: {abbreviated(self.name)} cannot name a phase; take at most 20 letters, digits, "
                             f"_, + and -, and none of {', '.join(sorted(_TAKEN))}")
        _WEIGHT.check(self.weight, "weight")
        refuse_beta(self.beta, "beta", zero=True)
        if self.name == FREE and (self.beta or self.start != "free"):
            raise ValueError('name: "free" is the free phase, which has no nudge and begins at rest; give it a weight '
                             "alone, or take another name")


@dataclass(frozen=True)
class Contrast:
    """Two phases whose Hebbian products are subtracted: amount (h(plus) - h(minus)), a part of an estimate.

    amount : [1], > 0; plus, minus : float (samples, units), mean states
    """

    amount: float
    plus: np.ndarray
    minus: np.ndarray


def refuse_beta(beta: float, owner: str, zero: bool = False) -> None:
    """Raise ValueError, which begins with `owner`, for a nudging factor that cannot work; zero : whether 0 may."""
    if beta == 0 and not zero:
        raise ValueError(f"{owner}: 0 makes no nudge and no gradient; choose 0 < |beta| < 1, for example 0.2")
    if not abs(beta) < 1:
        raise ValueError(f"{owner}: |{beta:g}| >= 1, where the energy of the -beta phase has no minimum; choose "
                         "|beta| < 1, for example 0.2")
    if 0 < abs(beta) < _FAINT:
        raise ValueError(f"{owner}: |{beta:g}| is below {_FAINT:g}, where rounding hides the difference of the "
                         "phases; choose |beta| < 1, for example 0.2")


def built_in(estimator: str, reference: str, beta: float, sign: int = 1) -> tuple[Phase, ...]:
    """Return the list of phases of "one-sided", "random-sign" or "centred", a tuple of Phase.

    reference : what one nudged phase is contrasted with, "free" or "continued"; sign : of "random-sign", +1 or -1

    source : for the continued phase O'Connor, Gavves, Welling, AISTATS (2019), whose code calls it splitstream
    """
    if estimator == "centred":
        return Phase(name="nudge+", beta=beta, weight=1.0), Phase(name="nudge-", beta=-beta, weight=-1.0)
    beta = beta * (sign if estimator == "random-sign" else 1)
    return (Phase(name="continued" if reference == "continued" else FREE, weight=-1.0),
            Phase(name="nudge+" if beta > 0 else "nudge-", beta=beta, weight=1.0))


def checked(phases: Sequence[Phase]) -> tuple[Phase, ...]:
    """Return a user's list of phases with a name for each; raises ValueError where it estimates no gradient."""
    if not 1 <= len(phases) <= MOST:
        told = f"has {len(phases)} phases" if phases else "is empty"
        raise ValueError(f"learning.phases: the list {told}; give 2 to {MOST} phases, for example "
                         "[{beta = 0.2, weight = 1}, {beta = -0.2, weight = -1}]")
    phases = _named(phases)
    if not any(phase.beta for phase in phases):
        raise ValueError("learning.phases: no phase has a nudge, so that there is no gradient; give one a beta, for "
                         "example 0.2")
    rest = moment(phases, 0)
    if not _vanishes(phases, 0):
        raise ValueError(f"learning.phases: the weights sum to {rest:g} and not to 0, so that what all phases have in "
                         f"common does not cancel; weigh the free phase too, {{name = \"free\", weight = {-rest:g}}}")
    if _vanishes(phases, 1):
        raise ValueError("learning.phases: weight x beta sums to 0, so that no gradient is left; give the phases of "
                         "opposite beta weights of opposite sign")
    return phases


def moment(phases: Sequence[Phase], m: int) -> float:
    """Return M_m = sum_k w_k beta_k^m."""
    return sum(phase.weight * phase.beta ** m for phase in phases)


def order(phases: Sequence[Phase]) -> int:
    """Return the order in beta of the bias of an estimate at fixed points, m - 1 of the first M_m beyond M_1."""
    m = 2
    while _vanishes(phases, m) and m <= 2 * MOST:
        m += 1
    return m - 1


def pairs(phases: Sequence[Phase]) -> list[tuple[float, str, str]]:
    """Return [(amount, name, other name), ...] with sum_k w_k h_k = sum of amount (h(name) - h(other name)).

    Phases of positive weight are set against those of negative weight in the order of the list.
    """
    smallest = _ZERO * _size(phases, 0)
    found: list[tuple[float, str, str]] = []
    owed: list[list[Any]] = [[phase.name, -phase.weight] for phase in phases if phase.weight < 0]
    for phase in phases:
        left = phase.weight
        while left > smallest and owed:
            amount = min(left, owed[0][1])
            found.append((amount, phase.name, owed[0][0]))
            left, owed[0][1] = left - amount, owed[0][1] - amount
            if owed[0][1] <= smallest:
                del owed[0]
    return found


def noise_numbers(phases: Sequence[Phase]) -> dict[str, int]:
    """Return the number under which each phase behind the free one draws fresh noise, dict by name.

    1 is nudged up, 2 is nudged down, 0 continues from the free phase; a second one of its kind has a number from 3 on.
    """
    numbers: dict[str, int] = {}
    for phase in (phase for phase in phases if phase.name != FREE):
        number = phase_number(phase.beta)
        numbers[phase.name] = number if number not in numbers.values() else max(2, *numbers.values()) + 1
    return numbers


def _named(phases: Sequence[Phase]) -> tuple[Phase, ...]:
    """Return the same with names for those without; raises ValueError where one stands twice."""
    found: dict[str, Phase] = {}
    for phase in phases:
        name = phase.name or _free_name(phase.beta, [*found, *(other.name for other in phases)])
        if name in found:
            raise ValueError(f"learning.phases: two phases are called {name!r}; give each a name of its own")
        found[name] = replace(phase, name=name)
    return tuple(found.values())


def _free_name(beta: float, taken: Sequence[str]) -> str:
    kind = "continued" if beta == 0 else "nudge+" if beta > 0 else "nudge-"
    names = [kind, *(f"{kind}{number}" for number in range(2, MOST + 2))]
    return next(name for name in names if name not in taken)


def _size(phases: Sequence[Phase], m: int) -> float:
    return sum(abs(phase.weight) * abs(phase.beta) ** m for phase in phases)


def _vanishes(phases: Sequence[Phase], m: int) -> bool:
    return abs(moment(phases, m)) <= _ZERO * _size(phases, m)
