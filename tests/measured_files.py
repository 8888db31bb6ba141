"""One device of two cycles, written down row by row or with both directions beside each other, in any notation."""

import numpy as np

PULSES, CYCLES = 12, 2
CURVE = 1 - np.exp(-np.arange(1, PULSES + 1) / 5)
GRID = 1e-6 * (2 + 9 * np.stack([CURVE, CURVE[-1] * (1 - CURVE)]))[None] * (1 + 0.01 * np.arange(CYCLES))[:, None, None]


def long():
    """(cycle, pulse, side 0 or 1, conductance) in the order of measurement."""
    return [(cycle, pulse, side, g) for cycle, sides in enumerate(GRID, 1) for side, train in enumerate(sides)
            for pulse, g in enumerate(train, 1)]


def beside(head, cell, mark=","):
    rows = [mark.join([str(pulse), cell(up), cell(down)]) for sides in GRID
            for pulse, (up, down) in enumerate(sides.T, 1)]
    return "\n".join([*([head] if isinstance(head, str) else head), *rows])


def below(head, row):
    return "\n".join([*([head] if isinstance(head, str) else head), *(row(*one) for one in long())])


def micro(g):
    return f"{1e6 * g:.14g}"


def siemens(g):
    return f"{g:.14g}"
