"""Numbers of the summary against their definitions."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from neurosim.confidence import Z, wilson
from neurosim.counts import Counts
from neurosim.experiment.evaluation import Evaluation
from neurosim.experiment.pipeline.measures import measured_activity
from neurosim.experiment.pipeline.summary import activity_lines, duration, error_lines
from neurosim.network.graph import Network, Neurons, dense


@pytest.mark.parametrize("wrong, samples", [(3, 50), (241, 10000), (49, 50)])
def test_the_ends_of_the_interval_are_z_standard_errors_away(wrong, samples):
    for end in wilson(wrong / samples, samples):
        assert abs(end - wrong / samples) == pytest.approx(Z * math.sqrt(end * (1 - end) / samples), rel=1e-9)


def test_no_error_at_all_has_an_upper_bound():
    low, high = wilson(0.0, 10000)
    assert low == 0 and high == pytest.approx(Z ** 2 / (10000 + Z ** 2))


@pytest.mark.parametrize("error", [0.01, 0.05, 0.2])
def test_wilson_intervals_hold_the_true_error_19_times_of_20(error):
    """Exact, over every number of wrong images out of 1000."""
    ends = np.array([wilson(wrong / 1000, 1000) for wrong in range(1001)])
    inside = (ends[:, 0] <= error) & (error <= ends[:, 1])
    assert binom.pmf(np.arange(1001), 1000, error) @ inside == pytest.approx(0.95, abs=0.02)


def evaluation():
    counts = Counts(4, 40, {"input": 8, "dense1": 20, "output": 4},
                    {"input-dense1 forward": 24, "dense1-output forward": 40, "dense1-output backward": 12},
                    {"input-dense1 forward": 600, "dense1-output forward": 240, "dense1-output backward": 240})
    return Evaluation(np.zeros(4, int), np.zeros(4, int), np.zeros((4, 2)), counts, {}, {})


@pytest.mark.parametrize("kind, source, spikes, macs", [
    ("spiking", "spikes", 8, 0), ("spiking", "analog", 6, 6), ("rate", "analog", 0, 19)])
def test_only_what_reads_spikes_is_an_accumulation(kind, source, spikes, macs):
    network = Network([dense(3), dense(2)], shape=(1, 1, 5), neurons=Neurons(kind=kind), input=source)
    measures = measured_activity(network, evaluation())
    assert measures["steps"] == 10
    assert measures["spikes_per_inference"] == spikes == sum(measures["spikes_by_layer"].values())
    analog = 3 if kind == "rate" else 0    # MACs of the backward read
    assert measures["neurobench"] == {"Effective_MACs": macs - analog, "Effective_ACs": 16 - macs + analog,
                                      "Dense": 210}
    assert measures["backward_operations"] == {"Effective_MACs": analog, "Effective_ACs": 3 - analog, "Dense": 60}
    assert measures["synaptic_operations_per_inference"] == 19
    assert measures["density_by_layer"]["dense1"] == pytest.approx(5 / (3 * 10))
    assert measures["density_by_layer"]["input"] == pytest.approx(2 / (5 * (1 if source == "analog" else 10)))


def test_a_graded_spike_is_multiplied_and_a_ternary_one_is_not():
    """NeuroBench: an accumulation where the activation is a spike of 1 or -1, a product where it is another number."""
    layers = [dense(3, neurons="graded"), dense(2, neurons="ternary")]
    measures = measured_activity(Network(layers, shape=(1, 1, 5), input="ternary"), evaluation())
    assert measures["neurobench"] == {"Effective_MACs": 10, "Effective_ACs": 6, "Dense": 210}
    assert measures["backward_operations"] == {"Effective_MACs": 0, "Effective_ACs": 3, "Dense": 60}
    assert measures["spikes_per_inference"] == 8 and measures["operations_by_read"]["dense1-output forward"][
        "sends"] == "graded spikes"
    text = "\n".join(activity_lines(measures))
    assert "Effective_ACs  Effective_MACs" in text


def test_tables_add_up():
    network = Network([dense(3), dense(2)], shape=(1, 1, 5), input="analog")
    lines = list(activity_lines(measured_activity(network, evaluation())))
    assert [line.split() for line in lines[-2:]] == [["forward", "reads", "10", "6", "210"],
                                                     ["backward", "reads", "3", "0", "60"]]
    reads = [line.split() for line in lines[:-2] if line.split()[1:2] == ["forward"]]
    assert reads == [["input-dense1", "forward", "6", "150"], ["dense1-output", "forward", "10", "60"]]
    assert [line.split()[:2] for line in lines[2:5]] == [["input", "(analog)"], ["dense1", "5"], ["output", "1"]]


def test_errors_in_percent():
    report = {"test_error": 0.0241, "test_error_interval": [0.0213, 0.0273], "test_samples": 10000}
    line, = error_lines(report)
    assert line == "test error        2.41%  (95 % interval 2.13% to 2.73%; 241 of 10,000 images wrong)"


@pytest.mark.parametrize("seconds, text", [(0.04, "0.0 s"), (9.96, "10 s"), (99.4, "99 s"), (99.6, "1 min 40 s"),
                                           (3599.6, "60 min 00 s"), (7380, "2 h 03 min")])
def test_durations(seconds, text):
    assert duration(seconds) == text
