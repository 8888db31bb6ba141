"""The law "table": steps interpolated in a table of measured ones, with the scatter that was measured."""

from typing import Any

import numpy as np

from neurosim._jit import scalar_law
from neurosim.cards import Entry
from neurosim.memristor.laws.law import Law

#: Scores of a table of measured steps run over this many standard deviations to both sides.
SCORES = 4.0


@scalar_law
def step(x, z, shape, i):
    """Step interpolated in a table: row 0 holds the number of scores, then come the steps, (scores, nodes) row by row.

    Nodes lie at equal distances over the range; scores at equal distances from -SCORES to SCORES, where z = -1 finds
    the 16th percentile of the measured steps. A single score is their mean.
    """
    scores = int(shape[0, i])
    nodes = (shape.shape[0] - 1) // scores
    position = min(max(x, 0.0), 1.0) * (nodes - 1)
    node = min(int(position), nodes - 2)
    part = position - node
    row = (min(max(z, -SCORES), SCORES) + SCORES) / (2.0 * SCORES) * (scores - 1)
    low = min(int(row), max(scores - 2, 0))
    up = row - low if scores > 1 else 0.0
    high = min(low + 1, scores - 1)
    first, second = 1 + low * nodes + node, 1 + high * nodes + node
    below = (1.0 - part) * shape[first, i] + part * shape[first + 1, i]
    above = (1.0 - part) * shape[second, i] + part * shape[second + 1, i]
    return (1.0 - up) * below + up * above


def _parameters(device: Any, deviation: np.ndarray, table: Any) -> tuple[np.ndarray, tuple]:
    if table is None:
        raise ValueError(f"device card {device.stem}.toml: its table of measured steps {device.table!r} is not loaded; "
                         "name the folder that holds it with --set synapses.tables=FOLDER")
    return table.shapes(noise=device["scatter"] > 0), (1.0, 1.0)


LAW = Law(
    name="table", keys={"scatter": Entry("1", 0, 1, "measured scatter of steps: 1 = as measured, 0 = their mean")},
    step=step, parameters=_parameters, tabular=True, silent={"scatter": 0.0})
