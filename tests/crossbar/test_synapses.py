"""The seam between synapses and the time loop: ideal synapses, and the converter against numpy's quantisation."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import reference as ref
from bridge import graph_of, schedule
from graphs import RATE, SPIKING, build, loaded, parameters, samples
from neurosim.crossbar import Converter, EffectiveWeights, IdealSynapses
from neurosim.network.relaxation import Simulator

FINE = Converter(step=0.05, low=-0.4, high=0.6)


def quantised(graph, converter):
    """The reference with every current of a read rounded and clipped, before pooling where there is any."""
    plain = [dataclasses.replace(edge, pool="none", F=1) for edge in graph.edges]

    def convert(currents):
        return np.clip(converter.step * np.round(currents / converter.step), converter.low, converter.high)

    def edge_currents(graph, i, state, lam):
        edge = graph.edges[i]
        shape, s_lower, s_upper = graph.layers[edge.lower].shape, state.s[edge.lower], state.s[edge.upper]
        matrix = ref.connection_matrix(plain[i], shape)
        raw = convert(matrix @ s_lower)
        if edge.pool == "none":
            return raw, convert(matrix.T @ s_upper), None
        raw = raw.reshape(ref.unpooled_shape(edge, shape))
        if edge.pool == "average":
            forward = ref.average_pool(raw, edge.F)
            back = ref.average_unpool(s_upper.reshape(forward.shape), edge.F, raw.shape, edge.alpha)
            return forward.ravel(), convert(matrix.T @ back.ravel()), None
        if edge.pool_on == "decoded" and graph.layers[edge.lower].kind == "spiking":
            raw = (1 - lam) * state.filtered.get(i, 0.0) + lam * raw
        forward, index = ref.max_pool(raw, edge.F)
        back = ref.max_unpool(s_upper.reshape(forward.shape), index, edge.F, raw.shape)
        return forward.ravel(), convert(matrix.T @ back.ravel()), raw

    return edge_currents


@pytest.mark.parametrize("code", [(SPIKING, "spikes"), (SPIKING, "analog"), (RATE, "analog")],
                         ids=["spikes", "analog", "rate"])
@pytest.mark.parametrize("name", ["dense", "stride and padding", "average", "max on spikes", "max decoded", "skips"])
def test_every_read_is_quantised(name, code, monkeypatch):
    network = build(name, *code)
    weights, biases = parameters(network)
    images, _ = samples(network, 1)
    graph = graph_of(network, weights, biases)
    simulator = loaded(network, weights, biases, converter=FINE, fold=False)
    neurons, state, now = network.neurons, simulator.rest(1), ref.rest(graph)
    monkeypatch.setattr(ref, "edge_currents", quantised(graph, FINE))
    for eps, lam in zip(schedule(neurons.epsilon, 20), schedule(neurons.lam, 20)):
        simulator.relax(state, images, 1)
        now = ref.step(graph, now, images[0], eps, lam)
        for layer, own in simulator.slices.items():
            assert_allclose(state.x[0, own], now.x[layer], rtol=0, atol=1e-11, err_msg=layer)
    ideal = loaded(network, weights, biases)
    assert np.abs(ideal.relax(ideal.rest(1), images, 20).mean - state.x[:, :simulator.layout.units]).max() > 1e-3


def test_step_0_is_ideal():
    network = build("skips")
    weights, biases = parameters(network)
    images, _ = samples(network)
    plain, converted = (loaded(network, weights, biases, converter=converter) for converter in (None, Converter()))
    assert_array_equal(*(simulator.relax(simulator.rest(2), images, 15).mean for simulator in (plain, converted)))


def test_a_fine_converter_tends_to_the_ideal_one():
    network = build("skips", RATE)
    weights, biases = parameters(network)
    images, _ = samples(network)
    simulators = [loaded(network, weights, biases, converter=Converter(step=step), fold=False)
                  for step in (0.0, 1e-2, 1e-3, 1e-4)]
    ideal, *others = (simulator.relax(simulator.rest(2), images, 60).mean for simulator in simulators)
    errors = [np.abs(other - ideal).max() for other in others]
    assert all(0 < error < 20 * step for error, step in zip(errors, (1e-2, 1e-3, 1e-4)))


def test_each_direction_reads_its_own_weights():
    """Forward and backward weights may differ, as on a chip: each is used in its direction alone."""
    network = build("dense", RATE)
    weights, biases = parameters(network)
    images, _ = samples(network, 1)
    simulator = Simulator(network, dtype=np.float64)
    none = {name: np.zeros_like(values) for name, values in weights.items()}
    simulator.load(EffectiveWeights(weights, none), biases)
    state = simulator.rest(1)
    simulator.relax(state, images, 200)
    x = images[0]
    for c in network.connections:
        x = np.clip(weights[c.name] @ x + biases[c.upper], *((-1, 2) if c.upper == "output" else (0, 1)))
        assert_allclose(state.x[0, simulator.slices[c.upper]], x, rtol=1e-12)


def test_folded_pooling_refuses_a_converter():
    network = build("average")
    with pytest.raises(ValueError) as caught:
        loaded(network, *parameters(network), converter=FINE)
    assert str(caught.value) == "converter: currents are converted before pooling; make the Simulator with fold=False"


@pytest.mark.parametrize("name, where", [("weights", "conv1-conv2"), ("biases", "conv2")])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_broken_weights_are_refused(name, where, bad):
    network = build("average")
    weights, biases = parameters(network)
    (weights if name == "weights" else biases)[where].flat[1] = bad
    with pytest.raises(ValueError) as caught:
        loaded(network, weights, biases)
    assert str(caught.value) == (f"network: the weights or biases of {where} contain NaN or infinity; "
                                 "lower the learning rates or start anew")


def test_ideal_synapses_do_what_they_are_told():
    weights = {"a": np.ones((2, 2), np.float32), "b": np.zeros(3, np.float32)}
    synapses = IdealSynapses(weights)
    synapses.change({"a": np.full((2, 2), 0.5, np.float32)})
    effective = synapses.effective()
    assert_array_equal(effective.forward["a"], np.full((2, 2), 1.5))
    assert effective.forward == effective.backward and synapses.converter == Converter()
    kept = {name: values.copy() for name, values in synapses.weights.items()}
    assert synapses.stored() == {}    # the weights are all there is
    synapses.change({"a": np.ones((2, 2), np.float32), "b": np.ones(3, np.float32)})
    synapses.load(kept)
    assert_array_equal(synapses.weights["a"], np.full((2, 2), 1.5))
    assert not synapses.weights["b"].any()


@pytest.mark.parametrize("stored, held", [({}, "none"), ({"a": np.ones(3)}, "(3,)")])
def test_what_does_not_fit_is_not_loaded(stored, held):
    with pytest.raises(ValueError) as caught:
        IdealSynapses({"a": np.ones((2, 2))}).load(stored)
    assert str(caught.value) == f"synapses: connection 'a' needs an array of shape (2, 2); the file holds {held}"


@pytest.mark.parametrize("options, values", [({"step": -1.0}, "step = -1, range -inf ... inf"),
                                             ({"step": float("nan")}, "step = nan, range -inf ... inf"),
                                             ({"low": 1.0, "high": 1.0}, "step = 0, range 1 ... 1")])
def test_impossible_converters(options, values):
    with pytest.raises(ValueError) as caught:
        Converter(**options)
    assert str(caught.value) == f"converter: {values}; need step >= 0 and low < high"
