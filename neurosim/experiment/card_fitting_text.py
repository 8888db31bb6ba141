"""What a fit found, as lines of text, from its report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from neurosim.alignment import aligned
from neurosim.memristor.device import IMPERFECTIONS, RANGE
from neurosim.memristor.laws import LAWS
from neurosim.memristor.si_format import quantity


def law_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield table of the laws, the chosen one first; log-likelihoods count from its own."""
    rows = [("law", "held out", "fitted", "numbers", "rms up", "rms down", "")]
    first = report["laws"][0]
    for law in report["laws"]:
        mark = "chosen" if law is first else "tie" if law["law"] in report["ties"] else ""
        rows.append((law["law"], *(f"{law[key] - first[key]:+.4f}" for key in ("held_out", "fitted")),
                     str(law["numbers"]), *(quantity(law[f"residual_{side}"], "S", 3) for side in ("up", "down")),
                     mark))
    yield from aligned(rows)
    yield "held out, fitted: log-likelihood per pulse of pulses that took no part in the fit, and of all,"
    yield "against the chosen law [nat]; numbers: free parameters without noise; rms: distance of the"
    yield "noise-free curve from what was measured"


def value_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield the numbers of the best law with their intervals."""
    entries = {**RANGE, **LAWS[report["best"]].keys, **IMPERFECTIONS}
    yield f"{report['best']}, with intervals of 95 % confidence"
    names = max(map(len, report["values"]))
    for key, found in report["values"].items():
        unit = entries[key].unit
        value, interval = found["value"], found["interval"]
        pairs = zip(value, interval) if isinstance(value, tuple) else [(value, interval)]
        texts = [_with_interval(number, limits, unit) for number, limits in pairs]
        said = f"  {entries[key].text}" if len(texts) == 1 else ""
        yield f"  {key:<{names}}  {texts[0]}{said}{'' if found['determined'] else '; not determined'}"
        yield from (f"  {'':<{names}}  {text}" for text in texts[1:])


def said(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Sentences on the fit, each after the word that it stands behind: how good, what is open, what would tell more."""
    yield "fit", report["goodness"]
    for remark in report["remarks"]:
        yield "note", remark
    yield "better", report["advice"]


def _with_interval(value: Any, interval: Any, unit: str) -> str:
    low, high = (None if limit is None else quantity(limit, unit) for limit in interval)
    limits = "not determined" if low is high is None else f"below {high}" if low is None else \
        f"above {low}" if high is None else f"{low} to {high}"
    return f"{quantity(value, unit):<10} ({limits})"
