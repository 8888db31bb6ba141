"""Small networks of every kind of connection, with generic weights, for tests."""

import dataclasses

import numpy as np

from neurosim.crossbar import EffectiveWeights
from neurosim.network.graph import ConnectionSpec, Network, NetworkSpec, Neurons, conv, dense
from neurosim.engines.events.engine import EventsEngine
from neurosim.network.hopfield import signals_of
from neurosim.neurons import Schedule

#: lam is chosen so that no sum of encoder steps 1 / lam lands on the threshold 1/2.
SPIKING = Neurons(epsilon=0.9, lam=0.23)
ANNEALED = Neurons(epsilon=Schedule(a=0.843, b=0.0923), lam=Schedule(a=0.832, b=0.584))
TERNARY = Neurons(kind="ternary", epsilon=0.9, lam=0.23)
GRADED = Neurons(kind="graded", epsilon=0.9, lam=0.23, bound=(-1.0, 1.0), parameters={"bits": 3})
RATE = Neurons(kind="rate", epsilon=0.6)
RATE6 = Neurons(kind="rate", epsilon=0.5, bound=6.0, output_range=(-3.0, 5.0))

#: name -> (layers, shape of the input, further connections)
GRAPHS = {
    "dense": ([dense(7), dense(5), dense(3)], (6,), ()),
    "conv": ([conv(3, kernel=3), dense(4)], (5, 6, 2), ()),
    "stride and padding": ([conv(18, kernel=3, stride=2, padding=2), conv(3, kernel=2), dense(3)], (5, 7, 1), ()),
    "stride beyond the kernel": ([conv(2, kernel=2, stride=3, padding=1), dense(3)], (6, 7, 2), ()),
    "kernel as wide as the map": ([conv(3, kernel=3, padding=1), conv(4, kernel=4), dense(3)], (5, 4, 1), ()),
    "average": ([conv(3, kernel=3, pool="average"), conv(2, kernel=2, padding=1, pool="average"), dense(3)],
                (9, 8, 1), ()),
    "average over 3 x 3": ([conv(2, kernel=2, stride=2, padding=1, pool="average", pool_size=3), dense(3)],
                           (11, 9, 1), ()),
    "average, alpha 1": ([conv(3, kernel=2), conv(2, kernel=2, pool="average", alpha=1.0), dense(3)], (6, 6, 1), ()),
    "max on spikes": ([conv(3, kernel=2, pool="max"), conv(2, kernel=2, pool="max", padding=1), dense(3)],
                      (7, 6, 1), ()),
    "max decoded": ([conv(3, kernel=2, pool="max", pool_on="decoded"),
                     conv(2, kernel=2, padding=1, pool="max", pool_on="decoded"), dense(3)], (7, 6, 1), ()),
    "groups": ([conv(4, kernel=2), conv(6, kernel=3, padding=1, stride=2, groups=2), dense(3)], (6, 7, 1), ()),
    "groups, average": ([conv(6, kernel=3, groups=3, pool="average"), conv(6, kernel=2, groups=6, pool="average"),
                         dense(3)], (11, 9, 3), ()),
    "groups, max": ([conv(4, kernel=2), conv(4, kernel=2, groups=4, pool="max", pool_on="decoded"), dense(3)],
                    (7, 6, 2), ()),
    "skips": ([conv(2, kernel=3, padding=1, name="a"), conv(3, kernel=3, padding=1, pool="average", name="b"),
               conv(2, kernel=2, name="c"), dense(3)], (6, 6, 1),
              (ConnectionSpec(kind="conv", source="input", target="b", kernel=2, stride=2),
               ConnectionSpec(kind="conv", source="a", target="c", kernel=3, pool="max", pool_on="decoded"),
               ConnectionSpec(source="input", target="c"), ConnectionSpec(source="a", target="output"))),
    "branches": ([conv(3, kernel=2, name="left"), conv(2, kernel=3, source="input", name="right"), dense(4)], (5, 5, 1),
                 (ConnectionSpec(source="left", target="output"),)),
    "kernels of one position": ([conv(3, kernel=3, padding=1, name="a"), conv(4, kernel=1, stride=2, name="b"),
                                 conv(2, kernel=1), dense(3)], (5, 6, 2),
                                (ConnectionSpec(kind="conv", source="input", target="b", kernel=1, stride=2),)),
    "dense onto a map": ([conv(3, kernel=2, name="a"), conv(2, kernel=2, padding=1, name="b"),
                          conv(5, kernel=2, stride=2, name="c"), dense(3)], (4, 4, 1),
                         (ConnectionSpec(source="a", target="c"),)),
}


