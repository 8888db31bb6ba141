"""First guesses of a law's parameters, from the slopes of smoothed trains."""

import math

import numpy as np

from neurosim.memristor import nonlinearity
from neurosim.memristor.fitting.model import SIGNS

#: Nodes of the piecewise law in each direction.
NODES = 5
_EDGE, _FEWEST = 0.03, 10    #: part of the range at either end; places that must remain
_WINDOW = 25    #: most pulses of a moving average
_RATES = (-10, -5, -2, -0.5, 0.5, 2, 5, 10, 20)
_POWERS = (0.3, 0.5, 0.8, 1.2, 1.6, 2, 3, 5)


def smoothed(train, window=_WINDOW):
    """Moving average over `window` pulses, where it fits, (pulses - window + 1)."""
    return np.convolve(train, np.full(window, 1 / window), "valid")


def window_of(train):
    """Pulses over which a train may be smoothed without losing its course."""
    return max(min(_WINDOW, len(train) // 8), 1)


def visited(trains):
    """Lowest and highest conductance of smoothed trains [S]; raises ValueError for trains that do not move."""
    courses = [smoothed(train, window_of(train)) for train in (*trains.up, *trains.down)]
    low, high = float(min(map(np.min, courses))), float(max(map(np.max, courses)))
    if not low < high:
        raise ValueError(f"{trains.source}: the conductance is {low:g} S after every pulse; nothing can be fitted to "
                         "a device that does not move")
    for side, word in (("up", "set"), ("down", "reset")):
        values = np.concatenate(getattr(trains, side))
        if not np.ptp(values):
            raise ValueError(f"{trains.source}: the conductance is {values[0]:g} S after every {word} pulse; nothing "
                             "can be fitted to pulses that move no device")
    return low, high


def first_values(law, trains, low, high):
    """Values of a law without noise, of a device with this range [S], that steps as the trains do: as on a card."""
    values = {"g_min": low, "g_max": high}
    for side, sign in SIGNS.items():
        x, steps = steps_along(getattr(trains, side), sign, low, high)
        for name, value in guess(law, x, steps).items():
            unit = high - low if name in ("step", "nodes") else sign if name == "nonlinearity" else 1.0
            values[f"{name}_{side}"] = tuple(unit * value) if name == "nodes" else unit * value
    return values


def steps_along(trains, sign, low, high):
    """Smoothed steps in the direction of the pulse over the range travelled: (x, steps / (high - low)).

    The ends of the range, where saturated devices do not step, are left out.
    """
    places, steps = [], []
    for train in trains:
        window = window_of(train)
        course = (smoothed(train, window) - low) / (high - low)
        course = course if sign > 0 else 1 - course
        steps.append((course[window:] - course[:-window]) / window)
        places.append((course[window:] + course[:-window]) / 2)
    x, steps = np.concatenate(places), np.concatenate(steps)
    inside = (x > _EDGE) & (x < 1 - _EDGE)
    return (x[inside], steps[inside]) if inside.sum() >= _FEWEST else (x, steps)


def guess(law, x, steps):
    """Parameters of one direction by their names without _up or _down; steps are relative to the range."""
    return {"linear": _linear, "soft-bounds": _soft_bounds, "exponential": _exponential, "power": _power,
            "neurosim": _neurosim, "piecewise": _piecewise}[law](x, steps)


def _linear(x, steps):
    first, slope = np.linalg.lstsq(np.stack([np.ones_like(x), x], axis=1), steps)[0]
    first = max(first, _floor(steps))
    return {"step": first, "slope": min(-slope / first, 1.0)}


def _soft_bounds(x, steps):
    return {"step": _amplitude(1 - x, steps)[0]}


def _exponential(x, steps):
    fits = []
    for rate in _RATES:
        basis = np.stack([np.ones_like(x), np.exp(-rate * x)])
        (constant, excess), *_ = np.linalg.lstsq(basis.T, steps, rcond=None)
        constant = max(constant, 0.05 * np.abs(steps).mean())
        excess = _amplitude(basis[1], steps - constant, signed=True)[0]
        fits.append((np.sum((constant + excess * basis[1] - steps) ** 2), rate, constant, excess / constant))
    _, rate, constant, amplitude = min(fits)
    return {"step": constant, "amplitude": amplitude, "rate": float(rate)}


def _power(x, steps):
    left = np.clip(1 - x, 1e-3, None)
    fits = [(*_amplitude(left ** power, steps), power) for power in _POWERS]
    step, _, power = min(fits, key=lambda item: item[1])
    return {"step": step, "power": power}


def _neurosim(x, steps):
    line = _linear(x, steps)
    slope = np.clip(line["slope"], -20, 0.98)
    slope = slope if abs(slope) > 0.01 else 0.01
    inverse = -math.log1p(-slope)
    ratio = line["step"] * slope
    pulses = -inverse / math.log1p(-min(ratio, 0.9))
    size = nonlinearity.label(1 / abs(inverse))
    return {"pulses": max(pulses, 2.0), "nonlinearity": math.copysign(min(size, 8.9), slope)}


def _piecewise(x, steps):
    grid = np.linspace(0, 1, NODES)
    weights = np.maximum(1 - np.abs(grid[:, None] - x) * (NODES - 1), 0)
    total = weights.sum(axis=1)
    means = (weights @ steps) / np.maximum(total, 1e-12)
    known = total > 0
    return {"nodes": np.maximum(np.interp(grid, grid[known], means[known]), _floor(steps))}


def _amplitude(basis, steps, signed=False):
    amplitude = basis @ steps / max(basis @ basis, 1e-300)
    amplitude = amplitude if signed else max(amplitude, _floor(steps))
    return amplitude, np.sum((amplitude * basis - steps) ** 2)


def _floor(steps):
    return 0.05 * np.abs(steps).mean()
