"""Compiled kernel of the linear operators: what the signals of one sample send along all connections."""

from neurosim._jit import kernel
from neurosim.engines.events._kernels import read_stage
from neurosim.engines.events._pooling import pool_along, unpool
from neurosim.engines.events._reads import copy_values, fill_values
from neurosim.engines.events._signals import list_population


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
