"""The feedforward counterpart of a graph: one pass, and plain backpropagation, as PyTorch's own modules have them."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dense_engines import dense_engine, inputs
from graphs import RATE, build, parameters
from neurosim.engines import EngineOptions, make_engine
from neurosim.engines.protocol import Descent
from neurosim.experiment.config import parse_config
from neurosim.losses import CROSS_ENTROPY

TEXT = """
network = {input = "analog", feedforward = true, layers = [{units = 6}, {units = 3, neurons = "linear"}]}
neurons = {kind = "rate"}
learning = {rule = "bptt", free_steps = 1, window = 1}
engine = {kind = "dense"}
"""


def torch_pass(network, weights, biases, images):
    """Outputs of the same network by torch.nn.functional, layer by layer; weights and biases : tensors."""
    import torch
    states = {"input": torch.tensor(images).reshape(len(images), *network.layers[0].map_shape).permute(0, 3, 1, 2)}
    for layer in network.layers[1:]:
        total = biases[layer.name].reshape(-1, 1, 1)
        for c in network.connections:
            if c.upper == layer.name:
                low, w = states[c.lower], weights[c.name]
                if c.kind == "dense":
                    currents = low.permute(0, 2, 3, 1).flatten(1) @ w.T
                    currents = currents.reshape(-1, *layer.map_shape).permute(0, 3, 1, 2)
                else:
                    currents = torch.nn.functional.conv2d(low, w, stride=c.stride, padding=c.padding, groups=c.groups)
                pool = {"none": lambda x, size: x, "max": torch.nn.functional.max_pool2d,
                        "average": torch.nn.functional.avg_pool2d}[c.pool]
                total = total + pool(currents, c.pool_size)
        states[layer.name] = total.clamp(layer.low, layer.high)
    return states["output"].flatten(1)


@pytest.mark.parametrize("name", ["dense", "average", "max decoded", "skips", "groups, average", "branches"])
def test_one_pass_and_its_gradient(name):
    import torch
    network = build(name, replace(RATE, output_range=(-50, 50)), feedforward=True)
    images, targets = inputs(network, 3)
    weights, biases = parameters(network)
    engine = dense_engine(network, weights, biases)
    descent = Descent(targets=targets, steps=1, loss=CROSS_ENTROPY)
    record, found = engine.backpropagate(engine.rest(3), images, descent)
    mine, own = ({key: torch.tensor(values, requires_grad=True) for key, values in group.items()}
                 for group in (weights, biases))
    outputs = torch_pass(network, mine, own, images)
    assert_allclose(record.mean[:, engine.slices["output"]], outputs.detach().numpy(), atol=1e-13)
    torch.nn.functional.cross_entropy(outputs, torch.tensor(targets)).backward()
    for products, tensors in ((found.weights, mine), (found.biases, own)):
        for key, values in products.items():
            assert_allclose(values, tensors[key].grad.numpy(), rtol=1e-9, atol=1e-13)
    inference = engine.relax(state := engine.rest(3), images, 1)
    assert_allclose(inference.mean, record.mean, atol=1e-13)
    assert_allclose(engine.relax(state, images, 1).mean, record.mean, atol=1e-13)    # nothing flows back
    assert all(read.endswith("forward") for read in engine.count(inference).operations)


@pytest.mark.parametrize("change, words", [
    ('learning.rule="ep"', "no nudge flows back"), ("learning.free_steps=2", "one pass is all")])
def test_steps_and_phases_mean_nothing(change, words):
    parse_config(TEXT, "here")
    with pytest.raises(ValueError, match=words):
        parse_config(TEXT, "here", [change])


def test_the_other_engine_is_refused():
    with pytest.raises(ValueError, match='write engine.kind = "dense"'):
        make_engine(build("average", RATE, feedforward=True), EngineOptions())


def normalising(network, seed=2):
    """Weights and biases with generic scales and averages."""
    random, (weights, biases) = np.random.default_rng(seed), parameters(network)
    for name, values in network.initial_biases(np.float64).items():
        if name not in biases:
            biases[name] = values + random.uniform(0, 0.5, values.shape)
    return weights, biases


def test_batch_norm_is_that_of_torch():
    import torch
    network = build("average", replace(RATE, output_range=(-50, 50)), feedforward=True, batch_norm=True)
    images, targets = inputs(network, 5)
    weights, biases = normalising(network)
    assert network.normalised == ("conv1", "conv2")
    engine = dense_engine(network, weights, biases, threads=2)
    record, found = engine.backpropagate(engine.rest(5), images, Descent(targets=targets, steps=1))
    tensors = {key: torch.tensor(values, requires_grad=key not in network.averaged)
               for key, values in {**weights, **biases}.items()}

    def outputs(training):
        states = torch.tensor(images).permute(0, 3, 1, 2)
        for c, layer in zip(network.connections[:2], network.layers[1:3]):
            maps = torch.nn.functional.conv2d(states, tensors[c.name], padding=c.padding)
            scale, mean, variance = (tensors[f"{layer.name}.{kind}"] for kind in ("scale", "mean", "variance"))
            states = torch.nn.functional.batch_norm(
                torch.nn.functional.avg_pool2d(maps, 2), mean, variance, scale, tensors[layer.name], training)
            states = states.clamp(layer.low, layer.high)
        flat = states.permute(0, 2, 3, 1).flatten(1)
        return flat @ tensors[network.connections[2].name].T + tensors["output"]

    inference = engine.relax(engine.rest(5), images, 1).mean[:, engine.slices["output"]]
    assert_allclose(inference, outputs(False).detach().numpy(), atol=1e-12)
    trained = outputs(True)
    assert_allclose(record.mean[:, engine.slices["output"]], trained.detach().numpy(), atol=1e-12)
    (0.5 * (trained - torch.tensor(targets)).square().sum() / 5).backward()
    for key, values in {**found.weights, **found.biases}.items():
        assert_allclose(values, tensors[key].grad.numpy(), rtol=1e-8, atol=1e-12, err_msg=key)
    assert set(found.averaged) == set(network.averaged)
    for key, values in found.averaged.items():    # torch has moved its averages by a tenth
        assert_allclose(0.9 * biases[key] + 0.1 * values, tensors[key].numpy(), rtol=1e-10, err_msg=key)


def test_batch_norm_needs_a_network_without_feedback():
    with pytest.raises(ValueError, match="network.feedforward = true as well"):
        build("average", RATE, batch_norm=True)


def test_batch_norm_is_for_one_pass():
    with pytest.raises(ValueError, match="normalised in networks of one pass"):
        build("average", feedforward=True, batch_norm=True)
