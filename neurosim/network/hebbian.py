"""Hebbian products: the gradient of the pair energy <A(W) x_lower, x_upper> with respect to the weights."""

from dataclasses import dataclass

import numpy as np

from neurosim._jit import add_rows, kernel, pack_nonzero, side_by_side
from neurosim._memory import aligned_zeros
from neurosim.network import geometry
from neurosim.network._kernels import copy_values, route_samples


@dataclass(frozen=True)
class Products:
    """Hebbian products summed over samples: weights by connection (weight shape), biases by layer."""

    weights: dict
    biases: dict


def hebbian(simulator, plus, minus):
    """Contrast the Hebbian products of two sets of states: sum over samples of h(plus) - h(minus).

        h(W) = d<A(W) x_lower, x_upper> / dW,   h(b) = x summed over the positions that share the bias

    Average pooling enters by its adjoint whatever alpha is; max pooling routes x_upper to the largest of A(W) x_lower.

    plus, minus : float (samples, units), states as `Record.mean` holds them
    returns : Products; bit-identical for any number of threads
    """
    layout, network = simulator.layout, simulator.network
    states = np.concatenate([plus, minus])
    samples = len(states)
    routed = _routed(simulator, states) if layout.pools else None
    signed = np.concatenate([plus, -minus]).T.copy()
    first = layout.plan.first_unit
    weights = {}
    for read in layout.products:
        connection = network.connections[read.connection]
        lower = signed[first[read.source]:first[read.source + 1]].reshape(-1, read.block_rows, samples)
        values = (states if read.target < len(network.layers) else routed)[:, first[read.target]:first[read.target + 1]]
        upper = aligned_zeros((values.shape[1] // read.length, samples, read.length), states.dtype)
        upper[:] = values.reshape(samples, -1, read.length).transpose(1, 0, 2)
        weights[connection.name] = _restore(connection, _accumulate(simulator, read, lower, upper))
    biases = {layer.name: signed[simulator.slices[layer.name]].sum(axis=1).reshape(-1, layer.biases).sum(axis=0)
              for layer in network.layers[1:]}
    return Products(weights, biases)


def _accumulate(simulator, read, lower, upper):
    pair_first, pair_source, pair_target = read.pairs
    blocks = len(pair_first) - 1
    rows = aligned_zeros(read.weights, lower.dtype)

    def run(part):
        terms = upper.shape[0] * upper.shape[1]
        hebbian_rows(lower, upper.reshape(-1), read.length, pair_first, pair_source, pair_target, read.block_rows,
                     *part, rows, np.zeros(terms, lower.dtype), np.zeros(terms + 8, np.int32))

    chunk = max(1, -(-blocks // (4 * simulator.threads)))
    side_by_side(run, [(i, min(i + chunk, blocks)) for i in range(0, blocks, chunk)], simulator.threads)
    return rows


def _restore(connection, rows):
    """Adjoint of `arrange_read` for forward rows: weight rows back to the shape of the weights."""
    if connection.kind == "dense":
        return rows.reshape(connection.weight_shape[::-1]).T
    size, stride = connection.kernel, connection.stride
    folds = connection.pool == "average"
    larger = geometry.folded_size(size, stride, connection.pool_size)[0] if folds else size
    kernels = rows.reshape(larger, larger, *connection.weight_shape[1::-1]).transpose(3, 2, 0, 1)
    return geometry.unfold_average(kernels, size, stride, connection.pool_size) if folds else kernels


def _routed(simulator, states):
    """States that pooling sends back to its maps, float (samples, all units)."""
    plan, drive, samples = simulator.layout.plan, simulator.drive(1, exact=True), len(states)
    state, tally = simulator.rest(samples, np.arange(samples)), simulator.tally(samples)
    base = simulator.constants(drive, np.ascontiguousarray(states[:, :plan.first_unit[1]]), state, tally)
    route_samples(plan, drive, base, states, state.s, state.d, simulator.scratch(), tally, 0, samples)
    return state.s


def rank_one_terms(simulator, connection, states):
    """Write the Hebbian product of one connection as a sum of outer products, one for each sample and position.

        h(W) = sum over t of upper[t] lower[t]^T,   W of shape (C_out, C_in k k)

    states : float (samples, units); returns lower (terms, rows) and upper (terms, columns)
    """
    network, slices = simulator.network, simulator.slices
    lower, upper = states[:, slices[connection.lower]], states[:, slices[connection.upper]]
    if connection.kind == "dense":
        return lower, upper
    height, width, depth = network.layers[network.index(connection.lower)].map_shape
    rows, columns, channels = connection.map_shape
    pad = ((0, 0), (connection.padding,) * 2, (connection.padding,) * 2, (0, 0))
    image = np.pad(lower.reshape(-1, height, width, depth), pad)
    patches = np.lib.stride_tricks.sliding_window_view(image, (connection.kernel,) * 2, axis=(1, 2))
    patches = patches[:, ::connection.stride, ::connection.stride]
    maps = _unpooled(simulator, connection, upper.reshape(len(states), -1), states)
    return patches.reshape(-1, depth * connection.kernel ** 2), maps.reshape(-1, channels)


def _unpooled(simulator, connection, upper, states):
    """States of a layer as its map in front of pooling receives them, float (samples, rows, columns, channels)."""
    rows, columns, channels = connection.map_shape
    if connection.pool == "none":
        return upper.reshape(-1, rows, columns, channels)
    if connection in simulator.layout.pools:
        unit = simulator.layout.plan.first_unit
        place = len(simulator.network.layers) + simulator.layout.pools.index(connection)
        return _routed(simulator, states)[:, unit[place]:unit[place + 1]].reshape(-1, rows, columns, channels)
    size = connection.pool_size
    pooled = upper.reshape(-1, rows // size, columns // size, channels)
    maps = np.zeros((len(upper), rows, columns, channels), upper.dtype)
    spread = pooled.repeat(size, axis=1).repeat(size, axis=2)
    maps[:, :spread.shape[1], :spread.shape[2]] = spread / upper.dtype.type(size ** 2)
    return maps


@kernel
def hebbian_rows(lower, upper, length, pair_first, pair_source, pair_target, block_rows, first, last,
                 out, signal, events):
    """Accumulate the weight gradient of one forward read for its row blocks first ... last - 1.

        out[block, c, :] = sum over pairs (source, target) of the block and n of lower[source, c, n] upper[target, n, :]

    lower : (positions, channels, n) signed states; upper : flat (targets, n, length); out : flat rows, MUTATED; signal,
    events : working memory. Zero states are skipped; the order of the sum is pairs, then n.
    """
    n = lower.shape[2]
    for block in range(first, last):
        for c in range(block_rows):
            count = 0
            for pair in range(pair_first[block], pair_first[block + 1]):
                base = pair_target[pair] * n
                copy_values(lower[pair_source[pair], c], signal[base:base + n])
                count = pack_nonzero(signal, 0, base, base + n, events, count)
            add_rows(out, (block * block_rows + c) * length, length, upper, 0, length, signal, 0, events, 0, count)
