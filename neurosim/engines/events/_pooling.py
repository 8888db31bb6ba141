"""Compiled kernels of maximum pooling: from maps to the layers above them, and back."""

from neurosim._jit import inner_kernel
from neurosim.engines.events._signals import list_population


@inner_kernel
def pool(plan, i, lam, d, phi, direct, largest):
    """Hand the largest of the decoded currents in every region of map i to its layer and remember where it was."""
    unit = plan.first_unit[plan.pool_map[i]]
    keep, gain = d.dtype.type(0), d.dtype.type(1)
    if plan.pool_decoded[i]:
        keep, gain = d.dtype.type(1) - lam, lam
    for j in range(unit, plan.first_unit[plan.pool_map[i] + 1]):
        d[j] = keep * d[j] + gain * phi[j]
    find_largest(plan, i, d, largest)
    pool_along(plan, i, d, largest, direct if plan.pool_direct[i] else phi)


@inner_kernel
def find_largest(plan, i, d, largest):
    """Write the position of the largest of the decoded currents in every region of map i to `largest`, MUTATED."""
    unit, channels = plan.first_unit[plan.pool_map[i]], plan.channels[plan.pool_map[i]]
    size, upper = plan.pool_size[i], plan.first_unit[plan.pool_target[i]]
    for w in range(plan.pool_first[i], plan.pool_first[i + 1], size):
        for c in range(channels):
            best = plan.regions[w]
            for position in plan.regions[w + 1:w + size]:
                if d[unit + position * channels + c] > d[unit + best * channels + c]:
                    best = position
            largest[upper] = best
            upper += 1


@inner_kernel
def pool_along(plan, i, currents, largest, out):
    """Add the currents of map i, at the positions that `largest` names, to those of its layer; `out` is mutated."""
    unit, channels = plan.first_unit[plan.pool_map[i]], plan.channels[plan.pool_map[i]]
    upper = plan.first_unit[plan.pool_target[i]]
    for w in range(plan.pool_first[i], plan.pool_first[i + 1], plan.pool_size[i]):
        for c in range(channels):
            out[upper] += currents[unit + largest[upper] * channels + c]
            upper += 1


@inner_kernel
def unpool(plan, i, s, largest):
    """Send the signals of a pooled layer back to where map i was largest; s is mutated."""
    unit, channels = plan.first_unit[plan.pool_map[i]], plan.channels[plan.pool_map[i]]
    for j in range(unit, plan.first_unit[plan.pool_map[i] + 1]):
        s[j] = 0
    upper = plan.first_unit[plan.pool_target[i]]
    for w in range(plan.pool_first[i], plan.pool_first[i + 1], plan.pool_size[i]):
        for c in range(channels):
            s[unit + largest[upper] * channels + c] = s[upper]
            upper += 1


@inner_kernel
def pool_currents(plan, sweep, noise, lam, d, s, scratch, j):
    """Pool the maps of sample j whose layers move in a sweep, and list what is sent back through those that it reads.

    Where the layer above a map has moved before, the map still holds the currents by which its signals return.
    """
    for i in range(plan.pool_map.size):
        if plan.moves[sweep, plan.pool_map[i]]:
            pool(plan, i, lam, d, scratch.phi[j], scratch.direct[j], scratch.largest[j])
        elif plan.returns[sweep, i]:
            find_largest(plan, i, d, scratch.largest[j])
        if plan.returns[sweep, i]:
            unpool(plan, i, s, scratch.largest[j])
            list_population(plan, plan.pool_map[i], noise, s, scratch, j)
