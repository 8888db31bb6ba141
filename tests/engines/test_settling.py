"""The free phase that ends by itself once its windowed mean has settled."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from graphs import RATE, SPIKING, build, loaded, parameters, samples
from neurosim.learning.phases import Phases, free_phase

AUTO = Phases(free_steps="auto", free_limit=400, window=10, tolerance=0.01)


def ready(neurons, name="average"):
    network = build(name, neurons)
    return loaded(network, *parameters(network, dtype=np.float32), np.float32), samples(network, 6)[0]


def test_it_stops_early_and_says_when():
    engine, images = ready(RATE)
    state = engine.rest(6)
    record = free_phase(engine, state, images, AUTO)
    assert (record.steps < 100).all() and (record.steps % AUTO.window == 0).all()
    assert_array_equal(state.time, record.steps)


def test_never_before_two_windows():
    """A network without weights and biases rests from the start, which only a second window can show."""
    network = build("dense", RATE)
    weights, biases = parameters(network, gain=0.0, bias=0.0, dtype=np.float32)
    engine = loaded(network, weights, biases, np.float32)
    record = free_phase(engine, engine.rest(2), samples(network)[0], AUTO)
    assert_array_equal(record.steps, [20, 20])


def test_never_beyond_the_limit():
    engine, images = ready(SPIKING)
    phases = Phases(free_steps="auto", free_limit=60, window=10, tolerance=1e-9)
    assert_array_equal(free_phase(engine, engine.rest(6), images, phases).steps, np.full(6, 60))


def test_the_mean_is_that_of_the_last_window():
    engine, images = ready(SPIKING)
    record = free_phase(engine, engine.rest(6), images, AUTO)
    for sample, steps in enumerate(record.steps):
        plain = engine.relax(engine.rest(1), images[sample:sample + 1], int(steps), window=AUTO.window)
        assert_array_equal(record.mean[sample], plain.mean[0])


@pytest.mark.parametrize("last", [1, 0])
def test_every_layer_has_settled(last):
    """The rule, worked out from means of windows: the first pair of windows that differs by less in all layers.

    Cut off, the output settles long before the layers below it.
    """
    network = build("average", SPIKING)
    weights, biases = parameters(network, dtype=np.float32)
    weights["conv2-output"] *= last
    engine, images = loaded(network, weights, biases, np.float32), samples(network, 6)[0]
    record = free_phase(engine, engine.rest(6), images, AUTO)
    state, means = engine.rest(6), []
    for _ in range(40):
        means.append(engine.relax(state, images, AUTO.window, window=AUTO.window).mean)
    layers = [engine.slices[layer.name] for layer in engine.network.layers[1:]]
    moved = np.array([[np.abs(new[:, own] - old[:, own]).mean(axis=1) for own in layers]
                      for old, new in zip(means, means[1:])])
    quiet = (moved < AUTO.tolerance).all(axis=1)          # (windows, samples)
    expected = np.where(quiet.any(axis=0), (quiet.argmax(axis=0) + 2) * AUTO.window, AUTO.free_limit)
    assert_array_equal(record.steps, expected)
    assert len(set(expected)) > 1                         # samples differ, so this is a rule and not a number
    output_alone = ((moved[:, -1] < AUTO.tolerance).argmax(axis=0) + 2) * AUTO.window
    assert last or (output_alone < expected).any()


def test_each_sample_has_its_own_end():
    engine, images = ready(SPIKING)
    record = free_phase(engine, engine.rest(6), images, AUTO)
    for sample in range(6):
        alone = free_phase(engine, engine.rest(1), images[sample:sample + 1], AUTO)
        assert alone.steps[0] == record.steps[sample]
        assert_array_equal(alone.mean[0], record.mean[sample])


def test_a_settled_rate_network_is_at_its_fixed_point():
    engine, images = ready(RATE)
    tight = Phases(free_steps="auto", free_limit=400, window=10, tolerance=1e-6)
    state = engine.rest(6)
    free_phase(engine, state, images, tight)
    before = state.x.copy()
    engine.relax(state, images, 1)
    assert_allclose(state.x, before, rtol=0, atol=1e-5)
