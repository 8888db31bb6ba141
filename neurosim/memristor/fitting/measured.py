"""What one kind of measurement says of a device: numbers of a card, how well they fit, what would tell more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

_FEWEST = 5         #: reads of a series
_WANDERS = 3.0      #: standard deviations of the von Neumann ratio below that of white noise
_FAR = 0.01         #: probability below which the farthest of all residuals is not a chance


@dataclass(frozen=True, eq=False)
class Course:
    """One series of a measurement: x, y : float (points), what was measured; line : float (points), what fits it."""

    x: np.ndarray
    y: np.ndarray
    line: np.ndarray


@dataclass(frozen=True)
class Frame:
    """Names of the axes over which courses are drawn, and which of them are logarithmic."""

    x: str = "reads"
    y: str = "conductance over the mean"
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True)
class Measured:
    """Numbers of a card that were measured.

    values : dict from key to number, SI units; intervals : dict from key to (low, high), 95 %
    source : what they come from; goodness : how well they describe it; advice : what would halve the widest interval
    remarks : sentences in a list; courses : list of Course, on axes that `frame` names
    texts : dict of texts of the card that go with the numbers; instead : keys of the card that the numbers replace
    """

    values: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    source: str
    goodness: str = ""
    advice: str = ""
    remarks: list[str] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    frame: Frame = Frame()
    texts: dict[str, str] = field(default_factory=dict)
    instead: tuple[str, ...] = ()


def check_reads(series: Sequence[np.ndarray], owner: str) -> None:
    """Raise ValueError unless every series has enough reads."""
    if not series or min(map(len, series)) < _FEWEST:
        fewest = min(map(len, series), default=0)
        raise ValueError(f"{owner}: a series has {fewest} reads; give {_FEWEST} or more of every state")


def wanders(rests: np.ndarray) -> bool:
    """Whether residuals change less from one to the next than white noise does, by the ratio of von Neumann."""
    count, square = len(rests), float(rests @ rests)
    if not square or count < 3:
        return False
    ratio = float(np.square(np.diff(rests)).sum()) / square
    return ratio < 2 - _WANDERS * math.sqrt(4 * (count - 2) / (count ** 2 - 1))


def judged(rests: Sequence[np.ndarray], law: str) -> str:
    """Say in words how well a law describes series, by what it leaves over; "good", "fair" or "poor" comes first.

    Good residuals look like white noise: fair ones keep a course in some series or have outliers, poor ones keep one
    in most series.

    rests : list of float (points), relative residuals of every series [1]
    """
    from scipy.stats import norm
    every = np.concatenate(list(rests))
    size = math.sqrt(float(np.mean(np.square(every)))) if every.size else 0.0
    course = sum(map(wanders, rests))
    far = int(np.sum(np.abs(every) > norm.isf(_FAR / 2 / every.size) * size)) if size else 0
    said = f"{law} leaves {100 * size:.2g} % over, root mean square"
    if 2 * course > len(rests):
        return f"poor: {said}, and {course} of {len(rests)} series keep a course in it; another law would describe more"
    faults = [f"{course} of {len(rests)} series keep a course in it"] if course else []
    faults += [f"{far} of {every.size:,} points lie farther off than noise does"] if far else []
    return f"fair: {said}, and {' and '.join(faults)}" if faults else f"good: {said}, which looks like noise"


def to_halve(count: int, what: str, key: str) -> str:
    """Say which further measurements would halve an interval that falls with the square root of their number."""
    return f"{3 * count:,} more {what} would halve the interval of {key}"
