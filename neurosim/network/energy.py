"""The energy of a network and the linear operators it is made of, outside the time loop.

    E = sum over layers 1/2 |x|^2 - sum over connections <A s_lower, s_upper> - sum over layers <b, s>

Vectors are float (samples, units) over all layers, input first, as `Record.mean` holds them. Converters are left out,
with their gains and offsets, and so are read noise and the drivers of states: none of them has an energy.
"""

import numpy as np

from neurosim._jit import kernel, side_by_side
from neurosim.network._kernels import copy_values, read_columns, route_samples, unpool
from neurosim.network._reading import fill_values, list_events, occupy


def currents(simulator, signals, at=None):
    """Total currents that signals send, forwards along every connection and back along every adjoint, without biases.

        phi_n = sum over edges into n  A s_lower  +  sum over edges out of n  A^T s_upper;     0 at the input

    signals : float (samples, units)
    at : float (samples, units), signals whose maxima route max pooling; default: `signals`
    returns : float (samples, units)
    """
    signals = np.ascontiguousarray(signals, simulator.dtype)
    at = signals if at is None else np.ascontiguousarray(at, simulator.dtype)
    plan, drive, samples = simulator.layout.plan, simulator.drive(1, exact=True), len(signals)
    out, state, tally = np.zeros_like(signals), simulator.rest(samples, np.arange(samples)), simulator.tally(samples)
    if plan.pool_map.size:
        base = simulator.constants(drive, np.ascontiguousarray(at[:, :plan.first_unit[1]]), state, tally)

    def run(sample):
        scratch = simulator.scratch()
        if plan.pool_map.size:
            route_samples(plan, drive, base, at, state.s, state.d, scratch, tally, sample, sample + 1)
        send_sample(plan, drive, signals[sample], state.s[sample:sample + 1], scratch, simulator.tally(1), out[sample])

    side_by_side(run, range(len(signals)), simulator.threads)
    return out


def apply(simulator, name, lower, at=None):
    """A s of one connection: float (samples, units of its lower layer) -> float (samples, units of its upper layer).

    at : like `lower`, signals whose maxima route max pooling; default: `lower`
    """
    connection = _connection(simulator, name)
    signals = _embed(simulator, {connection.lower: lower})
    phi = currents(simulator, signals, None if at is None else _embed(simulator, {connection.lower: at}))
    return phi[:, simulator.slices[connection.upper]]


def apply_adjoint(simulator, name, upper, at=None):
    """A^T s of one connection, as the dynamics use it.

    upper : float (samples, units of its upper layer); returns : float (samples, units of its lower layer)
    at : like what is returned, signals whose maxima route max pooling; default: the first position of every window
    raises : ValueError for a connection that leaves the input, to which nothing flows back
    """
    connection = _connection(simulator, name)
    if simulator.network.index(connection.lower) == 0:
        raise ValueError(f"connection {name}: nothing flows back to the input; its adjoint is never used")
    phi = currents(simulator, _embed(simulator, {connection.upper: upper}),
                   None if at is None else _embed(simulator, {connection.lower: at}))
    return phi[:, simulator.slices[connection.lower]]


def biases(simulator):
    """Bias of every unit, those of maps repeated over their positions; float (units,)."""
    return simulator.drive(1).bias.copy()


def signals_of(simulator, states):
    """What states stand for when sent: x where a layer sends states, rho(x) = clip(x, 0, 1) where it sends spikes."""
    signals = np.array(states, simulator.dtype)
    for name, units in simulator.slices.items():
        if not simulator.network.sends_states(name):
            np.clip(signals[:, units], 0, 1, out=signals[:, units])
    return signals


def energy(simulator, states):
    """Energy of every sample; the input's own 1/2 |x|^2, a constant, is left out.

    states : float (samples, units)
    returns : float (samples,)

    Scellier, Bengio, Front. Comput. Neurosci. 11:24 (2017); Lin et al., Eq. 1, with rho' = 1 inside the clip.
    """
    network, units = simulator.network, simulator.slices[simulator.network.layers[1].name].start
    states = np.asarray(states, simulator.dtype)
    s = signals_of(simulator, states)
    total = 0.5 * np.square(states[:, units:]).sum(axis=1) - s @ biases(simulator)
    for connection in network.connections:
        sent = apply(simulator, connection.name, s[:, simulator.slices[connection.lower]])
        total -= np.einsum("ij,ij->i", sent, s[:, simulator.slices[connection.upper]])
    return total


def forces(simulator, states):
    """What moves the states, phi + b - x for every sample: -dE/dx of rate neurons inside the clip; 0 at the input.

    states : float (samples, units)
    returns : float (samples, units)
    """
    states = np.asarray(states, simulator.dtype)
    pull = currents(simulator, signals_of(simulator, states)) + biases(simulator) - states
    pull[:, simulator.slices[simulator.network.layers[0].name]] = 0
    return pull


def _connection(simulator, name):
    for connection in simulator.network.connections:
        if connection.name == name:
            return connection
    names = ", ".join(c.name for c in simulator.network.connections)
    raise ValueError(f"network: no connection is called {name!r}; there are {names}")


def _embed(simulator, parts):
    """Vectors over all layers that are zero except in the layers named."""
    samples = len(next(iter(parts.values())))
    signals = np.zeros((samples, simulator.layout.units), simulator.dtype)
    for name, values in parts.items():
        signals[:, simulator.slices[name]] = values
    return signals


@kernel
def pool_along(plan, i, phi, largest):
    """Hand the currents of map i, at the positions that `largest` names, to its layer; phi is mutated."""
    unit, channels = plan.first_unit[plan.pool_map[i]], plan.channels[plan.pool_map[i]]
    upper = plan.first_unit[plan.pool_target[i]]
    for w in range(plan.pool_first[i], plan.pool_first[i + 1], plan.pool_size[i]):
        for c in range(channels):
            phi[upper] += phi[unit + largest[upper] * channels + c]
            upper += 1


@kernel
def send_sample(plan, drive, signals, s, scratch, tally, out):
    """Fill `out` (units) with the currents of `signals`; maxima are where scratch.largest has them.

    s : (1, all units), working memory
    """
    running = scratch.running[:1]
    running[0] = 0
    copy_values(signals, s[0])
    phi, largest, events, starts = scratch.phi[0], scratch.largest[0], scratch.events[0], scratch.starts[0]
    fill_values(phi, 0)
    for population in range(plan.layers):
        list_events(plan, population, s[0], events, starts)
        occupy(plan, population, starts, scratch.occupied[0])
    pooled = 0
    for r in range(plan.read_source.size):
        if plan.read_target[r] < plan.layers and pooled == 0:
            pooled = 1
            for i in range(plan.pool_map.size):
                pool_along(plan, i, phi, largest)
                unpool(plan, i, s[0], largest)
                list_events(plan, plan.pool_map[i], s[0], events, starts)
        read_columns(plan, r, drive, s, scratch, tally, running)
    copy_values(phi[:out.size], out)
