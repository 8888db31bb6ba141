"""Losses: the compiled force is -beta dL/dx of what numpy computes, far from 0 and in single precision too."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurosim._jit import kernel
from neurosim.experiment.config import parse_config
from neurosim.losses import LOSSES, add_force

RNG = np.random.default_rng(4)
CLASSES, BETA, SPAN = 5, 0.3, 3    # SPAN units of an engine behind the outputs


@kernel
def forces(code, x, y, beta, out):
    for k in range(len(x)):
        add_force(code, x[k], y[k], beta, out[k])


def compiled(name, outputs, targets, dtype=np.float64):
    """What the loss adds to currents of 1, less these; behind the outputs stand large states that are none."""
    x = np.concatenate([outputs, np.full((len(outputs), SPAN), 1e3)], axis=1).astype(dtype)
    out = np.ones_like(x)
    forces(list(LOSSES).index(name), x, targets.astype(dtype), dtype(BETA), out)
    assert_array_equal(out[:, CLASSES:], 1)
    return out[:, :CLASSES] - 1


def one_hots(samples=6):
    return np.eye(CLASSES)[RNG.integers(CLASSES, size=samples)]


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-15), (np.float32, 3e-7)])
@pytest.mark.parametrize("scale", [1, 30])
@pytest.mark.parametrize("name", LOSSES)
def test_the_compiled_force_is_that_of_numpy(name, scale, dtype, tolerance):
    outputs, targets = (scale * RNG.standard_normal((6, CLASSES))).astype(dtype).astype(float), one_hots()
    expected = -BETA * LOSSES[name].gradient(outputs, targets)
    assert_allclose(compiled(name, outputs, targets, dtype), expected, rtol=0, atol=tolerance * np.abs(expected).max())


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_is_the_slope_of_the_value(name):
    outputs, targets, h = RNG.standard_normal((4, CLASSES)), one_hots(4), 1e-6
    slopes = [(LOSSES[name].value(outputs + h * unit, targets) - LOSSES[name].value(outputs - h * unit, targets))
              / (2 * h) for unit in np.eye(CLASSES)]
    assert_allclose(np.transpose(slopes), LOSSES[name].gradient(outputs, targets), atol=1e-9)


def test_softmax_far_from_zero():
    """Logits that overflow an exponential, or all underflow it, leave probabilities of 1 and 0."""
    outputs, targets = np.array([[900, 0, 0, 0, -900], [-900, -1000, -900, -1000, -1000.0]]), np.eye(CLASSES)[[4, 0]]
    expected = np.array([[-1, 0, 0, 0, 1], [0.5, 0, -0.5, 0, 0]])
    for dtype in (np.float32, np.float64):
        assert_allclose(compiled("cross-entropy", outputs, targets, dtype), BETA * expected, rtol=0, atol=1e-6)
    assert_allclose(LOSSES["cross-entropy"].value(outputs, targets), [1800, np.log(2)])


def test_cross_entropy_of_equal_logits_is_that_of_guessing():
    loss, outputs = LOSSES["cross-entropy"], np.full((2, CLASSES), 7.0)
    assert_allclose(loss.value(outputs, one_hots(2)), np.log(CLASSES))
    assert loss.initial_output((0.25, 0.75), 10) == 0
    assert LOSSES["squared-error"].initial_output((0.25, 0.75), 10) == 0.3


@pytest.mark.parametrize("name", LOSSES)
def test_answers_and_targets(name):
    loss, labels = LOSSES[name], np.array([2, 0])
    targets = loss.targets(labels, 3, (0.25, 0.75), np.float64)
    low, high = (0.25, 0.75) if name == "squared-error" else (0, 1)
    assert_array_equal(targets, [[low, low, high], [high, low, low]])
    assert_array_equal(loss.answers(targets), labels)


NEEDED = 'needs outputs that no clip cuts off, and neurons.output_range ='


@pytest.mark.parametrize("assignments, sentence", [
    (['learning.loss="cross-entropy"'],
     f'learning.loss: "cross-entropy" {NEEDED} [-1, 2] ends within 10 of 0; write for example '
     "[-100, 100]"),
    (['learning.loss="cross-entropy"', "neurons.output_range=[-100, 9]"],
     f'learning.loss: "cross-entropy" {NEEDED} [-100, 9] ends within 10 of 0; write for example '
     "[-100, 100]"),
    (['learning.loss="cros-entropy"'], "learning.loss: 'cros-entropy' is unknown; did you mean 'cross-entropy'?"),
    (["learning.targets=[0.0, 3.0]"],
     "learning.targets: [0, 3] lie outside neurons.output_range = [-1, 2], where no output can reach them; widen "
     "output_range, or move the targets into it")])
def test_what_does_not_fit_is_one_sentence(assignments, sentence):
    with pytest.raises(ValueError) as caught:
        parse_config("", "the test", assignments)
    assert str(caught.value) == sentence


def test_targets_of_a_squared_error_do_not_bind_a_cross_entropy():
    parse_config("", "the test", ['learning.loss="cross-entropy"', "neurons.output_range=[-50, 50]",
                                  "learning.targets=[60.0, 70.0]"])
