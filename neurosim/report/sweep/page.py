"""The report of a sweep: its sections in their order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from neurosim.report.document import document
from neurosim.report.sweep.facts import brief
from neurosim.report.sweep.figures import results
from neurosim.report.sweep.overview import verdict, what_was_swept
from neurosim.report.sweep.points import SORTING, points
from neurosim.report.sweep.repeat import repeat

if TYPE_CHECKING:
    from neurosim.report.sweep.facts import SweepFacts

_SECTIONS = {
    ("swept", "What was swept"): what_was_swept,
    ("results", "Results"): results,
    ("points", "Points"): points,
    ("repeat", "How to repeat it"): repeat,
}


def sweep_report(facts: SweepFacts) -> str:
    """Make the page of a sweep, finished or not.

    facts : SweepFacts
    returns : str, HTML; its one script sorts the table of points and may do nothing else
    """
    facts = replace(facts, results=brief(facts.results))
    sections = {key: make(facts) for key, make in _SECTIONS.items()}
    return str(document(facts.title, sections, head=(verdict(facts),), script=SORTING))
