"""Intervals from the profile likelihood: how far one number can move while all others follow it.

    interval = {t: min over the others of loss(t, others) <= least loss + (n - p) / 2 ln(1 + q^2 / (n - p))}

for n pulses and a law of p numbers, q the 97.5 % quantile of Student's distribution with n - p degrees of freedom
(Venzon, Moolgavkar, Appl. Stat. 37:87 (1988)), and the restricted likelihood, see `restriction`. Nothing but the
trains counts: the prior of the range, which puts its ends where trains do not, is switched off; and every kind of
noise takes part, also one that a card leaves out because the trains do not prove it, since the other numbers are less
certain if it is there. Where the loss has several minima, the interval reaches over all of them.
"""

import math
from itertools import product

import numpy as np

from neurosim.confidence import UPPER
from neurosim.memristor.fitting.descent import Effort, Held, course_of, descend, settle
from neurosim.memristor.fitting.model import NOISE, Model
from neurosim.memristor.fitting.parameters import Parameter
from neurosim.memristor.fitting.search import Optimum, noise_sizes, restricted

_CLOSE = 0.06          #: of the root of the deviance, where a search for an end of an interval may stop
_LEVEL = 0.3           #: see `descent.descend`
_TURNS = 12            #: of such a search
_SHORT = 0.01          #: part of a way that limits of other numbers cut off
_FURTHER = 2.5         #: times which a step grows at most
_LEAST_PART = 1e-3     #: of a first step that was too long
_LOWER = 0.1           #: loss below the least one that starts everything again [nat]
_RESTARTS = 3
_PART = 0.3            #: of a size of noise with which a search starts that does without it so far
_SEARCHES = 700        #: of all ends together; what trains determine takes 20 to 430
_APART = 1.0           #: deviations between two peaks
_NATURAL = (0.0, 1.0)  #: limits that lie in the nature of a number; others are limits of a card alone


def intervals(optimum: Optimum) -> dict:
    """Return the intervals of 95 % confidence: dict from (key, index) of each number on the card to (low, high).

    An end is None where the trains do not set it: as far as a card allows, numbers explain the trains as well; or where
    it was not found before searches came to _SEARCHES in all, as happens where hardly anything is determined.
    """
    effort = Effort(_SEARCHES)
    reported = set(optimum.values) - {"memory_share", "memory"}
    peaks = _peaks(optimum)
    numbers = [number for number, parameter in enumerate(peaks[0].model.parameters) if parameter.key in reported]
    for turn in range(_RESTARTS):
        ends, lower = {}, None
        for number, sign in product(numbers, (-1, 1)):
            ends[number, sign], lower = _outermost(peaks, number, sign, effort)
            if lower and turn < _RESTARTS - 1:
                break
        if not lower or turn == _RESTARTS - 1:
            break
        peaks = [lower, *peaks]
    found = {}
    for number in numbers:
        parameter = peaks[0].model.parameters[number]
        value = optimum.values[parameter.key]
        found[parameter.key, parameter.index] = _holding(
            _numbers(parameter, (ends[number, -1], ends[number, 1])),
            value if parameter.index is None else value[parameter.index])
    return found


def _holding(pair: tuple, value: float) -> tuple:
    """Return an interval that holds the number beside which it stands, which the prior of the range may have placed."""
    return tuple(end if end is None else limit(end, value) for end, limit in zip(pair, (min, max)))


def _numbers(parameter: Parameter, ends: tuple) -> tuple:
    pair = []
    for end, limit in zip(ends, (parameter.entry.low, parameter.entry.high)):
        natural = end is None and limit in _NATURAL
        pair.append(limit if natural else None if end is None else parameter.value(end))
    return tuple(pair)


def _peaks(optimum: Optimum) -> list[Optimum]:
    """Points of least loss without prior, in a model with every kind of noise also if it was left out, best first.

    An end of the range at a value that was read, without noise of reads, and one beyond it, with such noise, may be as
    likely, and nothing in between.
    """
    sizes = noise_sizes(optimum.model.trains)
    values = {**dict.fromkeys(sizes, 0.0), **optimum.values}
    loud = {**values, **{key: _PART * size for key, size in sizes.items() if not values[key]}}
    first = optimum.model.variant(values, tied=0.0)
    found = [Optimum(model, *descend(model, model.first)) for model in (first, first.variant(loud))]
    best = restricted(min(found, key=lambda peak: peak.loss), sizes)
    quiet = {**best.values, "write_noise": 0.0}
    for low, high in product(*({best.values[key], end} for key, end in best.model.measured_ends.items())):
        model = best.model.variant({**quiet, "g_min": low, "g_max": high}, restriction=best.model.restriction)
        found.append(Optimum(model, *settle(model, model.first, level=_LEVEL)))
    peaks = [best]
    for peak in sorted(found[2:], key=lambda peak: peak.loss):
        apart = [peak.coordinates - other.coordinates for other in peaks]
        if peak.loss < best.loss + 0.5 * _quantile(_freedom(best.model)) ** 2 and \
                all(way @ peak.information @ way > _APART ** 2 for way in apart):
            peaks.append(peak)
    return sorted(peaks, key=lambda peak: peak.loss)


