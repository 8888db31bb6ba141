"""Least loss of a model by trust regions, in coordinates that vary independently with unit deviation."""

import numpy as np

LEVEL = 0.2            #: slope along a direction of unit deviation at which a search ends [nat]
_LEAST_KNOWN = 1e4     #: information about a direction below which it does not set the length of a step
_STEPS, _RADIUS, _MOST, _LEAST_STEP = 40, 3.0, 1e4, 1e-4    #: of a search; lengths in unit deviations
_HALVINGS = 30


def descend(model, first, masks=None, free=True, level=LEVEL):
    """Move coordinates to the least loss, by trust regions with Fisher's information in place of second derivatives.

    masks : see `Model.log_likelihood`; free : which coordinates move, bool (parameters)
    level : slope along a direction of unit deviation at which the search ends [nat]
    returns : coordinates, Fisher's information and loss there [nat], and whether the search got stuck
    """
    free, (lowest, highest) = np.broadcast_to(free, first.shape), model.limits
    place = np.where(free, np.clip(first, lowest, highest), first)
    loss, radius = model.loss(place, masks), _RADIUS
    gradient, information = model.slopes(place, masks)
    for _ in range(_STEPS):
        if not np.isfinite(information).all():
            break
        moving = free & ~((place <= lowest) & (gradient > 0)) & ~((place >= highest) & (gradient < 0))
        known, directions = np.linalg.eigh(information[np.ix_(moving, moving)])
        unit = np.maximum(known, _LEAST_KNOWN)
        slope, bend = directions.T @ gradient[moving] / np.sqrt(unit), np.maximum(known, 0) / unit
        scaled = slope * np.sqrt(unit / np.maximum(known, 1.0))
        if np.linalg.norm(scaled) < level:
            return place, information, loss, False
        step = _bounded(slope, bend, radius)
        moved = place.copy()
        moved[moving] += directions @ (step / np.sqrt(unit))
        moved[moving] = np.clip(moved[moving], lowest[moving], highest[moving])
        gain = loss - (reached := model.loss(moved, masks))
        share = gain / -(slope @ step + 0.5 * bend @ step ** 2)
        length = np.linalg.norm(step)
        radius = length / 4 if share < 0.25 else min(max(radius, 2 * length), _MOST) if share > 0.75 else radius
        if gain > 0:
            place, loss = moved, reached
            gradient, information = model.slopes(place, masks)
        elif length < _LEAST_STEP:
            break
    return place, information, loss, True


def _bounded(slope, bend, radius):
    """Step of at most this length that lowers slope step + bend step^2 / 2 most, bend >= 0."""
    low, high = 0.0, np.linalg.norm(slope) / radius
    for _ in range(_HALVINGS):
        damping = 0.5 * (low + high)
        longer = np.linalg.norm(slope / np.maximum(bend + damping, 1e-12)) > radius
        low, high = (damping, high) if longer else (low, damping)
    return -slope / np.maximum(bend + high, 1e-12)
