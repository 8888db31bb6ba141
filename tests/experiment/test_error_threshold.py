"""Error-triggered learning in a whole training: what was counted, what it costs, and the same bits however it runs."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from digits import config_of, write_digits
from neurosim.energy import load_prices, price
from neurosim.experiment.config import parse_config
from neurosim.experiment.model import Model
from neurosim.experiment.pricing import workloads
from neurosim.experiment.training import Training
from neurosim.learning.phases import one_hot, run_phases
from observers import StopAfter

THRESHOLD = ("learning.error_threshold=0.6",)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("digits"))


def trained(digits, *assignments, **options):
    training = Training(config_of(digits, *THRESHOLD, *assignments), **options)
    training.run()
    return training


def test_who_is_not_nudged_is_neither_counted_nor_priced(digits, tmp_path):
    trained(digits, "training.epochs=12", out=tmp_path / "run.h5")
    workload = workloads(tmp_path / "run.h5")["training"]
    taught = workload.phases["nudge+"].samples
    assert taught == workload.phases["nudge-"].samples == workload.taught < workload.samples
    lines = [line for line in price(workload, load_prices("isaac-32nm")).lines if line.event == "MACs of gradients"]
    assert [line.count for line in lines] == [2 * array.synapses * taught for array in workload.chip.arrays]


@pytest.mark.parametrize("assignments", [("learning.start=carried",), ("synapses.update=sample",
                                                                       "synapses.device=choi-2018-epiram")])
def test_the_same_weights_after_an_interruption(digits, tmp_path, assignments):
    whole = trained(digits, *assignments)
    config, out = config_of(digits, *THRESHOLD, *assignments), tmp_path / "run.h5"
    assert not Training(config, out=out).run(StopAfter(3))
    resumed = Training(config, out=out, resume=True)
    assert resumed.run()
    for name, weights in whole.model.synapses.weights.items():
        assert_array_equal(resumed.model.synapses.weights[name], weights)


@pytest.mark.parametrize("kind", ["trains", "two-phase"])
@pytest.mark.parametrize("layer", ["{units = 6}", '{kind = "conv", channels = 2, kernel = 2}'])
def test_trains_are_those_of_the_samples_that_are_nudged(layer, kind):
    """Bit for bit those of a batch without the others, also where each half of a batch has relaxed by itself."""
    config = parse_config(f"""
        network = {{input = "analog", layers = [{layer}, {{units = 3}}]}}
        neurons = {{kind = "rate", epsilon = 0.5}}
        learning = {{free_steps = 30, nudge_steps = 10}}
        optimiser = {{rates = 0.5}}
        synapses = {{device = "ideal-device", pulses = "{kind}"}}
    """, "net.toml")
    random = np.random.default_rng(3)
    images, targets = random.random((8, 3, 3, 1)), one_hot(random.integers(3, size=8), 3)
    models = [Model.build(config, (3, 3, 1), 3, threads=1) for _ in range(3)]
    outputs = run_phases(models[0].engine, images, targets, config.learning).free.mean[:, -3:]
    errors = np.abs(outputs - targets).max(axis=1)
    phases, far = replace(config.learning, error_threshold=float(np.sort(errors)[3])), np.sort(np.argsort(errors)[4:])

    def study(chosen, learning):
        return run_phases(models[0].engine, images[chosen], targets[chosen], learning)

    batches = (([study(slice(None), phases)], 1.0), ([study(far, config.learning)], 0.5),
               ([study(half, phases) for half in (slice(0, 4), slice(4, 8))], 1.0))
    for model, (parts, scale) in zip(models, batches):
        model.learn_parts(parts, scale)
    held = [model.synapses.stored() for model in models]
    assert sum(models[0].synapses.counts.set.values()) > sum(models[0].synapses.initial.set.values())
    for name, values in held[0].items():
        for other in held[1:] if ".plus." in name or ".minus." in name else ():
            assert_array_equal(values, other[name], name)


def test_a_batch_in_which_all_are_near_sends_no_train(digits):
    training = Training(config_of(digits, "learning.error_threshold=0.99", "synapses.device=ideal-device",
                                  "synapses.pulses=trains", "training.epochs=1"))
    training.run()
    counts, initial = training.model.synapses.counts, training.model.synapses.initial
    assert counts.set == initial.set and counts.reset == initial.reset
