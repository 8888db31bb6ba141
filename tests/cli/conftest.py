"""The command line as a user runs it, on a data set of a few hundred small pictures."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import neurosim
from neurosim.cli import main
from neurosim.results import read_run

TRAIN, TEST = 260, 70
SWEEP = """
base = "mnist-small"
repeats = 2

[fixed]
"data.path" = "{}"
"data.train_samples" = 200
"data.validation_samples" = 50
"network.layers" = [{{kind = "dense", units = 20}}, {{kind = "dense", units = 10}}]
"training.epochs" = 4

[axes]
"learning.beta" = [0.2, 0.4]
"""


def write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Folder in the form of MNIST: class k is a bright bar at a place of its own, on noise."""
    folder, rng = tmp_path_factory.mktemp("pictures"), np.random.default_rng(5)
    for part, count in (("train", TRAIN), ("t10k", TEST)):
        labels = np.arange(count) % 10
        images = rng.integers(0, 60, (count, 28, 28))
        for image, label in zip(images, labels):
            row, column = divmod(label, 2)
            image[5 * row + 2:5 * row + 5, 14 * column + 2:14 * column + 12] += 180
        write_idx(folder / f"{part}-images-idx3-ubyte", images)
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels)
    return folder


@pytest.fixture(scope="session")
def small(pictures):
    """Words that make any preset small and quick."""
    return ["--set", f"data.path={pictures}", "data.validation_samples=60", "training.epochs=3", "training.batch=5",
            "network.layers=[{kind='conv', channels=8, kernel=5, stride=3, pool='average'}, {units=10}]",
            "network.gains=1.0", "network.feedback=1.0", "network.input=spikes", "neurons.kind=spiking",
            "optimiser.kind=sgd", "neurons.epsilon=0.9", "neurons.lam=0.2", "learning.beta=0.2",
            "learning.targets=[0.0, 1.0]",
            "optimiser.rates=0.1", "optimiser.momentum=0.5", "synapses.device=ideal", "synapses.ranges=4.0",
            "learning.free_steps=10", "learning.nudge_steps=6", "learning.window=4",
            "training.checkpoint_seconds=1000"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def finished(tmp_path_factory, small):
    """Run file of an uninterrupted training."""
    path = tmp_path_factory.mktemp("finished") / "run.h5"
    assert main(["train", "--out", str(path), "--quiet", "--no-figure", *small]) == 0
    return path


def start(*words, cwd, wrapper=("-m", "neurosim")):
    """Start neurosim as a process of its own."""
    root = str(Path(neurosim.__file__).parents[1])
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
    return subprocess.Popen([sys.executable, *wrapper, *words], cwd=cwd, env=env, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for(process, text):
    """Read lines of stderr up to the first that contains `text`."""
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f"{text!r} never came")


@pytest.fixture(name="start")
def _start():
    return start


@pytest.fixture(name="wait_for")
def _wait_for():
    return wait_for


@pytest.fixture
def same_model():
    """Whether two run files hold the same weights, biases and momenta, bit for bit."""
    def compare(left, right):
        left, right = (read_run(path)[0]["model"] for path in (left, right))
        assert {group: set(left[group]) for group in left} == {group: set(right[group]) for group in right}
        return all(left[group][name].data.tobytes() == right[group][name].data.tobytes()
                   for group in left for name in left[group])
    return compare


@pytest.fixture(scope="session")
def sweep_file(tmp_path_factory, pictures):
    """A sweep of four points, two values and two seeds."""
    path = tmp_path_factory.mktemp("sweep") / "beta.toml"
    path.write_text(SWEEP.format(pictures))
    return str(path)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, sweep_file):
    """Folder of this sweep, computed by one process."""
    folder = tmp_path_factory.mktemp("undisturbed") / "out"
    assert main(["sweep", sweep_file, "--out", str(folder), "--jobs", "1", "--quiet"]) == 0
    return folder
