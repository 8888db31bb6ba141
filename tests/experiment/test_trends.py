"""The direction of every effect: a worse chip classifies worse, within the error bars of 500 images."""

import numpy as np
import pytest

from neurosim.experiment.changes import restored
from neurosim.experiment.config import load_config
from neurosim.experiment.training import Training

#: Three standard errors of the difference of two error rates near 0.3, measured on the same 500 images.
MARGIN = 3 * np.sqrt(2 * 0.3 * 0.7 / 500)
BASE = ["training.epochs=1", "data.train_samples=3000", "data.validation_samples=500", "data.test_samples=500",
        "synapses.device=ideal-device"]


@pytest.fixture(scope="module")
def run_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("trends") / "run.h5"
    training = Training(load_config("mnist-small", BASE), path)
    training.run()
    training.save()
    return path


def error(path, *assignments):
    training, _ = restored(path, assignments)
    return training.evaluate(training.data.test_images, training.data.test_labels).error


@pytest.mark.slow
@pytest.mark.parametrize("settings", [
    [(), ("array.word_line=50", "array.bit_line=50"), ("array.word_line=200", "array.bit_line=200"),
     ("array.word_line=1000", "array.bit_line=1000")],
    [("readout.kind=adc", f"readout.bits={bits}") for bits in (8, 3, 2, 1)],
    [("readout.noise=fresh", f"device.read_noise={noise}") for noise in (0.0, 0.2, 0.5, 1.0)],
    [(f"device.levels={levels}", "synapses.rounds=30") for levels in (64, 8, 4)],
], ids=["wire resistance", "bits of the converter", "read noise", "levels"])
def test_error_grows(run_file, settings):
    errors = [error(run_file, *assignments) for assignments in settings]
    assert errors[0] < 0.25
    assert errors[-1] > errors[0] + (0.02 if len(settings) == 3 else 0.2)
    assert all(worse > better - MARGIN for better, worse in zip(errors, errors[1:]))
