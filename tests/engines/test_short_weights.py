"""Weights kept in 16 bits: the network of the rounded weights, bit for bit, however its samples are divided."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurosim._jit import LARGEST
from neurosim.crossbar import IdealSynapses
from neurosim.crossbar.tiling import Tiling
from neurosim.engines import EngineOptions, make_engine
from neurosim.engines.events.engine import EventsEngine
from neurosim.engines.protocol import Nudge
from neurosim.network.graph import Network, Neurons, conv, dense

LAYERS = [conv(5, kernel=3, pool="average"), conv(40, kernel=3), dense(37), dense(3)]


def network_of(kind, layers=LAYERS, **more):
    return Network(layers, (12, 11, 2), Neurons(kind=kind, epsilon=0.8, lam=0.4), **more)


def loaded(network, weights, kept="float32", threads=1, **more):
    engine = EventsEngine(network, threads, weights=kept, **more)
    biases = {name: values + 0.1 for name, values in network.initial_biases().items()}
    engine.load(IdealSynapses(weights).effective(), biases)
    return engine


def rounded(weights):
    """Every weight on the grid of its connection, by itself."""
    found = {}
    for name, values in weights.items():
        step = 2.0 ** (np.floor(np.log2(np.abs(values).max())) + 1) / 2 ** 11
        found[name] = (np.clip(np.rint(values / step), -LARGEST, LARGEST) * step).astype(values.dtype)
    return found


def relaxed(engine, samples=6):
    state = engine.rest(samples)
    images = np.random.default_rng(1).random((samples, *engine.network.layers[0].shape), np.float32)
    engine.relax(state, images, 6)
    record = engine.relax(state, images, 5, window=3, nudge=Nudge(0.4, np.eye(3)[np.arange(samples) % 3]))
    return state, record


@pytest.mark.parametrize("kind", ["spiking", "ternary"])
@pytest.mark.parametrize("pool", ["none", "average"])
@pytest.mark.parametrize("more", [{}, {"threads": 3}, {"dense_above": 0.0}, {"dense_above": 2.0}])
def test_a_network_in_16_bits_is_that_of_the_rounded_weights(kind, pool, more):
    """Sums of whole numbers are exact in single precision too, so that bits are equal; folded kernels are rounded."""
    network = network_of(kind, [conv(5, kernel=3, pool=pool), *LAYERS[1:]])
    weights = network.initial_weights(0, gains=3.0)
    short, whole = loaded(network, weights, kept="int16", **more), loaded(network, rounded(weights))
    if pool == "average":
        whole._rows.values[:] = short._rows.values
    (own, record), (other, expected) = relaxed(short), relaxed(whole)
    assert record.sent[:, short.slices["conv2"]].sum() > 1000
    assert_array_equal(own.v, other.v)
    assert_array_equal(record.mean, expected.mean)
    assert_array_equal(short.currents(record.mean), whole.currents(record.mean))


def test_what_is_relaxed_together_does_not_matter():
    engine = loaded(network_of("ternary"), network_of("ternary").initial_weights(0, gains=3.0), "int16")
    found = []
    for engine.together in (1, 4):
        engine._spare.clear()
        found.append(relaxed(engine)[0].v)
    assert_array_equal(*found)
    alone = relaxed(engine, 6)[0].v
    assert_array_equal(relaxed(engine, 3)[0].v, alone[:3])


@pytest.mark.parametrize("size", [0.0, 1e-44, 1e-30, 1.0, 3e38])
def test_no_weight_leaves_its_grid(size):
    network = Network([dense(3)], (2, 2, 1), Neurons(kind="spiking"))
    weights = {name: size * np.linspace(-1, 1, values.size, dtype=np.float32).reshape(values.shape)
               for name, values in network.initial_weights(0).items()}
    engine = loaded(network, weights, "int16")
    (step,) = engine._rows.grid
    assert step > 0 and np.abs(engine._rows.short).max() <= LARGEST
    (given,) = weights.values()
    assert np.abs(engine._rows.values[:12].reshape(4, 3) - given.T).max() <= step
    assert size < 1e-40 or step <= size / 1000


@pytest.mark.parametrize("kind, more, reason", [
    ("rate", {"input": "analog"}, "no connection without groups carries spikes of one size"),
    ("graded", {"input": "analog"}, "no connection without groups carries spikes of one size")])
def test_where_nothing_is_rounded_it_is_refused(kind, more, reason):
    with pytest.raises(ValueError, match=f'^engine.weights: "int16" is of no use here, where {reason}; write '
                                         'engine.weights = "float32"$'):
        EventsEngine(network_of(kind, **more), weights="int16")


def test_tiles_that_convert_refuse_it_and_so_does_the_dense_engine():
    with pytest.raises(ValueError, match="where tiles convert sums of weights as they are; write"):
        EventsEngine(network_of("spiking"), tiling=Tiling(), sums="tiles", weights="int16")
    with pytest.raises(ValueError, match='engine.weights: "int16" is what the engine "events" may add up; omit it'):
        make_engine(network_of("spiking"), EngineOptions(kind="dense", weights="int16"))
