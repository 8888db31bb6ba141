"""The points that answer a question: chips under each rule, other devices and rules, and parts of what costs most."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.experiment.assessment.parts import PARTS
from neurosim.experiment.assessment.questions import MORE_RULES, RULES, SEEDS_BESIDE
from neurosim.experiment.imperfections import left, present, switched
from neurosim.experiment.improvement import points
from neurosim.experiment.improvement.forecast import forecast
from neurosim.experiment.improvement.plan import Plan, cut, images_within, kept_cut, learnt_images, pace_of
from neurosim.toml import to_toml

if TYPE_CHECKING:
    from neurosim.experiment.assessment.questions import Question
    from neurosim.experiment.config import Config
    from neurosim.experiment.improvement.outcome import Remedy

OTHER_RULES, BESIDE, PAGE, TABLE = "rules", "beside", "assess.html", "assess.json"
PANELS = {name: f"assess-{name}.png" for name in ("standings", *RULES)}    #: figures of the page, and their files
#: Everything that may be in the folder: a folder of points for each study, the page, its figures and the table.
OWN = (*RULES, *(f"{rule}-parts" for rule in RULES), OTHER_RULES, BESIDE, PAGE, TABLE, *PANELS.values())
_DEAREST = 2    #: imperfections of each rule whose parts are tried


@dataclass(frozen=True, kw_only=True)
class Studies:
    """What is computed: a Plan for each rule, and what stands beside.

    plans : dict from rule to Plan; folder : of the assessment
    """

    question: Question
    plans: dict[str, Plan]
    folder: Path

    @property
    def seeds(self) -> tuple[int, ...]:
        return self.plans[RULES[0]].seeds

    @property
    def config(self) -> Config:
        """That of the device under the first rule."""
        return self.plans[RULES[0]].config

    @property
    def under_rules(self) -> list[dict[str, Any]]:
        """Values of the points of the device under other rules, seed by seed."""
        return [{"seed": seed, "synapses.pulses": rule} for seed in self.seeds for rule in MORE_RULES]

    @property
    def beside(self) -> tuple[Config, list[dict[str, Any]]]:
        """What the other devices learn, as their cards are, and the values of their points, seed by seed."""
        config, cards = self.config, self.question.beside
        return (replace(config, device={}),
                [{"seed": seed, "synapses.device": card} for seed in self.seeds[:SEEDS_BESIDE] for card in cards])


def planned(question: Question, folder: Path, jobs: int, tell: Callable[[str, float], None]) -> Studies:
    """Plan what the budget leaves; what is in the folder already is kept to.

    tell : called with a sentence on what is planned, and with its forecast [s]
    raises : ValueError
    """
    configs = {rule: question.config(rule) for rule in RULES}
    if not present(configs[RULES[0]], learning=True):
        raise ValueError(f"{question.card}: the card names no imperfection that could limit it; put one on it, for "
                         "example with --set device.c2c=0.1")
    plans = {rule: _plan(config, question, folder / rule) for rule, config in configs.items()}
    whole = Studies(question=question, plans=plans, folder=folder)
    first = configs[RULES[0]]
    kept = kept_cut(first, folder / RULES[0], question.samples)
    if kept:
        return _with_images(whole, configs, learnt_images(kept))
    pace = pace_of(configs[RULES[-1]], question.samples)
    chips = (_different(plans.values()) + len(whole.under_rules) + len(whole.beside[1])
             + _of_parts(question))
    images = question.images or images_within(question.budget, pace, chips, jobs, question.samples, first)
    studies = _with_images(whole, configs, images)
    config = studies.config
    tell(f"{chips} chips learn {config.data.train_samples:,} images each, {question.seeds} seeds of the device, "
         f"{len(question.beside)} other devices",
         forecast(pace, chips, jobs, learnt_images(config),
                  question.samples + config.training.epochs * config.data.validation_of(0)))
    return studies


def _plan(config: Config, question: Question, folder: Path) -> Plan:
    seeds = max(question.seeds, points.kept_seeds(folder))
    return Plan(config=config, found=present(config, learning=True), folder=folder,
                seeds=tuple(range(config.seed, config.seed + seeds)))


def _with_images(studies: Studies, configs: dict[str, Config], images: int) -> Studies:
    samples = studies.question.samples
    return replace(studies, plans={rule: replace(plan, config=cut(configs[rule], images, samples))
                                   for rule, plan in studies.plans.items()})


def _different(plans: Collection[Plan]) -> int:
    """Return how many points some plans have, those that several of them have once."""
    kinds = {to_toml(switched(plan.config, plan.values(chip))) for plan in plans for chip in plan.chips}
    return len(kinds) * max(len(plan.seeds) for plan in plans)


def _of_parts(question: Question) -> int:
    """Return how many points the parts will take at most."""
    return len(RULES) * _DEAREST * len(PARTS) * question.seeds


def costliest(costly: Sequence[Remedy], config: Config) -> list[str]:
    """Names of the imperfections whose parts are tried: the first of those that have parts."""
    return [remedy.name for remedy in costly if left(config, remedy.name, 0.5)][:_DEAREST]
