"""Networks to and from NIR: the same outputs behind a file, and through snnTorch; what cannot be carried is named."""

import dataclasses
import importlib.util

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

nir = pytest.importorskip("nir")
pytest.importorskip("torch")

from dense_engines import dense_engine    # noqa: E402
from graphs import RATE, TERNARY, build, mixed, parameters, samples    # noqa: E402
from neurosim.exchange.nir import graph_bytes, graph_of, imported, read_graph    # noqa: E402
from neurosim.network.graph import ConnectionSpec, Network, NetworkSpec, Neurons, conv, dense    # noqa: E402

CUBA = {"synapse": 0.5, "membrane": 0.75, "threshold": 0.5}
STEPS = 10
LAYERS = {
    "pooling": (conv(3, kernel=3, pool="average", neurons="lif", parameters={"membrane": 0.75, "threshold": 0.25}),
                conv(4, kernel=2, padding=1, stride=2, neurons="lif", parameters=CUBA),
                dense(5, neurons="lif", parameters={"membrane": 0.5, "threshold": 0.125}), dense(3, neurons="li")),
    "all there is": (conv(2, kernel=3, neurons="lif", parameters={**CUBA, "gain": 0.5, "reset": -0.25}, name="first"),
                     dense(6, neurons="lif", parameters={"membrane": 1.0}, name="plain"),
                     dense(4, neurons="li", parameters={"synapse": 0.5, "gain": 0.25}),
                     dense(4, neurons="li", parameters={"membrane": 1.0}), dense(3)),
}


def network(name="pooling", layers=None, connections=(), shape=(9, 8, 2)):
    spec = NetworkSpec(input="analog", feedforward=True, layers=layers or LAYERS[name], connections=connections)
    return Network(spec, shape, Neurons(kind="linear", epsilon=1.0, lam=1.0))


def dyadic(net, scale=64):
    """Weights, biases and images that are multiples of 1/64 and 1/8, so that sums are exact in any order."""
    rounded = ({name: np.round(values * scale) / scale for name, values in group.items()}
               for group in parameters(net, gain=3.0, dtype=np.float32))
    images, _ = samples(net, 3)
    return *rounded, np.round(images * 8) / 8


def outputs(net, weights, biases, images):
    """Output signals of every time step, (steps, samples, units), and spikes of all layers."""
    engine = dense_engine(net, weights, biases)
    state, found = engine.rest(len(images)), []
    for _ in range(STEPS):
        record = engine.relax(state, images, 1, average="spikes")
        found.append(record.mean[:, engine.slices[net.layers[-1].name]].copy())
    return np.array(found), record.mean


def back(graph, **options):
    """A graph behind a file: what nir itself reads, with its types checked, and what neurosim makes of it."""
    found = imported(graph, **options)
    return Network(found.spec, found.shape, found.neurons), found


@pytest.mark.parametrize("name", LAYERS)
def test_behind_a_file_every_step_has_the_same_bits(name, tmp_path):
    net = network(name)
    weights, biases, images = dyadic(net)
    graph, losses = graph_of(net, weights, biases)
    (tmp_path / "net.nir").write_bytes(graph_bytes(graph))
    nir.read(tmp_path / "net.nir")    # with its types checked
    again, found = back(read_graph(tmp_path / "net.nir"))
    assert losses == [] and found.notes == [] and [layer.name for layer in again.layers] == [
        layer.name for layer in net.layers]
    for layer, other in zip(net.layers, again.layers):
        assert (layer.law, layer.parameters, layer.shape) == (other.law, other.parameters, other.shape)
    own, state = outputs(net, weights, biases, images)
    assert_array_equal(own, outputs(again, found.weights, found.biases, images)[0])
    assert np.ptp(own, axis=0).any() and state.any()


@pytest.mark.skipif(importlib.util.find_spec("snntorch") is None, reason="snnTorch is not installed")
@pytest.mark.filterwarnings("ignore")
def test_through_snntorch_every_step_has_the_same_bits(tmp_path):
    import torch
    from snntorch.import_nir import import_from_nir
    layers = (*LAYERS["pooling"][:3], dataclasses.replace(LAYERS["pooling"][3], neurons="linear"))
    net = network(layers=layers)    # snnTorch has no leaky integrators
    weights, biases, images = dyadic(net)
    graph, losses = graph_of(net, weights, biases)
    (tmp_path / "net.nir").write_bytes(graph_bytes(graph))
    own, _ = outputs(net, weights, biases, images)
    assert losses == [] and np.ptp(own, axis=0).any()
    for index, image in enumerate(images):
        module, state = import_from_nir(nir.read(tmp_path / "net.nir")), None
        for step in range(STEPS):
            given = torch.tensor(image.transpose(2, 0, 1), dtype=torch.float32)
            found, state = module(given) if state is None else module(given, state)
            assert_array_equal(found.detach().numpy(), own[step, index])


