"""NeuroBench counts the exported network, in snnTorch, and comes to our numbers where definitions are the same."""

import importlib.util

import numpy as np
import pytest
from numpy.testing import assert_allclose

if missing := [name for name in ("nir", "snntorch", "neurobench") if importlib.util.find_spec(name) is None]:
    pytest.skip(f"{', '.join(missing)} not installed", allow_module_level=True)

from dense_engines import dense_engine    # noqa: E402
from graphs import parameters, samples    # noqa: E402
from neurosim.exchange.nir import graph_of    # noqa: E402
from neurosim.network.graph import Network, NetworkSpec, Neurons, conv, dense    # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
STEPS, SAMPLES = 7, 3
LIF = {"membrane": 0.75, "threshold": 0.5}
#: Maps of 7 x 6 are pooled to 3 x 3: what is dropped is counted on both sides.
LAYERS = (conv(3, kernel=3, pool="average", neurons="lif", parameters=LIF),
          conv(4, kernel=2, padding=1, neurons="lif", parameters=LIF), dense(5, neurons="lif", parameters=LIF),
          dense(3))


@pytest.fixture(scope="module")
def network():
    spec = NetworkSpec(input="analog", feedforward=True, layers=LAYERS)
    return Network(spec, (9, 8, 1), Neurons(kind="linear", epsilon=1.0, lam=1.0))


@pytest.fixture(scope="module", params=[0, 4], ids=["all weights", "some weights are 0"])
def learnt(network, request):
    """Weights, of which those of some units of conv2 are 0, and biases."""
    weights, biases = parameters(network, gain=2.0, dtype=np.float32)
    weights["conv2-dense3"][:, :request.param] = 0
    return weights, biases


@pytest.fixture(scope="module")
def images(network):
    return samples(network, SAMPLES)[0]


@pytest.fixture(scope="module")
def theirs(network, learnt, images):
    """Results of NeuroBench's harness on the exported network."""
    import torch
    from neurobench.benchmarks import Benchmark
    from neurobench.metrics.static import ConnectionSparsity, Footprint, ParameterCount
    from neurobench.metrics.workload import ActivationSparsity, SynapticOperations
    from neurobench.models import NeuroBenchModel
    from snntorch import SpikingNeuron
    from snntorch.import_nir import import_from_nir

    class Exported(NeuroBenchModel):
        def __init__(self):
            super().__init__()
            self.net = import_from_nir(graph_of(network, *learnt)[0])
            self.add_activation_module(SpikingNeuron)

        def __net__(self):
            return self.net

        def __call__(self, batch):
            for module in self.net.modules():
                if isinstance(module, SpikingNeuron):
                    module.reset_mem()
            state, sent = None, []
            for _ in range(STEPS):
                found, state = self.net(batch[0]) if state is None else self.net(batch[0], state)
                sent.append(found)
            return torch.stack(sent)[None]

    torch.set_num_threads(1)
    data = torch.utils.data.TensorDataset(torch.tensor(images.transpose(0, 3, 1, 2), dtype=torch.float32),
                                          torch.zeros(SAMPLES))
    metrics = [[Footprint, ConnectionSparsity, ParameterCount], [ActivationSparsity, SynapticOperations]]
    with torch.no_grad():
        return Benchmark(Exported(), torch.utils.data.DataLoader(data, batch_size=1), [], [], metrics).run(quiet=True)


@pytest.fixture(scope="module")
def ours(network, learnt, images):
    engine = dense_engine(network, *learnt, dtype=np.float32)
    return engine.count(engine.relax(engine.rest(SAMPLES), images, STEPS, window=STEPS, average="spikes"))


def test_operations_are_ours_but_for_a_steady_input_and_weights_of_zero(learnt, theirs, ours):
    effective, dense = ({name: number / SAMPLES for name, number in part.items()}
                        for part in (ours.operations, ours.dense))
    found, steady = theirs["SynapticOperations"], "input-conv1 forward"
    assert_allclose(found["Effective_MACs"], STEPS * effective.pop(steady), rtol=1e-6)    # there again in every step
    assert_allclose(found["Dense"], STEPS * dense.pop(steady) + sum(dense.values()), rtol=1e-6)
    if (learnt[0]["conv2-dense3"] == 0).any():    # which are synapses here, and none there
        assert 0 < found["Effective_ACs"] < sum(effective.values())
    else:
        assert_allclose(found["Effective_ACs"], sum(effective.values()), rtol=1e-6)


def test_sparsity_and_size(network, learnt, theirs, ours):
    weights, biases = learnt
    parameters = sum(values.size for group in learnt for values in group.values())
    assert theirs["ParameterCount"] == parameters
    zeros = sum((values == 0).sum() for values in weights.values()) / sum(values.size for values in weights.values())
    assert theirs["ConnectionSparsity"] == round(float(zeros), 4)
    units = sum(layer.units for layer in network.layers[1:-1])
    sent = sum(ours.signals[layer.name] for layer in network.layers[1:-1])
    assert_allclose(theirs["ActivationSparsity"], 1 - sent / (units * STEPS * SAMPLES), rtol=1e-6)
    buffers = theirs["Footprint"] - 4 * parameters
    assert 0 < buffers < 4 * (3 * units + 20)    # potentials of neurons, and their constants
