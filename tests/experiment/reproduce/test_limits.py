"""Looking at the gradient while a network learns."""

import pytest
from numpy.testing import assert_array_equal

from digits import TEXT, write_digits
from neurosim.experiment.checks.case import load_case
from neurosim.experiment.config import load_config
from neurosim.experiment.reproduce import limits
from neurosim.experiment.training import Training

SETTLED = ["neurons.kind=rate", "network.input=analog", "neurons.epsilon=0.6", "learning.free_steps=60",
           "learning.nudge_steps=40", "learning.window=1", "learning.beta=0.01", "network.feedback=0.3",
           "optimiser.rates=0.05"]


@pytest.mark.slow
def test_looks_change_nothing_and_find_the_gradient_of_a_rate_network(tmp_path, monkeypatch):
    """Of the weights as they are then: phases that have come to rest have it whole, the first weights have another."""
    monkeypatch.setattr(limits, "_LOOKS", (1, 12))
    file = tmp_path / "digits.toml"
    file.write_text(TEXT)
    words = [f"data.path={write_digits(tmp_path)}", *SETTLED, "training.epochs=1", "training.batch=5"]
    told, plain = [], Training(load_config(file, words), threads=1)
    looks = limits.Looks(load_case(file, words, 10), lambda title, done, total: told.append((done, total)))
    watched = Training(load_config(file, words), tmp_path / "run.h5", threads=1)
    plain.run()
    watched.run(looks)
    for name, values in plain.model.synapses.weights.items():
        assert_array_equal(values, watched.model.synapses.weights[name])
        assert_array_equal(values, looks.case.weights[name].astype(values.dtype))
    assert list(looks.found) == [5, 60] and min(looks.found.values()) > 0.99
    assert told[-1] == (60, 60)
