"""The energy: against the reference, its slopes, its descent, and the cycles where nothing makes it descend."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import graphs
import reference as ref
from bridge import graph_of
from neurosim.experiment.checks import CheckCase, check_energy
from neurosim.experiment.checks.energy import descend, lowest_coupling
from neurosim.learning.phases import Phases
from neurosim.network.hopfield import energy
from neurosim.network.graph import Network, Neurons, dense
from check_cases import case_of, interior_spiking


def coupled(gain, epsilon):
    """Pairs of units that inhibit each other with strength `gain`, driven by 0.4: the eigenvalues of K are +-gain."""
    neurons = Neurons(kind="rate", epsilon=epsilon, output_range=(0.0, 1.0))
    network = Network([dense(10), dense(10)], (10,), neurons, "analog")
    weights = {"input-dense1": np.eye(10), "dense1-output": -gain * np.eye(10)}
    biases = {"dense1": np.full(10, 0.25), "output": np.full(10, 0.4)}
    return CheckCase(name="coupled", network=network, weights=weights, biases=biases, phases=Phases(),
                     images=np.full((4, 10), 0.15), targets=np.eye(10)[:4])


@pytest.mark.parametrize("name", graphs.GRAPHS)
def test_energy_is_that_of_the_reference(name):
    case = case_of(name)
    engine, graph = case.engine(), graph_of(case.network, case.weights, case.biases)
    x = np.random.default_rng(4).uniform(-0.5, 1.5, (3, engine.layout.units))
    expected = [ref.energy(graph, {layer: row[own] for layer, own in engine.slices.items()}) for row in x]
    assert_allclose(energy(engine, x), expected, rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in graphs.GRAPHS if "alpha" not in name])
def test_forces_are_minus_the_slope_of_the_energy(name):
    engine = case_of(name).engine()
    x = np.random.default_rng(5).uniform(0.2, 0.8, (1, engine.layout.units))
    pull, h = graphs.forces(engine, x)[0], 1e-5
    for unit in np.random.default_rng(6).permutation(np.flatnonzero(pull))[:12]:
        shift = h * (np.arange(x.size) == unit)
        slope = (energy(engine, x + shift) - energy(engine, x - shift))[0] / (2 * h)
        assert_allclose(pull[unit], -slope, rtol=1e-6, atol=1e-9)


def test_spikes_stand_for_states_between_0_and_1():
    network = graphs.build("dense")
    weights, biases = graphs.parameters(network)
    x = np.random.default_rng(7).uniform(-1, 2, (2, 21))
    sent, rate = np.clip(x, 0, 1), graphs.loaded(graphs.build("dense", graphs.RATE), weights, biases)
    half = 0.5 * (np.square(x[:, 6:]) - np.square(sent[:, 6:])).sum(axis=1)
    assert_allclose(energy(graphs.loaded(network, weights, biases), x), energy(rate, sent) + half, rtol=1e-12)


@pytest.mark.parametrize("name", ["dense", "average", "max on spikes", "skips"])
def test_free_phases_go_downhill(name):
    result = check_energy(case_of(name))
    assert result.passed and result.noise_floor is None
    assert all(descent.promised and descent.rise <= 1e-12 for descent in result.descents)
    assert not any(descent.cycles or descent.moving for descent in result.descents)


@pytest.mark.parametrize("gain, epsilon, cycles, promised",
                         [(0.8, 1.0, 0, True), (3.0, 1.0, 4, False), (2.5, 0.5, 0, True)])
def test_two_cycles_appear_beyond_the_limit_of_the_step_size(gain, epsilon, cycles, promised):
    result = check_energy(coupled(gain, epsilon))
    assert result.lowest == pytest.approx(-gain, rel=1e-3)
    assert result.limit == pytest.approx(2 / (1 + gain), rel=1e-3)
    configured = result.descents[-1]
    assert (configured.cycles, configured.promised) == (cycles, promised)
    assert (configured.residual > 0.1) == bool(cycles)
    assert result.passed == (not cycles)
    assert f"{cycles} of 4" in "\n".join(result.lines())


def test_a_rise_that_was_not_to_be_fails():
    case = coupled(3.0, 1.0)
    beyond = descend(case, 1.0, promised=False)
    assert beyond.rise > 1e-3 and beyond.passed
    assert not descend(case, 1.0, promised=True).passed


def test_lowest_coupling_is_that_of_the_matrix():
    case = case_of("skips")
    graph = graph_of(case.network, case.weights, case.biases)
    engine = case.engine()
    x = np.random.default_rng(8).random((1, engine.layout.units))
    free = {layer: own for layer, own in list(engine.slices.items())[1:]}
    state = ref.State(*({layer: x[0, own] for layer, own in engine.slices.items()},) * 4, {})
    K = np.zeros((x.size, x.size))
    for i, edge in enumerate(graph.edges):
        if edge.lower != "input":
            shape = graph.layers[edge.lower].shape
            A = ref.connection_matrix(edge, shape)
            if edge.pool == "max":
                raw = (A @ state.x[edge.lower]).reshape(ref.unpooled_shape(edge, shape))
                index = ref.max_pool(raw, edge.F)[1]
                units = np.eye(int(np.prod(index.shape))).reshape(-1, *index.shape)
                A = np.stack([ref.max_unpool(unit, index, edge.F, raw.shape).ravel() for unit in units]) @ A
            K[free[edge.upper], free[edge.lower]] = A
            K[free[edge.lower], free[edge.upper]] = A.T
    assert lowest_coupling(engine, x) == pytest.approx(np.linalg.eigvalsh(K)[0], rel=1e-3)


def test_asymmetric_feedback_has_no_energy_to_promise():
    result = check_energy(case_of("average, alpha 1"))
    assert result.asymmetric == ("conv1-conv2",)
    assert not any(descent.promised for descent in result.descents)
    assert "there is no energy" in "\n".join(result.lines())


def test_spiking_networks_report_their_noise_floor():
    quiet, loud = (check_energy(interior_spiking(Neurons(lam=lam))).noise_floor for lam in (0.05, 0.6))
    assert 0 < quiet.noise < loud.noise <= loud.residual
    assert all(0 < distance < 0.02 for floor in (quiet, loud) for distance in floor.distance.values())


@pytest.mark.parametrize("name, goes_down", [("dense", True), ("max on spikes", True), ("skips", False)])
def test_alternating_order_goes_downhill_at_any_step_unless_skips_join_a_half_sweep(name, goes_down):
    """Couplings far too strong for layers that move at once with eps = 1."""
    case = case_of(name, Neurons(kind="rate", epsilon=1.0, order="alternating"), gain=6.0)
    result = check_energy(case)
    assert result.alternates == goes_down
    assert result.descents[-1].promised == goes_down and result.passed
