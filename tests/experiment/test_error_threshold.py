"""Error-triggered learning in a whole training: what was counted, what it costs, and the same bits however it runs."""

import pytest
from numpy.testing import assert_array_equal

from digits import config_of, write_digits
from neurosim.energy import load_prices, price
from neurosim.experiment.pricing import workloads
from neurosim.experiment.training import Training
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
