"""Soft bounds: a step in proportion to the range that is left, step = 1 - x, the linear law with slope 1."""

import numpy as np

from neurosim.memristor.laws.guessing import amplitude
from neurosim.memristor.laws.law import STEPS, Law, stepping
from neurosim.memristor.laws.linear import step


def _parameters(device, deviation, table):
    return stepping(device, np.minimum(1 + deviation, 1))


def _guess(x, steps, span, sign):
    return {"step": span * amplitude(1 - x, steps)[0]}


LAW = Law(name="soft-bounds", keys=dict(STEPS), step=step, parameters=_parameters, anchored=True, bounded=("step",),
          guess=_guess, coordinates={"step": "exp"})
