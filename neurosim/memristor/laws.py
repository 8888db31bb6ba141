"""Laws of response: how far one pulse moves a device, at each place of its range. One scalar function each.

A law is `law(x, z, shape, i)` and returns the step at x relative to the scale of the step. x is the part of the range
already travelled, (g - low) / (high - low) for set and (high - g) / (high - low) for reset pulses, so that one formula
serves both. z is a standard normal number, which only tables of measured steps use. shape (parameters, devices) holds
the parameters of one direction; i is the device.
"""

import math

from neurosim._jit import scalar_law


@scalar_law
def linear(x, z, shape, i):
    """Step 1 - slope x: a linear step, soft bounds where slope = 1, and NeuroSim's exponential curve.

    Gokmen, Vlasov, Front. Neurosci. 10:333 (2016); Chen, Peng, Yu, IEEE TCAD 37:3067 (2018).
    """
    return 1.0 - shape[0, i] * x


@scalar_law
def exponential(x, z, shape, i):
    """Step max(1 + amplitude exp(-rate x), 0): the exponential step of Rasch et al., AICAS 2021 (aihwkit, ExpStep)."""
    return max(1.0 + shape[0, i] * math.exp(-shape[1, i] * x), 0.0)


@scalar_law
def power(x, z, shape, i):
    """Step (1 - x)^power: the power step (aihwkit, PowStep)."""
    return max(1.0 - x, 0.0) ** shape[0, i]


@scalar_law
def piecewise(x, z, shape, i):
    """Step interpolated between nodes at equal distances over the range."""
    last = shape.shape[0] - 1
    place = min(max(x, 0.0), 1.0) * last
    node = min(int(place), last - 1)
    part = place - node
    return (1.0 - part) * shape[node, i] + part * shape[node + 1, i]


#: Scores of a table of measured steps run over this many standard deviations to both sides.
SCORES = 4.0


@scalar_law
def table(x, z, shape, i):
    """Step interpolated in a table: row 0 holds the number of scores, then come the steps, (scores, nodes) row by row.

    Nodes lie at equal distances over the range; scores at equal distances from -SCORES to SCORES, where z = -1 finds
    the 16th percentile of the measured steps. A single score is their mean.
    """
    scores = int(shape[0, i])
    nodes = (shape.shape[0] - 1) // scores
    place = min(max(x, 0.0), 1.0) * (nodes - 1)
    node = min(int(place), nodes - 2)
    part = place - node
    row = (min(max(z, -SCORES), SCORES) + SCORES) / (2.0 * SCORES) * (scores - 1)
    low = min(int(row), max(scores - 2, 0))
    up = row - low if scores > 1 else 0.0
    high = min(low + 1, scores - 1)
    first, second = 1 + low * nodes + node, 1 + high * nodes + node
    below = (1.0 - part) * shape[first, i] + part * shape[first + 1, i]
    above = (1.0 - part) * shape[second, i] + part * shape[second + 1, i]
    return (1.0 - up) * below + up * above
