"""The learning rule: the records of the phases in, a gradient out."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurosim.engines.protocol import Engine, Products
from neurosim.learning.backpropagation import Backpropagated, backpropagate
from neurosim.learning.estimator import Contrast
from neurosim.learning.phases import PhaseRecords, Phases, run_phases
from neurosim.learning.pulses import Factors

#: What one batch left behind to learn from.
Lesson = PhaseRecords | Backpropagated


def study(engine: Engine, images: np.ndarray, targets: np.ndarray, phases: Phases, sign: int = 1,
          names: np.ndarray | None = None, start: Any = None) -> Lesson:
    """Do with one batch what the rule of learning asks for, see `run_phases` and `backpropagate`."""
    if phases.goes_back:
        return backpropagate(engine, images, targets, phases, names, start)
    return run_phases(engine, images, targets, phases, sign, names, start)


def gradient(engine: Engine, records: Lesson, samples: int | None = None) -> Products:
    """Return the gradient of the loss, averaged over the batch; phases estimate it.

        dL/dW = -c sum_k w_k h_k / (sum_k w_k beta_k samples)

    h are Hebbian products; of two phases it is Lin et al., Eq. 5 and 11, with the sign of a gradient and the layers
    (n - 1, n) paired. Phases enter in pairs of opposite weight, so that what they have in common cancels first. c is 1,
    or what a gain of the feedback above asks for, see `neurosim.network.potentials`.

    records : what `study` returned; samples : of the batch, where the records are those of a part of it
    returns : Products, weights by connection and biases by layer
    """
    if isinstance(records, Backpropagated):
        return records.share(samples or len(records))
    return contrasted(engine, records.contrasts(), -1 / (records.moment * (samples or len(records))))


def contrasted(engine: Engine, contrasts: Sequence[Contrast], factor: float) -> Products:
    """Return the Products c factor x sum of amount (h(plus) - h(minus)) of Contrasts, summed over samples."""
    weights: dict[str, np.ndarray] = {}
    biases: dict[str, np.ndarray] = {}
    for contrast in contrasts:
        plus, minus = _some(contrast.plus), _some(contrast.minus)
        products, kind = engine.correlate(plus, minus), plus.dtype.type
        for found, parts in ((weights, products.weights), (biases, products.biases)):
            for name, value in parts.items():
                part = kind(contrast.amount * factor * engine.network.gradient_factors[name]) * value
                found[name] = found[name] + part if name in found else part
    return Products(weights, biases)


def _some(states: np.ndarray) -> np.ndarray:
    """The states, or those of one silent sample where there are none, whose products are 0."""
    return states if len(states) else np.zeros((1, states.shape[1]), states.dtype)


def factors(engine: Engine, contrasts: Sequence[Contrast], name: str) -> list[Factors]:
    """Return the outer products that the gradient of one connection is the sum of: list of Factors, of each Contrast.

    Times `Step.strengths` they add up to the change that a descent makes, see `contrasted`.
    """
    return [Factors(contrast.amount, engine.outer_products(name, contrast.plus),
                    engine.outer_products(name, contrast.minus), len(contrast.plus)) for contrast in contrasts]


def joined(parts: Sequence[Lesson]) -> list[Contrast]:
    """Return the Contrasts of a batch of which each part has its own, of the same phases."""
    return [Contrast(same[0].amount, *(np.concatenate([getattr(one, side) for one in same])
                                       for side in ("plus", "minus")))
            for same in zip(*(part.contrasts() for part in parts))]
