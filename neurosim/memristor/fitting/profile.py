"""Intervals from the profile likelihood: how far one number can move while all others follow it.

    interval = {t: min over the others of loss(t, others) <= least loss + n / 2 ln(1 + q^2 / (n - p))}

for n pulses and p parameters, q the 97.5 % quantile of Student's distribution with n - p degrees of freedom (Venzon,
Moolgavkar, Appl. Stat. 37:87 (1988)). Nothing but the trains counts: the prior of the range, which places its ends
where trains do not, is switched off; and every kind of noise takes part, also one that a card leaves out because the
trains do not prove it, since the other numbers are less certain if it is there.
"""

import math
from itertools import product

import numpy as np

from neurosim.memristor.fitting.descent import descend
from neurosim.memristor.fitting.model import NOISE
from neurosim.memristor.fitting.search import Optimum, noise_sizes

_CONFIDENCE = 0.975
_CLOSE = 0.06          #: of the root of the deviance, where a search for an end of an interval may stop
_LEVEL = 0.3           #: see `search.descend`
_TURNS = 8             #: of such a search
_FURTHER = 2.5         #: times which a step grows at most
_LOWER = 0.1           #: loss below the least one that starts everything anew [nat]
_RESTARTS = 3
_LEAST_KNOWN = 1e-4    #: information about a coordinate that is taken for granted
_NATURAL = (0.0, 1.0)  #: limits that lie in the nature of a number; others are limits of a card alone


def intervals(optimum):
    """Intervals of 95 % confidence: dict from (key, place) of each number on the card to (low, high).

    An end is None where the trains do not set it: as far as a card allows, numbers explain the trains as well.
    """
    reported = set(optimum.values) - {"memory_share", "memory"}
    peak = _with_all_noise(optimum)
    numbers = [number for number, parameter in enumerate(peak.model.parameters) if parameter.key in reported]
    for turn in range(_RESTARTS):
        ends, lower = {}, None
        for number, sign in product(numbers, (-1, 1)):
            ends[number, sign], lower = _end(peak, number, sign)
            if lower and turn < _RESTARTS - 1:
                break
        if not lower or turn == _RESTARTS - 1:
            break
        peak = lower
    return {(parameter.key, parameter.place): _numbers(parameter, (ends[number, -1], ends[number, 1]))
            for number, parameter in enumerate(peak.model.parameters) if number in numbers}


def _numbers(parameter, ends):
    pair = []
    for end, limit in zip(ends, (parameter.entry.low, parameter.entry.high)):
        natural = end is None and limit in _NATURAL
        pair.append(limit if natural else None if end is None else parameter.value(end))
    return tuple(pair)


def _with_all_noise(optimum):
    """The optimum without prior, in a model with every kind of noise that it left out."""
    values = optimum.values
    sizes = noise_sizes(optimum.model.trains)
    missing = {key: 0.3 * size for key, size in sizes.items() if key not in values}
    starts = [{**values, **missing}, {**values, **dict.fromkeys(missing, 0.0)}]
    found = []
    for start in starts:
        model = optimum.model.variant({key: start[key] for key in (*values, *missing)}, tied=0.0)
        found.append(Optimum(model, *descend(model, model.first)))
    return min(found, key=lambda peak: peak.loss)


def _end(peak, number, sign):
    """Coordinate at one end of an interval, None where there is none, and a better Optimum that was met, or None."""
    model, place = peak.model, peak.coordinates
    quantile = _quantile(model.pulses, place.size)
    covariance = _covariance(peak.information)
    course = _course(peak.information, number)
    limit = model.parameters[number].limits[sign > 0]
    inner, inner_root, outer, outer_root = place[number], 0.0, None, math.inf
    nearest, target = place, place[number] + sign * quantile * math.sqrt(covariance[number, number])
    if sign * (limit - place[number]) <= 0:
        return None, None
    free = np.arange(place.size) != number
    adjustment = _Adjustment(peak, number, covariance[number, number])
    for _ in range(_TURNS):
        target = limit if sign * (limit - target) < 0 else target
        start = nearest + course * (target - nearest[number])
        start[number] = target
        there, information, loss, _ = descend(model, start, free=free, level=_LEVEL)
        if loss < peak.loss - _LOWER:
            return target, Optimum(model, *descend(model, there))
        deviance = math.sqrt(2 * max(loss - peak.loss + adjustment(target, information), 0.0))
        if abs(deviance - quantile) < _CLOSE:
            return target, None
        if deviance < quantile:
            inner, inner_root, nearest, course = target, deviance, there, _course(information, number)
            if target == limit:
                return None, None
        else:
            outer, outer_root = target, deviance
        target = _next(place[number], (inner, inner_root), (outer, outer_root), quantile)
    return target, None


class _Adjustment:
    """What the loss lacks because a law was fitted: noise looks smaller by what its numbers have taken up.

    Half the logarithm of the determinant of their information, over its least sum with the loss (Cox, Reid, J. R. Stat.
    Soc. B 49:1 (1987)); nothing for the numbers of the law themselves.
    """

    def __init__(self, peak, number, variance):
        keys = [parameter.key for parameter in peak.model.parameters]
        self.law = [place for place, key in enumerate(keys) if key not in NOISE]
        self.needed, self.variance, self.centre = keys[number] in NOISE, variance, peak.coordinates[number]
        self.first = self._half(peak.information)

    def __call__(self, place, information):
        if not self.needed:
            return 0.0
        change = self._half(information) - self.first
        return change + 0.5 * self.variance * (change / (place - self.centre)) ** 2

    def _half(self, information):
        block = information[np.ix_(self.law, self.law)]
        return 0.5 * np.linalg.slogdet(block + _LEAST_KNOWN * np.eye(len(block)))[1]


def _covariance(information):
    return np.linalg.inv(information + _LEAST_KNOWN * np.eye(len(information)))


def _course(information, number):
    """How all coordinates follow one, (parameters)."""
    covariance = _covariance(information)
    return covariance[number] / covariance[number, number]


def _next(centre, inner, outer, quantile):
    """Where the root of the deviance reaches the quantile if it goes on as a straight line."""
    (near, low), (far, high) = inner, outer
    if far is None:
        return near + (near - centre) * min(max(quantile / max(low, 1e-9) - 1, 0.1), _FURTHER - 1)
    part = (quantile - low) / (high - low)
    return near + min(max(part, 0.1), 0.9) * (far - near)


def _quantile(pulses, parameters):
    """Root of the deviance at the ends of an interval; exact for normal errors around a straight line."""
    from scipy.special import stdtrit
    freedom = max(pulses - parameters, 1)
    return math.sqrt(pulses * math.log1p(float(stdtrit(freedom, _CONFIDENCE)) ** 2 / freedom))
