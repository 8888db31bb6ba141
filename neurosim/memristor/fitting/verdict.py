"""How well a law describes trains, in words, and which further measurement would make its numbers surer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.memristor.device import IMPERFECTIONS, RANGE
from neurosim.memristor.fitting.measured import to_halve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from neurosim.memristor.fitting import Fit

_CHANCE = 0.01    #: probability below which residuals count as correlated
_STRONG = 0.3     #: correlation of residuals from pulse to pulse from which on a fit is poor
_GRADES = ("good", "fair", "poor")


def grade(fit: Fit) -> str:
    """Return "good", "fair" or "poor": one fault is fair; two, or residuals that continue, are poor."""
    return _GRADES[min(len(_faults(fit)) + _strays(fit), 2)]


def goodness(fit: Fit) -> str:
    """Say how well the law of a Fit describes its trains; the word of `grade` comes first."""
    faults = _faults(fit)
    span = fit.values["g_max"] - fit.values["g_min"]
    apart = max(fit.residual(side) for side in ("up", "down")) / span
    said = f"{grade(fit)}: the noise-free curve of {fit.law} follows the trains to {100 * apart:.2g} % of the range"
    return f"{said}, but {' and '.join(faults)}" if faults else f"{said}, and what is left over looks like its noise"


def advice(fit: Fit) -> str:
    """Name the trains that would halve the widest interval of a Fit, or tell what the present ones leave open."""
    if fit.undetermined:
        key = fit.undetermined[0]
        return f"longer {_side(key)} trains, over more of the range, would tell {key} first"
    key = max(fit.values, key=lambda each: _width(fit, each))
    side = _side(key)
    trains = [train for name, word in (("up", "set"), ("down", "reset")) if word in side
              for train in getattr(fit.trains, name)]
    return to_halve(len(trains), f"{side} trains of {max(map(len, trains))} pulses", key) + \
        f", the widest, {100 * _width(fit, key):.2g} % of the number"


def goodness_of_devices(fits: Mapping[str, Fit]) -> str:
    """Say how well one law describes several devices; the word of most of them comes first."""
    grades = [grade(fit) for fit in fits.values()]
    word = max(_GRADES, key=grades.count)
    law = next(iter(fits.values())).law
    others = [label for label, own in zip(fits, grades) if _GRADES.index(own) > _GRADES.index(word)]
    worse = f"; it is worse for {', '.join(others[:5])}{' ...' * (len(others) > 5)}" if others else ""
    return f"{word}: so {law} describes {grades.count(word)} of {len(fits)} devices{worse}"


def _faults(fit: Fit) -> list[str]:
    rho, chance = fit.correlation
    found = [f"residuals continue from pulse to pulse (correlation {rho:+.2f})"] if chance < _CHANCE else []
    if fit.outliers:
        found.append("1 read lies far off" if len(fit.outliers) == 1 else f"{len(fit.outliers)} reads lie far off")
    if fit.limited:
        found.append(f"{', '.join(fit.limited)} stand{'s' * (len(fit.limited) == 1)} at the end of what is allowed")
    return found


def _strays(fit: Fit) -> bool:
    rho, chance = fit.correlation
    return chance < _CHANCE and abs(rho) > _STRONG


def _side(key: str) -> str:
    """Pulses that tell a number."""
    if key in IMPERFECTIONS:
        return "set and reset"
    return "set" if key.endswith("_up") or key == "g_max" else "reset"


def _width(fit: Fit, key: str) -> float:
    """Width of an interval over its number, over the range for its ends; of nodes the widest."""
    several = isinstance(fit.values[key], tuple)
    values, pairs = (fit.values[key], fit.intervals[key]) if several else ((fit.values[key],), (fit.intervals[key],))
    span = fit.values["g_max"] - fit.values["g_min"]
    return max((high - low) / (span if key in RANGE else max(abs(value), 1e-300))
               for value, (low, high) in zip(values, pairs))
