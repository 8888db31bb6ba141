"""First guesses of a law's parameters, from the slopes of smoothed trains."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from neurosim.memristor.fitting.model import SIGNS
from neurosim.memristor.laws import LAWS

_EDGE, _FEWEST = 0.03, 10    #: part of the range at either end; points that must remain
_WINDOW = 25    #: most pulses of a moving average


def smoothed(train: np.ndarray, window: int = _WINDOW) -> np.ndarray:
    """Return moving average over `window` pulses, where it fits, (pulses - window + 1)."""
    return np.convolve(train, np.full(window, 1 / window), "valid")


def window_of(train: np.ndarray) -> int:
    """Return pulses over which a train may be smoothed without losing its course."""
    return max(min(_WINDOW, len(train) // 8), 1)


def visited(trains: Any) -> tuple[float, float]:
    """Return lowest and highest conductance of smoothed trains [S]; raises ValueError for trains that do not move."""
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


def first_values(law: str, trains: Any, low: float, high: float) -> dict:
    """Return values of a law without noise, of a device with this range [S], that steps as the trains do: as on a card.
    """
    guess, values = LAWS[law].guess, {"g_min": low, "g_max": high}
    assert guess is not None    # `fit` refuses laws without
    for side, sign in SIGNS.items():
        x, steps = steps_along(getattr(trains, side), sign, low, high)
        for name, value in guess(x, steps, high - low, sign).items():
            values[f"{name}_{side}"] = value
    return values


def steps_along(trains: Iterable[np.ndarray], sign: int, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Return smoothed steps in the direction of the pulse over the range travelled: (x, steps / (high - low)).

    The ends of the range, where saturated devices do not step, are left out.
    """
    midpoints: list = []
    steps: Any = []
    for train in trains:
        window = window_of(train)
        course = (smoothed(train, window) - low) / (high - low)
        course = course if sign > 0 else 1 - course
        steps.append((course[window:] - course[:-window]) / window)
        midpoints.append((course[window:] + course[:-window]) / 2)
    x, steps = np.concatenate(midpoints), np.concatenate(steps)
    inside = (x > _EDGE) & (x < 1 - _EDGE)
    return (x[inside], steps[inside]) if inside.sum() >= _FEWEST else (x, steps)
