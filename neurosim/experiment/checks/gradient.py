"""Is the gradient of equilibrium propagation that of the loss, and how much of it survives in spikes?

Three parts: the rate version of the network against finite differences of the loss at its fixed point; the bias of the
one-sided and of the centred estimator, of order beta and beta^2, on a small network whose units stay inside their clips
(Laborieux et al., Front. Neurosci. 15:633674, 2021); the estimate under the configured settings against the gradient
of the rate network.
"""

import dataclasses
from dataclasses import asdict, dataclass

import numpy as np

from neurosim.experiment.checks.differences import all_entries, choose_entries, contrast, exact_gradient, slope
from neurosim.experiment.checks.settling import clipped, settle
from neurosim.experiment.checks.case import CheckCase
from neurosim.experiment.checks.survival import COSINE, Survival, cosine, survival
from neurosim.experiment.checks.table import conclusion, table, verdict
from neurosim.learning.phases import Phases
from neurosim.network.graph import Network, Neurons, conv, dense
from neurosim.streams import stream

CRITERION = 1e-5
RESIDUAL = 1e-12
FEW = 4                    #: samples of the finite differences
WEIGHTS, BIASES = 12, 4    #: parameters perturbed per connection and per layer
BETAS = (0.01, 0.02, 0.05, 0.1, 0.2)
ONE_SIDED, CENTRED = (1, 0), (1, -1)
PAPER = {"lam": 0.6, "epsilon": 0.9}


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """EP against finite differences, for some entries of one parameter.

    error : norm of the difference relative to the norm of the finite differences; ratio : of the norms
    entries : how many were compared; kinks : how many were left out, because a unit reached or left a clip
    """

    name: str
    error: float
    cosine: float
    ratio: float
    entries: int
    kinks: int

    @property
    def passed(self):
        return self.error <= CRITERION


@dataclass(frozen=True, kw_only=True)
class Orders:
    """Relative errors of both estimators at every beta, and their slopes in a log-log plot."""

    betas: tuple
    one_sided: tuple
    centred: tuple
    one_sided_slope: float
    centred_slope: float

    @property
    def passed(self):
        return abs(self.one_sided_slope - 1) <= 0.2 and abs(self.centred_slope - 2) <= 0.3

    def lines(self):
        return table([("beta", *(f"{beta:g}" for beta in self.betas), "slope"),
                      ("one-sided", *self.one_sided, f"{self.one_sided_slope:.2f}"),
                      ("centred", *self.centred, f"{self.centred_slope:.2f}")])


@dataclass(frozen=True, kw_only=True)
class GradientResult:
    """All parts of the check; `few` and `source` tell which images the first and the last part averaged over.

    residual : largest change of a state in the last step of the free phase
    beta, kinks : of the EP gradient, and units that sit at other clips at +beta than at -beta
    trained : whether the weights have learnt; then `configured` is a report and no criterion
    at_clip : fraction of units at a clip in the free state, by layer
    reason : why the network has no energy, in words; empty where it has one
    """

    case: str
    few: str
    source: str
    residual: float
    beta: float
    kinks: int
    agreements: tuple
    orders: Orders
    configured: Survival
    paper: Survival | None
    trained: bool
    at_clip: dict
    reason: str

    @property
    def reasons(self):
        """Why the check fails, list of str; empty where it passes."""
        found = []
        if self.residual > RESIDUAL:
            found.append(f"the free state still moves by {self.residual:.1e} a step, more than {RESIDUAL:g}")
        if wrong := [a.name for a in self.agreements if not a.passed]:
            why = f", since {self.reason}" if self.reason else ""
            found.append(f"equilibrium propagation is off from finite differences in {', '.join(wrong)}{why}")
        if not self.orders.passed:
            found.append("the bias of the estimators is not of first and second order in beta")
        if not self.trained:
            found += self.configured.reasons
        return found

    @property
    def passed(self):
        return not self.reasons

    def numbers(self):
        return asdict(self)

    def lines(self):
        rows = [("parameter", "relative error", "cosine", "|EP|/|FD|", "compared", "at kinks", "")]
        rows += [(a.name, a.error, f"{a.cosine:.6f}", f"{a.ratio:.6f}", str(a.entries), str(a.kinks), verdict(a.passed))
                 for a in self.agreements]
        clips = ", ".join(f"{name} {fraction:.0%}" for name, fraction in self.at_clip.items())
        asked = "a report, since these weights have learnt" if self.trained else f"weights need {COSINE:g}"
        return [f"gradient of {self.case}", "",
                f"rate neurons, EP at beta = {self.beta:g} against finite differences of the loss; {self.few}; "
                f"at most {CRITERION:g} passes",
                *table(rows),
                f"  residual of the fixed point {self.residual:.1e}; units at a clip: {clips}; "
                f"{self.kinks} change sides under the nudge", "",
                f"bias of the estimators on a small network inside its clips; slopes 1 +- 0.2 and 2 +- 0.3 pass: "
                f"{verdict(self.orders.passed)}",
                *self.orders.lines(), "",
                f"estimate as configured against the gradient of the rate network; {self.source}; {asked}",
                *self.configured.lines(self.paper, judged=not self.trained), "",
                conclusion("gradient", self.reasons)]


