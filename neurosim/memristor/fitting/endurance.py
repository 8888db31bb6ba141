"""Wear from long cycling: after how many pulses devices are worn out, and whether suddenly or by and by."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from neurosim.confidence import UPPER
from neurosim.memristor.fitting.measured import Course, Frame, Measured, judged, to_halve
from neurosim.memristor.fitting.ageing import devices_or_reads
from neurosim.memristor.fitting.population import mean, spread
from neurosim.whole import counted

_WORN = 0.5          #: part of the first window below which a device is worn out, for good
_FIRST = 3           #: checkpoints that make the first window
_FEWEST = 6          #: checkpoints of a device
_FAILED = 3          #: devices that must fail, for a median and a spread
_SIGMA = (-7.0, 3.0)    #: bounds of the logarithm of the spread of ln pulses
_GRID = 60           #: lives that are tried before the best one is refined
_FINE = 1e-4         #: to which logarithms are found
_BEYOND = 1e3        #: times the last checkpoint up to which closure of the window is extrapolated
_LOST = 0.05         #: part of the window of a device that must be lost before its closure is one
_FRAME = Frame("pulses", "window over the first", log_x=True)


@dataclass(frozen=True, eq=False)
class Window:
    """Distance of the two states of one device at checkpoints of its cycling.

    pulses : float (checkpoints), ascending, received until then; width : float (checkpoints) [S]
    """

    pulses: np.ndarray
    width: np.ndarray

    @property
    def relative(self) -> np.ndarray:
        """The window over the median of its first widths."""
        return self.width / np.median(self.width[:_FIRST])


@dataclass(frozen=True, eq=False)
class _Lives:
    """Pulses between which devices fail, or after which they have not, as logarithms (devices); infinity = not yet."""

    low: np.ndarray
    high: np.ndarray

    def loss(self, middle: float, width: float) -> float:
        """Negative log-likelihood of a lognormal distribution [nat]."""
        from scipy.special import ndtr
        low, high = (self.low - middle) / width, (self.high - middle) / width
        flip = low > 0    # the smaller tail is the exact one
        low, high = np.where(flip, -high, low), np.where(flip, -low, high)
        return -float(np.sum(np.log(np.maximum(ndtr(high) - ndtr(low), 1e-300))))


def endurance(windows: Sequence[Window], owner: str) -> Measured:
    """Median of the pulses after which a device is worn out, and the spread of their logarithm between devices.

    Two courses are compared by what they leave over: the window stays until it is gone (worn = "sticks"), or it closes
    in proportion to the pulses (worn = "shrinks"). Of the first, lives are lognormal, known between two checkpoints, or
    longer than the last (maximum likelihood, intervals by its profile, with the factors that make them those of Student
    and of chi^2 where all lives are known); of the second, every device has its line.

    windows : list of Window, one for each device
    raises : ValueError for too few checkpoints, a window that is none, and too few devices that fail
    """
    for window in windows:
        if len(window.pulses) < _FEWEST or not np.all(np.diff(window.pulses) > 0):
            raise ValueError(f"{owner}: a device has {len(window.pulses)} checkpoints; give {_FEWEST} or more, at "
                             "ascending numbers of cycles")
        if np.median(window.width[:_FIRST]) <= 0:
            raise ValueError(f"{owner}: a device has no window between its states at first; check which column is "
                             "read after set and which after reset")
    sudden, gradual = [_sudden(window) for window in windows], [_gradual(window) for window in windows]
    square = [sum(float(np.square(window.relative - line).sum()) for window, line in zip(windows, lines))
              for lines in ([line for *_, line in sudden], [line for *_, line in gradual])]
    lost = max(1 - float(line[-1] / line[0]) for *_, line in gradual)
    if square[1] < square[0] and lost > _LOST:
        return _closing(windows, gradual, owner)
    return _failing(windows, sudden, owner)


def _sudden(window: Window) -> tuple[float, float, np.ndarray]:
    """Pulses at the last checkpoint of a device that works and at the next, infinity without one; and its course."""
    relative = window.relative
    works = np.flatnonzero(relative >= _WORN)
    last = int(works[-1]) if works.size else 0
    line = np.full(len(relative), np.median(relative[:last + 1]))
    if last == len(relative) - 1:
        return float(window.pulses[-1]), math.inf, line
    line[last + 1:] = np.median(relative[last + 1:])
    return float(window.pulses[last]), float(window.pulses[last + 1]), line


def _gradual(window: Window) -> tuple[float, float, np.ndarray]:
    """Logarithm of the pulses at which a window that closes in proportion is gone, its error, and its course."""
    from scipy.optimize import minimize_scalar
    pulses, relative = window.pulses, window.relative

    def left(log_life: float) -> np.ndarray:
        return np.maximum(1 - pulses / math.exp(log_life), 0.0)

    def rest(log_life: float) -> np.ndarray:
        course = left(log_life)
        return relative - float(course @ relative) / max(float(course @ course), 1e-12) * course
    ends = math.log(pulses[0] + 1), math.log(_BEYOND * pulses[-1])
    grid = np.linspace(*ends, _GRID)
    at = int(np.argmin([float(np.square(rest(each)).sum()) for each in grid]))
    found = minimize_scalar(lambda each: float(np.square(rest(each)).sum()), method="bounded",
                            bounds=(grid[max(at - 1, 0)], grid[min(at + 1, _GRID - 1)]), options={"xatol": 1e-9})
    best, step = float(found.x), 1e-4
    slope = (rest(best + step) - rest(best - step)) / (2 * step)
    size = float(np.square(rest(best)).sum()) / (len(pulses) - 2)
    error = math.sqrt(size / max(float(slope @ slope), 1e-300))
    return best, error, relative - rest(best)


def _closing(windows: Sequence[Window], found: Sequence[tuple[float, float, np.ndarray]], owner: str) -> Measured:
    from scipy.stats import t
    lives, errors = (np.array([each[place] for each in found]) for place in (0, 1))
    checkpoints = min(len(window.pulses) for window in windows)
    if len(windows) == 1:
        half = float(t.ppf(UPPER, checkpoints - 2)) * errors[0]
        numbers = {"endurance": (math.exp(lives[0]), (math.exp(lives[0] - half), math.exp(lives[0] + half)))}
    else:
        middle, (low, high) = mean(lives)
        numbers = {"endurance": (math.exp(middle), (math.exp(low), math.exp(high))),
                   "endurance_spread": spread(lives, errors)}
    remarks = ['windows close in proportion to the pulses, worn = "shrinks": a device is worn out where its line '
               "reaches 0"]
    if len(windows) == 1:
        remarks.append("one device tells no endurance_spread; cycle more")
    elif not numbers["endurance_spread"][0]:
        _, (_, most) = numbers.pop("endurance_spread")
        remarks.append(f"endurance_spread is not seen; it is below {most:.2g}")
    rests = [window.relative - line for window, (*_, line) in zip(windows, found)]
    return _measured(numbers, windows, [line for *_, line in found], owner, judged(rests, "a line to 0"),
                     devices_or_reads(lives.tolist(), errors.tolist(), checkpoints, "endurance"), remarks, "shrinks")


def _failing(windows: Sequence[Window], found: Sequence[tuple[float, float, np.ndarray]], owner: str) -> Measured:
    ends = np.array([(low, high) for low, high, _ in found])
    failed, longest = int(np.isfinite(ends[:, 1]).sum()), float(ends[:, 0].max())
    if failed < _FAILED:
        raise ValueError(f"{owner}: {failed} of {len(windows)} devices fail within {longest:.3g} pulses, and "
                         f"{_FAILED} must, to tell the median and its spread; cycle longer, or more devices")
    numbers = _lognormal(_Lives(*np.log(ends.T)))
    lasting = len(windows) - failed
    left = counted(lasting, "device that has", "devices that have")
    advice = f"longer cycling of the {left} not failed tells most about endurance_spread" \
        if lasting > len(windows) / 3 else to_halve(len(windows), "devices", "endurance_spread")
    remarks = ['windows are lost at once, worn = "sticks"; a device is worn out below half of its first window']
    if lasting:
        remarks.append(f"{lasting} of {counted(windows, 'device')} did not fail, which counts as a longer life")
    rests = [(window.relative - line)[window.relative >= _WORN] for window, (*_, line) in zip(windows, found)]
    return _measured(numbers, windows, [line for *_, line in found], owner,
                     judged([rest for rest in rests if len(rest)], "a constant window"), advice, remarks, "sticks")


def _measured(numbers: dict[str, tuple[float, tuple[float, float]]], windows: Sequence[Window],
              lines: Sequence[np.ndarray], owner: str, goodness: str, advice: str, remarks: list[str],
              worn: str) -> Measured:
    courses = [Course(window.pulses, window.relative, line) for window, line in zip(windows, lines)]
    return Measured({key: value for key, (value, _) in numbers.items()},
                    {key: interval for key, (_, interval) in numbers.items()}, f"{counted(windows, 'device')}, {owner}",
                    goodness, advice, remarks, courses, _FRAME, {"worn": worn})


def _lognormal(lives: _Lives) -> dict[str, tuple[float, tuple[float, float]]]:
    """Median and spread of lives with intervals.

    The profile in the median falls by N/2 ln(1 + t^2 / (N - 1)) at the ends of Student's interval, and the one in the
    spread, times spread (Cox, Reid, J. R. Stat. Soc. B 49:1 (1987)), is that of chi^2 of N - 1, where lives are known.
    """
    from scipy.optimize import brentq, minimize_scalar
    from scipy.stats import chi2, t
    count = len(lives.low)
    known = np.where(np.isfinite(lives.high), (lives.low + np.where(np.isfinite(lives.high), lives.high, 0)) / 2,
                     lives.low + 0.5)
    reach = max(float(np.ptp(known)), 0.1)

    def over_middle(log_width: float) -> tuple[float, float]:
        found = minimize_scalar(lambda middle: lives.loss(middle, math.exp(log_width)), method="bounded",
                                bounds=(known.min() - reach, known.max() + 5 * reach + 5 * math.exp(log_width)),
                                options={"xatol": _FINE})
        return float(found.fun), float(found.x)

    def over_width(middle: float) -> float:
        found = minimize_scalar(lambda log_width: lives.loss(middle, math.exp(log_width)), method="bounded",
                                bounds=_SIGMA, options={"xatol": _FINE})
        return float(found.fun)
    best = minimize_scalar(lambda log_width: over_middle(log_width)[0], method="bounded", bounds=_SIGMA)
    least, middle = over_middle(float(best.x))
    fall = count / 2 * math.log(1 + float(t.ppf(UPPER, count - 1)) ** 2 / (count - 1))

    def end(inside: Callable[[float], float], start: float, step: float, most: float) -> float:
        place = start
        while abs(place - start) < most:
            place += step
            if inside(place) > 0:
                return float(brentq(inside, place - step, place, xtol=_FINE))
        return place
    low, high = (math.exp(end(lambda each: over_width(each) - least - fall, middle, sign * 0.1 * reach, 60 * reach))
                 for sign in (-1, 1))
    restricted = minimize_scalar(lambda each: over_middle(each)[0] - each, method="bounded", bounds=_SIGMA)
    inner = float(restricted.x)
    drop = [_chi_drop(count - 1, float(chi2.ppf(part, count - 1))) for part in (UPPER, 1 - UPPER)]
    ends = [math.exp(end(lambda each: over_middle(each)[0] - each - float(restricted.fun) - fall, inner, step, 6))
            for step, fall in zip((-0.1, 0.1), drop)]
    return {"endurance": (math.exp(middle), (low, high)), "endurance_spread": (math.exp(inner), (ends[0], ends[1]))}


def _chi_drop(degrees: int, quantile: float) -> float:
    """Fall of the likelihood of a spread at the end of its interval from a quantile of chi^2 [nat]."""
    ratio = quantile / degrees
    return degrees / 2 * (ratio - 1 - math.log(ratio))
