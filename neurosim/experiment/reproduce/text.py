"""What a recipe claims and what it found, as lines of text."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from neurosim.experiment.checks.table import table, verdict
from neurosim.experiment.pipeline.summary import duration
from neurosim.memristor.si_format import quantity

if TYPE_CHECKING:
    from neurosim.experiment.reproduce.recipe import Finding, Outcome, Recipe

_WIDTH = 118


def outcome_lines(outcome: Outcome) -> list[str]:
    """Return what a recipe claims, the table of what it found, and the verdict."""
    rows = [("quantity", "measured", "expected", "tolerance", "")]
    rows += [(found.quantity, _text(found.measured, found.unit),
              "" if found.expected is None else _text(found.expected, found.unit), _tolerance(found),
              verdict(found.passed)) for found in outcome.findings]
    return [outcome.recipe.name, *claim_lines(outcome.recipe), *table(rows),
            f"{outcome.recipe.name}: {verdict(outcome.passed)}, {duration(outcome.seconds)}"]


def claim_lines(recipe: Recipe) -> Iterator[str]:
    """Yield the claim, its source and the panels of its figure."""
    panels = [f"panels: {'; '.join(recipe.panels)}"] if recipe.panels else []
    for text in (recipe.claim, f"source: {recipe.source}", *panels):
        yield from textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _tolerance(found: Finding) -> str:
    """Return what passes: "+- 0.2", "0.5 to 1.2", "at most 6 %", "at least 0.95"."""
    if math.isinf(found.low):
        return f"at most {_text(found.high, found.unit)}"
    if math.isinf(found.high):
        return f"at least {_text(found.low, found.unit)}"
    half = (found.high - found.low) / 2
    centred = found.expected is not None and math.isclose(found.low + half, found.expected, rel_tol=1e-9, abs_tol=1e-30)
    return (f"+- {_text(half, found.unit, 3)}" if centred else
            f"{_text(found.low, found.unit)} to {_text(found.high, found.unit)}")


def _text(value: float, unit: str, digits: int = 4) -> str:
    return f"{value:.{digits}g} %" if unit == "%" else quantity(value, unit, digits)
