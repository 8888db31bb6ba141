"""Gradients of equilibrium propagation, all estimators and gradient states, against the reference."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import reference as ref
from bridge import assert_same_gradient, graph_of, mean_over_samples, schedule
from graphs import ANNEALED, RATE, SPIKING, build, loaded, parameters, samples
from neurosim.crossbar import Tiling
from neurosim.learning.phases import Phases, one_hot, run_phases
from neurosim.learning.rule import gradient
from neurosim.engines.protocol import Record

FREE, NUDGE, WINDOW = 18, 9, 6
NETS = {"skips": ("skips", SPIKING, "spikes"), "average": ("average", ANNEALED, "spikes"),
        "max": ("max decoded", SPIKING, "spikes"), "alpha": ("average, alpha 1", SPIKING, "analog"),
        "rate": ("branches", RATE, "analog")}


def phases(**options):
    return Phases(**{"beta": 0.3, "free_steps": FREE, "nudge_steps": NUDGE, "window": WINDOW, **options})


def case(net, count=2, **options):
    name, neurons, code = NETS[net]
    network = build(name, neurons, code)
    weights, biases = parameters(network)
    graph = graph_of(network, weights, biases)
    return network, loaded(network, weights, biases, **options), graph, samples(network, count)


def times(neurons):
    eps, lam = schedule(neurons.epsilon, FREE + NUDGE), schedule(neurons.lam, FREE + NUDGE)
    return (eps[:FREE], lam[:FREE]), (eps[FREE:], lam[FREE:])


def expected(graph, neurons, images, targets, beta, **options):
    return mean_over_samples([ref.ep_gradient(graph, image, target, beta, *times(neurons), **options)
                              for image, target in zip(images, targets)])


@pytest.mark.parametrize("state", ["mean", "final", "spike-count"])
@pytest.mark.parametrize("net", NETS)
def test_centred_gradient(net, state):
    network, engine, graph, (images, targets) = case(net)
    own = gradient(engine, run_phases(engine, images, targets, phases(state=state)))
    other = expected(graph, network.neurons, images, targets, 0.3, window=1 if state == "final" else WINDOW,
                     states="rates" if state == "spike-count" else "mean")
    assert max(np.abs(value).max() for value in other.values()) > 1e-3
    assert_same_gradient(network, own, other)


@pytest.mark.parametrize("estimator, sign, beta", [("one-sided", 1, 0.3), ("one-sided", -1, 0.3),
                                                   ("random-sign", 1, 0.3), ("random-sign", -1, -0.3)])
@pytest.mark.parametrize("net", ["average", "rate"])
def test_contrast_with_the_free_phase(net, estimator, sign, beta):
    network, engine, graph, (images, targets) = case(net)
    own = gradient(engine, run_phases(engine, images, targets, phases(estimator=estimator), sign))
    other = expected(graph, network.neurons, images, targets, beta, window=WINDOW, centred=False)
    assert_same_gradient(network, own, other)


@pytest.mark.parametrize("net", ["skips", "average"])
def test_gradient_in_tiles(net):
    network, engine, graph, (images, targets) = case(net, tiling=Tiling(size=4), sums="tiles")
    own = gradient(engine, run_phases(engine, images, targets, phases()))
    assert_same_gradient(network, own, expected(graph, network.neurons, images, targets, 0.3, window=WINDOW))


def test_exchanging_the_signs_of_beta_changes_nothing():
    network, engine, _, (images, targets) = case("skips", 3)
    one, other = (gradient(engine, run_phases(engine, images, targets, phases(beta=beta)))
                  for beta in (0.3, -0.3))
    for group in ("weights", "biases"):
        for name, values in getattr(one, group).items():
            assert_allclose(values, getattr(other, group)[name], rtol=0, atol=1e-12 * np.abs(values).max())


@pytest.mark.parametrize("net", ["average", "rate"])
def test_random_signs_average_to_the_centred_gradient(net):
    network, engine, _, (images, targets) = case(net, 3)
    centred = gradient(engine, run_phases(engine, images, targets, phases()))
    up, down = (gradient(engine, run_phases(engine, images, targets, phases(estimator="random-sign"), sign))
                for sign in (1, -1))
    for name, values in centred.weights.items():
        average = (up.weights[name] + down.weights[name]) / 2
        assert_allclose(average, values, rtol=0, atol=1e-12 * np.abs(values).max())
        assert np.abs(up.weights[name] - values).max() > 1e-3 * np.abs(values).max()


def test_a_wide_nudge_moves_what_a_clip_would_hold():
    """At the target nothing is nudged: both phases give the free states and no gradient."""
    network, engine, _, (images, _) = case("rate")
    settled = phases(free_steps=400, nudge_steps=9)
    free = engine.relax(engine.rest(2), images, 400)
    reached = free.mean[:, engine.slices["output"]]
    own = gradient(engine, run_phases(engine, images, reached, settled))
    assert max(np.abs(values).max() for values in own.weights.values()) < 1e-10


def test_gradient_is_a_mean_over_samples():
    network, engine, _, (images, targets) = case("average", 4)
    whole = gradient(engine, run_phases(engine, images, targets, phases()))
    parts = [gradient(engine, run_phases(engine, images[i:i + 1], targets[i:i + 1], phases())) for i in range(4)]
    for name, values in whole.weights.items():
        assert_allclose(values, np.mean([part.weights[name] for part in parts], axis=0), rtol=0, atol=1e-13)


@pytest.mark.parametrize("net", ["average", "rate"])
def test_a_continued_free_phase_takes_the_drift_out(net):
    """A nudge of next to nothing leaves the drift alone, over beta: it must cancel, settled or not."""
    network, engine, _, (images, targets) = case(net)
    unsettled = phases(estimator="one-sided", free_steps=WINDOW, beta=1e-9)
    drifting, still = (gradient(engine, run_phases(engine, images, targets, replace(unsettled, reference=kind)))
                       for kind in ("free", "continued"))
    records = run_phases(engine, images, targets, replace(unsettled, reference="continued"))
    assert list(records.by_phase) == ["free", "continued", "nudge+"]
    contrast, = records.contrasts()
    assert contrast.minus is records.by_phase["continued"].mean and contrast.plus is records.by_phase["nudge+"].mean
    for name, values in still.weights.items():
        assert np.abs(values).max() < 1e-3 * np.abs(drifting.weights[name]).max()


def test_both_signs_against_the_continued_phase_average_to_the_centred_gradient():
    network, engine, _, (images, targets) = case("average", 3)
    centred = gradient(engine, run_phases(engine, images, targets, phases()))
    up, down = (gradient(engine, run_phases(engine, images, targets, phases(
        estimator="random-sign", reference="continued"), sign)) for sign in (1, -1))
    for name, values in centred.weights.items():
        assert_allclose((up.weights[name] + down.weights[name]) / 2, values, rtol=0,
                        atol=1e-12 * np.abs(values).max())


def test_records_of_the_phases():
    network, engine, _, (images, targets) = case("average")
    centred = run_phases(engine, images, targets, phases())
    up, down = (centred.by_phase[name] for name in ("nudge+", "nudge-"))
    single = run_phases(engine, images, targets, phases(estimator="random-sign"), -1)
    assert (centred.moment, single.moment) == (0.6, -0.3)
    assert list(centred.by_phase) == ["free", "nudge+", "nudge-"] and list(single.by_phase) == ["free", "nudge-"]
    for records, plus, minus in ((centred, up, down), (single, single.by_phase["nudge-"], single.free)):
        contrast, = records.contrasts()
        assert contrast.amount == 1 and contrast.plus is plus.mean and contrast.minus is minus.mean
    assert_array_equal(single.by_phase["nudge-"].mean, down.mean)
    assert all(isinstance(record, Record) and (record.steps == steps).all()
               for record, steps in ((centred.free, FREE), (up, NUDGE), (down, NUDGE)))


def test_one_hot():
    assert_array_equal(one_hot(np.array([2, 0]), 3), [[0, 0, 1], [1, 0, 0]])
    assert one_hot(np.array([1]), 2).dtype == np.float32
    assert_array_equal(one_hot(np.array([1]), 2, (0.25, 0.75), np.float64), [[0.25, 0.75]])