@pytest.mark.skipif(importlib.util.find_spec("snntorch") is None, reason="snnTorch is not installed")
@pytest.mark.filterwarnings("ignore")
def test_a_network_of_snntorch_sends_the_same_spikes_here():
    import snntorch
    import torch
    from snntorch.export_nir import export_to_nir
    torch.manual_seed(0)
    same = {"init_hidden": True, "reset_mechanism": "zero", "reset_delay": False}
    theirs = torch.nn.Sequential(
        torch.nn.Linear(12, 8), snntorch.Leaky(torch.full((8,), 0.75), torch.ones(8), **same), torch.nn.Linear(8, 4),
        snntorch.Synaptic(torch.full((4,), 0.5), torch.full((4,), 0.75), torch.ones(4), **same))
    with torch.no_grad():
        for values in theirs.parameters():
            values.copy_(torch.round(values * 512) / 64)
    net, found = back(export_to_nir(theirs, torch.zeros(12)))
    for layer in (theirs[1], theirs[3]):
        layer.reset_mem()    # the export has made a step
    images = np.round(np.random.default_rng(2).random((1, 12)) * 8) / 8
    own, _ = outputs(net, found.weights, found.biases, images)
    for step in range(STEPS):
        assert_array_equal(theirs(torch.tensor(images[0], dtype=torch.float32)).detach().numpy(), own[step, 0])
    assert 0 < own.mean() < 1


def chain(*nodes, shape=(2, 9, 8)):
    return nir.NIRGraph.from_list(nir.Input(np.array(shape)), *nodes)


