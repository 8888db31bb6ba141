"""The arithmetic of the benchmarks: what they count is what happened. Nothing here is timed."""

import importlib
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from digits import config_of, write_digits
from neurosim.datasets import load, prepare
from neurosim.experiment.training import Training
from neurosim.learning.phases import run_phases
from neurosim.learning.rule import gradient
from neurosim.network.graph import Network

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def benchmark_module(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module


@pytest.fixture
def workload(benchmark_module):
    return benchmark_module("relaxation").Workload((3, 4), 5, density=0.25, threads=1, batch=8)


def test_neurons_fire_at_the_density_asked_for(benchmark_module, workload):
    _, record = workload.relax(40)
    assert benchmark_module("relaxation").densities(workload.engine, record) == pytest.approx([0.25] * 5, abs=0.01)


def test_spikes_differ_from_step_to_step(benchmark_module, workload):
    repeated, _ = benchmark_module("relaxation").spread(workload)
    assert repeated == 0                                           # at 1/4 a sigma-delta coder rests three steps


def test_row_additions_are_the_taps_of_every_spike(benchmark_module, workload):
    """In the middle of a map, a spike meets 2 x 2 folded taps, each of as many columns as channels above."""
    _, record = workload.relax(1)
    input, conv1 = (workload.engine.slices[name].start for name in ("input", "conv1"))
    record.sent[:] = 0
    record.sent[0, input + 14 * 28 + 14] = 1
    record.sent[0, conv1 + (5 * 13 + 5) * 3] = 2
    forward = 2 * 2 * 3 + 2 * (2 * 2 * 4)
    assert benchmark_module("relaxation").row_additions(workload.engine, record) == forward


def test_the_peak_kernel_adds_every_row_once_per_pass(benchmark_module):
    reader = benchmark_module("peak").Reader(1 << 14)
    reader.run(2)
    assert np.all(reader.out == 2 * reader.additions / reader.out.size)


def test_growth_of_memory_is_relative(benchmark_module):
    result = benchmark_module("memory").summary(700.0, 400.0, 404.0)
    assert result["growth"] == pytest.approx(0.01) and result["within_limits"]
    assert not benchmark_module("memory").summary(700.0, 400.0, 410.0)["within_limits"]


def test_random_images_are_read_as_cifar_is(benchmark_module, tmp_path):
    module = benchmark_module("augmentation")
    module.write_cifar(tmp_path, train=20, test=3)
    found = load("cifar10", tmp_path)
    assert found.train_images.shape == (20, 32, 32, 3) and found.test_labels.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(found.test_images, module.images(3, seed=len("test_batch")))


def test_batches_that_are_watched_are_all_there(benchmark_module):
    watched = benchmark_module("augmentation").Watched()
    with watched.ahead(lambda a: time.sleep(0.01) or sum(range(10 ** 4)) + a, [(0,), (1,)], 0) as batches:
        assert next(batches) + 1 == next(batches)
    assert watched.waited > 0.02 > watched.made > 0


def test_without_torch_the_peer_says_what_to_install():
    code = "import sys; sys.modules['torch'] = None; import peer_dense_torch as p; p.measure((1, 1), 1, 1, 1, 0.1, 1)"
    done = subprocess.run([sys.executable, "-c", code], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode
    assert done.stderr.strip() == "benchmarks: the dense peer needs PyTorch; run pip install '.[bench]'"


def test_the_plain_loop_computes_what_the_engines_do(benchmark_module):
    """Step by step, with strides, skips, max and average pooling, in alternating order."""
    pytest.importorskip("torch")
    module = benchmark_module("dense")
    for name in ("784-512-10", "32-64", "vgg5-small", "resnet13-small"):
        workload = module.Workload(name, 1, 2)
        ends = [workload.run(one, 6)[1] for one in module.CONTESTANTS]
        for end in ends[:2]:
            assert np.abs(end - ends[2]).max() < 1e-5 * np.abs(ends[2]).max()


def test_without_a_gpu_its_benchmark_says_so(benchmark_module, monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(sys, "argv", ["gpu.py"])
    with pytest.raises(SystemExit, match="no CUDA device"):
        benchmark_module("gpu").main()
    tiny = benchmark_module("dense").resnet13((2,) * 8)
    assert benchmark_module("gpu").operations(tiny) == 4 * (
        4 * 9 * (256 + 256 + 64 + 64 + 16 + 16 + 4) + 4 * (64 + 16 + 4) + 80)


@pytest.mark.parametrize("words", [("network.input=analog", "neurons.kind=ternary", "network.feedback=0.5"),
                                   ("network.input=spikes", "neurons.kind=spiking", "learning.error_threshold=0.89",
                                    "network.initial=centred", "optimiser.centralise=true")])
def test_the_plain_loop_learns_what_neurosim_learns(benchmark_module, tmp_path, words):
    """The gradient of a batch at the first weights, and the weights behind the step that follows from it.

    Products of the two nudged phases are nearly alike, so that their difference has fewer digits than they.
    """
    pytest.importorskip("torch")
    peer = benchmark_module("peer_learning_torch")
    training = Training(config_of(write_digits(tmp_path), *words), None, 1)
    images = prepare(training.data.train_images[:8], training.config.data, training.measured)
    learning = training.config.learning
    targets = learning.desired(training.data.train_labels[:8], training.data.classes)
    learner = peer.PlainLearner(training)
    records = run_phases(training.model.engine, images, targets, learning)
    assert (0 < len(records.taught) < 8) == bool(learning.error_threshold)
    wanted = gradient(training.model.engine, records)
    found = learner.gradient(images, targets)
    for own, other in zip(found, [*wanted.weights.values(), *wanted.biases.values()]):
        assert np.abs(own.numpy() - other).max() < 1e-4 * np.abs(other).max()
    learner.descend(found, 0.5)
    training.model.learn(records, 0.5)
    for own, other in zip(learner.parameters, [*training.model.synapses.weights.values(),
                                               *training.model.biases.values()]):
        assert np.abs(own.numpy() - other).max() < 1e-5


def test_clocks_stand_still_while_images_are_classified(benchmark_module):
    now = [0.0]
    course = benchmark_module("time_to_accuracy").Course([0.5, 0.1], every=20, clock=lambda: now[0], limit=50.0)

    def look(error):
        now[0] += 1000
        return error

    for error in (0.6, 0.4, 0.3):
        now[0] += 10
        course.batch(20, lambda: look(error))
        assert not course.over
    assert course.passed == {0.5: 20.0} and course.curve[-1] == (60, 30.0, 0.3)
    now[0] += 30
    course.batch(10, lambda: look(0.0))
    assert course.over and course.images == 70 and len(course.curve) == 3    # between two looks


def test_the_plain_loop_refuses_what_it_would_not_do(benchmark_module, tmp_path):
    pytest.importorskip("torch")
    config = config_of(tmp_path, "synapses.device=choi-2018-epiram")
    with pytest.raises(ValueError, match="synapses.device: devices are nothing that the plain PyTorch loop does"):
        benchmark_module("peer_learning_torch").refuse_unequal(
            config, Network(config.network, (28, 28, 1), config.neurons))


def test_intervals_that_hold_the_truth_are_counted(benchmark_module):
    """Ten experiments of the cheapest cases; the benchmark makes 200 of each."""
    module = benchmark_module("coverage")
    rows = [row for case in module.CASES if case[0].startswith(("read-noise", "drift", "iv, 1"))
            for row in module.measure(*case, 10)]
    assert [row["experiments"] for row in rows] == [10] * 7 and all(row["held"] >= 0.7 for row in rows)
    wrong = module.measure("", module.reads, (5, 30), {"read_noise": 0.06}, 10)
    assert wrong[0]["held"] == 0
