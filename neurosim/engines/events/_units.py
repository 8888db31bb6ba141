"""Compiled kernels of units: what enters, the force of a loss, and one sweep over the layers that move at once."""

from functools import partial

from neurosim._jit import inner_kernel
from neurosim.losses import add_force


@partial(inner_kernel, captured="")
def move(step, plan, sweep, batch, k, factors, t, state, currents):
    """Advance what moves in one sweep of sample k from its currents: layers, and what enters, with the last of them.

    step : the laws of the network, see `time_loop`; factors : eps and lam of time step t of the relaxation
    state : x, d, v and s of all units, MUTATED; currents : phi and direct, which are mutated
    """
    (eps, lam), (phi, direct) = factors, currents
    if plan.moves[sweep, plan.layers - 1]:
        nudge(plan, batch, k, state[0], direct)
    if plan.moves[sweep, 0]:
        enter(step, plan, batch, k, batch.start[k] + t, lam, state, currents)
    advance(step, plan, sweep, eps, lam, state, (phi, direct, batch.base[k % len(batch.base)]))


@partial(inner_kernel, captured="")
def enter(step, plan, batch, k, now, lam, state, currents):
    """Advance the input of sample k by one step, towards what enters in time step `now` since rest; state is mutated.

    step : the laws of the network, see `time_loop`; currents : phi and direct, whose part of the input is mutated
    """
    if plan.steady_input == 0:
        (x, d, v, s), (phi, direct), n = state, currents, plan.first_unit[1]
        entering = batch.images[k]
        if batch.order.size > 0:
            entering = direct[:n]
            open_frame(batch, k, now, entering)
        step(plan.law[0], x[:n], d[:n], v[:n], s[:n], phi[:n], entering, x.dtype.type(1), lam,
             (plan.low[0], plan.high[0]), plan.parameters[0])


@inner_kernel
def open_frame(batch, k, now, frame):
    """Write the frame of sample k that belongs to time step `now` since rest, if there is one, to `frame`, MUTATED."""
    index = batch.order[now]
    for j in range(frame.size):
        frame[j] = batch.frames[k, index, j] if index >= 0 else 0


@partial(inner_kernel, captured="")
def advance(step, plan, sweep, eps, lam, state, currents):
    """Advance every layer but the input that moves in one sweep of one sample from its currents; the state is mutated.

    step : the laws of the network, see `time_loop`; currents : phi, direct and what of it stays
    """
    (x, d, v, s), (phi, direct, constant) = state, currents
    one = x.dtype.type(1)
    for layer in range(1, plan.layers):
        if plan.moves[sweep, layer]:
            a, b = plan.first_unit[layer], plan.first_unit[layer + 1]
            own = direct[a:b] if plan.mixed[layer] else constant[a:b]
            step(plan.law[layer], x[a:b], d[a:b], v[a:b], s[a:b], phi[a:b], own, eps,
                 lam if plan.decodes[layer] else one, (plan.low[layer], plan.high[layer]), plan.parameters[layer])


@inner_kernel
def nudge(plan, batch, k, x, direct):
    """Add the force of the loss on the outputs of sample k to `direct`, which is mutated."""
    first = plan.first_unit[plan.layers - 1]
    add_force(batch.loss, x[first:], batch.targets[k], batch.beta, direct[first:])