def kernel(random, high, low, size, **options):
    weights = np.round(random.uniform(-2, 2, (high, low, size, size)) * 16) / 16
    return nir.Conv2d(None, weights, **{"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **options},
                      bias=np.round(random.uniform(0, 1, high) * 16) / 16)


def full(value, *shape):
    return np.full(shape, value)


@pytest.mark.parametrize("pools", [(nir.SumPool2d, nir.AvgPool2d), (nir.AvgPool2d, nir.SumPool2d)],
                         ids=["sum, mean", "mean, sum"])
def test_pooling_in_front_of_weights_becomes_part_of_them(pools):
    """Conv - IF - pool - Conv - IF - pool - Flatten - Linear, as chips have it, against plain loops."""
    from reference import average_pool, conv2d
    random = np.random.default_rng(4)
    first, second = kernel(random, 3, 2, 2), kernel(random, 2, 3, 2)
    last = np.round(random.uniform(-1, 1, (4, 2)) * 16) / 16
    two = np.full(2, 2)
    net, found = back(chain(
        first, nir.IF(full(1.0, 3, 8, 7), full(1.0, 3, 8, 7)), pools[0](two, two, 0 * two),
        second, nir.IF(full(1.0, 2, 3, 2), full(2.0, 2, 3, 2)), pools[1](two, two, 0 * two),
        nir.Flatten(None, 0, -1), nir.Linear(last)))
    image = np.round(random.random((9, 8, 2)) * 8) / 8
    own, _ = outputs(net, found.weights, found.biases, image[None])
    assert [layer.shape for layer in net.layers] == [(9, 8, 2), (8, 7, 3), (3, 2, 2), (4,)]
    assert found.notes == ["pooling in front of conv2d_1 is part of its weights, 4 times as many",
                           "pooling in front of linear is part of its weights, 4 times as many"]
    potentials, sent = [0.0, 0.0], []
    for step in range(STEPS):
        signals = image
        for layer, (node, threshold) in enumerate([(first, 1.0), (second, 2.0)]):
            factor = 4.0 if pools[layer] is nir.SumPool2d else 1.0
            potentials[layer] = potentials[layer] + conv2d(signals, node.weight) + node.bias
            fired = potentials[layer] > threshold
            potentials[layer] = np.where(fired, 0.0, potentials[layer])
            signals = factor * average_pool(fired.astype(float), 2)
        sent.append(last @ signals.transpose(2, 0, 1).ravel())
    assert_array_equal(own[:, 0], sent)
    assert np.ptp(own, axis=0).any()


@pytest.mark.parametrize("pool, factor", [(nir.SumPool2d, 4.0), (nir.AvgPool2d, 1.0)])
def test_pooling_behind_a_kernel_is_that_of_its_connection(pool, factor):
    from reference import average_pool, conv2d
    random, two = np.random.default_rng(6), np.full(2, 2)
    node, last = kernel(random, 3, 2, 2, padding=1), np.round(random.uniform(-1, 1, (4, 60)) * 16) / 16
    net, found = back(chain(node, pool(two, two, 0 * two), nir.Flatten(None, 0, -1), nir.Linear(last)))
    image = np.round(random.random((9, 8, 2)) * 8) / 8
    maps = factor * average_pool(conv2d(image, node.weight, 1, 1) + node.bias, 2)
    assert net.connections[0].pool == "average" and found.notes == []
    assert_array_equal(outputs(net, found.weights, found.biases, image[None])[0][0, 0],
                       last @ maps.transpose(2, 0, 1).ravel())


def test_signals_that_split_and_meet_are_connections_beside_the_layers():
    connections = (ConnectionSpec(source="input", target="output"), ConnectionSpec(source="a", target="output"))
    net = network(layers=(conv(2, kernel=2, neurons="lif", name="a"), conv(2, kernel=2, neurons="lif", name="b"),
                          dense(3, neurons="lif", name="output")), connections=connections, shape=(4, 4, 1))
    weights, biases, images = dyadic(net)
    again, found = back(graph_of(net, weights, biases)[0])
    assert {c.name for c in again.connections} == {c.name for c in net.connections}
    assert_array_equal(outputs(net, weights, biases, images)[0],
                       outputs(again, found.weights, found.biases, images)[0])


def test_matrices_without_neurons_and_groups_of_channels():
    random = np.random.default_rng(5)
    grouped = kernel(random, 4, 2, 3, groups=2, padding="same")
    grouped.weight = grouped.weight[:, :1]
    matrices = [np.round(random.uniform(-1, 1, shape) * 8) / 8 for shape in ((5, 288), (3, 5))]
    net, found = back(nir.NIRGraph({
        "in": nir.Input(np.array([2, 9, 8])), "group/ed": grouped, "flat": nir.Flatten(None, 1, -1),
        "one": nir.Linear(matrices[0]), "two": nir.Affine(matrices[1], np.arange(3.0)), "out": nir.Output(None)},
        [("in", "group/ed"), ("group/ed", "flat"), ("flat", "one"), ("one", "two"), ("two", "out")], type_check=False))
    assert [(layer.name, layer.law.name) for layer in net.layers[1:]] == [
        ("one_in", "linear"), ("two_in", "linear"), ("output", "linear")]
    assert net.connections[0].groups == 2 and net.connections[0].padding == 1
    image = np.round(random.random((9, 8, 2)) * 8) / 8
    whole = np.zeros((4, 2, 3, 3))
    whole[:2, :1], whole[2:, 1:] = grouped.weight[:2], grouped.weight[2:]
    from reference import conv2d
    maps = conv2d(image, whole, 1, 1) + grouped.bias
    wanted = matrices[1] @ (matrices[0] @ maps.transpose(2, 0, 1).ravel()) + np.arange(3.0)
    assert_array_equal(outputs(net, found.weights, found.biases, image[None])[0][0, 0], wanted)


def test_what_a_network_that_learns_by_phases_loses_is_said():
    net = build("average", TERNARY, input="ternary")
    graph, losses = graph_of(net, *parameters(net))
    text = "; ".join(losses)
    for words in ("signals flow up alone: what flows back along conv1-conv2, conv2-output is missing",
                  "images enter as they are, not coded as spikes", "sigma-delta neurons became integrate-and-fire",
                  "spikes are 0 or 1, and were of both signs (conv1, conv2)", "states are not clipped (output)"):
        assert words in text, words
    assert isinstance(graph.nodes["conv1"], nir.IF) and graph.nodes["conv1"].v_threshold.max() == 0.5
    assert isinstance(graph.nodes["output"], nir.CubaLI)
    assert_allclose(graph.nodes["output"].tau_syn, 1e-4 / 0.23, rtol=1e-12)


@pytest.mark.parametrize("net, words", [
    (build("average", RATE), "conv1: NIR has no rate neurons"),
    (mixed("max on spikes", ["spiking"]), "input-conv1: NIR has no maximum pooling"),
    (build("dense onto a map"), "a-c: a dense connection into a map"),
    (network(layers=(dense(3, neurons="lif", parameters={"synapse": 0.5, "membrane": 1.0}),)),
     "output: a synapse or a membrane that keeps all of its past"),
    (Network(NetworkSpec(input="analog", feedforward=True, batch_norm=True, layers=(dense(4), dense(3))), (5,),
             Neurons(kind="linear", epsilon=1.0)), "dense1: NIR has no node that normalises currents")])
def test_what_no_graph_can_say_is_one_sentence(net, words):
    with pytest.raises(ValueError, match=words) as error:
        graph_of(net, *parameters(net))
    assert "\n" not in str(error.value)


LINEAR = nir.Linear(np.ones((3, 4)))
NODES = {"a": nir.Input(np.array([4])), "w": LINEAR, "z": nir.Output(np.array([3]))}


def graph(nodes, edges=(("a", "w"), ("w", "z"))):
    return nir.NIRGraph({**NODES, **nodes}, list(edges), type_check=False)


def lif(**changed):
    values = {"tau": 2e-4, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0, **changed}
    return nir.LIF(**{key: np.broadcast_to(np.asarray(value, float), (3,)) for key, value in values.items()})


@pytest.mark.parametrize("made, words", [
    (graph({"late": nir.Delay(np.ones(3))}), "NIR node late: a Delay cannot be carried"),
    (graph({"n": lif(), "w2": nir.Linear(np.ones((4, 3)))},
           [("a", "w"), ("w", "n"), ("n", "w2"), ("w2", "w"), ("n", "z")]), "in a cycle through w, n, w2"),
    (nir.NIRGraph({"a": NODES["a"], "z": NODES["z"]}, [("a", "z")], type_check=False), "has no weights"),
    (graph({"n": lif()}, [("a", "n"), ("n", "w"), ("w", "z")]), "node n: gets the signals of input without weights"),
    (graph({"b": nir.Input(np.array([4]))}), "has 2 Input nodes"),
    (graph({"n": lif(tau=[1, 2, 3])}, [("a", "w"), ("w", "n"), ("n", "z")]), "node n: tau differs"),
    (graph({"n": lif(v_leak=0.5)}, [("a", "w"), ("w", "n"), ("n", "z")]), "node n: v_leak = 0.5"),
    (graph({"n": lif(tau=1e-5)}, [("a", "w"), ("w", "n"), ("n", "z")]), "tau = 1e-05 s is not a time constant"),
    (graph({"w": nir.Linear(np.full((3, 4), np.nan))}), "node w: its weights are not finite numbers"),
    (graph({"w": nir.Linear(np.ones((3, 5)))}), "does not fit the 4 signals"),
    (graph({}, [("a", "w"), ("w", "nowhere")]), "an edge names nowhere"),
    (chain(kernel(np.random.default_rng(0), 2, 2, 3, dilation=2)), "node conv2d: dilation"),
    (graph({"a": nir.Input(np.array([1, 2, 2])), "p": nir.SumPool2d(np.full(2, 2), np.full(2, 1), np.zeros(2))},
           [("a", "p"), ("p", "w"), ("w", "z")]), "node p: pooling over 2 x 2 positions in steps of 1")])
def test_what_cannot_be_carried_is_one_sentence(made, words):
    with pytest.raises(ValueError, match=words) as error:
        imported(made)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("dt", [0, -1e-4, float("nan")])
def test_a_time_step_is_above_0(dt):
    net = network("all there is")
    for call in (lambda: imported(graph({}), dt), lambda: graph_of(net, *parameters(net), dt=dt)):
        with pytest.raises(ValueError, match="^dt = "):
            call()


@pytest.mark.parametrize("content", [b"", b"text", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_a_file_of_something_else_is_one_sentence(content, tmp_path):
    (tmp_path / "net.nir").write_bytes(content)
    with pytest.raises(ValueError, match="is not a NIR graph that nir .* can read") as error:
        read_graph(tmp_path / "net.nir")
    assert "\n" not in str(error.value)


def test_a_node_that_nir_does_not_know_is_one_sentence(tmp_path):
    import h5py
    with h5py.File(tmp_path / "net.nir", "w") as file:
        file["version"] = "1.0"
        file["node/type"] = "NIRGraph"
        file["node/nodes/a/type"] = "Izhikevich"
        file["node/edges"] = np.zeros((0, 2), "S1")
    with pytest.raises(ValueError, match="is not a NIR graph that nir"):
        read_graph(tmp_path / "net.nir")


def test_without_the_package_one_sentence_says_how_to_get_it(monkeypatch):
    import sys
    monkeypatch.setitem(sys.modules, "nir", None)
    with pytest.raises(ValueError, match=r"pip install 'neurosim-ep\[nir\]'"):
        read_graph("net.nir")