def check_gradient(case, observe=None):
    """Check the gradient of a CheckCase; returns GradientResult."""
    entries = choose_entries(case, WEIGHTS, BIASES)
    total = len(entries) + 2

    def tick(done):
        if observe:
            observe(done, total)

    few, engine = case.first(FEW), case.rate()
    free = settle(engine, few.images)
    estimate, beta, kinks = exact_gradient(engine, few, free)
    slopes = []
    for entry in entries:
        slopes.append(slope(engine, few, free, entry))
        tick(len(slopes))
    orders = bias_orders(interior_case())
    tick(total - 1)
    whole = settle(engine, case.images)
    truth, _, _ = exact_gradient(engine, case, whole)
    configured = survival(case.engine(), case, case.phases, truth, "configured")
    paper = None
    if case.network.spiking:
        final = dataclasses.replace(case.phases, state="final")
        paper = survival(case.engine(**PAPER), case, final, truth, "lam .6, eps .9, K = 1")
    tick(total)
    return GradientResult(
        case=case.name, few=f"first {len(few.images)} of {case.source}", source=f"mean over {case.source}",
        residual=float(max(free.residual.max(), whole.residual.max())), beta=beta, kinks=kinks,
        agreements=agreements(estimate, slopes), orders=orders, configured=configured, paper=paper,
        trained=case.trained, at_clip=_at_clip(engine, whole.x), reason=case.network.no_energy)


def agreements(estimate, slopes):
    """Compare an estimate (dict of arrays) with finite differences (Slopes); returns one Agreement per parameter."""
    found = []
    for name in dict.fromkeys(s.entry.name for s in slopes):
        own = [s for s in slopes if s.entry.name == name]
        smooth = [s for s in own if not s.kinks] or own
        ep, fd = np.array([estimate[name][s.entry.place] for s in smooth]), np.array([s.value for s in smooth])
        size = np.linalg.norm(fd) or 1.0
        found.append(Agreement(name=name, error=float(np.linalg.norm(ep - fd) / size), cosine=cosine(ep, fd),
                               ratio=float(np.linalg.norm(ep) / size), entries=len(smooth),
                               kinks=len(own) - len(smooth)))
    return tuple(found)


def interior_case():
    """A small network, conv - average pooling - dense, none of whose units reaches a clip at any beta of BETAS."""
    neurons = Neurons(kind="rate", epsilon=0.5)
    network = Network([conv(2, kernel=2, pool="average"), dense(3)], (5, 5, 1), neurons, "analog")
    random = stream(0, "check", "interior")
    biases = {"conv1": np.array([0.4, 0.5]), "output": np.array([0.4, 0.5, 0.6])}
    weights = network.initial_weights(0, 0.6, np.float64)
    return CheckCase(name="interior", network=network, weights=weights, biases=biases, phases=Phases(),
                     images=random.random((2, 5, 5, 1)), targets=np.eye(3)[[0, 2]])


def bias_orders(case):
    """Measure how the error of both estimators against finite differences grows with beta; returns Orders."""
    engine = case.rate()
    free = settle(engine, case.images)
    slopes = [slope(engine, case, free, entry) for entry in all_entries(case)]
    truth = np.array([s.value for s in slopes])
    errors = {}
    for signs in (ONE_SIDED, CENTRED):
        estimates = [contrast(engine, case, free, beta, signs)[0] for beta in BETAS]
        picked = [np.array([estimate[s.entry.name][s.entry.place] for s in slopes]) for estimate in estimates]
        errors[signs] = [float(np.linalg.norm(values - truth) / np.linalg.norm(truth)) for values in picked]
    fits = {signs: float(np.polyfit(np.log(BETAS), np.log(values), 1)[0]) for signs, values in errors.items()}
    return Orders(betas=BETAS, one_sided=tuple(errors[ONE_SIDED]), centred=tuple(errors[CENTRED]),
                  one_sided_slope=fits[ONE_SIDED], centred_slope=fits[CENTRED])


def _at_clip(engine, x):
    sides = clipped(engine, x)
    return {layer.name: float(np.mean(sides[:, engine.slices[layer.name]] != 0))
            for layer in engine.network.layers[1:]}
