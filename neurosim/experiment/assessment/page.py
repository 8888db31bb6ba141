"""The page of an assessment, and the same as plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from neurosim.experiment.assessment.words import assumptions, needs, rule_words, verdict
from neurosim.experiment.improvement.text import plain
from neurosim.report.assessment import AssessmentFacts, assessment_report
from neurosim.tables import nearest

if TYPE_CHECKING:
    from neurosim.experiment.assessment.findings import Assessment
    from neurosim.plots.style import Axes, Figure


def page(found: Assessment, command: str) -> str:
    """Return the page, HTML; command : that makes it again."""
    own = found.rules[0].name
    return assessment_report(AssessmentFacts(
        title=f"Assessment of {own}", found=found, sentences=verdict(found), needs=needs(found),
        assumptions=assumptions(found), rule_words=rule_words, command=command))


def panels(found: Assessment) -> dict[str, Callable[..., Axes]]:
    """Figures of the page by name, functions of axes, or None, and of a width [inches]: the standings, each rule."""
    from neurosim.plots.improvement import improvement_panel
    from neurosim.plots.standings import standings_panel
    return {"standings": partial(standings_panel, found.standings),
            **{rule: partial(improvement_panel, one, None) for rule, one in found.improvements.items()}}


def drawn(found: Assessment, panel: str, ax: Axes | None = None, width: float | None = None) -> Figure:
    """Draw one of `panels`, on axes or alone; returns the Figure of matplotlib, raises ValueError for another name."""
    known = panels(found)
    if panel not in known:
        raise ValueError(f"panel {panel}: unknown{nearest(panel, known)}")
    return known[panel](ax, width).figure


def values(found: Assessment) -> dict[str, Any]:
    """Return an Assessment as plain values for JSON; errors are fractions."""
    return {"verdict": verdict(found), "limits": found.limits, "needs": _plain(found.needs),
            "assumptions": assumptions(found), "standings": _plain(found.standings),
            "rules": _plain(found.rules),
            "improvements": {rule: plain(one, rule=rule) for rule, one in found.improvements.items()}}


def _plain(items: Iterable[Any]) -> list[dict[str, Any]]:
    """Return dataclasses as dicts, their tuples as lists."""
    return [{key: list(value) if isinstance(value, tuple) else value for key, value in asdict(item).items()}
            for item in items]
