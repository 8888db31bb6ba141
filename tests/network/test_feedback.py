"""Gains of the feedback: the energy that networks keep with them, its dynamics, its gradients; graphs without one."""

import dataclasses
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import graphs
import reference as ref
from bridge import assert_same_path, graph_of
from digits import config_of
from neurosim.crossbar import Conversion, Readout, Tiling
from neurosim.experiment.checks import CheckCase, check_adjoint, check_energy, check_gdu
from neurosim.experiment.checks.differences import choose_entries, exact_gradient, slope
from neurosim.experiment.checks.gradient import agreements, check_gradient
from neurosim.experiment.checks.settling import settle
from neurosim.experiment.model import Model
from neurosim.learning.phases import Phases, run_phases
from neurosim.learning.rule import gradient
from neurosim.network.graph import ConnectionSpec, Network, NetworkSpec, conv, dense
from neurosim.network.hopfield import energy, unit_potentials

#: name -> what [network] says; gains are of no round numbers, so that no product is another by chance
SPECS = {
    "dense": NetworkSpec(layers=(dense(7), dense(5), dense(3)), feedback=0.3),
    "own gains": NetworkSpec(layers=(dense(7), dense(5, feedback=0.37), dense(3, feedback=2.1)), feedback=0.3),
    "average": NetworkSpec(layers=(conv(3, kernel=3, pool="average"), conv(2, kernel=2, padding=1, pool="average"),
                                   dense(3)), feedback=0.3),
    "max": NetworkSpec(layers=(conv(3, kernel=2, pool="max"), conv(2, kernel=2, pool="max", padding=1), dense(3)),
                       feedback=0.43),
    "skips": NetworkSpec(layers=graphs.GRAPHS["skips"][0], connections=graphs.GRAPHS["skips"][2], feedback=0.6),
    "branches": NetworkSpec(layers=(conv(3, kernel=2, name="left"), conv(2, kernel=3, source="input", name="right"),
                                    dense(4)), feedback=0.3,
                            connections=(ConnectionSpec(source="left", target="output", feedback=0.7),)),
}
SHAPES = {"dense": (6,), "own gains": (6,), "average": (9, 8, 1), "max": (7, 6, 1), "skips": (6, 6, 1),
          "branches": (5, 5, 1)}
ALL = pytest.mark.parametrize("name", SPECS)


def network_of(name, neurons=graphs.SPIKING, **changes):
    spec = dataclasses.replace(SPECS[name], input="spikes" if neurons.kind == "spiking" else "analog", **changes)
    return Network(spec, SHAPES[name], neurons)


def case_of(name, gain=0.6, **changes):
    network = network_of(name, graphs.RATE, **changes)
    weights, biases = graphs.parameters(network, gain=gain)
    images, targets = graphs.samples(network)
    return CheckCase(name=name, network=network, weights=weights, biases=biases, phases=Phases(), images=images,
                     targets=targets)


def test_factors_of_a_chain_are_powers_of_the_gain():
    network = network_of("dense")
    assert network.potentials == pytest.approx({"dense1": 0.3 ** -2, "dense2": 1 / 0.3, "output": 1.0})
    assert network.gradient_factors == pytest.approx({
        "input-dense1": 0.3 ** -2, "dense1-dense2": 1 / 0.3, "dense2-output": 1.0, **network.potentials})
    assert [c.feedback for c in network.connections] == [1, 0.3, 0.3]


def test_a_skip_gets_the_gain_of_what_it_passes_by_unless_it_joins_what_nothing_joined():
    network = network_of("skips")
    gains = {c.name: c.feedback for c in network.connections}
    assert gains["a-c"] == pytest.approx(0.36) and gains["a-output"] == pytest.approx(0.216)
    assert gains["input-b"] == gains["input-c"] == 1
    branches = network_of("branches")
    assert branches.connection("left-output").feedback == 0.7
    assert branches.potentials == pytest.approx({"left": 1 / 0.7, "right": 1 / 0.3, "output": 1})


@ALL
def test_gain_1_is_no_gain(name):
    layers = tuple(dataclasses.replace(layer, feedback=0.0) for layer in SPECS[name].layers)
    extras = tuple(dataclasses.replace(extra, feedback=0.0) for extra in SPECS[name].connections)
    network = network_of(name, feedback=1.0, layers=layers, connections=extras)
    assert set(network.potentials.values()) == {1.0} and {c.feedback for c in network.connections} == {1.0}


