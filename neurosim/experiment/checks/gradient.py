"""Is the gradient of equilibrium propagation that of the loss, and how much of it survives in spikes?

Three parts: the rate version of the network against finite differences of the loss at its fixed point; the bias of the
one-sided and of the centred estimator, of order beta and beta^2, and that of a list of phases of the user's own, on a
small network whose units stay inside their clips (Laborieux et al., Front. Neurosci. 15:633674, 2021); the estimate
under the configured settings against the gradient of the rate network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.experiment.checks.differences import all_entries, choose_entries, contrast, exact_gradient, slope
from neurosim.experiment.checks.settling import clipped, settle
from neurosim.experiment.checks.case import CheckCase
from neurosim.experiment.checks.survival import COSINE, Survival, cosine, survival
from neurosim.experiment.checks.result import CheckResult
from neurosim.experiment.checks.table import conclusion, table, verdict
from neurosim.learning.estimator import built_in, order
from neurosim.learning.phases import Phases
from neurosim.network.graph import Network, Neurons, conv, dense
from neurosim.streams import stream

if TYPE_CHECKING:
    from neurosim.experiment.checks.differences import Slope
    from neurosim.learning.estimator import Phase

CRITERION = 1e-5
RESIDUAL = 1e-12
FEW = 4                    #: samples of the finite differences
WEIGHTS, BIASES = 12, 4    #: parameters perturbed per connection and per layer
BETAS = (0.01, 0.02, 0.05, 0.1, 0.2)
FAINT = 1e-8               #: relative errors below it are those of the finite differences
PAPER = {"lam": 0.6, "epsilon": 0.9}


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """EP against finite differences, for some entries of one parameter.

    error : norm of the difference relative to the norm of the finite differences; ratio : of the norms; None where no
        entry could be compared
    entries : how many were compared; kinks : how many were left out, because a unit reached or left a clip, where the
        loss has no derivative
    """

    name: str
    error: float | None
    cosine: float | None
    ratio: float | None
    entries: int
    kinks: int

    @property
    def passed(self) -> bool:
        return self.error is None or self.error <= CRITERION

    def row(self) -> tuple:
        """Return what the table shows of it."""
        if self.error is None:
            return self.name, "-", "-", "-", "0", str(self.kinks), "not compared"
        return (self.name, self.error, f"{self.cosine:.6f}", f"{self.ratio:.6f}", str(self.entries), str(self.kinks),
                verdict(self.passed))


@dataclass(frozen=True, kw_only=True)
class Bias:
    """How the relative error of one estimator at fixed points grows with the largest |beta| of its phases.

    expected : order in beta that its weights give; slope : measured, in a log-log plot; None where errors are too small
    errors : one for each of BETAS
    """

    estimator: str
    expected: int
    errors: tuple
    slope: float | None

    @property
    def tolerance(self) -> float:
        """Largest distance of the slope from the expected order."""
        return 0.1 + 0.1 * self.expected

    @property
    def passed(self) -> bool:
        return self.slope is None or abs(self.slope - self.expected) <= self.tolerance


@dataclass(frozen=True, kw_only=True)
class Orders:
    """Bias of several estimators, by their names."""

    betas: tuple
    biases: dict

    @property
    def wrong(self) -> list[str]:
        """Names of the estimators whose bias is not of the expected order."""
        return [name for name, bias in self.biases.items() if not bias.passed]

    def lines(self) -> list[str]:
        return table([("largest |beta|", *(f"{beta:g}" for beta in self.betas), "slope", "expected", ""),
                      *((name, *bias.errors, "too small" if bias.slope is None else f"{bias.slope:.2f}",
                         f"{bias.expected} +- {bias.tolerance:.1g}", verdict(bias.passed))
                        for name, bias in self.biases.items())])


@dataclass(frozen=True, kw_only=True)
class GradientResult(CheckResult):
    """All parts of the check; `few` and `source` tell which images the first and the last part averaged over.

    residual : largest change of a state in the last step of the free phase
    beta, kinks : of the EP gradient, and units that sit at other clips at +beta than at -beta
    estimator, order : what is configured, in words, and the order in beta that its bias has in one batch
    trained, changes : whether the weights have learnt, and whether what enters changes from step to step; then
        `configured` is a report and no criterion
    at_clip : fraction of units at a clip in the free state, by layer
    reason : why the network has no energy, in words; empty where it has one
    """

    few: str
    source: str
    residual: float
    beta: float
    kinks: int
    agreements: tuple
    orders: Orders
    estimator: str
    order: int
    configured: Survival
    paper: Survival | None
    trained: bool
    changes: bool
    at_clip: dict
    reason: str

    @property
    def reasons(self) -> list[str]:
        found = []
        if self.residual > RESIDUAL:
            found.append(f"the free state still moves by {self.residual:.1e} a step, more than {RESIDUAL:g}")
        if wrong := [a.name for a in self.agreements if not a.passed]:
            why = f", since {self.reason}" if self.reason else ""
            found.append(f"equilibrium propagation is off from finite differences in {', '.join(wrong)}{why}")
        if self.orders.wrong:
            found.append(f"the bias of {', '.join(self.orders.wrong)} is not of the expected order in beta")
        if not self.excuse:
            found += self.configured.reasons
        return found

    @property
    def excuse(self) -> str:
        """Why the estimate as configured is a report, "" where it is judged."""
        if self.changes:
            return "what enters changes from step to step, and the gradient is that of a network that sees its mean"
        return ("a network that has learnt has little gradient left, and much of the estimate is the noise of short "
                "phases") if self.trained else ""

    def lines(self) -> list[str]:
        rows = [("parameter", "relative error", "cosine", "|EP|/|FD|", "compared", "at kinks", "")]
        rows += [agreement.row() for agreement in self.agreements]
        clips = ", ".join(f"{name} {fraction:.0%}" for name, fraction in self.at_clip.items())
        why = "what enters changes" if self.changes else "these weights have learnt"
        asked = f"a report, since {why}" if self.excuse else f"weights need {COSINE:g}"
        return [f"gradient of {self.case}", "",
                f"rate neurons, EP at beta = {self.beta:g} against finite differences of the loss; {self.few}; "
                f"at most {CRITERION:g} passes",
                *table(rows),
                f"  residual of the fixed point {self.residual:.1e}; units at a clip: {clips}; "
                f"{self.kinks} change sides under the nudge", "",
                "bias of the estimators over beta, on a small network inside its clips", *self.orders.lines(),
                f"  configured: {self.estimator}, with a bias of order {self.order} in beta", "",
                f"estimate as configured against the gradient of the rate network; {self.source}; {asked}",
                *self.configured.lines(self.paper, self.excuse), "",
                conclusion("gradient", self.reasons)]


def check_gradient(case: CheckCase, observe: Callable | None = None) -> GradientResult:
    """Check the gradient of a CheckCase; returns GradientResult."""
    entries = choose_entries(case, WEIGHTS, BIASES)
    total = len(entries) + 2

    def tick(done: int) -> None:
        if observe:
            observe(done, total)

    few, engine = case.first(FEW), case.rate()
    free = settle(engine, few.still)
    estimate, beta, kinks = exact_gradient(engine, few, free)
    slopes = []
    for entry in entries:
        slopes.append(slope(engine, few, free, entry))
        tick(len(slopes))
    orders = bias_orders(interior_case(case.phases.loss), case.phases.phases)
    tick(total - 1)
    whole = settle(engine, case.still)
    truth, _, _ = exact_gradient(engine, case, whole)
    configured = survival(case.engine(), case, case.phases, truth, "configured")
    paper = None
    if case.network.spiking:
        final = replace(case.phases, state="final")
        paper = survival(case.engine(**PAPER), case, final, truth, "lam .6, eps .9, K = 1")
    tick(total)
    return GradientResult(
        case=case.name, few=f"first {len(few.images)} of {case.source}", source=f"mean over {case.source}",
        residual=float(max(free.residual.max(), whole.residual.max())), beta=beta, kinks=kinks,
        agreements=agreements(estimate, slopes), orders=orders, estimator=_told(case.phases),
        order=order(case.phases.listed()), configured=configured, paper=paper, trained=case.trained,
        changes=case.changes, at_clip=_at_clip(engine, whole.x), reason=case.network.no_energy)


def agreements(estimate: dict[str, np.ndarray], slopes: Sequence[Slope]) -> tuple[Agreement, ...]:
    """Compare an estimate (dict of arrays) with finite differences (Slopes); returns one Agreement per parameter."""
    found = []
    for name in dict.fromkeys(s.entry.name for s in slopes):
        own = [s for s in slopes if s.entry.name == name]
        smooth = [s for s in own if not s.kinks]
        if not smooth:
            found.append(Agreement(name=name, error=None, cosine=None, ratio=None, entries=0, kinks=len(own)))
            continue
        ep, fd = np.array([estimate[name][s.entry.index] for s in smooth]), np.array([s.value for s in smooth])
        size = np.linalg.norm(fd) or 1.0
        found.append(Agreement(name=name, error=float(np.linalg.norm(ep - fd) / size), cosine=cosine(ep, fd),
                               ratio=float(np.linalg.norm(ep) / size), entries=len(smooth),
                               kinks=len(own) - len(smooth)))
    return tuple(found)


def interior_case(loss: str = "squared-error") -> CheckCase:
    """Return a small network, conv - average pooling - dense, none of whose units reaches a clip at any beta of BETAS.
    """
    neurons = Neurons(kind="rate", epsilon=0.5)
    network = Network([conv(2, kernel=2, pool="average"), dense(3)], (5, 5, 1), neurons, "analog")
    random = stream(0, "check", "interior")
    biases = {"conv1": np.array([0.4, 0.5]), "output": np.array([0.4, 0.5, 0.6])}
    return CheckCase(name="interior", network=network, weights=network.initial_weights(0, 0.6, np.float64),
                     biases=biases, phases=Phases(loss=loss), images=random.random((2, 5, 5, 1)),
                     targets=np.eye(3)[[0, 2]])


def bias_orders(case: CheckCase, own: tuple[Phase, ...] | None = None) -> Orders:
    """Measure how the error of estimators against finite differences grows with beta; returns Orders.

    own : a list of phases beside the one-sided and the centred estimator, its betas scaled to those of the others
    """
    engine = case.rate()
    free = settle(engine, case.still)
    slopes = [slope(engine, case, free, entry) for entry in all_entries(case)]
    truth = np.array([s.value for s in slopes])
    estimators = {name: built_in(name, "free", 1 / 2) for name in ("one-sided", "centred")}
    if own:
        estimators["learning.phases"] = own
    biases = {}
    for name, phases in estimators.items():
        errors = []
        for beta in BETAS:
            estimate = contrast(engine, case, free, _scaled(phases, beta))[0]
            values = np.array([estimate[s.entry.name][s.entry.index] for s in slopes])
            errors.append(float(np.linalg.norm(values - truth) / np.linalg.norm(truth)))
        biases[name] = Bias(estimator=name, expected=order(phases), errors=tuple(errors), slope=_log_slope(errors))
    return Orders(betas=BETAS, biases=biases)


def _scaled(phases: Any, beta: float) -> tuple:
    """Return the same list with `beta` as its largest |beta|."""
    largest = max(abs(phase.beta) for phase in phases)
    return tuple(replace(phase, beta=phase.beta * beta / largest) for phase in phases)


def _log_slope(errors: Any) -> float | None:
    seen = np.array(errors) > FAINT
    if seen.sum() < 2:
        return None
    return float(np.polyfit(np.log(np.array(BETAS)[seen]), np.log(np.array(errors)[seen]), 1)[0])


def _told(phases: Any) -> str:
    if phases.phases:
        return f"{len(phases.phases)} phases of learning.phases"
    return {"one-sided": "one-sided", "centred": "centred",
            "random-sign": "random-sign, whose mean over both signs is centred"}[phases.estimator]


def _at_clip(engine: Any, x: np.ndarray) -> dict[str, float]:
    sides = clipped(engine, x)
    return {layer.name: float(np.mean(sides[:, engine.slices[layer.name]] != 0))
            for layer in engine.network.layers[1:]}
