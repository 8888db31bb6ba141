"""Soft bounds: a step in proportion to the range that is left, step = 1 - x, the linear law with slope 1."""

from typing import Any

import numpy as np

from neurosim.memristor.laws.chart import Chart, Side
from neurosim.memristor.laws.guessing import amplitude
from neurosim.memristor.laws.law import STEPS, Law, stepping
from neurosim.memristor.laws.linear import step


def _parameters(device: Any, deviation: np.ndarray, table: Any) -> tuple[np.ndarray, tuple]:
    return stepping(device, np.minimum(1 + deviation, 1))


def _guess(x: np.ndarray, steps: np.ndarray, span: float, sign: int) -> dict:
    return {"step": span * amplitude(1 - x, steps)[0]}


def _on_chart(side: Side, first: float) -> tuple[float]:
    """Return the fall of the step over what was visited [S]."""
    return (first * side.width,)


def _on_card(side: Side, fall: float) -> tuple[float]:
    return (fall / side.width,)


LAW = Law(name="soft-bounds", keys=dict(STEPS), step=step, parameters=_parameters, anchored=True, bounded=("step",),
          guess=_guess, coordinates={"step": "exp"},
          chart=Chart(names=("step",), on_chart=_on_chart, on_card=_on_card))