REFUSED = {
    "network.connections: the feedback along a - output has a gain of 0.3, and that along a - b - output of 0.09, of "
    "which there is no energy; omit the first one, or write network.asymmetric = true to learn without":
        lambda: skipping(0.3),
    "network: feedback = 0.3 of input-output: nothing flows back to the input; omit it":
        lambda: Network([dense(3, feedback=0.3)], (4,)),
    "network.feedback = 0 is below 0.001, where rounding hides what flows back; give 0.001 to 10":
        lambda: NetworkSpec(feedback=0.0),
    "network.feedback = 11 exceeds 10, so that outputs drown what they are to answer; give 0 or 0.001 to 10":
        lambda: dense(3, feedback=11.0),
}


def skipping(gain, asymmetric=False):
    spec = NetworkSpec(layers=(dense(4, name="a"), dense(5, name="b"), dense(3)), feedback=0.3, input="analog",
                       connections=(ConnectionSpec(source="a", target="output", feedback=gain),), asymmetric=asymmetric)
    return Network(spec, (4,), graphs.RATE)


@pytest.mark.parametrize("message", REFUSED)
def test_gains_without_a_meaning_are_refused(message):
    with pytest.raises(ValueError) as refusal:
        REFUSED[message]()
    assert str(refusal.value) == message


def test_a_skip_may_say_what_the_energy_asks_for():
    assert skipping(0.09).no_energy == "" and skipping(0.3 * 0.3).asymmetric == ()


@ALL
@pytest.mark.parametrize("neurons", [graphs.SPIKING, graphs.RATE], ids=["spiking", "rate"])
def test_dynamics_are_those_of_the_reference(name, neurons):
    network = network_of(name, neurons)
    weights, biases = graphs.parameters(network)
    images, targets = graphs.samples(network)
    phases = [(8, 0.0), (6, 0.3)]
    assert_same_path(graphs.loaded(network, weights, biases), graph_of(network, weights, biases), images, targets,
                     phases)
    if not any(c.routes for c in network.connections):    # tiles add up maxima in another order
        assert_same_path(graphs.loaded(network, weights, biases, tiling=Tiling(size=6), sums="tiles"),
                         graph_of(network, weights, biases), images, targets, phases)


def energy_of(network, graph, x):
    """E by numpy, term by term."""
    c = network.potentials
    total = sum(c[name] * (0.5 * x[name] @ x[name] - graph.bias(name) @ x[name]) for name in c)
    for i, edge in enumerate(graph.edges):
        ahead = ref.edge_currents(graph, i, ref.State(x, x, x, x, {}), 1.0)[0]
        total -= c[edge.upper] * (ahead @ x[edge.upper])
    return total


@ALL
def test_forces_are_the_slope_of_the_energy(name):
    case = case_of(name)
    engine, graph = case.rate(), graph_of(case.network, case.weights, case.biases)
    row = np.clip(graphs.states(case.network, 1, 6), 0.01, 1)

    def value(states):
        return energy_of(case.network, graph, {layer: states[own] for layer, own in engine.slices.items()})

    assert energy(engine, row)[0] == pytest.approx(value(row[0]), rel=1e-12)
    factors, found, h = unit_potentials(engine), graphs.forces(engine, row)[0], 1e-6
    for place in np.random.default_rng(3).integers(case.network.layers[0].units, row.size, 12):
        ends = []
        for shift in (h, -h):
            moved = row[0].copy()
            moved[place] += shift
            ends.append(value(moved))
        assert -(ends[0] - ends[1]) / (2 * h) == pytest.approx(factors[place] * found[place], abs=1e-6)


@ALL
def test_the_gradient_is_the_slope_of_the_loss(name):
    case = case_of(name)
    engine = case.rate()
    free = settle(engine, case.images)
    estimate, _, kinks = exact_gradient(engine, case, free)
    slopes = [slope(engine, case, free, entry) for entry in choose_entries(case, 6, 3)]
    assert not kinks and all(agreement.passed for agreement in agreements(estimate, slopes))


