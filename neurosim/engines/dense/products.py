"""Hebbian products: the gradient of the pair energy <A(W) x_lower, x_upper> with respect to the weights."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from neurosim.engines.dense.graph import DenseGraph
from neurosim.engines.protocol import Products


def correlate(graph: DenseGraph, plus: Sequence[Tensor], minus: Sequence[Tensor]) -> list[Tensor]:
    """Return h(plus) - h(minus) of every connection, summed over samples, of the shape of its weights.

        h(W) = d<A(W) x_lower, x_upper> / dW =: x_lower x_upper
        h(plus) - h(minus) = (plus - minus)_lower mean_upper + mean_lower (plus - minus)_upper

    The second line is the same, and does not round away a small difference of states in a difference of large sums.
    Average pooling enters by its adjoint whatever alpha is; max pooling routes x_upper to the largest of A(W) x_lower.

    plus, minus : states, by layer, (samples, units)
    """
    found = []
    for place, (one, (lower, upper)) in enumerate(zip(graph.links, graph.ends)):
        below = plus[lower], minus[lower]
        above = [graph.unpooled(place, states[lower], states[upper]) for states in (plus, minus)]
        contrast = one.products(_mean(*below), above[0] - above[1])
        found.append(contrast if lower == 0 else contrast.add_(one.products(below[0] - below[1], _mean(*above))))
    return found


def _mean(plus: Tensor, minus: Tensor) -> Tensor:
    return (plus + minus).div_(2)


def biases(graph: DenseGraph, plus: np.ndarray, minus: np.ndarray, slices: dict[str, slice]) -> dict[str, np.ndarray]:
    """Return the same for biases, dict by layer: states summed over the positions that share one."""
    sums = (np.asarray(plus) - minus).sum(axis=0)
    return {layer.name: sums[slices[layer.name]].reshape(-1, layer.biases).sum(axis=0)
            for layer in graph.network.layers[1:]}


def together(graph: DenseGraph, parts: Sequence[list[Tensor]], sums: dict[str, np.ndarray]) -> Products:
    """Return the Products of parts of the samples, added up in their order."""
    weights = {}
    for place, one in enumerate(graph.links):
        total = parts[0][place]
        for part in parts[1:]:
            total = total.add_(part[place])
        weights[one.connection.name] = total.cpu().numpy()
    return Products(weights, sums)
