"""What the dense engine refuses, how it is chosen, and that it trains what the other one trains."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from dense_engines import assert_same, dense_engine, inputs
from graphs import RATE, build, loaded, parameters
from neurosim.cards import Entry
from neurosim.engines import EngineOptions, Nudge, make_engine
from neurosim.crossbar import Tiling
from neurosim.engines.dense.compiled_tiles import CompiledPositions, CompiledSenders
from neurosim.engines.dense.engine import DenseEngine
from neurosim.engines.dense.neurons import TensorLaws
from neurosim.engines.dense.tiles import Positions, Senders
from neurosim.experiment.config import parse_config
from neurosim.experiment.model import Model
from neurosim.learning.phases import one_hot, run_phases
from neurosim.losses import Loss
from neurosim.network.graph import Network, Neurons, dense
from neurosim.neurons import Law, kernel, register

CONFIG = """
[engine]
kind = "{kind}"
device = "cpu"
[optimiser]
rates = 0.5
[learning]
free_steps = 30
nudge_steps = 10
window = 5
[network]
layers = [{{kind = "conv", channels = 4, pool = "average"}}, {{units = 3}}]
{more}
"""


@kernel
def advance_doubled(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    """Go to the currents, and send a multiple of the state."""
    low, high = bounds
    for j in range(x.size):
        x[j] = min(max(x[j] + eps * (phi[j] + direct[j] - x[j]), low), high)
        s[j] = parameters[0] * x[j]


def trained(kind, more="", batches=4):
    """A Model after a few batches of random digits, in float64, and the steps that its synapses were asked for."""
    model = Model.build(parse_config(CONFIG.format(kind=kind, more=more), "here"), (6, 6, 1), 3, dtype=np.float64)
    random, steps = np.random.default_rng(5), []
    for _ in range(batches):
        images, targets = random.random((6, 6, 6, 1)), one_hot(random.integers(3, size=6), 3, dtype=float)
        records = run_phases(model.engine, images, targets, model.config.learning)
        steps += model.learn(records, 1.0)
    return model, steps, model.count(records.free)


KINDS_OF_NEURONS = ["", '[neurons]\nkind = "ternary"', 'input = "analog"\n[neurons]\nkind = "rate"\nepsilon = 0.5']


@pytest.mark.parametrize("more", KINDS_OF_NEURONS)
def test_it_learns_the_same_weights(more):
    (one, _, counts), (other, _, expected) = (trained(kind, more) for kind in ("dense", "events"))
    assert type(one.engine) is DenseEngine is not type(other.engine)
    for own, there in ((one.synapses.weights, other.synapses.weights), (one.biases, other.biases)):
        for name, values in there.items():
            assert_allclose(own[name], values, rtol=0, atol=1e-10)
    assert counts == expected


@pytest.mark.parametrize("more", KINDS_OF_NEURONS)
def test_it_spares_the_same_samples_and_goes_on_from_the_same_states(more):
    """Error-triggered learning, from a start that is carried on."""
    images, targets = np.random.default_rng(5).random((6, 6, 6, 1)), one_hot(np.arange(6) % 3, 3, dtype=float)
    found = []
    for kind in ("dense", "events"):
        config = parse_config(CONFIG.format(kind=kind, more=more), "here")
        model = Model.build(config, (6, 6, 1), 3, dtype=np.float64)
        free = run_phases(model.engine, images, targets, model.config.learning).free
        errors = np.abs(free.mean[:, model.engine.slices["output"]] - targets).max(axis=1)
        phases = replace(model.config.learning, error_threshold=float(np.median(errors)))
        records = run_phases(model.engine, images, targets, phases)
        end = records.end.copy()
        again = run_phases(model.engine, images, targets, phases, start=records.end)
        found.append((records.taught, end, again.taught, again.end))
    (one, end, after, last), (other, there, expected, wanted) = found
    assert 0 < len(other) < 6
    assert_array_equal(one, other)
    assert_array_equal(after, expected)
    for own, state in ((end, there), (last, wanted)):
        for name in "xs":
            assert_allclose(getattr(own, name), getattr(state, name), rtol=0, atol=1e-10)


def test_devices_get_the_same_pulses():
    more = '[synapses]\ndevice = "choi-2018-epiram"'
    (one, steps, counts), (other, expected, others) = (trained(kind, more) for kind in ("dense", "events"))
    for own, there in zip(steps, expected, strict=True):
        for name, changes in there.changes.items():
            assert_allclose(own.changes[name], changes, rtol=0, atol=1e-10)
    for own, there in zip(one.synapses.weights.values(), other.synapses.weights.values()):
        assert_array_equal(own, there)
    assert counts.reads == others.reads and counts.siemens == others.siemens
    assert min(counts.reads["input-conv1 forward"][event] for event in ("tile_reads", "row_activations", "hops")) > 0


@pytest.mark.parametrize("more, key", [
    ('[readout]\nkind = "adc"', "readout.kind"), ("[readout]\ndac_bits = 4", "dac_bits"),
    ('[synapses]\ndevice = "choi-2018-epiram"\n[readout]\nnoise = "fresh"', "noise"),
    ("[readout]\ngain = 0.1", "gain")])
def test_what_tiles_convert_is_refused(more, key):
    with pytest.raises(ValueError, match="engine.kind") as error:
        trained("dense", more, batches=0)
    assert key in str(error.value) and 'engine.kind = "events"' in str(error.value)


def test_weights_that_are_no_numbers_are_refused_by_name():
    network = build("dense", RATE)
    weights, biases = parameters(network)
    weights["dense1-dense2"][0, 0] = np.nan
    with pytest.raises(ValueError, match="dense1-dense2 contain NaN"):
        dense_engine(network, weights, biases)


def test_a_law_of_ones_own_runs_on_a_processor_and_not_on_a_gpu():
    register(Law(name="doubled", advance=advance_doubled, sends="states", parameters={"by": Entry("1", 1, 3)}))
    network = Network([dense(5), dense(3)], (4,), Neurons(kind="doubled", parameters={"by": 2.0}), "analog")
    engines = [make(network, *parameters(network)) for make in (dense_engine, loaded)]
    assert_same(*engines, *inputs(network))
    with pytest.raises(ValueError, match="no law of doubled neurons for a GPU.*cpu"):
        TensorLaws(network, [False] * 3)


@pytest.mark.parametrize("kind", ["spiking", "ternary", "graded", "rate"])
def test_the_functions_for_a_gpu_are_the_compiled_laws(kind):
    """They run anywhere: here on the processor, beside what is compiled."""
    network = build("skips", Neurons(kind=kind, epsilon=0.6, lam=0.23), "analog" if kind == "rate" else "spikes")
    images, targets = inputs(network)
    engine, expected = (dense_engine(network, *parameters(network)) for _ in range(2))
    engine.graph.laws = TensorLaws(network, engine.graph.decodes)
    assert_same(engine, expected, images, targets)


@pytest.mark.parametrize("name", ["stride and padding", "groups, average", "max decoded", "dense"])
def test_the_counts_for_a_gpu_are_the_compiled_ones(name):
    """They run anywhere: here on the processor. A third of the signals are 0, and some below."""
    network = build(name)
    random, tiling, total = np.random.default_rng(2), Tiling(size=6), 0
    for connection in network.connections:
        floorplan = connection.floorplan(tiling)
        kernel = connection.kernel_positions(connection.folds)
        pool = connection.pool_size if connection.folds else 1
        senders = [size // pool for size in connection.map_shape[:2]]
        edges = floorplan.block_edges(False)
        pairs = [(np.prod(connection.low_shape), CompiledPositions(connection, floorplan),
                  Positions(connection, floorplan, torch.device("cpu"))),
                 (np.prod(senders) * connection.map_shape[2],
                  CompiledSenders(edges, connection.groups, int(np.prod(senders))),
                  Senders(edges, connection.groups, torch.device("cpu")))] if kernel else \
            [(edges[-1], CompiledSenders(edges, 1, 1), Senders(edges, 1, torch.device("cpu")))]
        for units, compiled, plain in pairs:
            signals = torch.from_numpy(random.integers(-1, 2, (40, units)) * random.integers(0, 2, (40, units)) * 1.0)
            for sign in (0, 1, -1):
                counts = torch.zeros((2, 40, compiled.slices), dtype=torch.int64)
                compiled.add(signals, sign, counts[0])
                plain.add(signals, sign, counts[1])
                assert_array_equal(*counts.numpy())
                total += int(counts.sum())
    assert total > 100


def test_losses_of_ones_own_are_refused():
    class Other(Loss):
        name = "other"

    network = build("dense", RATE)
    engine = dense_engine(network, *parameters(network))
    images, targets = inputs(network)
    with pytest.raises(ValueError, match='"other".*events'):
        engine.relax(engine.rest(5), images, 3, nudge=Nudge(0.1, targets, Other()))


def test_what_does_not_fit_the_state_is_refused():
    network = build("dense", RATE)
    engine = dense_engine(network, *parameters(network))
    images, targets = inputs(network)
    with pytest.raises(ValueError, match="targets are 4 rows"):
        engine.relax(engine.rest(5), images, 3, nudge=Nudge(0.1, targets[:4]))
    with pytest.raises(ValueError, match="images are 4 rows"):
        engine.relax(engine.rest(5), images[:4], 3)
    with pytest.raises(ValueError, match="a window of 4"):
        engine.relax(engine.rest(5), images, 3, window=4)


def test_hardware_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    network = build("dense", RATE)
    with pytest.raises(ValueError, match='engine.device: "cuda".*"auto"'):
        make_engine(network, EngineOptions(kind="dense", device="cuda"))
    with pytest.raises(ValueError, match='engine.precision: "tf32"'):
        make_engine(network, EngineOptions(kind="dense", precision="tf32"))
    assert make_engine(network, EngineOptions(kind="dense")).hardware.device.type == "cpu"


@pytest.mark.parametrize("error", [torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
                                   RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried")])
def test_a_batch_that_does_not_fit_is_said_in_a_sentence(monkeypatch, error):
    network = build("dense", RATE)
    engine = dense_engine(network, *parameters(network))

    def full(*_):
        raise error

    monkeypatch.setattr(engine.graph, "rest", full)
    with pytest.raises(ValueError, match="a batch of 64 samples.*about 32 do.*training.batch"):
        engine.rest(64)


@pytest.mark.parametrize("error", [ZeroDivisionError("division by zero"), RuntimeError("a size does not match")])
def test_other_errors_stay_what_they_are(monkeypatch, error):
    """Also in a PyTorch before 2.5, whose `torch` has no OutOfMemoryError."""
    network = build("dense", RATE)
    engine = dense_engine(network, *parameters(network))
    monkeypatch.delattr(torch, "OutOfMemoryError", raising=False)

    def fail(*_):
        raise error

    monkeypatch.setattr(engine.graph, "rest", fail)
    with pytest.raises(type(error), match=str(error)):
        engine.rest(2)


def test_bfloat16_is_coarser_and_close():
    network = build("skips", RATE)
    images, _ = inputs(network)
    means = []
    for precision in ("float32", "bfloat16"):
        engine = dense_engine(network, *parameters(network), dtype=np.float32, precision=precision)
        means.append(engine.relax(engine.rest(5), images, 30, window=5).mean)
    error = np.abs(means[1] - means[0]).max()
    assert 1e-4 < error < 3e-2


def test_settings_of_pytorch_are_what_they_were():
    before = torch.get_num_threads(), torch.backends.cuda.matmul.allow_tf32, torch.is_grad_enabled()
    network = build("dense", RATE)
    engine = dense_engine(network, *parameters(network), threads=2)
    engine.relax(engine.rest(9), inputs(network, 9)[0], 3)
    assert before == (torch.get_num_threads(), torch.backends.cuda.matmul.allow_tf32, torch.is_grad_enabled())


def test_without_pytorch_a_sentence_says_what_to_install(tmp_path):
    (tmp_path / "run.toml").write_text('[engine]\nkind = "dense"\n[network]\nlayers = [{units = 10}]\n')
    code = "import sys; sys.modules['torch'] = None; from neurosim.__main__ import program; program()"
    done = subprocess.run([sys.executable, "-c", code, "train", "run.toml"], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "pip install 'neurosim-ep[torch]'" in done.stderr and "Traceback" not in done.stderr
