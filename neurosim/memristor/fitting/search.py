"""Search for the parameters of highest likelihood, and the likelihood of what was held out."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from neurosim.memristor.device import RANGE
from neurosim.memristor.fitting.curves import closest_curves
from neurosim.memristor.fitting.descent import descend, settle
from neurosim.memristor.fitting.differences import noise_guess
from neurosim.memristor.fitting.model import NOISE, SIGNS, Model
from neurosim.memristor.fitting.restriction import known_of_law, restriction_at
from neurosim.memristor.fitting.starts import smoothed, window_of

_GAIN = 0.5            #: gain that another point must bring [nat]
_EXACT = 0.03          #: see `descent.descend`, for the point from which deviances count
_RESTRICTIONS = 2      #: times that noise and what is given back to it follow each other
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
    stuck : whether the search ended without reaching a point where the loss is level
    """

    model: Model
    coordinates: np.ndarray
    information: np.ndarray
    loss: float
    stuck: bool

    @property
    def values(self) -> dict:
        """Values of a card at the optimum."""
        return self.model.values(self.coordinates)

    @property
    def restricted(self) -> float:
        """Loss by which kinds of noise compare: without what a law gains by taking noise for its own course [nat].

        A law bends more easily to noise that adds up than to noise that does not, so that of two kinds of noise that
        are as likely where each fits best, the one that says more about the law has gained more by the fit (Cox, Reid,
        J. R. Stat. Soc. B 49:1 (1987)).
        """
        return self.loss + self.model.known_of_first(self.coordinates) + known_of_law(self.model, self.information)


def best(law: str, trains: Any) -> Optimum:
    """Optimum of a law with the noise that the trains show: of steps, relative or not; of reads, remembered or not."""
    model, values = closest_curves(law, trains)
    found = [_search(optimum_of(model.variant({**values, **noise}))) for noise in _kinds_of_noise(trains)]
    found.sort(key=_criterion)
    close = [optimum for optimum in found[:2] if _criterion(optimum) < _criterion(found[0]) + _CLOSE]
    chosen = _from_measured_ends(min((_without_idle_noise(optimum) for optimum in close), key=_criterion))
    of_law = [parameter.key not in RANGE for parameter in chosen.model.parameters]
    return restricted(chosen, noise_sizes(trains), partial(descend, free=np.array(of_law)))


def restricted(optimum: Optimum, sizes: dict, search: Callable = settle) -> Optimum:
    """Return the optimum once what the law took from the noise is given back, see `restriction`.

    sizes : of `noise_sizes`; search : as `descend`, from the optimum
    """
    for _ in range(_RESTRICTIONS):
        restriction = restriction_at(optimum.model, optimum.coordinates, sizes)
        model = optimum.model.variant(optimum.values, restriction=restriction)
        optimum = Optimum(model, *search(model, optimum.coordinates, level=_EXACT))
    return optimum


def noise_sizes(trains: Any) -> dict[str, float]:
    """Return how large each kind of noise may be if it is the only one of steps: dict from key to number as on a card.
    """
    step, write = noise_guess(trains)
    return {"c2c": min(step / _typical_step(trains), 10.0), "c2c_additive": step, "write_noise": write}


def _kinds_of_noise(trains: Any) -> Iterator[dict[str, float]]:
    """Yield noise with which searches start: of steps, relative or not; of reads, remembered or not."""
    relative, step, write = noise_sizes(trains).values()
    for part, memory in ((1.0, {}), (0.1, {"memory_share": 0.5, "memory": 5.0})):
        yield {"c2c_additive": part * step, "write_noise": write, **memory}
        yield {"c2c": 0.5 * part * relative, "c2c_additive": 0.5 * part * step,
               "write_noise": write, **memory}


def held_out(optimum: Optimum, folds: int) -> np.ndarray:
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
        point = descend(model, optimum.coordinates, training, level=_LEVEL)[0]
        scored = model.scores(model.values(point), {side: (np.ones_like(inside[side]), inside[side]) for side in SIGNS})
        for side in SIGNS:
            scores += np.bincount(numbers[side], scored[side], scores.size)
    return scores[np.unique(everything)]


def _search(optimum: Optimum) -> Optimum:
    return Optimum(optimum.model, *settle(optimum.model, optimum.coordinates)) if optimum.stuck else optimum


def optimum_of(model: Model) -> Optimum:
    """Return a single search from the model's first coordinates."""
    return Optimum(model, *descend(model, model.first))


def _from_measured_ends(optimum: Optimum) -> Optimum:
    """Search once more from the ends of what was measured, at which a device may have stood still."""
    for key, value in optimum.model.measured_ends.items():
        other = optimum_of(optimum.model.variant({**optimum.values, key: value}))
        optimum = other if other.loss < optimum.loss - _GAIN else optimum
    return optimum


def _without_idle_noise(optimum: Optimum) -> Optimum:
    """Leave out the noise without which the trains are as likely, one kind after the other."""
    while True:
        reduced = [optimum_of(model) for model in _simpler(optimum)]
        simplest = min(reduced, key=lambda found: found.restricted, default=None)
        if simplest is None or simplest.restricted > optimum.restricted + _SIGNIFICANT:
            return optimum
        optimum = _search(simplest)


def _simpler(optimum: Optimum) -> Iterator[Model]:
    """Yield models without one kind of noise, and with another, that are not hopeless where the optimum lies."""
    values = optimum.values
    for idle in (("memory_share", "memory"), ("c2c",), ("c2c_additive",), ("write_noise", "memory_share", "memory")):
        rest = {name: value for name, value in values.items() if name not in idle}
        if len(rest) < len(values) and set(rest) & set(NOISE):
            model = optimum.model.variant(rest)
            if model.loss(model.first) < optimum.loss + _HOPELESS:
                yield model


def _criterion(optimum: Optimum) -> float:
    """Return half the Bayesian information criterion [nat]: the loss plus what numbers of noise gain without a meaning.
    """
    numbers = sum(parameter.key in NOISE for parameter in optimum.model.parameters)
    return optimum.restricted + 0.5 * numbers * math.log(optimum.model.pulses)


def _typical_step(trains: Any) -> float:
    changes = [smoothed(train, window_of(train)) for train in (*trains.up, *trains.down)]
    return np.mean([abs(course[-1] - course[0]) / max(len(course) - 1, 1) for course in changes])
