"""One self-contained HTML page from a run file: no script, nothing from a network, the same bytes for the same file."""

from neurosim.report.facts import Facts
from neurosim.report.page import report

__all__ = ["Facts", "report"]
