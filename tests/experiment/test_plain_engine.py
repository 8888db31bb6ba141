"""Nothing outside an engine knows how it computes: plain numpy trains the same network through the same public code."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from neurosim.experiment.config import parse_config
from neurosim.experiment.model import Model
from neurosim.learning.phases import run_phases
from neurosim.network.graph import Network
from plain_engine import PlainEngine

TEXT = """
network.layers = [{kind = "conv", channels = 2, kernel = 3, pool = "average"}, {kind = "dense", units = 3}]
neurons = {lam = 0.23}
learning = {free_steps = 12, nudge_steps = 8, window = 4}
optimiser = {rates = [0.5, 0.3], weight_decay = 1e-3}
"""
EVENTS = 'network.input="events"', "data.name=events", "network.event_range=[-1, 2]", "network.events=hold"
SPIKING, RATE = (), ('neurons.kind="rate"', 'network.input="analog"', "neurons.epsilon=0.5")
ALTERNATING = ("neurons.order=alternating",)
LOGITS = ('learning.loss="cross-entropy"', "neurons.output_range=[-50, 50]")
FOUR = ("learning.phases=[{beta = 0.2, weight = 8}, {beta = -0.2, weight = -8}, {beta = 0.4, weight = -1}, "
        "{beta = -0.4, weight = 1, start = 'continued'}]",)


def trained(model, images, labels, batches=6, size=5):
    """Learn a few batches; returns weights and biases, and the answers to all images afterwards."""
    for start in range(0, batches * size, size):
        part = slice(start, start + size)
        records = run_phases(model.engine, images[part], model.config.learning.desired(labels[part], 3, float),
                             model.config.learning)
        model.learn(records, 1.0)
    record = model.engine.relax(model.engine.rest(len(images)), images, 12, window=4)
    return {**model.synapses.weights, **model.biases}, record.mean, model.count(record).signals


@pytest.mark.parametrize("settings", [
    SPIKING, RATE, EVENTS, (*SPIKING, *LOGITS), (*RATE, *LOGITS), (*RATE, *FOUR), (*SPIKING, *ALTERNATING),
    (*RATE, *ALTERNATING)], ids=[
    "spiking", "rate", "events", "spiking, cross-entropy", "rate, cross-entropy", "rate, four phases",
    "spiking, alternating", "rate, alternating"])
def test_plain_numpy_learns_the_same_weights(settings):
    config, random = parse_config(TEXT, "the test", settings), np.random.default_rng(2)
    images, labels = random.random((30, 6, 6, 1)), random.integers(3, size=30)
    if settings is EVENTS:
        images = random.integers(-1, 3, (30, 15, 6, 6, 1)) * (random.random((30, 15, 6, 6, 1)) < 0.4)
    plain = PlainEngine(Network(config.network, (6, 6, 1), config.neurons))
    models = Model.build(config, (6, 6, 1), 3, threads=1, dtype=np.float64), Model(config, plain, 3)
    begin = {name: values.copy() for name, values in models[1].synapses.weights.items()}
    (ours, means, signals), (expected, plain_means, plain_signals) = (trained(m, images, labels) for m in models)
    for name, values in expected.items():
        assert_allclose(ours[name], values, rtol=1e-5, atol=1e-9, err_msg=name)
    assert_allclose(means, plain_means, rtol=1e-5, atol=1e-9)
    assert signals == plain_signals
    assert all(np.abs(expected[name] - values).max() > 1e-3 for name, values in begin.items())
