"""Hebbian products: the gradient of the pair energy <A(W) x_lower, x_upper> with respect to the weights."""

from typing import Any

import numpy as np

from neurosim._jit import side_by_side
from neurosim._memory import aligned_zeros
from neurosim.engines.events._kernels import route_samples
from neurosim.engines.events._products import hebbian_rows
from neurosim.engines.events.reads import Read
from neurosim.engines.protocol import Products
from neurosim.network.graph import Connection


def correlate(engine: Any, plus: np.ndarray, minus: np.ndarray) -> Products:
    """Contrast the Hebbian products of two sets of states: sum over samples of h(plus) - h(minus).

        h(W) = d<A(W) x_lower, x_upper> / dW,   h(b) = x summed over the positions that share the bias

    Average pooling enters by its adjoint whatever alpha is; max pooling routes x_upper to the largest of A(W) x_lower.

    plus, minus : float (samples, units), states as `Record.mean` holds them
    returns : Products; bit-identical for any number of threads
    """
    layout, network = engine.layout, engine.network
    states = np.concatenate([plus, minus])
    samples = len(states)
    routed = _routed(engine, states) if layout.pools else states
    signed = np.concatenate([plus, -minus]).T.copy()
    first = layout.plan.first_unit
    weights = {}
    for read in layout.products:
        connection = network.connections[read.connection]
        lower = signed[first[read.source]:first[read.source + 1]].reshape(-1, read.block_rows, samples)
        values = (states if read.target < len(network.layers) else routed)[:, first[read.target]:first[read.target + 1]]
        parted = values.reshape(samples, -1, read.groups, read.length).transpose(2, 1, 0, 3)
        upper = aligned_zeros(parted.shape, states.dtype)
        upper[:] = parted
        kernel = _accumulate(engine, read, lower, upper).reshape(connection.kernel_shape(connection.folds))
        weights[connection.name] = connection.weights_of(kernel, connection.folds)
    biases = {layer.name: signed[engine.slices[layer.name]].sum(axis=1).reshape(-1, layer.biases).sum(axis=0)
              for layer in network.layers[1:]}
    return Products(weights, biases)


def _accumulate(engine: Any, read: Read, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    blocks = len(read.pairs[0]) - 1
    rows = aligned_zeros(read.weights, lower.dtype)

    def run(part: tuple[int, int]) -> None:
        terms = upper.shape[1] * upper.shape[2]
        hebbian_rows(lower, upper.reshape(read.groups, -1), read.length, read.pairs, read.block_rows, *part, rows,
                     (np.zeros(terms, lower.dtype), np.zeros(terms + 8, np.int32)))

    chunk = max(1, -(-blocks // (4 * engine.threads)))
    side_by_side(run, [(i, min(i + chunk, blocks)) for i in range(0, blocks, chunk)], engine.threads)
    return rows


def _routed(engine: Any, states: np.ndarray) -> np.ndarray:
    """Return states that pooling sends back to its maps, float (samples, all units)."""
    drive, base, state, tally = engine.routing(states)
    route_samples(engine.layout.plan, drive, base, states, state.s, state.d, engine.scratch(), tally, 0, len(states))
    return state.s


def outer_products(engine: Any, connection: Connection, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Write the Hebbian product of one connection as a sum of outer products, one for each sample and position.

        h(W) = sum over t of upper[t] lower[t]^T,   W of shape (C_out, fan in)

    Where channels fall into groups, the rows of all groups follow one another, and only the blocks on the diagonal of
    the product are weights.

    states : float (samples, units); returns lower (terms, rows) and upper (terms, columns)
    """
    lower, upper = states[:, engine.slices[connection.lower]], states[:, engine.slices[connection.upper]]
    map_states = _routed_to(engine, connection, states) if connection.routes else connection.unpooled(upper)
    return connection.patches(lower), map_states.reshape(-1, connection.weight_shape[0])


def _routed_to(engine: Any, connection: Connection, states: np.ndarray) -> np.ndarray:
    """Return states of a layer as its map in front of max pooling receives them, float (samples, units of the map)."""
    unit = engine.layout.plan.first_unit
    population = len(engine.network.layers) + engine.layout.pools.index(connection)
    return _routed(engine, states)[:, unit[population]:unit[population + 1]]
