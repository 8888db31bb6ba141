"""NeuroSim's law: an exponential curve of conductance over pulses, from its nonlinearity label, in closed form.

    G(P) = B (1 - exp(-P / A)) + G_min,   B = (G_max - G_min) / (1 - exp(-P_max / A)),   A = A'(label) P_max

MLP NeuroSim V3.0, user manual, Eq. 1-3; Chen, Peng, Yu, IEEE TCAD 37:3067 (2018). The label is 10.10152 times the
largest deviation of the normalised curve from a straight line,

    |label| = 10.10152 (B' - A' - A' ln(B' / A')),   B' = 1 / (1 - exp(-1 / A')),

which reproduces the manual's table of 900 labels to 1e-5. A negative label mirrors the curve (A' < 0), and a label of 0
is a straight line.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np

from neurosim.cards import Entry
from neurosim.memristor.laws.chart import Chart, Side
from neurosim.memristor.laws.guessing import line
from neurosim.memristor.laws.law import SIDES, Law
from neurosim.memristor.laws.linear import FALLS, line_on_card, line_on_chart, step

LABEL_SCALE = 10.10152
LARGEST_LABEL = 9.0
_MOST = 1 - 1e-9    #: of a fall over the range, on a chart
_STRAIGHT, _SERIES = 1e-9, 1e-3    #: curvature below which steps are all the same, below which a label is its series
_SMALL = 1e-2    #: labels below this follow the series, label = LABEL_SCALE / (8 A')


def label(shape: float) -> float:
    """Return the nonlinearity label of a normalised time constant A' > 0 [1]."""
    ceiling = -1 / math.expm1(-1 / shape)
    return LABEL_SCALE * (ceiling - shape - shape * math.log(ceiling / shape))


@lru_cache(maxsize=256)
def time_constant(nonlinearity: float) -> float:
    """Return normalised time constant A' of a label, by root-finding [1]: negative for negative labels, infinite for 0.
    """
    from scipy.optimize import brentq
    size = abs(nonlinearity)
    if size > LARGEST_LABEL:
        raise ValueError(f"nonlinearity = {nonlinearity:g}: labels lie between -{LARGEST_LABEL:g} and "
                         f"{LARGEST_LABEL:g}")
    if size < _SMALL:
        return math.inf if nonlinearity == 0 else LABEL_SCALE / (8 * nonlinearity)
    solution = brentq(lambda log: label(math.exp(log)) - size, math.log(1e-2), math.log(1e3), xtol=1e-14)
    return math.copysign(math.exp(solution), nonlinearity)


def curve(part: float | np.ndarray, shape: float) -> np.ndarray:
    """Return normalised conductance (1 - exp(-p / A')) / (1 - exp(-1 / A')) at p = P / P_max, both [1].

    P may be an array.
    """
    if math.isinf(shape):
        return np.asarray(part, float)
    return np.expm1(-np.asarray(part) / shape) / math.expm1(-1 / shape)


def position(conductance: float | np.ndarray, shape: float) -> np.ndarray:
    """Return the inverse of `curve`: P / P_max at a normalised conductance [1]."""
    if math.isinf(shape):
        return np.asarray(conductance, float)
    return -shape * np.log1p(np.asarray(conductance) * math.expm1(-1 / shape))


def step_and_slope(pulses: float, shape: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return first step over the range, and relative decrease of the step over the range, of one pulse of `pulses`.

        G(P + 1) - G(P) = (B + G_min - G) (1 - exp(-1 / A))

    is linear in G: the step is `step (1 - slope x)` at x = (G - G_min) / (G_max - G_min). shape may be an array.
    """
    inverse = 1 / np.asarray(shape, float)
    slope = -np.expm1(-inverse)
    straight = slope == 0
    ratio = np.expm1(-inverse / pulses) / np.where(straight, 1, np.expm1(-inverse))
    return np.where(straight, 1 / pulses, ratio), slope


def time_constants(labels: np.ndarray) -> np.ndarray:
    """Return `time_constant` of many labels, float array, to 1e-6: interpolated; labels beyond the largest are clipped.
    """
    grid = np.geomspace(time_constant(_SMALL), time_constant(LARGEST_LABEL), 4000)
    known = np.log([label(shape) for shape in grid])
    sizes = np.minimum(np.abs(labels), LARGEST_LABEL)
    inner = np.exp(np.interp(np.log(np.maximum(sizes, _SMALL)), known, np.log(grid)))
    series = LABEL_SCALE / (8 * np.maximum(sizes, 1e-12))
    return np.copysign(np.where(sizes < _SMALL, series, inner), labels)


def _parameters(device: Any, deviation: np.ndarray, table: Any) -> tuple[np.ndarray, list]:
    """Return slopes and scales of the linear law that walks along a device's two curves; deviation : of the labels."""
    slopes, scales = [], []
    for side, sign, deviating in zip(SIDES, (1, -1), deviation):
        named = device[f"nonlinearity_{side}"]
        shapes = time_constants(named + deviating) if deviating.size > 1 else np.array([time_constant(named)])
        size, slope = step_and_slope(device[f"pulses_{side}"], sign * shapes)
        slopes.append(slope[None, :])
        scales.append(device.span * size)
    return np.array(slopes), scales


def _guess(x: np.ndarray, steps: np.ndarray, span: float, sign: int) -> dict:
    first, slope = line(x, steps)
    slope = np.clip(slope, -20, 0.98)
    slope = slope if abs(slope) > 0.01 else 0.01
    inverse = -math.log1p(-slope)
    ratio = first * slope
    pulses = -inverse / math.log1p(-min(ratio, 0.9))
    size = label(1 / abs(inverse))
    return {"pulses": max(pulses, 2.0), "nonlinearity": sign * math.copysign(min(size, 8.9), slope)}


def _on_chart(side: Side, pulses: float, named: float) -> tuple[float, float]:
    """Return what was visited over the step in its middle, and the relative fall of the step over it."""
    size, slope = step_and_slope(pulses, side.sign * time_constant(named))
    middle, fall = line_on_chart(side, float(size), float(slope))
    return side.width / middle, fall


def _on_card(side: Side, pulses: float, fall: float) -> tuple[float, float]:
    size, slope = line_on_card(side, side.width / pulses, fall)
    slope = min(slope, _MOST)
    if abs(slope) < _STRAIGHT:
        return 1 / size, 0.0
    curvature = -math.log1p(-slope)
    bend = abs(curvature)
    named = label(1 / bend) if bend > _SERIES else LABEL_SCALE * bend / 8
    return -curvature / math.log1p(-min(size * slope, _MOST)), \
        side.sign * math.copysign(min(named, LARGEST_LABEL), curvature)


LAW = Law(
    name="neurosim",
    keys={"pulses_up": Entry("1", 2, 1e5, "set pulses from one end of the range to the other"),
          "pulses_down": Entry("1", 2, 1e5, "reset pulses from one end of the range to the other"),
          "nonlinearity_up": Entry("1", -9, 9, "NeuroSim's label of potentiation"),
          "nonlinearity_down": Entry("1", -9, 9, "NeuroSim's label of depression")},
    step=step, parameters=_parameters, equal=lambda span, size: {"pulses": span / size, "nonlinearity": 0.0},
    guess=_guess, coordinates={"pulses": "exp"},
    chart=Chart(names=("pulses", "nonlinearity"), on_chart=_on_chart, on_card=_on_card,
                limits={"nonlinearity": FALLS}))
