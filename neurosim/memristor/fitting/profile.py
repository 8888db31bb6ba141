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

from neurosim.memristor.fitting.descent import Held, course_of, descend
from neurosim.memristor.fitting.model import NOISE
from neurosim.memristor.fitting.search import Optimum, known_of_law, noise_sizes

_CONFIDENCE = 0.975
_CLOSE = 0.06          #: of the root of the deviance, where a search for an end of an interval may stop
_LEVEL = 0.3           #: see `search.descend`
_TURNS = 10            #: of such a search
_SHORT = 0.01          #: part of a way that limits of other numbers cut off
_FURTHER = 2.5         #: times which a step grows at most
_LOWER = 0.1           #: loss below the least one that starts everything anew [nat]
_RESTARTS = 3
_FACTOR = 0.5          #: logarithm of the factor by which a size of noise moves at most to see what follows
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
    found = {}
    for number in numbers:
        parameter = peak.model.parameters[number]
        value = optimum.values[parameter.key]
        found[parameter.key, parameter.place] = _holding(
            _numbers(parameter, (ends[number, -1], ends[number, 1])),
            value if parameter.place is None else value[parameter.place])
    return found


def _holding(pair, value):
    """An interval that holds the number beside which it stands, which the prior of the range may have placed."""
    return tuple(end if end is None else limit(end, value) for end, limit in zip(pair, (min, max)))


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
    """A number of the card at one end of its interval, on the scale of its parameter, None where there is no end.

    Also a better Optimum that was met on the way, or None.
    """
    model = peak.model
    quantile, centre = _quantile(model.pulses, peak.coordinates.size), model.on_card(peak.coordinates)[number]
    limit = model.parameters[number].limits[sign > 0]
    if sign * (limit - centre) <= 0:
        return None, None
    course, variance = _course(model, peak.coordinates, peak.information, number)
    deviation = math.sqrt(variance)
    pull = _pull(peak, number, course, deviation)
    inner, outer, nearest, target = (centre, 0.0), (None, math.inf), peak.coordinates, centre + sign * quantile * deviation
    for _ in range(_TURNS):
        target = limit if sign * (limit - target) < 0 else target
        held = Held(model, number, target)
        start = held.restored(np.clip(nearest + course * (target - inner[0]), *model.limits), course)
        there, information, loss, _ = descend(model, start, level=_LEVEL, held=held)
        if loss < peak.loss - _LOWER:
            return target, Optimum(model, *descend(model, there))
        reached = model.on_card(there)[number]
        lacking = pull * (reached - centre) / deviation + 0.5 * pull ** 2
        deviance = math.sqrt(2 * max(loss - peak.loss + lacking, 0.0))
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


def _course(model, place, information, number):
    """How coordinates follow a number of the card, and its variance."""
    return course_of(Held(model, number, 0.0).normal(place), information)


def _pull(peak, number, course, deviation):
    """Slope by a number of noise of what the loss lacks because a law was fitted [nat per deviation].

    Noise looks smaller by what the numbers of the law have taken up; see `search.known_of_law`.
    """
    if peak.model.parameters[number].key not in NOISE:
        return 0.0
    move, known = min(deviation, _FACTOR), []
    for sign in (-1, 1):
        place = np.clip(peak.coordinates + sign * move * course, *peak.model.limits)
        known.append(known_of_law(peak.model, peak.model.slopes(place)[1]))
    return min(max(0.5 * (known[1] - known[0]) * deviation / move, -1.0), 1.0)


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
