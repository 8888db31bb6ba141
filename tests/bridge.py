"""From a network of neurosim to a graph of the reference, and the comparison of their states."""

import numpy as np
from numpy.testing import assert_allclose

import reference as ref
from neurosim.engines import Nudge


def graph_of(network, weights, biases):
    """The same network as a reference.Graph; its edges are in the order of the connections."""
    layers = {layer.name: ref.Layer(shape=layer.shape, kind=layer.law.name, low=layer.low, high=layer.high,
                                    bits=layer.bits) for layer in network.layers}
    edges = tuple(ref.Edge(lower=c.lower, upper=c.upper, weights=spread(weights[c.name], c.groups), kind=c.kind,
                           stride=c.stride, padding=c.padding, pool=c.pool, F=1 if c.pool == "none" else c.pool_size,
                           alpha=c.alpha or None, pool_on=c.pool_on, gain=c.feedback, groups=c.groups)
                  for c in network.connections)
    return ref.Graph(layers=layers, edges=edges, biases=biases, order=network.order)


def entering(network, image, t):
    """What enters in time step t since rest: the image, or one frame of events."""
    if network.input != "events":
        return image
    if t >= len(image) and network.spec.events == "stop":
        return np.zeros_like(image[0])
    return image[t % len(image) if network.spec.events == "repeat" else min(t, len(image) - 1)]


def spread(weights, groups):
    """Kernels of a grouped convolution as those of one without groups: zero between groups."""
    if groups == 1:
        return weights
    count, channels = len(weights) // groups, weights.shape[1]
    whole = np.zeros((len(weights), groups * channels, *weights.shape[2:]), weights.dtype)
    for g in range(groups):
        whole[g * count:(g + 1) * count, g * channels:(g + 1) * channels] = weights[g * count:(g + 1) * count]
    return whole


def gathered(whole, groups):
    """Inverse of `spread`: what lies inside the groups."""
    if groups == 1:
        return whole
    count, channels = len(whole) // groups, whole.shape[1] // groups
    return np.concatenate([whole[g * count:(g + 1) * count, g * channels:(g + 1) * channels] for g in range(groups)])


def schedule(value, steps):
    """a / t^b for t = 1 ... steps, of a number or a Schedule."""
    a, b = (value, 0.0) if isinstance(value, float) else (value.a, value.b)
    return [a / t ** b for t in range(1, steps + 1)]


def assert_same_states(engine, state, graph, truth, tolerance=1e-12):
    """Compare every variable of every sample; truth is one reference.State per sample."""
    pools = [c for c in engine.network.connections if c.routes]
    ends = np.cumsum([engine.units, *(np.prod(c.map_shape) for c in pools)]).tolist()
    for sample, now in enumerate(truth):
        for name, own in engine.slices.items():
            pairs = {"x": now.x, "s": now.s}
            if not graph.layers[name].states:
                pairs |= {"d": now.d, "v": now.V}
            for variable, expected in pairs.items():
                assert_allclose(getattr(state, variable)[sample, own], expected[name], rtol=0, atol=tolerance,
                                err_msg=f"{variable} of {name}")
        for connection, own in zip(pools, map(slice, ends, ends[1:])):
            currents = now.filtered.get(engine.network.connections.index(connection))
            if currents is not None:
                rows, columns, _ = (n // connection.pool_size * connection.pool_size for n in connection.map_shape)
                found = state.d[sample, own].reshape(connection.map_shape)[:rows, :columns]    # the rest is not pooled
                assert_allclose(found, currents.reshape(connection.map_shape)[:rows, :columns], rtol=0, atol=tolerance,
                                err_msg=connection.name)


def assert_same_path(engine, graph, images, targets, phases):
    """Step both through phases (steps, beta) and compare all states after every step; returns the last ones."""
    neurons, total = engine.network.neurons, sum(steps for steps, _ in phases)
    eps, lam = schedule(neurons.epsilon, total), schedule(neurons.lam, total)
    state, truth, t = engine.rest(len(images)), [ref.rest(graph) for _ in images], 0
    for steps, beta in phases:
        for t in range(t, t + steps):
            engine.relax(state, images, 1, nudge=Nudge(beta, targets))
            truth = [ref.step(graph, now, entering(engine.network, image, t), eps[t], lam[t], beta, target)
                     for now, image, target in zip(truth, images, targets)]
            assert_same_states(engine, state, graph, truth)
        t += 1
    return state, truth


def mean_over_samples(gradients):
    """Average a list of reference gradients, one per sample."""
    return {key: np.mean([gradient[key] for gradient in gradients], axis=0) for key in gradients[0]}


def assert_same_gradient(network, products, expected, rtol=1e-9):
    """Compare Products with a gradient of the reference, relative to the largest entry of each parameter."""
    pairs = {**{i: products.weights[c.name] for i, c in enumerate(network.connections)}, **products.biases}
    assert set(pairs) == set(expected)
    groups = {i: c.groups for i, c in enumerate(network.connections)}
    expected = {key: gathered(values, groups.get(key, 1)) for key, values in expected.items()}
    for key, values in pairs.items():
        assert values.shape == np.shape(expected[key])
        largest = max(1e-3, np.abs(expected[key]).max())
        assert_allclose(values, expected[key], rtol=0, atol=rtol * largest, err_msg=str(key))
