"""Gradients: against finite differences here and in the reference; bias of the estimators; survival in spikes."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

import reference as ref
from bridge import assert_same_gradient, graph_of, mean_over_samples
from neurosim.engines import Nudge
from neurosim.experiment.checks import check_gradient, gradient
from neurosim.experiment.checks.differences import Entry, all_entries, choose_entries, contrast, exact_gradient, slope
from neurosim.experiment.checks.gradient import agreements, bias_orders, interior_case
from neurosim.experiment.checks.settling import clipped, settle
from neurosim.experiment.checks.case import load_case
from neurosim.experiment.checks.survival import COSINE, cosine, survival
from neurosim.learning.estimator import Phase, built_in, checked
from neurosim.learning.phases import Phases
from neurosim.engines.protocol import Products
from neurosim.network.graph import Neurons
from check_cases import case_of, interior_spiking


def settled(case):
    engine = case.rate()
    return engine, settle(engine, case.images)


@pytest.mark.parametrize("name", ["dense", "average", "max decoded", pytest.param("skips", marks=pytest.mark.slow)])
def test_ep_gradient_is_the_slope_of_the_loss(name):
    case = case_of(name)
    engine, free = settled(case)
    estimate, _, kinks = exact_gradient(engine, case, free)
    slopes = [slope(engine, case, free, entry) for entry in choose_entries(case, 6, 3)]
    assert not kinks
    assert all(agreement.passed for agreement in agreements(estimate, slopes))


@pytest.mark.slow
def test_ep_gradient_is_that_of_the_reference():
    case = interior_case()
    engine, free = settled(case)
    graph = graph_of(engine.network, case.weights, case.biases)
    expected = mean_over_samples([ref.loss_gradient(graph, image, target)
                                  for image, target in zip(case.images, case.targets)])
    found, _, _ = exact_gradient(engine, case, free)
    products = Products(*({name: found[name] for name in group} for group in (case.weights, case.biases)))
    assert_same_gradient(case.network, products, expected, rtol=1e-5)


def test_differences_leave_the_simulator_as_it_was():
    case = case_of("dense")
    engine, free = settled(case)
    slope(engine, case, free, all_entries(case)[0])
    assert_allclose(settle(engine, case.images).x, free.x, rtol=0, atol=1e-13)


@pytest.mark.parametrize("broken", ["one-sided at a large beta", "sign", "factor"])
def test_a_wrong_gradient_does_not_agree(broken):
    case = case_of("dense")
    engine, free = settled(case)
    slopes = [slope(engine, case, free, entry) for entry in choose_entries(case, 6, 3)]
    right, _, _ = exact_gradient(engine, case, free)
    estimate = {"one-sided at a large beta": lambda: contrast(engine, case, free,
                                                              built_in("one-sided", "free", 0.1))[0],
                "sign": lambda: {name: -values for name, values in right.items()},
                "factor": lambda: {name: 1.001 * values for name, values in right.items()}}[broken]()
    assert not any(agreement.passed for agreement in agreements(estimate, slopes))


@pytest.mark.slow
def test_asymmetric_feedback_scales_the_gradients_below_it():
    case = case_of("average, alpha 1")
    result = check_gradient(case)
    assert not result.passed
    by_name = {agreement.name: agreement for agreement in result.agreements}
    assert by_name["conv2-output"].cosine > 0.95 and by_name["input-conv1"].ratio > 2


def test_bias_is_of_first_and_second_order_in_beta():
    case = interior_case()
    orders = bias_orders(case)
    assert not orders.wrong
    assert {name: bias.slope for name, bias in orders.biases.items()} == {
        "one-sided": pytest.approx(1, abs=0.2), "centred": pytest.approx(2, abs=0.3)}
    engine, free = settled(case)
    for beta in (0.2, -0.2):
        x = settle(engine, case.images, nudge=Nudge(beta, case.targets), start=free.state).x
        assert not clipped(engine, x).any()


def test_a_second_order_estimator_that_is_not_fails(monkeypatch):
    def one_sided(*arguments):
        beta = max(phase.beta for phase in arguments[-1])
        return contrast(*arguments[:-1], built_in("one-sided", "free", beta))

    monkeypatch.setattr(gradient, "contrast", one_sided)
    orders = bias_orders(interior_case())
    assert orders.biases["one-sided"].errors == orders.biases["centred"].errors and orders.wrong == ["centred"]


FIVE_POINTS = checked((Phase(beta=0.1, weight=8), Phase(beta=-0.1, weight=-8), Phase(beta=0.2, weight=-1),
                       Phase(beta=-0.2, weight=1)))


def test_the_bias_of_an_own_list_is_of_the_order_that_its_weights_give():
    orders = bias_orders(interior_case(), FIVE_POINTS)
    own = orders.biases["learning.phases"]
    assert own.expected == 4 and own.slope == pytest.approx(4, abs=0.5) and not orders.wrong
    assert max(own.errors) < 0.1 * max(orders.biases["centred"].errors)
    assert any(line.split()[0] == "learning.phases" and "4 +- 0.5" in line for line in orders.lines())


def test_the_check_says_the_order_of_what_is_configured():
    case = dataclasses.replace(interior_case(), phases=Phases(phases=FIVE_POINTS, free_steps=100, nudge_steps=100))
    result = check_gradient(case)
    assert result.order == 4 and "learning.phases" in result.orders.biases and not result.orders.wrong
    assert "  configured: 4 phases of learning.phases, with a bias of order 4 in beta" in result.lines()
    plain = check_gradient(dataclasses.replace(case, phases=Phases(estimator="one-sided")))
    assert "  configured: one-sided, with a bias of order 1 in beta" in plain.lines()


def test_kinks_are_seen_and_left_out():
    """A unit whose drive is exactly 0 is switched on by a rising bias and not by a falling one."""
    case = case_of("dense").first(1)
    entry = Entry("dense1", (2,))
    case.biases["dense1"][2] = -9.0
    engine, free = settled(case)
    case.biases["dense1"][2] = -engine.currents(free.x)[0, engine.slices["dense1"].start + 2]
    engine, free = settled(case)
    found, smooth = slope(engine, case, free, entry), slope(engine, case, free, Entry("dense1", (0,)))
    assert (found.kinks, smooth.kinks) == (1, 0)
    estimate, _, _ = exact_gradient(engine, case, free)
    agreement, = agreements(estimate, [found, smooth])
    assert (agreement.entries, agreement.kinks, agreement.passed) == (1, 1, True)
    alone, = agreements(estimate, [found])
    assert (alone.entries, alone.kinks, alone.error, alone.passed) == (0, 1, None, True)
    assert alone.row()[-1] == "not compared"


@pytest.mark.slow
def test_the_whole_check_passes_where_spikes_follow():
    phases = Phases(beta=0.3, free_steps=60, nudge_steps=60, window=30)
    seen = []
    result = check_gradient(interior_spiking(Neurons(lam=0.1), phases), lambda done, total: seen.append((done, total)))
    assert result.passed, "\n".join(result.lines())
    assert result.paper and result.configured.beyond < 0.1 and seen[-1][0] == seen[-1][1] == len(seen)


@pytest.mark.slow
def test_the_default_preset_has_the_gradient_of_its_loss():
    result = check_gradient(load_case("mnist"))
    assert result.passed
    assert min(result.configured.weights.values()) >= 0.95 > result.paper.weights["input-conv1"]


def test_a_single_noisy_step_does_not_survive():
    result = check_gradient(interior_spiking(Neurons(lam=0.6), Phases(beta=0.1, state="final")))
    assert result.configured.weak and not result.passed
    assert all(agreement.passed for agreement in result.agreements)


def test_noise_is_a_failure_before_learning_and_a_report_after_it():
    noisy = interior_spiking(Neurons(lam=0.6), Phases(beta=0.1, state="final"))
    before, after = (check_gradient(dataclasses.replace(noisy, trained=trained)) for trained in (False, True))
    assert not before.passed and after.passed and before.configured == after.configured
    assert before.lines()[-1].startswith("gradient: FAILED: the estimate for ")
    assert after.lines()[-1] == "gradient: passed"
    assert any("noise of short phases" in line for line in after.lines())
    assert not any("FAILED" in line for line in after.lines())


def test_parts_along_and_across_the_gradient():
    case = case_of("dense")
    engine, free = settled(case)
    truth, _, _ = exact_gradient(engine, case, free)
    long = dataclasses.replace(case.phases, beta=1e-4, free_steps=200, nudge_steps=200)
    exact = survival(engine, case, long, truth, "")
    assert all(value == pytest.approx(1, abs=1e-3) for value in exact.along.values())
    assert max(exact.across.values()) < 1e-2 and not exact.weak and min(exact.weights.values()) > COSINE
    turned = survival(engine, case, long, {name: -2 * values for name, values in truth.items()}, "")
    assert all(value == pytest.approx(-0.5, abs=1e-3) for value in turned.along.values())
    for name, value in exact.weights.items():
        assert value == pytest.approx(exact.along[name] / np.hypot(exact.along[name], exact.across[name]))


@pytest.mark.slow
def test_rate_networks_are_measured_under_their_own_phases():
    case = interior_case()
    long, short = (check_gradient(dataclasses.replace(case, phases=phases)) for phases in
                   (Phases(beta=0.1, free_steps=100, nudge_steps=100), Phases(free_steps=3, nudge_steps=1, window=1)))
    assert long.passed and long.paper is None
    assert not short.passed and short.configured.weak      # one step moves the output alone


def test_cosine_of_nothing_is_nothing():
    assert cosine(np.zeros(3), np.ones(3)) == 0 and cosine(np.ones(3), -np.ones(3)) == pytest.approx(-1)
