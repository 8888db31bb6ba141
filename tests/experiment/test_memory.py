"""What a training will take: against a training that is measured, and what is said when it cannot fit."""

import importlib.util
import subprocess
import sys

import pytest

from neurosim.experiment import memory
from neurosim.experiment.config import load_config
from neurosim.experiment.memory import forecast_memory, refuse_too_large
from neurosim.experiment.training import Training

MEASURE = """
import sys
from neurosim.experiment.config import load_config
from neurosim.experiment.memory import peak_memory
from neurosim.experiment.training import Training
config = load_config("mnist-small", sys.argv[2:])
training = Training(config, sys.argv[1], threads=1)
training.run()
training.evaluate(training.data.test_images, training.data.test_labels)
print(peak_memory())
"""
QUICK = ["data.train_samples=20", "data.validation_samples=20", "data.test_samples=20", "training.epochs=1",
         "learning.free_steps=3", "learning.nudge_steps=3", "learning.window=2"]

DENSE = ["engine.kind=dense", "optimiser.kind=adamw", "optimiser.rates=0.001"]
needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")


def measured(folder, words):
    """Largest resident memory of a process that trains [MB of 2^20 bytes]."""
    done = subprocess.run([sys.executable, "-c", MEASURE, str(folder / "run.h5"), *words], text=True,
                          capture_output=True, check=True)
    return float(done.stdout)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """All kernels are on the disk: compiling them takes memory too."""
    for device in ("ideal", "choi-2018-epiram"):
        measured(tmp_path_factory.mktemp(device), [*QUICK, f"synapses.device={device}"])


@pytest.mark.slow
@pytest.mark.parametrize("changes", [
    ["network.layers.0.units=3000"],
    ["network.layers.0.units=1500", "synapses.device=choi-2018-epiram"],
    ["data.train_samples=6000", "training.batch=6000"],
    ["data.train_samples=50000", "training.batch=500", "learning.start=carried-per-sample"],
    pytest.param([*DENSE, "network.layers.0.units=3000"], marks=needs_torch),
    pytest.param([*DENSE, "learning.rule=bptt", "network.layers.0.units=3000", "learning.free_steps=60",
                  "data.train_samples=200", "training.batch=200"], marks=needs_torch)])
def test_the_forecast_is_what_a_training_takes(changes, compiled, tmp_path):
    words = [*QUICK, *changes]
    forecast = forecast_memory(load_config("mnist-small", words)) / 2 ** 20
    assert forecast == pytest.approx(measured(tmp_path, words), rel=1 / 3)


def test_what_cannot_fit_is_said_with_its_size_and_what_would_fit(monkeypatch):
    monkeypatch.setattr(memory, "installed_memory", lambda: 2 ** 30)
    points = [({"network.layers.0.units": units}, load_config("mnist-small", [f"network.layers.0.units={units}"]))
              for units in (100, 20_000, 3000)]
    refuse_too_large("a.toml", points[:1], jobs=4)
    refuse_too_large("a.toml", [], jobs=4)
    with pytest.raises(ValueError, match="^a.toml: network.layers.0.units = 20000 needs about [0-9.]+ MB of memory, "
                       "[0-9.]+ GB for 3 at once, and this machine has 1.07 GB; use --jobs 1$"):
        refuse_too_large("a.toml", points, jobs=3)
    monkeypatch.setattr(memory, "installed_memory", lambda: 2 ** 28)
    with pytest.raises(ValueError, match="and this machine has 268 MB; make .network., training.batch"):
        refuse_too_large("a.toml", points, jobs=1)
    monkeypatch.setattr(memory, "installed_memory", lambda: None)
    refuse_too_large("a.toml", points, jobs=1000)


@pytest.mark.parametrize("change", ["network.layers.0.units=1000000", "training.batch=1000000"])
def test_a_training_that_cannot_fit_is_refused_before_it_takes_memory(change, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "installed_memory", lambda: 2 ** 30)
    with pytest.raises(ValueError, match="^training: it needs about [0-9.e+]+ GB of memory, and this machine has "):
        Training(load_config("mnist-small", [change]), tmp_path / "run.h5")
    assert not list(tmp_path.iterdir())
