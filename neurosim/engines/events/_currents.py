"""Compiled kernels of the linear operators: what the signals of one sample send along all connections."""

from neurosim._jit import kernel
from neurosim.engines.events._kernels import copy_values, read_stage, unpool
from neurosim.engines.events._reads import fill_values
from neurosim.engines.events._signals import list_population


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
    phi, direct, largest = scratch.phi[0], scratch.direct[0], scratch.largest[0]
    fill_values(phi, 0)
    fill_values(direct, 0)
    for population in range(plan.layers):
        list_population(plan, population, 0, s[0], scratch, 0)
    for stage in range(2):
        if stage == 1:
            for i in range(plan.pool_map.size):
                pool_along(plan, i, phi, largest)
                unpool(plan, i, s[0], largest)
                list_population(plan, plan.pool_map[i], 0, s[0], scratch, 0)
        read_stage(plan, stage, (0, plan.channels.size), drive, s, scratch, tally, running)
    for j in range(out.size):
        out[j] = phi[j] + direct[j]
