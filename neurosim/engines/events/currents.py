"""The linear operators of a network outside the time loop: what signals send along all connections, both ways.

Converters are left out, with their gains and offsets, and so are read noise and the drivers of states: none of them has
an energy.
"""

from typing import Any

import numpy as np

from neurosim._jit import kernel, side_by_side
from neurosim.engines.events._kernels import read_stage, route_samples
from neurosim.engines.events._pooling import pool_along, unpool
from neurosim.engines.events._reads import copy_values, fill_values
from neurosim.engines.events._signals import list_population


def currents(engine: Any, signals: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
    """Total currents that signals send, forwards along every connection and back along every adjoint, without biases.

        phi_n = sum over edges into n  A s_lower  +  sum over edges out of n  A^T s_upper;     0 at the input

    signals : float (samples, units)
    at : float (samples, units), signals whose maxima route max pooling; default: `signals`
    returns : float (samples, units)
    """
    signals = np.ascontiguousarray(signals, engine.dtype)
    at = signals if at is None else np.ascontiguousarray(at, engine.dtype)
    plan, out = engine.layout.plan, np.zeros_like(signals)
    drive, base, state, tally = engine.routing(at)

    def run(sample: int) -> None:
        scratch = engine.scratch()
        if plan.pool_map.size:
            route_samples(plan, drive, base, at, state.s, state.d, scratch, tally, sample, sample + 1)
        send_sample(plan, drive, signals[sample], state.s[sample:sample + 1], scratch, engine.tally(1), out[sample])

    side_by_side(run, range(len(signals)), engine.threads)
    return out


@kernel
def send_sample(plan, drive, signals, s, scratch, tally, out):
    """Fill `out` (units) with the currents of `signals`; maxima are where scratch.largest has them.

    s : (1, all units), working memory
    """
    running = scratch.running[:1]
    running[0] = 0
    copy_values(signals, s[0])
    phi, direct, largest = scratch.phi[0], scratch.direct[0], scratch.largest[0]
    fill_values(phi, 0)
    fill_values(direct, 0)
    for population in range(plan.layers):
        list_population(plan, population, 0, s[0], scratch, 0)
    sweeps, everything = len(plan.moves), (0, plan.channels.size)
    for stage in range(sweeps):
        read_stage(plan, stage, everything, drive, s, scratch, tally, running)
    for i in range(plan.pool_map.size):
        pool_along(plan, i, phi, largest, phi)
        unpool(plan, i, s[0], largest)
        list_population(plan, plan.pool_map[i], 0, s[0], scratch, 0)
    for stage in range(sweeps, 2 * sweeps):
        read_stage(plan, stage, everything, drive, s, scratch, tally, running)
    for j in range(out.size):
        out[j] = phi[j] + direct[j]
