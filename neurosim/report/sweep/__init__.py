"""One self-contained HTML page from the folder of a sweep, finished or not."""

from neurosim.report.sweep.facts import SweepFacts
from neurosim.report.sweep.page import sweep_report

__all__ = ["SweepFacts", "sweep_report"]
