"""<A x, y> = <x, A^T y> = <W, h(x, y)>, for every kind of edge and against the reference."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import graphs
import reference as ref
from bridge import graph_of
from neurosim.crossbar import EffectiveWeights
from neurosim.experiment.checks import check_adjoint
from neurosim.experiment.checks.adjoint import pair
from neurosim.network.hopfield import apply, apply_adjoint
from check_cases import case_of


@pytest.mark.slow
def test_every_kind_of_edge_has_an_exact_adjoint_and_hebbian_product():
    result = check_adjoint()
    assert result.passed
    kinds = {pairing.kind for pairing in result.pairings if pairing.backward is not None}
    assert {"dense", "conv 5x5 stride 3 padding 2", "conv 3x3, average 2x2", "conv 3x3, max 2x2 decoded"} <= kinds


@pytest.mark.parametrize("name", [name for name in graphs.GRAPHS if "alpha" not in name])
def test_connections_of_a_network_are_symmetric(name):
    result = check_adjoint(case_of(name))
    assert result.passed
    assert {pairing.name.removesuffix(" in tiles") for pairing in result.pairings} == \
        {connection.name for connection in case_of(name).network.connections}


def test_alpha_is_reported_with_its_factor_and_fails():
    result = check_adjoint(case_of("average, alpha 1"))
    wrong = [pairing for pairing in result.pairings if not pairing.passed]
    assert not result.passed
    assert {pairing.name for pairing in wrong} == {"conv1-conv2", "conv1-conv2 in tiles"}
    assert all(pairing.factor == 4 and pairing.product < 1e-12 for pairing in wrong)
    assert "F^2/alpha = 4" in "\n".join(result.lines())


def test_a_wrong_sign_on_the_way_back_fails():
    case = case_of("dense")
    engine = case.engine()
    name = "dense1-dense2"
    flipped = EffectiveWeights(case.weights, {**case.weights, name: -case.weights[name]})
    engine.load(flipped, case.biases)
    connection = next(c for c in case.network.connections if c.name == name)
    pairing = pair(engine, connection, case.weights[name])
    assert not pairing.passed and pairing.backward > 1e-3 and pairing.product < 1e-12


@pytest.mark.parametrize("name", graphs.GRAPHS)
def test_operators_are_those_of_the_reference(name):
    case = case_of(name)
    engine, graph = case.engine(), graph_of(case.network, case.weights, case.biases)
    x = np.random.default_rng(3).uniform(-1, 1, (2, engine.layout.units))
    phi = engine.currents(x)
    for row, sample in zip(x, phi):
        parts = {layer: row[own] for layer, own in engine.slices.items()}
        state = ref.State(parts, parts, parts, parts, {})
        through, direct, _ = ref.all_currents(graph, state, 1.0, graph.layers)
        for layer, own in list(engine.slices.items())[1:]:
            assert_allclose(sample[own], through[layer] + direct[layer], atol=1e-13, err_msg=layer)
        for i, connection in enumerate(case.network.connections):
            lower, upper = engine.slices[connection.lower], engine.slices[connection.upper]
            forward, backward, _ = ref.edge_currents(graph, i, state, 1.0)
            assert_allclose(apply(engine, connection.name, row[None, lower])[0], forward, atol=1e-13)
            if lower.start > 0:
                back = apply_adjoint(engine, connection.name, row[None, upper], at=row[None, lower])
                assert_allclose(back[0], backward, atol=1e-13)


def test_nothing_flows_back_to_the_input():
    engine = case_of("dense").engine()
    with pytest.raises(ValueError, match="nothing flows back to the input"):
        apply_adjoint(engine, "input-dense1", np.zeros((1, 7)))
    with pytest.raises(ValueError, match="no connection is called 'dense1-dense3'"):
        apply(engine, "dense1-dense3", np.zeros((1, 7)))
