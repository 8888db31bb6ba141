"""Search for the parameters of highest likelihood, their intervals, and the likelihood of what was held out."""

import math
from dataclasses import dataclass

import numpy as np

from neurosim.memristor.fitting.model import NOISE, SIGNS, Model
from neurosim.memristor.fitting.starts import first_values, smoothed, window_of

_FIRST_UNIT = 0.1      #: coordinates move by this much in the first steps of a search
_OPTIONS = {"gtol": 0.05, "eps": 1e-5, "maxiter": 80}
_SEARCHES, _GAIN = 5, 0.2    #: at most, and gain below which another is in vain [nat]
_STEP = 0.3            #: of the second differences, in standard deviations
_SIGNIFICANT = 1.92    #: loss of log-likelihood without a parameter that has a meaning, 95 % [nat]
_NORMAL_95 = 1.96
_BLOCKS = 4            #: blocks of each fold along a train of the median length


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where a search ended.

    model : Model; coordinates : of its parameters; loss : there [nat]
    root : (parameters, parameters), columns along which coordinates vary independently, with unit deviation
    """

    model: Model
    coordinates: np.ndarray
    root: np.ndarray
    loss: float

    @property
    def values(self):
        """Values of a card at the optimum."""
        return self.model.values(self.coordinates)

    @property
    def criterion(self):
        """Bayesian information criterion over 2 [nat]: the loss plus its expected gain from noise."""
        return self.loss + 0.5 * len(self.coordinates) * math.log(self.model.pulses)


def best(law, trains):
    """Optimum of a law with the noise that the trains show: of steps, relative or not; of reads, remembered or not."""
    values = first_values(law, trains)
    white = _descent(Model(law, trains, values))
    values |= {"c2c_additive": values["c2c_additive"] / 10, "memory_noise": values["write_noise"], "memory": 5.0}
    memory = _descent(Model(law, trains, values))
    optimum = _without_idle_noise(_search(min(white, memory, key=lambda found: found.criterion)), trains)
    if "c2c_additive" not in optimum.values:
        return optimum
    values = dict(optimum.values)
    values["c2c"] = min(values.pop("c2c_additive") / _typical_step(trains), 10.0)
    relative = _without_idle_noise(_search(_descent(Model(law, trains, values))), trains)
    return min(optimum, relative, key=lambda found: found.loss)


def held_out(optimum, folds):
    """Log-likelihood per pulse of blocks of pulses given all before, from parameters fitted to the other blocks [nat].

    Block b of every train belongs to fold b mod `folds`; the filter walks over the blocks that are held out without
    looking at them.
    """
    model = optimum.model
    lengths = np.concatenate([np.diff(joined.ends) for joined in model.joined.values()])
    blocks = model.blocks(folds, max(int(np.median(lengths)) // (folds * _BLOCKS), 1))
    total = 0.0
    for fold in range(folds):
        inside = {side: blocks[side] == fold for side in SIGNS}
        training = {side: (~inside[side], ~inside[side]) for side in SIGNS}
        found = _descend(model, optimum.coordinates, optimum.root, training)
        scored = {side: (np.ones_like(inside[side]), inside[side]) for side in SIGNS}
        total += model.log_likelihood(model.values(found[0]), scored)[0]
    return total / model.pulses


def intervals(optimum, quantities):
    """Intervals of 95 % confidence from the curvature of the log-likelihood: list of (low, high) or None.

    quantities : function from values to a list of (number, whether its logarithm is normal). None stands where the
    trains do not determine a number, or it lies at the limit of what a card allows.
    """
    covariance = np.linalg.pinv(_curvature(optimum), hermitian=True)
    base = quantities(optimum.values)
    numbers = _normal_scale(base)
    slopes = []
    for column in optimum.root.T:
        ends = [_normal_scale(quantities(optimum.model.values(optimum.coordinates + sign * 0.1 * column)))
                for sign in (1, -1)]
        slopes.append((ends[0] - ends[1]) / 0.2)
    slopes = np.array(slopes).T
    deviations = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", slopes, covariance, slopes), 0))
    found = []
    for number, deviation, (value, logarithmic) in zip(numbers, _NORMAL_95 * deviations, base):
        limits = (number - deviation, number + deviation)
        known = 0 < deviation < (3.0 if logarithmic else 10 * max(abs(value), 1e-15))
        found.append(tuple(math.exp(x) if logarithmic else float(x) for x in limits) if known else None)
    return found


def _search(optimum):
    """Search on until another search gains nothing, each in coordinates that the one before has made independent.

    Where devices saturate, the likelihood has an edge at the end of the range, on which a search of all coordinates
    at once gets stuck; then searches with one end held take turns with it.
    """
    model, coordinates, root = optimum.model, optimum.coordinates, optimum.root
    keys, loss = np.array([parameter.key for parameter in model.parameters]), optimum.loss
    for _ in range(_SEARCHES):
        before = loss
        coordinates, root, loss, stuck = _descend(model, coordinates, root)
        for held in ("g_min", "g_max") if stuck else ():
            coordinates, _, loss, _ = _descend(model, coordinates, root * (keys != held)[:, None])
        if loss > before - _GAIN:
            break
    return Optimum(model, coordinates, root, loss)


def _descent(model):
    """A single search from the model's first coordinates."""
    return Optimum(model, *_descend(model, model.first, _FIRST_UNIT * np.eye(model.first.size))[:3])


def _descend(model, first, root, masks=None):
    """Move coordinates along the columns of `root` to the least loss.

    returns : coordinates, root of independent coordinates there, loss [nat], and whether the search got stuck
    """
    from scipy.optimize import minimize
    result = minimize(lambda place: model.loss(first + root @ place, masks), np.zeros(first.size), method="BFGS",
                      options=_OPTIONS)
    improved = root @ np.linalg.cholesky(_positive(result.hess_inv))
    return first + root @ result.x, improved, float(result.fun), not result.success


def _positive(matrix):
    """The nearest matrix that has a Cholesky factor."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return vectors * np.clip(values, 1e-8, 1e4) @ vectors.T


def _without_idle_noise(optimum, trains):
    """Leave out the noise without which the trains are as likely, one kind after the other."""
    for idle in (("memory_noise", "memory"), ("c2c",), ("c2c_additive",), ("write_noise",)):
        values = optimum.values
        rest = {name: value for name, value in values.items() if name not in idle}
        if len(rest) == len(values) or not set(rest) & set(NOISE):
            continue
        model = Model(optimum.model.law, trains, rest)
        if model.loss(model.first) > optimum.loss + 50:
            continue
        reduced = _descent(model)
        if reduced.loss < optimum.loss + _SIGNIFICANT:
            optimum = _search(reduced)
    return optimum


def _typical_step(trains):
    changes = [smoothed(train, window_of(train)) for train in (*trains.up, *trains.down)]
    return np.mean([abs(course[-1] - course[0]) / max(len(course) - 1, 1) for course in changes])


def _curvature(optimum):
    """Second derivatives of the loss along the columns of `root`."""
    size, loss = len(optimum.coordinates), lambda place: optimum.model.loss(optimum.coordinates + optimum.root @ place)
    steps, curvature = _STEP * np.eye(size), np.empty((size, size))
    for i in range(size):
        for j in range(i + 1):
            signs = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
            values = [a * b * loss(a * steps[i] + b * steps[j]) for a, b in signs]
            curvature[i, j] = curvature[j, i] = sum(values) / (4 * _STEP ** 2)
    return curvature


def _normal_scale(quantities):
    return np.array([math.log(max(value, 1e-300)) if logarithmic else value for value, logarithmic in quantities])
