"""Least loss of a model by trust regions, in coordinates that vary independently with unit deviation."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from neurosim.memristor.fitting.model import Model

LEVEL = 0.2            #: slope along a direction of unit deviation at which a search ends [nat]
_LEAST_KNOWN = 1e4     #: information about a direction below which it does not set the length of a step
_STEPS, _RADIUS, _MOST, _LEAST_STEP = 40, 3.0, 1e4, 1e-4    #: of a search; lengths in unit deviations
_HALVINGS = 30
_SEARCHES, _GAIN = 3, 0.05    #: at most, and gain below which another is in vain [nat]
_DIFFERENCE, _CORRECTIONS, _EXACT = 1e-6, 6, 1e-7    #: to hold a number
LEAST_KNOWN = 1e-4     #: information about a coordinate that is taken for granted


@dataclass
class Effort:
    """Searches that may still be made, MUTATED by those that are."""

    left: float = np.inf

    def descend(self, *arguments: Any, **options: Any) -> tuple[np.ndarray, np.ndarray, float, bool]:
        """Make one search, see `descend`."""
        self.left -= 1
        return descend(*arguments, **options)


@dataclass(frozen=True)
class Held:
    """A number of the card that keeps its value while coordinates move.

    number : its index among the parameters of the model; value : on the scale of the parameter
    """

    model: Model
    number: int
    value: float

    def gap(self, point: np.ndarray) -> float:
        """Return how far the number is from its value."""
        return self.model.on_card(point, self.number) - self.value

    def normal(self, point: np.ndarray) -> np.ndarray:
        """Return the slopes of the number by the coordinates, (parameters)."""
        steps = np.where(point + _DIFFERENCE < self.model.limits[1], _DIFFERENCE, -_DIFFERENCE)
        here = self.gap(point)
        return np.array([(self.gap(point + move) - here) / step for move, step in zip(np.diag(steps), steps)])

    def restored(self, point: np.ndarray, course: np.ndarray) -> np.ndarray:
        """Return the point moved along a course on which the number grows by 1, to its value if limits let it."""
        for _ in range(_CORRECTIONS):
            gap = self.gap(point)
            if abs(gap) < _EXACT:
                break
            point = np.clip(point - gap * course, *self.model.limits)
        return point


def course_of(normal: np.ndarray, information: np.ndarray) -> tuple[np.ndarray, float]:
    """Return how coordinates follow a number with these slopes, so that it grows by 1, and the variance of the number.

    returns : (parameters), number
    """
    together = np.linalg.solve(information + LEAST_KNOWN * np.eye(len(normal)), normal)
    variance = float(normal @ together)
    return together / max(variance, 1e-300), variance


def descend(model: Model, first: np.ndarray, masks: dict | None = None, free: bool | np.ndarray = True,
            level: float = LEVEL, held: Held | None = None) -> tuple[np.ndarray, np.ndarray, float, bool]:
    """Move coordinates to the least loss, by trust regions with Fisher's information instead of second derivatives.

    masks : see `Model.log_likelihood`; free : which coordinates move, bool (parameters)
    level : slope along a direction of unit deviation at which the search ends [nat]
    held : Held, or None
    returns : coordinates, Fisher's information and loss there [nat], and whether the search got stuck
    """
    free, (lowest, highest) = np.broadcast_to(free, first.shape), model.limits
    point = np.where(free, np.clip(first, lowest, highest), first)
    loss, radius = model.loss(point, masks), _RADIUS
    ways = _ways(model, point, masks, free, held)
    for _ in range(_STEPS):
        if not np.isfinite(ways.information).all():
            break
        if np.linalg.norm(ways.scaled) < level:
            return point, ways.information, loss, False
        step = _bounded(ways.slope, ways.bend, radius)
        moved = point.copy()
        moved[ways.moving] += ways.directions @ (step / np.sqrt(ways.unit))
        moved[ways.moving] = np.clip(moved[ways.moving], lowest[ways.moving], highest[ways.moving])
        moved = held.restored(moved, ways.course) if held else moved
        gain = loss - (reached := model.loss(moved, masks))
        share = gain / -(ways.slope @ step + 0.5 * ways.bend @ step ** 2)
        length = float(np.linalg.norm(step))
        radius = length / 4 if share < 0.25 else min(max(radius, 2 * length), _MOST) if share > 0.75 else radius
        if gain > 0:
            point, loss, ways = moved, reached, _ways(model, moved, masks, free, held)
        elif length < _LEAST_STEP:
            break
    return point, ways.information, loss, True


class _Ways(NamedTuple):
    """What a search knows of a point, whatever lengths of steps it tries there.

    information : Fisher's; moving : which coordinates may move; directions : independent ways of those
    unit, slope, bend : length of a way, and slope and bend of the loss along one, in unit deviations
    scaled : slopes that say whether the search may end; course : see `_tangent`
    """

    information: np.ndarray
    moving: np.ndarray
    directions: np.ndarray
    unit: np.ndarray
    slope: np.ndarray
    bend: np.ndarray
    scaled: np.ndarray
    course: Any


def _ways(model: Model, point: np.ndarray, masks: dict | None, free: np.ndarray, held: Held | None) -> _Ways:
    lowest, highest = model.limits
    gradient, information = model.slopes(point, masks)
    moving = free & ~((point <= lowest) & (gradient > 0)) & ~((point >= highest) & (gradient < 0))
    if not np.isfinite(information).all():
        none = np.zeros(0)
        return _Ways(information, moving, none, none, none, none, none, None)
    basis, course = _tangent(held, point, moving, information)
    known, directions = np.linalg.eigh(basis.T @ information[np.ix_(moving, moving)] @ basis)
    directions = basis @ directions
    unit = np.maximum(known, _LEAST_KNOWN)
    slope, bend = directions.T @ gradient[moving] / np.sqrt(unit), np.maximum(known, 0) / unit
    return _Ways(information, moving, directions, unit, slope, bend,
                 slope * np.sqrt(unit / np.maximum(known, 1.0)), course)


def settle(model: Model, first: np.ndarray, level: float = LEVEL, held: Held | None = None,
           effort: Effort | None = None) -> tuple[np.ndarray, np.ndarray, float, bool]:
    """Descend again and again until that gains nothing; returns what `descend` returns.

    Where devices saturate, the likelihood has an edge at the end of the range, on which a search of all coordinates
    at once gets stuck; then searches with one end held take turns with it.
    """
    search = (effort or Effort()).descend
    found = search(model, first, level=level, held=held)
    keys = np.array([parameter.key for parameter in model.parameters])
    for _ in range(_SEARCHES):
        point, _, before, stuck = found
        if not stuck:
            break
        for still in ("g_min", "g_max", ""):
            found = search(model, found[0], free=keys != still, level=level, held=held)
        if found[2] > before - _GAIN:
            break
    return found


def _tangent(held: Held | None, point: np.ndarray, moving: np.ndarray,
             information: np.ndarray) -> tuple[np.ndarray, Any]:
    """Return directions in which a held number stays, (moving, directions), and the course that brings it back."""
    size = int(np.count_nonzero(moving))
    if held is None:
        return np.eye(size), None
    normal, course = held.normal(point)[moving], np.zeros(point.size)
    course[moving], _ = course_of(normal, information[np.ix_(moving, moving)])
    return np.linalg.qr(np.column_stack([normal, np.eye(size)]))[0][:, 1:size], course


def _bounded(slope: np.ndarray, bend: np.ndarray, radius: float) -> np.ndarray:
    """Step of at most this length that lowers slope step + bend step^2 / 2 most, bend >= 0."""
    low, high = 0.0, float(np.linalg.norm(slope) / radius)
    for _ in range(_HALVINGS):
        damping = 0.5 * (low + high)
        longer = np.linalg.norm(slope / np.maximum(bend + damping, 1e-12)) > radius
        low, high = (damping, high) if longer else (low, damping)
    return -slope / np.maximum(bend + high, 1e-12)
