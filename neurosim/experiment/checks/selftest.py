"""A minute of physics in a second: does this machine compute what neurosim says it computes?"""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.crossbar import EffectiveWeights
from neurosim.learning.phases import Phases, free_phase, one_hot, run_phases
from neurosim.learning.rule import gradient
from neurosim.network.graph import Network, Neurons, conv, dense
from neurosim.engines import make_engine
from neurosim.streams import stream

LIMIT = 1e-5    #: largest relative error of the gradient
_SEED = 0


def events_equal_dense() -> bool:
    """Relax a spiking network once by events alone and once by dense products alone; returns whether all bits agree."""
    network = Network([conv(16, pool="average"), dense(4)], shape=(12, 12, 1))
    images = stream(_SEED, "selftest", 0).uniform(0, 1, (4, 12, 12, 1)).astype(np.float32)
    records = []
    for density in (np.inf, -1.0):    # events below it, dense products above
        engine = _loaded(network, network.initial_weights(_SEED), np.float32, dense_above=density)
        records.append(engine.relax(engine.rest(4), images, 40, window=10))
    return bool(np.array_equal(records[0].mean, records[1].mean) and records[0].mean.any())


def gradient_error() -> float:
    """Return the relative error of an equilibrium-propagation gradient against central differences of the loss.

    The largest deviation over the largest derivative, over the weights of both layers of a 5-6-3 network of rate
    neurons, in float64.
    """
    neurons = Neurons(kind="rate", epsilon=0.5, bound=8.0, output_range=(-8.0, 8.0))
    network = Network([dense(6), dense(3)], shape=(1, 1, 5), neurons=neurons, input="analog")
    weights = network.initial_weights(_SEED, gains=0.7, dtype=np.float64)
    image = stream(_SEED, "selftest", 1).uniform(0.2, 1, (1, 1, 1, 5))
    target = one_hot(np.array([1]), 3, dtype=np.float64)
    phases = Phases(beta=1e-4, free_steps=200, nudge_steps=200, window=1)
    engine = _loaded(network, weights, np.float64)
    estimated = gradient(engine, run_phases(engine, image, target, phases)).weights
    exact = {name: _central_differences(network, weights, name, image, target, phases) for name in weights}
    scale = max(np.abs(values).max() for values in exact.values())
    return float(max(np.abs(estimated[name] - exact[name]).max() for name in exact) / scale)


def _central_differences(network: Any, weights: dict[str, np.ndarray], name: str, image: np.ndarray, target: np.ndarray,
                         phases: Any, h: float = 1e-5) -> np.ndarray:
    slopes = np.zeros_like(weights[name])
    for index in np.ndindex(slopes.shape):
        losses = []
        for change in (h, -h):
            changed = {key: values.copy() for key, values in weights.items()}
            changed[name][index] += change
            engine = _loaded(network, changed, np.float64)
            record = free_phase(engine, engine.rest(1), image, phases)
            losses.append(np.square(record.mean[:, engine.slices["output"]] - target).sum() / 2)
        slopes[index] = (losses[0] - losses[1]) / (2 * h)
    return slopes


def _loaded(network: Any, weights: dict[str, np.ndarray], dtype: Any, **options: Any) -> Any:
    engine = make_engine(network, threads=1, dtype=dtype, **options)
    biases = {name: values + 0.1 for name, values in network.initial_biases(dtype).items()}
    engine.load(EffectiveWeights(weights, weights), biases)
    return engine
