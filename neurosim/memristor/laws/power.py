"""The power law: a step that falls with a power of the range that is left, step = (1 - x)^power (aihwkit, PowStep)."""

from typing import Any

import numpy as np

from neurosim._jit import scalar_law
from neurosim.cards import Entry
from neurosim.memristor.laws.chart import LEAST, Chart, Side
from neurosim.memristor.laws.guessing import amplitude
from neurosim.memristor.laws.law import STEPS, Law, by_side, stepping

_POWERS = (0.3, 0.5, 0.8, 1.2, 1.6, 2, 3, 5)    #: that a guess tries


@scalar_law
def step(x, z, shape, i):
    """Step (1 - x)^power."""
    return max(1.0 - x, 0.0) ** shape[0, i]


def _parameters(device: Any, deviation: np.ndarray, table: Any) -> tuple[np.ndarray, tuple]:
    """A negative power, which a spread could draw, has no meaning at the end of the range."""
    return stepping(device, np.maximum(by_side(device, "power") + deviation, 0))


def _guess(x: np.ndarray, steps: np.ndarray, span: float, sign: int) -> dict:
    left = np.clip(1 - x, 1e-3, None)
    fits = [(*amplitude(left ** power, steps), power) for power in _POWERS]
    size, _, power = min(fits, key=lambda item: item[1])
    return {"step": span * size, "power": power}


def _on_chart(side: Side, size: float, power: float) -> tuple[float, float]:
    """Step in the middle of what was visited [S]; the power stays."""
    return size * max(1 - side.middle, LEAST) ** power, power


def _on_card(side: Side, size: float, power: float) -> tuple[float, float]:
    return size / max(1 - side.middle, LEAST) ** power, power


LAW = Law(
    name="power",
    keys={**STEPS, "power_up": Entry("1", 0, 100, "exponent of the remaining range, set"),
          "power_down": Entry("1", 0, 100, "exponent of the remaining range, reset")},
    step=step, parameters=_parameters, anchored=True, bounded=("step",),
    equal=lambda span, size: {"step": size, "power": 0.0}, guess=_guess, coordinates={"step": "exp", "power": "exp"},
    chart=Chart(names=("step", "power"), on_chart=_on_chart, on_card=_on_card))
