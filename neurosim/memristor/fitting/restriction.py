"""What noise loses to a law that was fitted to it, and is given back: restricted likelihood.

A law with p numbers follows part of the noise, so that what it leaves looks quieter. Numbers that enter linearly are
integrated out by adding to the loss half the logarithm of the determinant of the information about them (Patterson,
Thompson, Biometrika 58:545 (1971); Cox, Reid, J. R. Stat. Soc. B 49:1 (1987)), which for a straight line divides the
sum of squares by n - p instead of n, and for noise that adds up can be a quarter of its size. As a function of noise
that is, exactly if one kind of noise is there,

    K = half log det information = constant - p / 2 log(sum over kinds of weight size^2),

whose weights tell how much each kind hides of the law. Where a train begins is one number more, for each train. The
law is left out of K: where a law forgets its beginning, nothing would be known of it, which is not a merit of the law.
"""

import math
from dataclasses import dataclass

import numpy as np

from neurosim.memristor.device import RANGE
from neurosim.memristor.fitting.descent import LEAST_KNOWN
from neurosim.memristor.fitting.model import NOISE, Model

_FACTOR = 0.3    #: logarithm by which sizes of noise move to see what follows
SIZES = ("c2c", "c2c_additive", "write_noise")


@dataclass(frozen=True)
class Restriction:
    """numbers : that trains tell from noise, of a law and one for each train; weights : dict from key of a noise."""

    numbers: float
    weights: dict

    def loss(self, values: dict) -> float:
        """Return K without its constant, for values of a card [nat]."""
        total = sum(weight * values.get(key, 0.0) ** 2 for key, weight in self.weights.items())
        return -0.5 * self.numbers * math.log(max(total, 1e-300))


def known_of_law(model: Model, information: np.ndarray) -> float:
    """Return half the logarithm of the determinant of the information about the numbers of a law, noise apart [nat].

    The ends of the range stay out: a train that begins or ends there makes an edge in the likelihood, at which the
    information about them jumps.
    """
    law = [index for index, parameter in enumerate(model.parameters) if parameter.key not in (*NOISE, *RANGE)]
    return 0.5 * np.linalg.slogdet(information[np.ix_(law, law)] + LEAST_KNOWN * np.eye(len(law)))[1]


def restriction_at(model: Model, coordinates: np.ndarray, sizes: dict) -> Restriction | None:
    """Return restriction for the noise of a model near these coordinates; None where there is nothing to give back.

    sizes : dict from key to how large a noise may be, of which a part is tried where a kind of noise is small
    """
    here = model.values(coordinates)
    present = [index for index, parameter in enumerate(model.parameters) if parameter.key in SIZES]

    def known(moved: np.ndarray) -> float:
        return known_of_law(model, model.slopes(moved)[1])

    louder, quieter = coordinates.copy(), coordinates.copy()
    louder[present] += _FACTOR
    quieter[present] -= _FACTOR
    numbers = (known(quieter) - known(louder)) / (2 * _FACTOR)
    if not numbers > 0:
        return None
    before, weights = known(coordinates), {}
    for index in present:
        key, moved = model.parameters[index].key, coordinates.copy()
        size = max(here[key] * math.exp(_FACTOR), _FACTOR * sizes[key])
        moved[index] = math.log(size)
        more = math.exp(2 * (before - known(moved)) / numbers) - 1
        weights[key] = max(more, 0.0) / (size ** 2 - here[key] ** 2)
    trains = sum(joined.ends.size - 1 for joined in model.joined.values())
    return Restriction(numbers + trains, weights) if any(weights.values()) else None
