"""The page of an assessment, and the same as plain values."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from neurosim.experiment.assessment.words import assumptions, needs, rule_words, verdict
from neurosim.experiment.improvement.text import plain
from neurosim.report.assessment import AssessmentFacts, assessment_report

if TYPE_CHECKING:
    from neurosim.experiment.assessment.findings import Assessment


def page(found: Assessment, command: str) -> str:
    """The page, HTML; command : that makes it again."""
    own = found.rules[0].name
    return assessment_report(AssessmentFacts(
        title=f"Assessment of {own}", found=found, sentences=verdict(found), needs=needs(found),
        assumptions=assumptions(found), rule_words=rule_words, command=command))


def values(found: Assessment) -> dict[str, Any]:
    """An Assessment as plain values for JSON; errors are fractions."""
    return {"verdict": verdict(found), "limits": found.limits, "needs": [asdict(one) for one in found.needs],
            "assumptions": assumptions(found), "standings": [asdict(one) for one in found.standings],
            "rules": [asdict(one) for one in found.rules],
            "improvements": {rule: plain(one, rule=rule) for rule, one in found.improvements.items()}}
