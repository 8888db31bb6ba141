"""Noise of reads, drift and stuck devices, one quantity at a time: numbers of a card with their 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from neurosim.confidence import CONFIDENCE, UPPER
from neurosim.memristor.fitting.measured import Course, Frame, Measured, check_reads, judged, to_halve, wanders
from neurosim.memristor.fitting.population import mean, spread
from neurosim.whole import counted

_DEVICES = 10       #: of which a part may be stuck
_STILL = 0.1        #: part of the range within which a stuck device stays, and which is its end


def read_noise(series: Sequence[np.ndarray], owner: str) -> Measured:
    """Return the standard deviation of repeated reads over the conductance itself, one number for all states.

        sigma^2 = sum_i sum_k (G_ik / mean(G_i) - 1)^2 / sum_i (n_i - 1),   chi^2 of sum (n_i - 1)

    series : list of float (reads) [S], each of one state of one device; raises : ValueError for too few reads
    """
    from scipy.stats import chi2
    check_reads(series, owner)
    relative = [values / values.mean() - 1 for values in series]
    degrees = sum(len(values) - 1 for values in relative)
    square = sum(float(np.square(values).sum()) for values in relative)
    low, high = (math.sqrt(square / chi2.ppf(part, degrees)) for part in (UPPER, 1 - UPPER))
    wandering = sum(map(wanders, relative))
    remarks = [f"{wandering} of {len(series)} series wander: they hold drift, 1/f or telegraph noise beside what is "
               "new in every read, and the number counts all of it"] if wandering else []
    return Measured({"read_noise": math.sqrt(square / degrees)}, {"read_noise": (low, high)},
                    f"{counted(degrees + len(series), 'read')} of {counted(series, 'state')}, {owner}",
                    judged(relative, "one number for all reads"), to_halve(degrees, "reads", "read_noise"), remarks,
                    [Course(np.arange(1, len(values) + 1), 1 + values, np.ones(len(values))) for values in relative])


def drift(series: Sequence[tuple[np.ndarray, np.ndarray]], owner: str) -> Measured:
    """Exponent nu of the decay G = G_0 (t / t_0)^-nu of every device, their mean and spread; t_0 is the first time.

    ln G over ln t is fitted by least squares; errors of reads are taken to be as large at all times.

    series : list of (times [s], conductances [S]), float (reads) each, of one device each
    raises : ValueError for too few reads, times that are not positive or all alike, and conductances that grow
    """
    from scipy.stats import t
    check_reads([values for _, values in series], owner)
    slopes, errors, courses, rests = [], [], [], []
    for times, values in series:
        if times.min() <= 0 or times.max() <= 2 * times.min() or values.min() <= 0:
            raise ValueError(f"{owner}: times run from {times.min():g} to {times.max():g} s; give positive times after "
                             "the last pulse, over a factor of two or more, and conductances above 0")
        x, y = np.log(times) - np.log(times).mean(), np.log(values)
        slope = float(x @ y / (x @ x))
        rest = y - y.mean() - slope * x
        slopes.append(-slope)
        errors.append(math.sqrt(rest @ rest / (len(x) - 2) / (x @ x)))
        line = np.exp(y.mean() + slope * x)
        courses.append(Course(times, values / line[0], line / line[0]))
        rests.append(rest)
    if len(series) == 1:
        half = float(t.ppf(UPPER, len(series[0][0]) - 2)) * errors[0]
        found = {"drift": (slopes[0], (slopes[0] - half, slopes[0] + half))}
    else:
        found = {"drift": mean(np.array(slopes)), "drift_spread": spread(np.array(slopes), np.array(errors))}
    if found["drift"][0] <= 0:
        raise ValueError(f"{owner}: conductances do not fall with time (nu = {found['drift'][0]:.3g}); a card has "
                         "drift as a decay, leave it switched off")
    bent = sum(map(wanders, rests))
    remarks = [f"{bent} of {len(series)} series are not straight lines in ln G over ln t, so that a power law misses "
               "something"] if bent else []
    if len(series) == 1:
        remarks.append("one device tells no drift_spread; measure more")
    start = float(min(times.min() for times, _ in series))
    seen = {key: pair for key, pair in found.items() if pair[0] > 0} | {"drift_start": (start, (start, start))}
    return Measured({key: value for key, (value, _) in seen.items()},
                    {key: interval for key, (_, interval) in seen.items()}, f"{counted(series, 'device')}, {owner}",
                    judged(rests, "the power law"),
                    devices_or_reads(slopes, errors, min(len(times) for times, _ in series), "drift"), remarks, courses,
                    Frame("time after the last pulse [s]", "conductance over the first of the fit", log_x=True))


def devices_or_reads(values: Sequence[float], errors: Sequence[float], reads: int, key: str) -> str:
    """Say whether more devices or more reads of each would halve the interval of their mean.

    values, errors : estimates of every device and their standard errors; reads : of each
    """
    own = float(np.mean(np.square(errors)))
    if len(values) == 1 or own > np.var(values, ddof=1) / 2:
        return to_halve(reads, "reads of each device", key)
    return to_halve(len(values), "devices", key)


def stuck(devices: Sequence[np.ndarray], g_min: float, g_max: float, owner: str) -> Measured:
    """Return the fractions of devices that pulses do not move, by where they are: stuck_on, stuck_off, stuck_anywhere.

    A device is stuck whose reads between the 5th and the 95th percentile span less than a tenth of the range of the
    card; on and off are the outer tenths of that range. Intervals are those of Jeffreys for a binomial.

    devices : list of float (reads) [S], all reads of one device that got pulses of both directions
    g_min, g_max : range of the card [S]; raises : ValueError for too few devices or reads
    """
    from scipy.stats import beta
    check_reads(devices, owner)
    if len(devices) < _DEVICES:
        raise ValueError(f"{owner}: {len(devices)} devices tell no fraction of stuck ones; give {_DEVICES} or more")
    span, counts, doubtful = g_max - g_min, dict.fromkeys(("stuck_on", "stuck_off", "stuck_anywhere"), 0), 0
    quantiles = _quantiles(devices)
    for low, middle, high in quantiles:
        doubtful += bool(0.5 * _STILL < (high - low) / span < 2 * _STILL)
        if high - low < _STILL * span:
            place = (middle - g_min) / span
            counts["stuck_on" if place > 1 - _STILL else "stuck_off" if place < _STILL else "stuck_anywhere"] += 1
    ends = {key: tuple(float(beta.ppf(part, count + 0.5, len(devices) - count + 0.5))
                       for part in ((1 - CONFIDENCE) / 2, UPPER)) for key, count in counts.items()}
    remarks = [f"no device is {key.replace('_', ' ')}: the fraction is below {ends[key][1]:.2g}"
               for key, count in counts.items() if not count]
    seen = {key: count / len(devices) for key, count in counts.items() if count}
    goodness = (f"fair: {doubtful} of {len(devices)} devices move by about a tenth of the range, where stuck ones "
                "begin" if doubtful else "good: every device moves by far more or far less than a tenth of the range")
    return Measured(seen, {key: (ends[key][0], ends[key][1]) for key in seen}, f"{counted(devices, 'device')}, {owner}",
                    goodness, to_halve(len(devices), "devices", "the fractions"), remarks,
                    [Course(np.arange(1, len(values) + 1), values / middle, np.ones(len(values)))
                     for values, (_, middle, _) in zip(devices, quantiles)])


def _quantiles(devices: Sequence[np.ndarray]) -> np.ndarray:
    """5th, 50th and 95th percentile of the reads of every device, (devices, 3) [S]; those of one length at once."""
    found, lengths = np.empty((len(devices), 3)), np.array(list(map(len, devices)))
    for length in np.unique(lengths):
        own = np.flatnonzero(lengths == length)
        found[own] = np.quantile(np.array([devices[int(k)] for k in own]), (0.05, 0.5, 0.95), axis=1).T
    return found
