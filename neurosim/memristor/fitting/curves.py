"""Least squares: the noise-free curves that lie closest to the trains, from which every search starts."""

from typing import Any

import numpy as np

from neurosim.memristor.fitting.differences import noise_guess
from neurosim.memristor.fitting.model import SIGNS, Model
from neurosim.memristor.fitting.starts import first_values, visited

_WIDENINGS = (0.0, 0.05, 0.3)    #: of the range that slopes are read from, over what the trains visit
_TIE = 0.3                       #: width of the prior of either end of the range, over what the trains visit
_EVALUATIONS = 30                #: of the Jacobian, at most


def closest_curves(law: str, trains: Any) -> tuple[Model, dict]:
    """Return least squares, the best of several searches: (Model with what the curves visit, values of a card).

    raises : ValueError for trains that do not move
    """
    low, high = visited(trains)
    step, write = noise_guess(trains)
    noise = max(np.hypot(step, write), 1e-6 * (high - low))
    found = []
    for widening in _WIDENINGS:
        margin = widening * (high - low)
        values = first_values(law, trains, max(low - margin, 0.0), high + margin)
        found.append(_least_squares(Model(law, trains, values, (low, high)), noise))
    _, model, coordinates = min(found, key=lambda item: item[0])
    values = model.values(coordinates)
    curves = np.concatenate([curve for side in model.noise_free(values).values() for curve in side])
    ends = (float(curves.min()), float(curves.max()))
    return Model(law, trains, values, ends), values


def _least_squares(model: Model, noise: float) -> tuple[float, Model, np.ndarray]:
    """Return least squares from the model's first coordinates: (half the sum of squares, model, coordinates)."""
    from scipy.optimize import least_squares
    measured = np.concatenate([model.joined[side].values for side in SIGNS])
    ends, tie = np.array(model.visited), _TIE * model.unit

    def distances(coordinates: np.ndarray) -> np.ndarray:
        values = model.values(coordinates)
        curves = [curve for side in model.noise_free(values).values() for curve in side]
        return np.concatenate([(np.concatenate(curves) - measured) / noise,
                               (np.array([values["g_min"], values["g_max"]]) - ends) / tie])

    result = least_squares(distances, np.clip(model.first, *model.limits), bounds=model.limits, x_scale="jac",
                           diff_step=1e-5, max_nfev=_EVALUATIONS, ftol=1e-6, xtol=1e-6, gtol=1e-6)
    return result.cost, model, result.x
