"""How good a number must become: chips with a part of an imperfection, between all of it and none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.experiment.chip import card_device
from neurosim.experiment.imperfections import left, value_of

if TYPE_CHECKING:
    from neurosim.experiment.improvement.plan import Plan

PARTS = (0.5, 0.2, 0.05)    #: that are tried between 1, as it is, and 0, none


@dataclass(frozen=True, kw_only=True)
class Need:
    """What an imperfection may be at most.

    name : of the imperfection; rule : pulse rule
    parts, costs : what was tried, from 1 to 0, and what it adds to the error of the chip without it [1]
    part : largest one at which it costs the stated loss at most; None where the smallest that was tried costs more
    now, needed : dicts from key to value, as it is and at that part
    """

    name: str
    rule: str
    parts: tuple[float, ...]
    costs: tuple[float, ...]
    part: float | None
    now: dict[str, float]
    needed: dict[str, float]


def rows_of_parts(plan: Plan, names: list[str]) -> list[tuple[str, float, dict[str, Any]]]:
    """Return the points with parts of imperfections, seed by seed: name, part, and values of the point.

    There is none of an imperfection with nothing between on and off.
    """
    device = card_device(plan.config)
    changes = [(name, part, left(plan.config, name, part)) for name in names for part in PARTS]
    paths = list(dict.fromkeys(path for *_, change in changes for path in change))
    return [(name, part,
             {"seed": seed} | {path: change.get(path, value_of(plan.config, device, path)) for path in paths})
            for seed in plan.seeds for name, part, change in changes if change]


def need(plan: Plan, rule: str, name: str, errors: dict[float, float], loss: float) -> Need | None:
    """Return what an imperfection may be at most; None where there is nothing between on and off.

    errors : dict from part to error, mean over seeds; with 1 and 0
    """
    now = left(plan.config, name, 1.0)
    if not now:
        return None
    parts = tuple(sorted(errors, reverse=True))
    costs = tuple(errors[part] - errors[0.0] for part in parts)
    part = tolerated(parts, costs, loss)
    known = part >= min(PARTS)
    return Need(name=name, rule=rule, parts=parts, costs=costs, part=part if known else None, now=now,
                needed=left(plan.config, name, part) if known else {})


def tolerated(parts: tuple[float, ...], costs: tuple[float, ...], loss: float) -> float:
    """Return largest part up to which the costs stay below a loss, between two that were tried by a straight line.

    parts : falling from 1 to 0; costs : what they cost, 0 at 0
    """
    rising = list(zip(parts, costs))[::-1]
    for (low, cheap), (high, dear) in zip(rising, rising[1:]):
        if dear > loss:
            return float(low + (high - low) * np.clip((loss - cheap) / (dear - cheap), 0, 1))
    return 1.0
