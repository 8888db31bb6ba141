"""Nonlinear cells from I-V curves: the law of the current and its number, shared by all curves.

    I = G f(V),   ln(I / V) = ln G + ln(f(V) / V)

with G of every curve its own, and errors of currents that are relative. f is one of

    cubic            V (1 + a V^2)
    sinh             V_0 sinh(V / V_0)
    Poole-Frenkel    V exp(sqrt(|V| / V_0))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from neurosim.confidence import CONFIDENCE
from neurosim.memristor.device import CELLS, IMPERFECTIONS
from neurosim.memristor.fitting.measured import Course, Frame, Measured, judged, to_halve
from neurosim.memristor.fitting.population import mean
from neurosim.whole import counted

_FEWEST = 10         #: points of a curve
_SMALL = 0.1         #: part of the largest voltage below which offsets of an instrument hide the law
_TIED = 2.0          #: log-likelihood within which two laws are not distinguished [nat]
_GRID = 60
_SEVERAL = 3         #: curves from which on their differences tell the interval


@dataclass(frozen=True, eq=False)
class Curve:
    """One I-V curve of a device that does not switch in it. volts [V], amperes [A] : float (points)."""

    volts: np.ndarray
    amperes: np.ndarray


def _cubic(v: np.ndarray, number: float) -> np.ndarray:
    return np.log1p(number * v * v)


def _sinh(v: np.ndarray, number: float) -> np.ndarray:
    x = np.maximum(np.abs(v) / number, 1e-12)
    return x + np.log(-np.expm1(-2 * x)) - np.log(2 * x)


def _poole_frenkel(v: np.ndarray, number: float) -> np.ndarray:
    return np.sqrt(np.abs(v) / number)


_LAWS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "iv_cubic": _cubic, "iv_sinh": _sinh, "iv_poole_frenkel": _poole_frenkel}


def current_voltage(curves: Sequence[Curve], owner: str) -> Measured:
    """Choose the law of nonlinear cells that leaves least over, with its number and interval.

    With three curves or more the interval is that of the mean of ln number over them; else that of all points.

    curves : list of Curve, of one device or state each
    raises : ValueError for curves that are too short, switch, or are straight lines
    """
    kept = [_usable(curve, owner) for curve in curves]
    found = {key: _best(kept, key) for key in CELLS}
    key = min(found, key=lambda each: found[each][1])
    points = sum(len(v) for v, _ in kept)
    degrees = points - len(kept) - 1
    straight = sum(float(np.square(y - y.mean()).sum()) for _, y in kept)
    number, least = found[key]
    if straight <= least * (1 + _f(degrees) / degrees):
        raise ValueError(f"{owner}: currents are as good as proportional to voltages up to "
                         f"{max(np.abs(v).max() for v, _ in kept):.3g} V; a card has such cells without a number, "
                         "measure up to higher voltages")
    each = [_best([one], key)[0] for one in kept]
    many = len(kept) >= _SEVERAL
    if many:
        middle, (low, high) = mean(np.log(each))
        number, interval = math.exp(middle), (math.exp(low), math.exp(high))
    else:
        interval = _profile(kept, key, number, least * (1 + _f(degrees) / degrees))
    ties = [other for other, (_, rest) in found.items() if other != key and
            points / 2 * math.log(rest / least) < _TIED] if least > 0 else []
    rests, courses = [], []
    for (v, y), own in zip(kept, each if many else [number] * len(kept)):
        shape = _LAWS[key](v, own)
        line = shape + (y - shape).mean()
        rests.append(y - line)
        courses.append(Course(v, np.exp(y) * np.abs(v), np.exp(line) * np.abs(v)))
    return Measured({key: number}, {key: interval}, f"{counted(points, 'point')} of {counted(kept, 'curve')}, {owner}",
                    judged(rests, f"the law {key.removeprefix('iv_').replace('_', '-')}"),
                    to_halve(len(kept) if many else points, "curves" if many else "points", key),
                    _remarks(ties, each), courses, Frame("voltage [V]", "current, absolute [A]", log_y=True),
                    instead=CELLS)


def _remarks(ties: Sequence[str], numbers: Sequence[float]) -> list[str]:
    remarks = [f"the curves do not distinguish it from {', '.join(ties)}, which leave as little over; measure up to "
               "higher voltages"] if ties else []
    if len(numbers) < _SEVERAL:
        return [*remarks, f"fewer than {_SEVERAL} curves tell nothing of how devices or states differ"]
    apart = float(np.std(np.log(numbers), ddof=1))
    return [*remarks, f"the numbers of single curves spread by {100 * apart:.2g} %, of which a card holds the mean"]


def _usable(curve: Curve, owner: str) -> tuple[np.ndarray, np.ndarray]:
    """Voltages away from 0 and ln(I / V) there; raises ValueError."""
    v, current = curve.volts, curve.amperes
    good = (np.abs(v) >= _SMALL * np.abs(v).max()) & (v * current > 0)
    if good.sum() < _FEWEST:
        raise ValueError(f"{owner}: a curve has {counted(int(good.sum()), 'point')} with a current in the direction "
                         f"of its voltage beyond a tenth of the largest; give {_FEWEST} or more")
    v, y = v[good], np.log(current[good] / v[good])
    for side in (v > 0, v < 0):
        if _switches(v[side], y[side]):
            raise ValueError(f"{owner}: a curve switches, for its current differs more than twofold at one voltage; "
                             "give sweeps that stay below the voltages of set and reset")
    return v, y


def _switches(v: np.ndarray, y: np.ndarray) -> bool:
    """Whether the current at the same voltages differs on the way up and back."""
    if len(v) < _FEWEST:
        return False
    turn = int(np.argmax(np.abs(v)))
    up, back = (np.abs(v[:turn + 1]), y[:turn + 1]), (np.abs(v[turn:])[::-1], y[turn:][::-1])
    if min(len(up[0]), len(back[0])) < 4:
        return False
    inside = (up[0] >= back[0].min()) & (up[0] <= back[0].max())
    apart = np.abs(np.interp(up[0][inside], *back) - up[1][inside])
    return bool(apart.size and np.median(apart) > math.log(2))


def _rest(kept: Sequence[tuple[np.ndarray, np.ndarray]], key: str, number: float) -> float:
    """Sum of squares that a law leaves over, with the conductance of every curve at its best."""
    found = 0.0
    for v, y in kept:
        rest = y - _LAWS[key](v, number)
        found += float(np.square(rest - rest.mean()).sum())
    return found


def _best(kept: Sequence[tuple[np.ndarray, np.ndarray]], key: str) -> tuple[float, float]:
    """Number of a law within the bounds of a card, and the sum of squares that it leaves over."""
    from scipy.optimize import minimize_scalar
    entry = IMPERFECTIONS[key]
    grid = np.linspace(math.log(entry.low), math.log(entry.high), _GRID)
    at = int(np.argmin([_rest(kept, key, math.exp(each)) for each in grid]))
    found = minimize_scalar(lambda each: _rest(kept, key, math.exp(each)), method="bounded", options={"xatol": 1e-9},
                            bounds=(grid[max(at - 1, 0)], grid[min(at + 1, _GRID - 1)]))
    return math.exp(float(found.x)), float(found.fun)


def _profile(kept: Sequence[tuple[np.ndarray, np.ndarray]], key: str, number: float,
             level: float) -> tuple[float, float]:
    """Ends at which the sum of squares reaches a level; the bound of the card where it does not."""
    from scipy.optimize import brentq
    entry, middle = IMPERFECTIONS[key], math.log(number)

    def over(place: float) -> float:
        return _rest(kept, key, math.exp(place)) - level
    ends = [math.log(entry.low), math.log(entry.high)]
    low, high = (math.exp(brentq(over, *sorted((middle, end)))) if over(end) > 0 else math.exp(end) for end in ends)
    return low, high


def _f(degrees: int) -> float:
    """Quantile of F of one number and so many degrees of freedom."""
    from scipy.stats import f
    return float(f.ppf(CONFIDENCE, 1, degrees))
