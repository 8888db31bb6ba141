"""Noise of reads and drift, from reads of devices that get no pulses: numbers of a card with their 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim.memristor.fitting.population import mean, spread

_FEWEST = 5         #: reads of a series
_PART = 0.95        #: confidence of intervals
_WANDERS = 3.0      #: standard deviations of the von Neumann ratio below that of white noise


@dataclass(frozen=True)
class Measured:
    """Numbers of a card that were measured.

    values : dict from key to number, SI units; intervals : dict from key to (low, high), 95 %
    source : what they come from; remarks : sentences in a list; lines : of each series what fits it, float (reads)
    """

    values: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    source: str
    remarks: list[str] = field(default_factory=list)
    lines: list[np.ndarray] = field(default_factory=list)


def read_noise(series: Sequence[np.ndarray], owner: str) -> Measured:
    """Standard deviation of repeated reads over the conductance itself, one number for all states.

        sigma^2 = sum_i sum_k (G_ik / mean(G_i) - 1)^2 / sum_i (n_i - 1),   chi^2 of sum (n_i - 1)

    series : list of float (reads) [S], each of one state of one device; raises : ValueError for too few reads
    """
    from scipy.stats import chi2
    _check(series, owner)
    relative = [values / values.mean() - 1 for values in series]
    degrees = sum(len(values) - 1 for values in relative)
    square = sum(float(np.square(values).sum()) for values in relative)
    low, high = (math.sqrt(square / chi2.ppf(part, degrees)) for part in ((1 + _PART) / 2, (1 - _PART) / 2))
    wandering = sum(map(_wanders, relative))
    remarks = [f"{wandering} of {len(series)} series wander: they hold drift, 1/f or telegraph noise beside what is "
               "new in every read, and the number counts all of it"] if wandering else []
    return Measured({"read_noise": math.sqrt(square / degrees)}, {"read_noise": (low, high)},
                    f"{degrees + len(series)} reads of {len(series)} states, {owner}", remarks,
                    [np.full(len(values), values.mean()) for values in series])


def drift(series: Sequence[tuple[np.ndarray, np.ndarray]], owner: str) -> Measured:
    """Exponent nu of the decay G = G_0 (t / t_0)^-nu of every device, their mean and spread; t_0 is the first time.

    ln G over ln t is fitted by least squares; errors of reads are taken to be as large at all times.

    series : list of (times [s], conductances [S]), float (reads) each, of one device each
    raises : ValueError for too few reads, times that are not positive or all alike, and conductances that grow
    """
    from scipy.stats import t
    _check([values for _, values in series], owner)
    slopes, errors, lines, bent = [], [], [], 0
    for times, values in series:
        if times.min() <= 0 or times.max() <= 2 * times.min() or values.min() <= 0:
            raise ValueError(f"{owner}: times run from {times.min():g} to {times.max():g} s; give positive times after "
                             "the last pulse, over a factor of two or more, and conductances above 0")
        x, y = np.log(times) - np.log(times).mean(), np.log(values)
        slope = float(x @ y / (x @ x))
        rest = y - y.mean() - slope * x
        slopes.append(-slope)
        errors.append(math.sqrt(rest @ rest / (len(x) - 2) / (x @ x)))
        lines.append(np.exp(y.mean() + slope * x))
        bent += _wanders(rest)
    if len(series) == 1:
        half = float(t.ppf((1 + _PART) / 2, len(series[0][0]) - 2)) * errors[0]
        found = {"drift": (slopes[0], (slopes[0] - half, slopes[0] + half))}
    else:
        found = {"drift": mean(np.array(slopes)), "drift_spread": spread(np.array(slopes), np.array(errors))}
    if found["drift"][0] <= 0:
        raise ValueError(f"{owner}: conductances do not fall with time (nu = {found['drift'][0]:.3g}); a card has "
                         "drift as a decay, leave it switched off")
    remarks = [f"{bent} of {len(series)} series are not straight lines in ln G over ln t, so that a power law misses "
               "something"] if bent else []
    if len(series) == 1:
        remarks.append("one device tells no drift_spread; measure more")
    start = float(min(times.min() for times, _ in series))
    seen = {key: pair for key, pair in found.items() if pair[0] > 0} | {"drift_start": (start, (start, start))}
    return Measured({key: value for key, (value, _) in seen.items()},
                    {key: interval for key, (_, interval) in seen.items()}, f"{len(series)} devices, {owner}", remarks,
                    lines)


def _check(series: Sequence[np.ndarray], owner: str) -> None:
    if not series or min(map(len, series)) < _FEWEST:
        fewest = min(map(len, series), default=0)
        raise ValueError(f"{owner}: a series has {fewest} reads; give {_FEWEST} or more of every state")


def _wanders(rests: np.ndarray) -> bool:
    """Whether residuals change less from one to the next than white noise does, by the ratio of von Neumann."""
    count, square = len(rests), float(rests @ rests)
    if not square:
        return False
    ratio = float(np.square(np.diff(rests)).sum()) / square
    return ratio < 2 - _WANDERS * math.sqrt(4 * (count - 2) / (count ** 2 - 1))
