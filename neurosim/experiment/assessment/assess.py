"""Assess a device: learn on it under the main pulse rules, take its imperfections away, place it among others."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim._jit import thread_count
from neurosim.experiment.assessment.findings import Assessment, standings
from neurosim.experiment.assessment.parts import PARTS, Need, need, rows_of_parts
from neurosim.experiment.assessment.questions import RULES
from neurosim.experiment.assessment.studies import BESIDE, OTHER_RULES, OWN, costliest, planned
from neurosim.experiment.improvement.computing import Computing, done
from neurosim.experiment.improvement.outcome import outcome
from neurosim.experiment.improvement.points import prepare_folder

if TYPE_CHECKING:
    from neurosim.experiment.assessment.questions import Question
    from neurosim.experiment.assessment.studies import Studies
    from neurosim.experiment.improvement.outcome import Improvement
    from neurosim.experiment.improvement.plan import Plan
    from neurosim.experiment.sweep.driver import Tally
    from neurosim.experiment.sweep.store import Store

_PATIENCE = 1.5    #: times the budget, after which what is complete counts


def assess(question: Question, out: Path | str, *, jobs: int | None = None, dask: str | None = None,
           force: bool = False, tell: Callable[[str, float], None] | None = None,
           observe: Callable[[Tally], None] | None = None,
           wished: Callable[[], bool] | None = None) -> Assessment | None:
    """Say what limits a device, how good each of its numbers must become, and where it stands.

        found = assess(asked("my.toml", budget=600), "my-assess")
        print("\\n".join(verdict(found)))

    The same call continues with what is in `out` already, bit for bit.

    question : see `asked`; out : folder that is made
    jobs, dask : where is computed, see `executor_for`; no result depends on it; force : replace what is in `out`
    tell : called with a sentence on what is planned and how many seconds it will take
    observe : called with the Tally of each study; wished : whether to stop and to save what was begun
    returns : Assessment; None where it was wished to stop
    raises : ValueError
    """
    stop = wished or (lambda: False)
    prepare_folder(Path(out), OWN, force)
    studies = planned(question, Path(out), thread_count(jobs, "jobs"), tell or (lambda text, seconds: None))
    end = time.monotonic() + _PATIENCE * question.budget
    computing = Computing(jobs, dask, observe or (lambda tally: None), lambda: stop() or time.monotonic() > end)
    stores = {rule: computing(plan.folder, plan.config, plan.rows) for rule, plan in studies.plans.items()}
    if stop():
        return None
    improvements = {rule: outcome(plan, stores[rule]) for rule, plan in studies.plans.items()}
    needs = [found for rule, plan in studies.plans.items() for found in
             _needs(plan, rule, improvements[rule], studies, computing)]
    rules = done(computing(studies.folder / OTHER_RULES, studies.config, studies.under_rules))
    config, rows = studies.beside
    beside = done(computing(studies.folder / BESIDE, config, rows)) if rows else []
    return None if stop() else _assessment(question, studies, stores, improvements, needs, rules, beside)


def _needs(plan: Plan, rule: str, improvement: Improvement, studies: Studies, computing: Computing) -> list[Need]:
    """Return what the costliest imperfections of a rule may be at most."""
    remedies = {remedy.name: remedy for remedy in improvement.remedies}
    names = costliest(improvement.costly, plan.config)
    rows = rows_of_parts(plan, names)
    if not rows:
        return []
    store = computing(studies.folder / f"{rule}-parts", plan.config, [values for *_, values in rows])
    errors = {_key(row["point"]): row["results"]["test_error"] for row in done(store)}
    found = []
    for name in names:
        measured = {1.0: remedies[name].among.on, 0.0: remedies[name].among.off}
        for part in PARTS:
            own = [errors[key] for *those, values in rows if those == [name, part] and (key := _key(values)) in errors]
            measured |= {part: float(np.mean(own))} if own else {}
        found.append(need(plan, rule, name, measured, studies.question.loss))
    return [one for one in found if one]


def _key(values: dict[str, Any]) -> str:
    return repr(sorted(values.items()))


def _assessment(question: Question, studies: Studies, stores: dict[str, Store],
                improvements: dict[str, Improvement], needs: list[Need], rules: list[dict],
                beside: list[dict]) -> Assessment:
    own = []
    for rule, plan in studies.plans.items():
        whole = plan.values(plan.chips[0])
        own += standings([row for row in done(stores[rule]) if
                          all(row["point"][path] == value for path, value in whole.items())], question.card, rule)
    first, others = [one for one in own if one.rule == RULES[0]], standings(beside, rule=RULES[0])
    own += standings(rules, question.card)
    return Assessment(question=question, config=studies.config, improvements=improvements, needs=tuple(needs),
                      standings=tuple(sorted([*first, *others], key=lambda one: one.error)),
                      rules=tuple(sorted(own, key=lambda one: one.error)))
