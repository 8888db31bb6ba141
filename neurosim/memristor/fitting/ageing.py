"""Noise of reads, drift and stuck devices, one quantity at a time: numbers of a card with their 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neurosim.memristor.fitting.population import mean, spread

_FEWEST = 5         #: reads of a series
_PART = 0.95        #: confidence of intervals
_DEVICES = 10       #: of which a part may be stuck
_STILL = 0.1        #: part of the range within which a stuck device stays, and which is its end
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
    """Return the standard deviation of repeated reads over the conductance itself, one number for all states.

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


def stuck(devices: Sequence[np.ndarray], g_min: float, g_max: float, owner: str) -> Measured:
    """Return the fractions of devices that pulses do not move, by where they are: stuck_on, stuck_off, stuck_anywhere.

    A device is stuck whose reads between the 5th and the 95th percentile span less than a tenth of the range of the
    card; on and off are the outer tenths of that range. Intervals are those of Jeffreys for a binomial.

    devices : list of float (reads) [S], all reads of one device that got pulses of both directions
    g_min, g_max : range of the card [S]; raises : ValueError for too few devices or reads
    """
    from scipy.stats import beta
    _check(devices, owner)
    if len(devices) < _DEVICES:
        raise ValueError(f"{owner}: {len(devices)} devices tell no fraction of stuck ones; give {_DEVICES} or more")
    span, counts = g_max - g_min, dict.fromkeys(("stuck_on", "stuck_off", "stuck_anywhere"), 0)
    for values in devices:
        low, high = np.quantile(values, (0.05, 0.95))
        if high - low < _STILL * span:
            place = (float(np.median(values)) - g_min) / span
            counts["stuck_on" if place > 1 - _STILL else "stuck_off" if place < _STILL else "stuck_anywhere"] += 1
    ends = {key: tuple(float(beta.ppf(part, count + 0.5, len(devices) - count + 0.5))
                       for part in ((1 - _PART) / 2, (1 + _PART) / 2)) for key, count in counts.items()}
    remarks = [f"no device is {key.replace('_', ' ')}: the fraction is below {ends[key][1]:.2g}"
               for key, count in counts.items() if not count]
    seen = {key: count / len(devices) for key, count in counts.items() if count}
    return Measured(seen, {key: (ends[key][0], ends[key][1]) for key in seen}, f"{len(devices)} devices, {owner}",
                    remarks, [np.full(len(values), np.median(values)) for values in devices])


def _check(series: Sequence[np.ndarray], owner: str) -> None:
    if not series or min(map(len, series)) < _FEWEST:
        fewest = min(map(len, series), default=0)
        raise ValueError(f"{owner}: a series has {fewest} reads; give {_FEWEST} or more of every state")


def _wanders(rests: np.ndarray) -> bool:
    """Return whether residuals change less from one to the next than white noise does, by the ratio of von Neumann."""
    count, square = len(rests), float(rests @ rests)
    if not square:
        return False
    ratio = float(np.square(np.diff(rests)).sum()) / square
    return ratio < 2 - _WANDERS * math.sqrt(4 * (count - 2) / (count ** 2 - 1))
