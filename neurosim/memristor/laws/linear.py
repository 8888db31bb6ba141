"""The linear law: a step that falls or grows along a straight line over the range.

    step = 1 - slope x

Gokmen, Vlasov, Front. Neurosci. 10:333 (2016); Chen, Peng, Yu, IEEE TCAD 37:3067 (2018).
"""

from typing import Any

import numpy as np

from neurosim._jit import scalar_law
from neurosim.cards import Entry
from neurosim.memristor.laws.chart import LEAST, Chart, Side
from neurosim.memristor.laws.guessing import line
from neurosim.memristor.laws.law import STEPS, Law, by_side, stepping


@scalar_law
def step(x, z, shape, i):
    """Step 1 - slope x: a linear step, soft bounds where slope = 1, and NeuroSim's exponential curve."""
    return 1.0 - shape[0, i] * x


def _parameters(device: Any, deviation: np.ndarray, table: Any) -> tuple[np.ndarray, tuple]:
    """A slope that falls goes on falling; above 1, which a spread could draw, it has no meaning."""
    slope = by_side(device, "slope")
    return stepping(device, np.minimum(np.where(slope > 0, np.abs(slope + deviation), slope + deviation), 1))


def _guess(x: np.ndarray, steps: np.ndarray, span: float, sign: int) -> dict:
    first, slope = line(x, steps)
    return {"step": span * first, "slope": slope}


def line_on_chart(side: Side, first: float, slope: float) -> tuple[float, float]:
    """Return the step in the middle of what was visited, in units of the first one, and its relative fall there."""
    middle = max(1 - slope * side.middle, LEAST)
    return first * middle, slope * side.width / middle


def line_on_card(side: Side, middle: float, fall: float) -> tuple[float, float]:
    """Return the first step and the slope of a straight line, the inverse of `line_on_chart`."""
    first = max(1 + fall * side.middle / side.width, LEAST)
    return middle * first, fall / (side.width * first)


#: Least and greatest fall of the step over what was visited.
FALLS = (-4.0, 4.0)

LAW = Law(
    name="linear",
    keys={**STEPS, "slope_up": Entry("1", -100, 1, "decrease of the step of set pulses over the range"),
          "slope_down": Entry("1", -100, 1, "decrease of the step of reset pulses over the range")},
    step=step, parameters=_parameters, anchored=True, bounded=("step",),
    equal=lambda span, size: {"step": size, "slope": 0.0}, guess=_guess, coordinates={"step": "exp"},
    chart=Chart(names=("step", "slope"), on_chart=line_on_chart, on_card=line_on_card, limits={"slope": FALLS}))
