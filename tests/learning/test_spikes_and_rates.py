"""Spikes stand for rates: fixed points and gradients of the spiking network against those of the continuous one."""

import numpy as np
import pytest

from graphs import ANNEALED, loaded, samples
from neurosim.learning.phases import Phases, run_phases
from neurosim.learning.rule import gradient
from neurosim.network.graph import Network, Neurons, conv, dense

DEFAULT, PAPER = Neurons(), Neurons(epsilon=0.9, lam=0.6)
RATE = Neurons(kind="rate", epsilon=0.5)
LONG = Phases(beta=0.1, free_steps=250, nudge_steps=50, window=25)
FINAL = Phases(beta=0.1, free_steps=250, nudge_steps=50, state="final")


def network(neurons, pool="average", pool_on="spikes"):
    """1 x 14 x 14 - 6 channels - pool - 10 channels - pool - 10: the toy of notes/ep.md."""
    options = {"pool": pool, "pool_on": pool_on}
    return Network([conv(6, **options), conv(10, **options), dense(10)], (14, 14, 1), neurons,
                   "spikes" if neurons.kind == "spiking" else "analog")


def parameters(net):
    """Biases that keep the outputs between the clips of spikes, where spikes can stand for them."""
    random, weights = np.random.default_rng(0), {}
    for c in net.connections:
        weights[c.name] = (random.uniform(-0.7, 0.7, c.weight_shape) / np.sqrt(c.fan_in)).astype(np.float32)
    biases = {layer.name: random.uniform(0, 0.2, layer.biases) for layer in net.layers[1:]}
    biases["output"] += 0.4
    return weights, {name: values.astype(np.float32) for name, values in biases.items()}


def ready(neurons, **options):
    net = network(neurons, **options)
    return loaded(net, *parameters(net), np.float32)


IMAGES, TARGETS = samples(network(RATE), 8)


def fixed_point(**options):
    engine = ready(RATE, **options)
    state = engine.rest(8)
    engine.relax(state, IMAGES, 400)
    return state.x[:, :engine.layout.units]


def distances(engine, states, truth):
    """Mean |x - x*| of every layer."""
    return {layer.name: np.abs(states - truth)[:, engine.slices[layer.name]].mean()
            for layer in engine.network.layers[1:]}


def cosines(neurons, phases, **options):
    """Of the spiking gradient and that of the continuous network, per connection."""
    own, other = (gradient(engine, run_phases(engine, IMAGES, TARGETS, chosen)).weights for engine, chosen in
                  ((ready(neurons, **options), phases), (ready(RATE, **options), LONG)))
    return {name: float(np.vdot(own[name], other[name]) / np.linalg.norm(own[name]) / np.linalg.norm(other[name]))
            for name in own}


def test_the_fixed_point_is_one_that_spikes_can_stand_for():
    truth = fixed_point()
    assert 0.1 < truth[:, -10:].min() and truth[:, -10:].max() < 0.9
    assert 0.02 < np.mean(truth[:, 196:] == 0) < 0.9


def test_annealed_spikes_reach_the_fixed_point():
    engine = ready(ANNEALED)
    state = engine.rest(8)
    engine.relax(state, IMAGES, 250)
    assert max(distances(engine, state.x[:, :engine.layout.units], fixed_point()).values()) <= 0.01


@pytest.mark.parametrize("neurons", [PAPER, DEFAULT], ids=["paper", "default"])
def test_spikes_of_constant_steps_reach_it_on_average(neurons):
    engine = ready(neurons)
    state = engine.rest(8)
    record = engine.relax(state, IMAGES, 250, window=50)
    assert max(distances(engine, record.mean, fixed_point()).values()) <= 0.01
    last = distances(engine, state.x[:, :engine.layout.units], fixed_point())
    assert max(last.values()) > 2 * max(distances(engine, record.mean, fixed_point()).values())


def test_spike_counts_are_the_states():
    """In a settled network, for every layer: |count / T - mean x| <= 0.006 on average over 250 steps (check 9)."""
    engine = ready(PAPER)
    state = engine.rest(8)
    engine.relax(state, IMAGES, 100)
    rates = engine.relax(state.copy(), IMAGES, 250, window=250, average="spikes").mean
    means = engine.relax(state, IMAGES, 250, window=250).mean
    assert max(distances(engine, rates, np.clip(means, 0, 1)).values()) <= 0.006


@pytest.mark.parametrize("neurons, phases", [(ANNEALED, LONG), (DEFAULT, Phases()), (PAPER, LONG)],
                         ids=["annealed", "default", "paper, mean of 25"])
def test_gradients_point_along_those_of_the_continuous_network(neurons, phases):
    assert min(cosines(neurons, phases).values()) >= 0.95


def test_last_states_of_constant_steps_are_too_noisy_to_learn_from():
    """The paper's constants and K = 1, as published: the mean over 25 steps is what makes them a gradient."""
    assert cosines(PAPER, FINAL)["input-conv1"] < 0.8


def test_max_pooling_of_raw_spikes_fails():
    assert cosines(ANNEALED, LONG, pool="max")["conv1-conv2"] <= 0.6


def test_max_pooling_of_decoded_currents_works():
    assert min(cosines(ANNEALED, LONG, pool="max", pool_on="decoded").values()) >= 0.95