def build(name, neurons=SPIKING, input="spikes", **options):
    """The network of that name; rate neurons get an analog input, or events; options : of NetworkSpec."""
    layers, shape, connections = GRAPHS[name]
    enters = "analog" if neurons.kind == "rate" and input != "events" else input
    spec = NetworkSpec(input=enters, layers=tuple(layers), connections=tuple(connections), **options)
    return Network(spec, shape, neurons)


def mixed(name, kinds, input="spikes", **neurons):
    """The network of that name whose layers are of these kinds in turn, from the first one above the input."""
    layers, shape, connections = GRAPHS[name]
    own = {"ternary": {}, "graded": {"bound": (-1.0, 2.0), "parameters": {"bits": 3}}, "rate": {"bound": 6.0},
           "linear": {}, "spiking": {}}
    layers = [dataclasses.replace(layer, neurons=kind, **own[kind])
              for layer, kind in zip(layers, kinds * len(layers))]
    return Network(layers, shape, Neurons(epsilon=0.6, lam=0.23, **neurons), input, connections)


def parameters(network, seed=0, gain=1.0, bias=0.4, dtype=np.float64):
    """Generic weights U(+-gain / sqrt(fan_in)) and positive biases that keep the states inside their clip."""
    random, weights = np.random.default_rng(seed), {}
    for c in network.connections:
        weights[c.name] = (random.uniform(-gain, gain, c.weight_shape) / np.sqrt(c.fan_in)).astype(dtype)
    return weights, {layer.name: random.uniform(0, bias, layer.biases).astype(dtype) for layer in network.layers[1:]}


def samples(network, count=2, seed=1):
    """Pixels, a tenth of them black, and targets."""
    random = np.random.default_rng(seed)
    images = random.random((count, *network.layers[0].shape))
    images[random.random(images.shape) < 0.1] = 0
    return images, np.eye(network.layers[-1].units)[random.integers(network.layers[-1].units, size=count)]


def events(network, frames, count=2, seed=1, density=0.3):
    """Events within the range of the network, int8 (count, frames, ...), most of them 0."""
    (low, high), random = network.spec.event_range, np.random.default_rng(seed)
    values = random.integers(low, high + 1, (count, frames, *network.layers[0].shape))
    return (values * (random.random(values.shape) < density)).astype(np.int8)


def loaded(network, weights, biases, dtype=np.float64, readout=None, **options):
    """A EventsEngine with these weights."""
    engine = EventsEngine(network, dtype=dtype, **options)
    engine.load(EffectiveWeights(weights, weights), biases, readout)
    return engine


def states(network, count, seed):
    """States as a record holds them, a third of them 0; the outputs go below 0."""
    random = np.random.default_rng(seed)
    values = random.random((count, sum(layer.units for layer in network.layers)))
    values[random.random(values.shape) < 0.3] = 0
    values[:, -network.layers[-1].units:] -= 0.5
    return values


def forces(engine, states):
    """What moves states (samples, units): phi + b - x, which is -dE/dx / c of rate neurons inside the clip."""
    pull = engine.currents(signals_of(engine, states)) + engine.unit_biases() - states
    pull[:, engine.slices[engine.network.layers[0].name]] = 0
    return pull