def _outermost(peaks: list[Optimum], number: int, sign: int,
               effort: Effort) -> tuple[float | None, Optimum | None]:
    """Return the end of an interval that lies furthest out, for all peaks, see `_end`."""
    ends = []
    for peak in peaks:
        end, lower = _end(peak, number, sign, peaks[0].loss, effort)
        if lower or end is None:
            return end, lower
        ends.append(end)
    return sign * max(sign * end for end in ends), None


def _end(peak: Optimum, number: int, sign: int, least: float,
         effort: Effort) -> tuple[float | None, Optimum | None]:
    """A number of the card at one end of its interval, on the scale of its parameter, None where there is no end.

    least : loss from which deviances count; effort : searches that are left, MUTATED
    Also returns a better Optimum that was met on the way, or None.
    """
    model = peak.model
    centre, quantile = model.on_card(peak.coordinates, number), _quantile(_freedom(model))
    limit = model.parameters[number].limits[sign > 0]
    if sign * (limit - centre) <= 0:
        return None, None
    course, variance = _course(model, peak.coordinates, peak.information, number)
    outer: tuple[float | None, float] = (None, math.inf)
    inner, nearest = (centre, math.sqrt(2 * max(peak.loss - least, 0.0))), peak.coordinates
    target = centre + sign * (quantile - inner[1]) * math.sqrt(variance)
    for _ in range(_TURNS):
        if effort.left <= 0:
            return None, None
        target = limit if sign * (limit - target) < 0 else target
        held = Held(model, number, target)
        start = held.restored(np.clip(nearest + course * (target - inner[0]), *model.limits), course)
        there, information, loss, _ = settle(model, start, level=_LEVEL, held=held, effort=effort)
        if loss < least - _LOWER:
            return target, Optimum(model, *settle(model, there))
        reached = model.on_card(there, number)
        deviance = math.sqrt(2 * max(loss - least, 0.0))
        if abs(deviance - quantile) < _CLOSE:
            return reached, None
        if deviance < quantile:
            if sign * (target - reached) > _SHORT * abs(target - centre) or target == limit:
                return None, None
            inner, nearest = (reached, deviance), there
            course, _ = _course(model, there, information, number)
        else:
            outer = (reached, deviance)
        target = _next(centre, inner, outer, quantile)
    return target, None


def _course(model: Model, point: np.ndarray, information: np.ndarray, number: int) -> tuple[np.ndarray, float]:
    """Return how coordinates follow a number of the card, and its variance."""
    return course_of(Held(model, number, 0.0).normal(point), information)


def _next(centre: float, inner: tuple, outer: tuple, quantile: float) -> float:
    """Return where the root of the deviance reaches the quantile if it continues as a straight line from the centre.

    A number that only an edge of the likelihood stops is found by halves.
    """
    (near, low), (far, high) = inner, outer
    if far is None:
        return near + (near - centre) * min(max(quantile / max(low, 1e-9) - 1, 0.1), _FURTHER - 1)
    if near == centre:
        return near + min(max(quantile / high, _LEAST_PART), 0.5) * (far - near)
    onward = (near - centre) * max(quantile / max(low, 1e-9) - 1, 0.1)
    return near + (onward if abs(onward) < 0.8 * abs(far - near) else 0.5 * (far - near))


def _freedom(model: Model) -> int:
    return max(model.pulses - sum(parameter.key not in NOISE for parameter in model.parameters), 1)


def _quantile(freedom: int) -> float:
    """Return the root of the deviance at the ends of an interval; exact for normal errors around a straight line."""
    from scipy.special import stdtrit
    return math.sqrt(freedom * math.log1p(float(stdtrit(freedom, UPPER)) ** 2 / freedom))
