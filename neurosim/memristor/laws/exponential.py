"""The exponential law: a constant step and an excess that decays over the range.

    step = max(1 + amplitude exp(-rate x), 0)

Rasch et al., AICAS 2021 (aihwkit, ExpStep).
"""

import math
from typing import Any

import numpy as np

from neurosim._jit import scalar_law
from neurosim.cards import Entry
from neurosim.memristor.laws.chart import Chart, Side
from neurosim.memristor.laws.guessing import amplitude, least_step
from neurosim.memristor.laws.law import STEPS, Law, by_side, stepping

_STEEPEST = 50.0    #: exponent on a chart
_RATES = (-10, -5, -2, -0.5, 0.5, 2, 5, 10, 20)    #: that a guess tries


@scalar_law
def step(x, z, shape, i):
    """Step max(1 + amplitude exp(-rate x), 0)."""
    return max(1.0 + shape[0, i] * math.exp(-shape[1, i] * x), 0.0)


def _parameters(device: Any, deviation: np.ndarray, table: Any) -> tuple[np.ndarray, tuple]:
    return stepping(device, by_side(device, "amplitude"), by_side(device, "rate") + deviation)


def _guess(x: np.ndarray, steps: np.ndarray, span: float, sign: int) -> dict:
    fits = []
    for rate in _RATES:
        basis = np.stack([np.ones_like(x), np.exp(-rate * x)])
        (constant, excess), *_ = np.linalg.lstsq(basis.T, steps, rcond=None)
        constant = max(constant, least_step(steps))
        excess = amplitude(basis[1], steps - constant, signed=True)[0]
        fits.append((np.sum((constant + excess * basis[1] - steps) ** 2), rate, constant, excess / constant))
    _, rate, constant, height = min(fits)
    return {"step": span * constant, "amplitude": height, "rate": float(rate)}


def _on_chart(side: Side, height: float, rate: float) -> tuple[float, float]:
    """Excess where what was visited begins, and its rate of decay over what was visited."""
    return height * math.exp(min(-rate * side.begin, _STEEPEST)), rate * side.width


def _on_card(side: Side, excess: float, decay: float) -> tuple[float, float]:
    rate = decay / side.width
    return excess * math.exp(min(rate * side.begin, _STEEPEST)), rate


LAW = Law(
    name="exponential",
    keys={**STEPS, "amplitude_up": Entry("1", -1e4, 1e4, "excess of the first set step over step_up"),
          "amplitude_down": Entry("1", -1e4, 1e4, "excess of the first reset step over step_down"),
          "rate_up": Entry("1", -100, 100, "decay of the excess over the range, set"),
          "rate_down": Entry("1", -100, 100, "decay of the excess over the range, reset")},
    step=step, parameters=_parameters, anchored=True, bounded=("step",),
    equal=lambda span, size: {"step": size, "amplitude": 0.0, "rate": 0.0}, guess=_guess,
    coordinates={"step": "exp", "amplitude": "sinh"},
    chart=Chart(names=("amplitude", "rate"), on_chart=_on_chart, on_card=_on_card))
