"""Evaluation: errors, confusion, counts, and layers at an edge."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from digits import config_of
from neurosim.datasets import DataOptions, statistics
from neurosim.experiment import evaluation as module
from neurosim.experiment.evaluation import Evaluation, evaluate
from neurosim.experiment.model import Model

CONFIG = config_of("")
IMAGES = np.random.default_rng(2).integers(0, 256, (23, 28, 28, 1), dtype=np.uint8)
LABELS = np.arange(23) % 10
MEASURED = statistics(IMAGES, DataOptions())


def model(bias=None, **options):
    made = Model.build(CONFIG, (28, 28, 1), 10, **options)
    if bias is not None:
        made.biases["conv1"][:] = bias
        made.refresh()
    return made


def outcome(answers, labels, silent=None, saturated=None):
    return Evaluation(np.array(answers), np.array(labels), np.zeros((len(labels), 3)), None,
                      silent or {"conv1": 0.0, "output": 0.0}, saturated or {"conv1": 0.0, "output": 0.0})


def test_error_and_confusion():
    result = outcome([0, 2, 1, 2], [0, 1, 1, 2])
    assert result.error == 0.25
    assert_array_equal(result.confusion(), [[1, 0, 0], [0, 1, 1], [0, 0, 1]])
    assert np.trace(result.confusion()) == (1 - result.error) * 4


@pytest.mark.parametrize("size", [1, 7, 23, 100])
def test_batches_do_not_matter(size, monkeypatch):
    whole = evaluate(model(), IMAGES, LABELS, MEASURED)
    monkeypatch.setattr(module, "BATCH", size)
    seen = []
    parts = evaluate(model(threads=2), IMAGES, LABELS, MEASURED, observe=seen.append)
    assert_array_equal(whole.outputs, parts.outputs)
    assert_array_equal(whole.answers, parts.answers)
    assert (whole.counts, whole.silent, whole.saturated, whole.dead) == (parts.counts, parts.silent, parts.saturated,
                                                                         parts.dead)
    assert seen == [min(start + size, 23) for start in range(0, 23, size)]


def test_answers_are_the_largest_mean_outputs():
    result = evaluate(model(), IMAGES, LABELS, MEASURED)
    assert_array_equal(result.answers, result.outputs.argmax(axis=1))
    assert (result.counts.samples, result.counts.steps) == (23, 23 * 8)
    assert result.error == np.mean(result.answers != LABELS)


def test_evaluation_changes_nothing():
    tested = model()
    before = {name: values.copy() for name, values in tested.synapses.weights.items()}
    first, second = (evaluate(tested, IMAGES, LABELS, MEASURED) for _ in range(2))
    assert_array_equal(first.outputs, second.outputs)
    for name, values in before.items():
        assert_array_equal(values, tested.synapses.weights[name])


@pytest.mark.parametrize("bias, silent, saturated", [(-100.0, 1.0, 0.0), (100.0, 0.0, 1.0),
                                                     ((-100.0, 100.0, 0.5), 1 / 3, 1 / 3)])
def test_layers_at_an_edge_are_found(bias, silent, saturated):
    tested = model(bias=np.array(bias))
    for values in tested.synapses.weights.values():
        values *= 0.01
    tested.refresh()
    result = evaluate(tested, IMAGES, LABELS, MEASURED)
    assert result.silent["conv1"] == pytest.approx(silent)
    assert result.saturated["conv1"] == pytest.approx(saturated)
    assert result.dead["conv1"] == pytest.approx(silent), "all images alike"


def test_a_unit_is_dead_that_no_image_moves():
    """Of 5 units two are silent in both batches, one in the first alone."""
    batches = [np.packbits(np.array(bits, bool)).tobytes().hex() for bits in ([1, 1, 0, 1, 0], [1, 1, 0, 0, 0])]
    assert module._dead(batches, 5) == 2 / 5
    whole = evaluate(model(), IMAGES, LABELS, MEASURED)
    alone = [evaluate(model(), IMAGES[n:n + 1], LABELS[n:n + 1], MEASURED).dead["conv1"] for n in range(len(IMAGES))]
    assert whole.dead["conv1"] <= min(alone) and whole.silent["conv1"] >= whole.dead["conv1"]
