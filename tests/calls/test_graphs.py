"""Networks of NIR graphs as runs: evaluated, trained further, and exported again."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import neurosim

nir = pytest.importorskip("nir")
pytest.importorskip("torch")


@pytest.fixture(scope="module")
def graph():
    """64 inputs, 16 LIF neurons, 4 outputs without neurons."""
    random, ones = np.random.default_rng(1), np.ones(16)
    return nir.NIRGraph.from_list(
        nir.Affine(random.uniform(-0.3, 0.3, (16, 64)).astype(np.float32), np.full(16, 0.1, np.float32)),
        nir.LIF(tau=4e-4 * ones, r=4 * ones, v_leak=0 * ones, v_threshold=ones),
        nir.Linear(random.uniform(-0.3, 0.3, (4, 16)).astype(np.float32)))


@pytest.fixture(scope="module")
def run(graph, patterns):
    small = {"training": {"epochs": 2, "batch": 20}, "data.validation_samples": 20,
             "optimiser.rates": 0.02}
    return neurosim.import_nir(graph, data=patterns, steps=6, **small)


def test_a_graph_is_evaluated_trained_further_and_exported(run, graph, patterns, tmp_path):
    assert [layer.neurons for layer in run.config.network.layers] == ["lif", "linear"]
    assert_array_equal(run.weights["input-lif"], graph.nodes["affine"].weight)
    before = run.evaluate(data=patterns, progress=False).error
    run.resume(progress=False)
    assert run.evaluate(data=patterns, progress=False).error < before - 0.2
    assert neurosim.export_nir(run, tmp_path / "net.nir") == []
    again = neurosim.import_nir(tmp_path / "net.nir", data=patterns, steps=6)
    for name, values in run.weights.items():
        assert_array_equal(again.weights[name], values)
    assert_array_equal(again.evaluate(data=patterns, progress=False).outputs,
                       run.evaluate(data=patterns, progress=False).outputs)


def test_data_that_do_not_fit_are_one_sentence(graph, patterns):
    images, labels = patterns
    with pytest.raises(ValueError, match=r"graph: takes images of shape \(64,\).* and the data have \(7, 8, 1\)"):
        neurosim.import_nir(graph, data=(images[:, 1:], labels))