def test_the_rule_gives_the_same_gradient():
    case = case_of("own gains")
    engine = case.rate()
    truth, _, _ = exact_gradient(engine, case, settle(engine, case.images))
    phases = Phases(beta=1e-3, free_steps=400, nudge_steps=400, window=1)
    products = gradient(engine, run_phases(engine, case.images, case.targets, phases))
    for name, values in {**products.weights, **products.biases}.items():
        assert_allclose(values, truth[name], rtol=0, atol=1e-4 * np.abs(truth[name]).max())


@pytest.mark.parametrize("name", ["own gains", "average", "branches"])
def test_checks_hold(name):
    case = case_of(name)
    descent = check_energy(case)
    assert descent.passed and descent.descents[0].promised
    assert check_gdu(case).passed and check_adjoint(case).passed


def test_pulse_rules_get_the_factors_of_the_gradient(tmp_path):
    """Without momentum the change of weights is strength x outer products of the difference of the phases."""
    config = config_of(tmp_path, "optimiser.momentum=0.0", "network.feedback=0.25")
    model = Model.build(config, (28, 28, 1), 10, dtype=np.float64)
    images, random = graphs.samples(model.network)[0], np.random.default_rng(4)
    records = run_phases(model.engine, images, np.eye(10)[random.integers(10, size=2)], config.learning)
    step, = model.learn(records, 1.0)
    assert model.network.gradient_factors["input-conv1"] == 4
    for name, change in step.changes.items():
        part, = step.factors(name)
        plus, minus = (upper.T @ lower for lower, upper in (part.plus, part.minus))
        assert_allclose(change.reshape(len(change), -1), step.strengths[name] * (plus - minus), rtol=0,
                        atol=1e-9 * np.abs(change).max())
        assert change.any()


def test_weak_feedback_lets_the_energy_fall_at_larger_steps():
    """The couplings of two layers under a gain g are those without times sqrt(g)."""
    limits = []
    for g in (1.0, 0.25):
        network = Network(NetworkSpec(layers=(dense(6), dense(3, feedback=g)), input="analog"), (5,), graphs.RATE)
        weights, biases = graphs.parameters(network, gain=2.0)
        images, targets = graphs.samples(network)
        case = CheckCase(name="two", network=network, weights=weights, biases=biases, phases=Phases(), images=images,
                         targets=targets)
        limits.append(check_energy(case).lowest)
    assert limits[1] == pytest.approx(math.sqrt(0.25) * limits[0], rel=1e-3)


def test_a_network_without_an_energy_is_reported():
    network = skipping(0.3, asymmetric=True)
    assert network.asymmetric == ("a-output",)
    weights, biases = graphs.parameters(network)
    images, targets = graphs.samples(network)
    case = CheckCase(name="skipping", network=network, weights=weights, biases=biases, phases=Phases(), images=images,
                     targets=targets)
    reason = "the feedback along a - output has a gain of 0.3, and that along a - b - output of 0.09"
    found = check_gradient(case)
    assert not found.passed and f", since {reason}" in found.lines()[-1]
    assert reason in check_gdu(case).lines()[-1] and not check_energy(case).descents[0].promised


def test_converters_come_before_the_gain():
    """Codes are those of sums without the gain, and count for g of what they would."""
    found = []
    for g in (1.0, 0.5):
        network = network_of("dense", feedback=g)
        weights, biases = graphs.parameters(network)
        layout = graphs.loaded(network, weights, biases, tiling=Tiling(size=6), sums="tiles").layout
        conversions = {}
        for read in layout.reads:
            plan = layout.floorplans[read.connection]
            conversions[network.connections[read.connection].name, read.forward] = Conversion.uniform(
                plan.slices(read.forward), plan.lines(read.forward), step=0.11, low=-0.33, high=0.33)
        engine = graphs.loaded(network, weights, biases, readout=Readout(conversions=conversions),
                               tiling=Tiling(size=6), sums="tiles")
        state, images = engine.rest(1), np.zeros((1, 6))
        state.s[:, engine.slices["output"]] = 1
        engine.relax(state, images, 1)
        found.append(state.d[0, engine.slices["dense2"]] / network.neurons.lam)
    assert_array_equal(found[1], 0.5 * found[0])
    assert_allclose(found[0] / 0.11, np.rint(found[0] / 0.11), atol=1e-9)
    assert np.abs(found[0]).max() > 0.1
