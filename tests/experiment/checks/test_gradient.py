"""Gradients: against finite differences of this project and of the reference; bias of the estimators; survival in spikes."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

import graphs
import reference as ref
from bridge import assert_same_gradient, graph_of, mean_over_samples
from neurosim.experiment.checks import Subject, check_gradient
from neurosim.experiment.checks.differences import all_entries, choose_entries, contrast, exact_gradient, slope
from neurosim.experiment.checks.gradient import agreements, bias_orders, cosine, interior_subject
from neurosim.experiment.checks.settling import clipped, settle
from neurosim.learning.phases import Phases
from neurosim.network.graph import Neurons
from neurosim.network.hebbian import Products


def subject_of(name, neurons=graphs.RATE, phases=Phases(), samples=2, bias=0.4):
    network = graphs.build(name, neurons)
    weights, biases = graphs.parameters(network, bias=bias)
    images, targets = graphs.samples(network, samples)
    return Subject(name=name, network=network, weights=weights, biases=biases, phases=phases, images=images, targets=targets)


def settled(subject):
    simulator = subject.rate()
    return simulator, settle(simulator, subject.images)


@pytest.mark.parametrize("name", ["dense", "average", "max decoded", "skips"])
def test_ep_gradient_is_the_slope_of_the_loss(name):
    subject = subject_of(name)
    simulator, free = settled(subject)
    estimate, _, kinks = exact_gradient(simulator, subject, free)
    slopes = [slope(simulator, subject, free, entry) for entry in choose_entries(subject, 6, 3)]
    assert not kinks
    assert all(agreement.passed for agreement in agreements(estimate, slopes))


@pytest.mark.parametrize("name", ["dense", "average"])
def test_ep_gradient_is_that_of_the_reference(name):
    subject = subject_of(name)
    simulator, free = settled(subject)
    graph = graph_of(simulator.network, subject.weights, subject.biases)
    expected = mean_over_samples([ref.loss_gradient(graph, image, target)
                                  for image, target in zip(subject.images, subject.targets)])
    found, _, _ = exact_gradient(simulator, subject, free)
    products = Products({name: found[name] for name in subject.weights}, {name: found[name] for name in subject.biases})
    assert_same_gradient(subject.network, products, expected, rtol=1e-5)


def test_differences_leave_the_simulator_as_it_was():
    subject = subject_of("dense")
    simulator, free = settled(subject)
    slope(simulator, subject, free, all_entries(subject)[0])
    assert_allclose(settle(simulator, subject.images).x, free.x, rtol=0, atol=1e-13)


@pytest.mark.parametrize("broken", ["one-sided at a large beta", "sign", "factor"])
def test_a_wrong_gradient_does_not_agree(broken):
    subject = subject_of("dense")
    simulator, free = settled(subject)
    slopes = [slope(simulator, subject, free, entry) for entry in choose_entries(subject, 6, 3)]
    right, _, _ = exact_gradient(simulator, subject, free)
    estimate = {"one-sided at a large beta": lambda: contrast(simulator, subject, free, 0.1, (1, 0))[0],
                "sign": lambda: {name: -values for name, values in right.items()},
                "factor": lambda: {name: 1.001 * values for name, values in right.items()}}[broken]()
    assert not any(agreement.passed for agreement in agreements(estimate, slopes))


def test_asymmetric_feedback_scales_the_gradients_below_it():
    subject = subject_of("average, alpha 1")
    result = check_gradient(subject)
    assert not result.passed
    by_name = {agreement.name: agreement for agreement in result.agreements}
    assert by_name["conv2-output"].cosine > 0.95 and by_name["input-conv1"].ratio > 2


def test_bias_is_of_first_and_second_order_in_beta():
    subject = interior_subject()
    orders = bias_orders(subject)
    assert orders.passed
    assert orders.one_sided_slope == pytest.approx(1, abs=0.2) and orders.centred_slope == pytest.approx(2, abs=0.3)
    simulator, free = settled(subject)
    for beta in (0.2, -0.2):
        x = settle(simulator, subject.images, beta=beta, targets=subject.targets, start=free.state).x
        assert not clipped(simulator, x).any()


def test_saturated_units_spoil_the_orders():
    subject = interior_subject()
    saturated = dataclasses.replace(subject, biases={**subject.biases, "conv1": np.array([-0.1, 0.02])},
                                    weights={name: 3 * values for name, values in subject.weights.items()})
    assert not bias_orders(saturated).passed


def test_kinks_are_seen_and_left_out():
    subject = subject_of("dense")
    simulator, free = settled(subject)
    unit = 2
    drive = simulator.slices["dense1"].start + unit
    biases = {**subject.biases, "dense1": subject.biases["dense1"].copy()}
    biases["dense1"][unit] -= _drive(simulator, subject, free)[0, drive]     # sample 0: unit 2 sits exactly at its kink
    kinked = dataclasses.replace(subject, biases=biases)
    simulator, free = settled(kinked)
    for _ in range(60):
        biases["dense1"][unit] -= _drive(simulator, kinked, free)[0, drive]
        simulator, free = settled(kinked)
    found = slope(simulator, kinked, free, next(e for e in all_entries(kinked) if e.name == "dense1" and e.place == (unit,)))
    assert found.kinks == 1
    estimate, _, _ = exact_gradient(simulator, kinked, free)
    assert agreements(estimate, [found, dataclasses.replace(found, kinks=0)])[0].kinks == 1


def _drive(simulator, subject, free):
    from neurosim.network.energy import biases, currents
    return currents(simulator, free.x) + biases(simulator)


def test_the_whole_check_passes_where_spikes_follow():
    """Outputs inside [0, 1] in all phases, and windows long enough to average the spikes out."""
    phases = Phases(beta=0.3, free_steps=150, nudge_steps=120, window=100)
    subject = subject_of("average", Neurons(lam=0.05), phases, samples=8, bias=0.9)
    seen = []
    result = check_gradient(subject, lambda done, total: seen.append((done, total)))
    assert result.passed, "\n".join(result.lines())
    assert seen[-1][0] == seen[-1][1]
    assert min(result.configured.weights.values()) >= 0.95 > min(result.paper.weights.values())


def test_a_single_noisy_step_does_not_survive():
    phases = Phases(beta=0.1, free_steps=30, nudge_steps=20, state="final")
    result = check_gradient(subject_of("average", Neurons(lam=0.6), phases))
    assert not result.configured.passed and not result.passed
    assert all(agreement.passed for agreement in result.agreements)


def test_cosine_of_nothing_is_nothing():
    assert cosine(np.zeros(3), np.ones(3)) == 0 and cosine(np.ones(3), -np.ones(3)) == pytest.approx(-1)
