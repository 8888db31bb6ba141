"""Networks that learn by cross-entropy: the gradient of its finite differences, and digits that are learnt."""

import dataclasses

import numpy as np
import pytest

from check_cases import case_of
from digits import config_of, write_digits
from graphs import RATE
from neurosim.experiment.checks import check_gdu
from neurosim.experiment.checks.differences import choose_entries, exact_gradient, slope
from neurosim.experiment.checks.gradient import agreements, bias_orders, interior_case
from neurosim.experiment.checks.settling import settle
from neurosim.experiment.remarks import doubtful_settings, idle_settings
from neurosim.experiment.training import Training
from neurosim.learning.phases import Phases
from neurosim.losses import CROSS_ENTROPY, SQUARED_ERROR

WIDE = dataclasses.replace(RATE, output_range=(-50.0, 50.0))
LOGITS = ("learning.loss=cross-entropy", "neurons.output_range=[-50, 50]")


def entropic(name):
    """A network of tests/graphs.py whose outputs are logits, with one-hot targets."""
    case = case_of(name, WIDE, Phases(loss="cross-entropy"))
    classes = case.network.layers[-1].units
    targets = np.eye(classes)[np.arange(len(case.images)) % classes]
    return dataclasses.replace(case, targets=targets)


@pytest.mark.parametrize("name", ["dense", "average", "max decoded"])
def test_ep_gradient_is_that_of_finite_differences_of_the_cross_entropy(name):
    case = entropic(name)
    engine = case.rate()
    free = settle(engine, case.images)
    estimate, _, kinks = exact_gradient(engine, case, free)
    slopes = [slope(engine, case, free, entry) for entry in choose_entries(case, 6, 3)]
    assert not kinks
    for agreement in agreements(estimate, slopes):
        assert agreement.error <= 1e-5 and agreement.cosine > 1 - 1e-9


def test_the_gradient_of_the_squared_error_is_another_one():
    case = entropic("dense")
    engine = case.rate()
    free = settle(engine, case.images)
    slopes = [slope(engine, case, free, entry) for entry in choose_entries(case, 6, 3)]
    other = dataclasses.replace(case, phases=Phases())
    estimate, _, _ = exact_gradient(engine, other, free)
    assert not any(agreement.passed for agreement in agreements(estimate, slopes))


def test_every_nudge_step_retraces_one_step_back():
    result = check_gdu(entropic("average"))
    assert result.passed and result.largest < 1e-3


def test_bias_of_the_estimators_is_of_first_and_second_order():
    orders = bias_orders(interior_case("cross-entropy"))
    assert not orders.wrong
    assert {name: bias.expected for name, bias in orders.biases.items()} == {"one-sided": 1, "centred": 2}


@pytest.mark.parametrize("settings", [
    ("neurons.kind=rate", "network.input=analog", "neurons.epsilon=0.5", "optimiser.rates=0.3"),
    ("neurons.kind=rate", "network.input=analog", "neurons.epsilon=1.0", "network.layers.1.neurons=linear",
     "neurons.order=alternating", "learning.start=carried", "optimiser.rates=0.4"),
    ("optimiser.rates=[0.5, 0.3]",)], ids=["rate", "linear logits, as in Lin et al. 2024", "spiking"])
def test_digits_are_learnt(settings, tmp_path):
    training = Training(config_of(write_digits(tmp_path), *LOGITS, "training.epochs=6", *settings), threads=1)
    assert not training.model.biases["output"].any()
    training.run()
    errors = [entry["train_error"] for entry in training.progress.history]
    tested = training.evaluate(training.data.test_images, training.data.test_labels)
    targets = training.config.learning.desired(tested.labels, 10, float)
    assert errors[-1] < 0.3 < errors[0] and tested.error < 0.3
    assert CROSS_ENTROPY.value(tested.outputs.astype(float), targets).mean() < 0.8 * np.log(10)
    assert training.model.loss is CROSS_ENTROPY is not SQUARED_ERROR


def test_targets_beside_a_cross_entropy_and_spikes_beside_logits_deserve_a_word(tmp_path):
    config = config_of(tmp_path, *LOGITS, "learning.targets=[0.25, 0.75]")
    assert list(idle_settings(config)) == [
        'learning.targets = [0.25, 0.75] has no effect, because learning.loss is "cross-entropy", whose targets are 0 '
        "and 1"]
    sentence, = doubtful_settings(config)
    assert sentence.startswith('learning.loss = "cross-entropy" beside spiking outputs: what it teaches the outputs')
    rate = config_of(tmp_path, *LOGITS, "neurons.kind=rate", "network.input=analog")
    assert not list(doubtful_settings(rate))


def test_keys_beside_an_own_list_have_no_effect(tmp_path):
    own = "learning.phases=[{beta = 0.2, weight = 1}, {beta = -0.2, weight = -1}]"
    config = config_of(tmp_path, own, "learning.beta=0.1", "learning.estimator=one-sided")
    assert list(idle_settings(config)) == [
        f"learning.{key} has no effect, because learning.phases lists the phases itself"
        for key in ("beta = 0.1", 'estimator = "one-sided"')]
