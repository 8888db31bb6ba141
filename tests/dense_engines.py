"""Dense engines with weights, for tests that have PyTorch, and the comparison of two engines."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from graphs import events, samples
from neurosim.crossbar import EffectiveWeights
from neurosim.engines import Nudge
from neurosim.engines.dense.engine import DenseEngine
from neurosim.losses import SQUARED_ERROR


def dense_engine(network, weights, biases, dtype=np.float64, **options):
    """A DenseEngine with these weights, on the processor."""
    engine = DenseEngine(network, dtype=dtype, **{"device": "cpu", **options})
    engine.load(EffectiveWeights(weights, weights), biases)
    return engine


def inputs(network, count=5):
    """Images or events, and targets."""
    images, targets = samples(network, count)
    return (events(network, 13, count) if network.input == "events" else images), targets


def phases(engine, images, targets, loss=SQUARED_ERROR, **options):
    """Records and end states of a free phase, of both nudges from its end, and of one that continues."""
    state = engine.rest(len(images))
    records, ends = [engine.relax(state, images, 24, window=8, **options)], [state]
    for beta in (0.3, -0.3):
        ends.append(state.copy())
        records.append(engine.relax(ends[-1], images, 12, window=4, nudge=Nudge(beta, targets, loss), **options))
    records.append(engine.relax(ends[-1], images, 5))
    return records, ends


def assert_same(found, expected, images, targets, tolerance=1e-11, **options):
    """Compare what two engines make of phases: states, spikes, counts and Hebbian products."""
    (own, mine), (others, truth) = (phases(engine, images, targets, **options) for engine in (found, expected))
    for here, there in zip(own, others, strict=True):
        assert_allclose(here.mean, there.mean, rtol=0, atol=tolerance)
        assert_array_equal(here.sent, there.sent)
        assert_array_equal(here.steps, there.steps)
        assert found.count(here) == expected.count(there)
    for here, there in zip(mine, truth, strict=True):
        assert_array_equal(here.time, there.time)
        for name in "xvs":
            assert_allclose(getattr(here, name)[:, :found.units], getattr(there, name)[:, :found.units], rtol=0,
                            atol=tolerance, err_msg=name)
    assert_same_products(*(engine.correlate(own[1].mean, own[2].mean) for engine in (found, expected)), tolerance)


def assert_same_products(found, expected, tolerance=1e-11):
    """Compare two Products, relative to the largest entry of each parameter."""
    for one, other in ((found.weights, expected.weights), (found.biases, expected.biases)):
        assert set(one) == set(other)
        for name, values in other.items():
            assert one[name].shape == values.shape
            assert_allclose(one[name], values, rtol=0, atol=tolerance * max(1, np.abs(values).max()), err_msg=name)
