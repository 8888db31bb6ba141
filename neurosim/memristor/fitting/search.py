"""Search for the parameters of highest likelihood, and the likelihood of what was held out."""

import math
from dataclasses import dataclass

import numpy as np

from neurosim.memristor.device import RANGE
from neurosim.memristor.fitting.curves import closest_curves
from neurosim.memristor.fitting.descent import LEAST_KNOWN, descend
from neurosim.memristor.fitting.differences import noise_guess
from neurosim.memristor.fitting.model import NOISE, SIGNS, Model
from neurosim.memristor.fitting.starts import smoothed, window_of

_SEARCHES, _GAIN = 3, 0.5    #: at most, and gain below which another is in vain [nat]
_HOPELESS = 50.0       #: loss of log-likelihood without a kind of noise that no search makes good [nat]
_CLOSE = 20.0          #: criterion above the least one at which a kind of noise is out of question [nat]
_SIGNIFICANT = 1.92    #: loss of log-likelihood without a parameter that has a meaning, 95 % [nat]
_LEVEL = 0.03          #: see `descent.descend`, for fits to the other blocks, which begin at that to all
_BLOCKS = 4            #: blocks of each fold along a train of the median length


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where a search ended.

    model : Model; coordinates : of its parameters; loss : there [nat]
    information : Fisher's, (parameters, parameters)
    stuck : whether the search ended without reaching a place where the loss is level
    """

    model: Model
    coordinates: np.ndarray
    information: np.ndarray
    loss: float
    stuck: bool

    @property
    def values(self):
        """Values of a card at the optimum."""
        return self.model.values(self.coordinates)

    @property
    def restricted(self):
        """Loss by which kinds of noise compare: without what a law gains by taking noise for its own course [nat].

        A law bends more easily to noise that adds up than to noise that does not, so that of two kinds of noise that
        are as likely where each fits best, the one that says more about the law has gained more by the fit (Cox, Reid,
        J. R. Stat. Soc. B 49:1 (1987)).
        """
        return self.loss + known_of_law(self.model, self.information)


def best(law, trains):
    """Optimum of a law with the noise that the trains show: of steps, relative or not; of reads, remembered or not."""
    model, values = closest_curves(law, trains)
    found = [_search(optimum_of(model.variant({**values, **noise}))) for noise in _kinds_of_noise(trains)]
    found.sort(key=_criterion)
    close = [optimum for optimum in found[:2] if _criterion(optimum) < _criterion(found[0]) + _CLOSE]
    return _from_measured_ends(min((_without_idle_noise(optimum) for optimum in close), key=_criterion))


def known_of_law(model, information):
    """Half the logarithm of the determinant of the information about the numbers of a law, noise apart [nat].

    The ends of the range stay out: a train that begins or ends there makes an edge in the likelihood, at which the
    information about them jumps.
    """
    law = [place for place, parameter in enumerate(model.parameters) if parameter.key not in (*NOISE, *RANGE)]
    return 0.5 * np.linalg.slogdet(information[np.ix_(law, law)] + LEAST_KNOWN * np.eye(len(law)))[1]


def noise_sizes(trains):
    """How large each kind of noise may be if it is the only one of steps: dict from key to number as on a card."""
    step, write = noise_guess(trains)
    return {"c2c": min(step / _typical_step(trains), 10.0), "c2c_additive": step, "write_noise": write}


def _kinds_of_noise(trains):
    """Noise with which searches start: of steps, relative or not; of reads, remembered or not."""
    relative, step, write = noise_sizes(trains).values()
    for part, memory in ((1.0, {}), (0.1, {"memory_share": 0.5, "memory": 5.0})):
        yield {"c2c_additive": part * step, "write_noise": write, **memory}
        yield {"c2c": 0.5 * part * relative, "c2c_additive": 0.5 * part * step,
               "write_noise": write, **memory}


def held_out(optimum, folds):
    """Log-likelihood of blocks of pulses given all before, from parameters fitted to the other blocks, (blocks) [nat].

    The n-th block of every train belongs to fold n mod `folds`; the filter walks over the blocks that are held out
    without looking at them.
    """
    model = optimum.model
    lengths = np.concatenate([np.diff(joined.ends) for joined in model.joined.values()])
    numbers = model.blocks(folds, max(int(np.median(lengths)) // (folds * _BLOCKS), 1))
    everything = np.concatenate(list(numbers.values()))
    scores = np.zeros(everything.max() + 1)
    for fold in range(folds):
        inside = {side: numbers[side] % folds == fold for side in SIGNS}
        training = {side: (~inside[side], ~inside[side]) for side in SIGNS}
        place = descend(model, optimum.coordinates, training, level=_LEVEL)[0]
        scored = model.scores(model.values(place), {side: (np.ones_like(inside[side]), inside[side]) for side in SIGNS})
        for side in SIGNS:
            scores += np.bincount(numbers[side], scored[side], scores.size)
    return scores[np.unique(everything)]


def _search(optimum):
    """Search on until another search gains nothing.

    Where devices saturate, the likelihood has an edge at the end of the range, on which a search of all coordinates
    at once gets stuck; then searches with one end held take turns with it.
    """
    model = optimum.model
    keys = np.array([parameter.key for parameter in model.parameters])
    for _ in range(_SEARCHES):
        if not optimum.stuck:
            break
        before = optimum.loss
        for held in ("g_min", "g_max", ""):
            optimum = Optimum(model, *descend(model, optimum.coordinates, free=keys != held))
        if optimum.loss > before - _GAIN:
            break
    return optimum


def optimum_of(model):
    """A single search from the model's first coordinates."""
    return Optimum(model, *descend(model, model.first))


def _from_measured_ends(optimum):
    """Search once more from the ends of what was measured, at which a device may have stood still."""
    for key, end in (("g_min", min), ("g_max", max)):
        value = float(end(end(joined.values) for joined in optimum.model.joined.values()))
        other = optimum_of(optimum.model.variant({**optimum.values, key: value}))
        optimum = other if other.loss < optimum.loss - _GAIN else optimum
    return optimum


def _without_idle_noise(optimum):
    """Leave out the noise without which the trains are as likely, one kind after the other."""
    while True:
        reduced = [optimum_of(model) for model in _simpler(optimum)]
        simplest = min(reduced, key=lambda found: found.restricted, default=None)
        if simplest is None or simplest.restricted > optimum.restricted + _SIGNIFICANT:
            return optimum
        optimum = _search(simplest)


def _simpler(optimum):
    """Models without one kind of noise, and with another, that are not hopeless where the optimum lies."""
    values = optimum.values
    for idle in (("memory_share", "memory"), ("c2c",), ("c2c_additive",), ("write_noise", "memory_share", "memory")):
        rest = {name: value for name, value in values.items() if name not in idle}
        if len(rest) < len(values) and set(rest) & set(NOISE):
            model = optimum.model.variant(rest)
            if model.loss(model.first) < optimum.loss + _HOPELESS:
                yield model


def _criterion(optimum):
    """Bayesian information criterion over 2 [nat]: the loss plus what numbers of noise gain without a meaning."""
    numbers = sum(parameter.key in NOISE for parameter in optimum.model.parameters)
    return optimum.restricted + 0.5 * numbers * math.log(optimum.model.pulses)


def _typical_step(trains):
    changes = [smoothed(train, window_of(train)) for train in (*trains.up, *trains.down)]
    return np.mean([abs(course[-1] - course[0]) / max(len(course) - 1, 1) for course in changes])
