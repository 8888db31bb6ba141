"""Nudge steps against backpropagation through time, by hand and by the reference's finite differences."""

import dataclasses

import numpy as np
import pytest

import reference as ref
from bridge import graph_of, mean_over_samples
from neurosim.experiment.checks import CheckCase, check_gdu
from neurosim.experiment.checks.gdu import backpropagation
from neurosim.experiment.checks.gradient import interior_case
from neurosim.experiment.checks.settling import settle
from neurosim.network.graph import Network
from check_cases import case_of


def test_backpropagation_by_hand_is_that_of_finite_differences():
    case, steps, eps = interior_case(), 4, 0.5
    engine = case.rate(eps)
    free = settle(engine, case.images)
    graph = graph_of(engine.network, case.weights, case.biases)
    slow = []
    for image, target, x in zip(case.images, case.targets, free.x):
        parts = {layer: x[own] for layer, own in engine.slices.items()}
        slow.append(ref.bptt_gradients(graph, image, target, ref.State(parts, parts, parts, parts, {}), eps, steps))
    expected = mean_over_samples(slow)
    for t, found in enumerate(backpropagation(engine, free.x, case.targets, eps, steps)):
        for key, values in expected.items():
            name = key if isinstance(key, str) else case.network.connections[key].name
            assert np.abs(found[name] - values[t]).max() <= 1e-6 * np.abs(values).max(), (name, t)


@pytest.mark.parametrize("name", ["dense", "average", "max on spikes", "skips"])
def test_every_nudge_step_retraces_one_step_back(name):
    result = check_gdu(case_of(name))
    assert result.passed and result.largest < 1e-3 and result.residual < 1e-12
    for parameter in result.parameters:
        assert max(parameter.error) <= 0.5 * max(parameter.one_sided)
        assert max(parameter.sign_errors) < 0.01
        assert max(parameter.size) > 0


def test_layers_move_at_once_whatever_the_configured_order():
    case = case_of("dense")
    network = Network(case.network.spec, case.network.layers[0].shape,
                      dataclasses.replace(case.network.neurons, order="alternating"))
    assert check_gdu(dataclasses.replace(case, network=network)).numbers() == check_gdu(case).numbers()


def test_targets_of_the_wrong_sign_fail():
    case = case_of("dense")

    class Mirrored(CheckCase):
        def rate(self, epsilon=0.5, **changes):
            engine = super().rate(epsilon, **changes)
            nudged = engine.relax

            def relax(*arguments, nudge=None, **options):
                turned = nudge and dataclasses.replace(nudge, beta=-nudge.beta)
                return nudged(*arguments, nudge=turned, **options)

            engine.relax = relax
            return engine

    result = check_gdu(Mirrored(**{field.name: getattr(case, field.name) for field in dataclasses.fields(case)}))
    assert not result.passed and max(max(p.sign_errors) for p in result.parameters) > 0.9


def test_a_large_nudge_does_not_retrace():
    assert not check_gdu(case_of("dense"), beta=0.5).passed


def test_asymmetric_feedback_fails_with_its_reason():
    result = check_gdu(case_of("average, alpha 1"))
    assert not result.passed and result.asymmetric == ("conv1-conv2",)
    assert "alpha is not F^2" in "\n".join(result.lines())
