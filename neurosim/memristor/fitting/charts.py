"""Coordinates of a law that trains fix directly: steps at places that trains visit, instead of numbers of a card.

A card counts from the ends of the range, which trains may not show: where an end moves, all its numbers must follow in
order to tell the same steps. In numbers that belong to what was visited they stay, so that the likelihood is nearly
quadratic in them. A chart has as many numbers as the card, by the same keys; those of one direction become

    linear         step in the middle of what was visited [S], and its fall over what was visited, relative
    neurosim       what was visited over the step in its middle, and the fall as above
    soft-bounds    fall of the step over what was visited [S]
    exponential    excess where what was visited begins, and its rate of decay over what was visited; step_ stays
    power          step in the middle of what was visited [S]; power_ stays
"""

import math
from typing import NamedTuple

from neurosim.memristor.nonlinearity import LABEL_SCALE, LARGEST_LABEL, label, step_and_slope, time_constant

#: Least and greatest number on a chart, where that is not what a card allows.
CHART_LIMITS = {"slope": (-4.0, 4.0), "nonlinearity": (-4.0, 4.0)}
_LEAST, _MOST = 1e-12, 1 - 1e-9    #: of a step over that at the beginning, of a fall over the range
_STRAIGHT, _SERIES = 1e-9, 1e-3    #: curvature below which steps are all the same, below which a label is its series
_STEEPEST = 50.0                   #: exponent


class _Side(NamedTuple):
    """Where the trains of one direction run; x is the part of the range that is travelled."""

    sign: float     #: 1 for set, -1 for reset pulses
    begin: float    #: x at which what was visited begins
    width: float    #: of what was visited, in x

    @property
    def middle(self):
        return self.begin + self.width / 2


def on_chart(law, values, visited):
    """Numbers of the chart for values of a card: dict with the same keys; what belongs to noise or range stays.

    law : one of FITTED; values : of a card; visited : lowest and highest conductance that trains visit [S]
    """
    return _converted(law, values, visited, 0)


def on_card(law, numbers, visited):
    """Values of a card for numbers of the chart, the inverse of `on_chart`; they may lie beyond what a card allows."""
    return _converted(law, numbers, visited, 1)


def _converted(law, values, visited, way):
    if law not in _CHARTS:
        return values
    names, *ways = _CHARTS[law]
    span = values["g_max"] - values["g_min"]
    width, found = (visited[1] - visited[0]) / span, dict(values)
    before = {"up": visited[0] - values["g_min"], "down": values["g_max"] - visited[1]}
    for name, sign in (("up", 1.0), ("down", -1.0)):
        keys, side = [f"{key}_{name}" for key in names], _Side(sign, before[name] / span, width)
        found.update(zip(keys, ways[way](side, *(values[key] for key in keys))))
    return found


def _line_on_chart(side, step, slope):
    middle = max(1 - slope * side.middle, _LEAST)
    return step * middle, slope * side.width / middle


def _line_on_card(side, middle, fall):
    first = max(1 + fall * side.middle / side.width, _LEAST)
    return middle * first, fall / (side.width * first)


def _neurosim_on_chart(side, pulses, named):
    step, slope = step_and_slope(pulses, side.sign * time_constant(named))
    middle, fall = _line_on_chart(side, float(step), float(slope))
    return side.width / middle, fall


def _neurosim_on_card(side, pulses, fall):
    step, slope = _line_on_card(side, side.width / pulses, fall)
    slope = min(slope, _MOST)
    if abs(slope) < _STRAIGHT:
        return 1 / step, 0.0
    curvature = -math.log1p(-slope)
    size = abs(curvature)
    named = label(1 / size) if size > _SERIES else LABEL_SCALE * size / 8
    return -curvature / math.log1p(-min(step * slope, _MOST)), \
        side.sign * math.copysign(min(named, LARGEST_LABEL), curvature)


def _soft_bounds_on_chart(side, step):
    return (step * side.width,)


def _soft_bounds_on_card(side, fall):
    return (fall / side.width,)


def _exponential_on_chart(side, amplitude, rate):
    return amplitude * math.exp(min(-rate * side.begin, _STEEPEST)), rate * side.width


def _exponential_on_card(side, excess, decay):
    rate = decay / side.width
    return excess * math.exp(min(rate * side.begin, _STEEPEST)), rate


def _power_on_chart(side, step, power):
    return step * max(1 - side.middle, _LEAST) ** power, power


def _power_on_card(side, step, power):
    return step / max(1 - side.middle, _LEAST) ** power, power


_CHARTS = {"linear": (("step", "slope"), _line_on_chart, _line_on_card),
           "neurosim": (("pulses", "nonlinearity"), _neurosim_on_chart, _neurosim_on_card),
           "soft-bounds": (("step",), _soft_bounds_on_chart, _soft_bounds_on_card),
           "exponential": (("amplitude", "rate"), _exponential_on_chart, _exponential_on_card),
           "power": (("step", "power"), _power_on_chart, _power_on_card)}
