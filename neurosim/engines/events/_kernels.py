"""Compiled kernels of the time loop."""

from collections.abc import Callable
from functools import cache

import numpy as np

from neurosim._jit import dispatch, inner_kernel, kernel
from neurosim.engines.events._pooling import pool, pool_currents, unpool
from neurosim.engines.events._reads import copy_values, count_slices, fill_values, read_tiles, read_whole
from neurosim.engines.events._signals import count_signals, list_signals
from neurosim.engines.events._units import move
from neurosim.engines.events.plan import Tally
from neurosim.neurons import Law


@inner_kernel
def read_columns(plan, r, drive, s, scratch, tally, running):
    """Add the currents of read r to phi, or to what needs no decoder, and count the tiles that take part."""
    out = scratch.direct if plan.read_direct[r] else scratch.phi
    for j in running:
        count_slices(plan, r, scratch.starts[j], scratch.occupied[j], scratch.marked, tally.slices[j])
    if plan.read_sums[r] == plan.read_sums[r + 1]:
        read_whole(plan, r, drive, s, scratch, running, out)
    else:
        for j in running:
            read_tiles(plan, r, drive, s, scratch, tally, j, out[j])


@inner_kernel
def read_stage(plan, stage, sources, drive, s, scratch, tally, running):
    """Add the currents of all reads of a stage to phi: THE loop over reads.

    stage : number of a sweep, reads that end in front of pooling, or sweeps + that, those that end in layers
    sources : first and last population whose signals are read
    """
    for r in range(plan.stages[stage], plan.stages[stage + 1]):
        if sources[0] <= plan.read_origin[r] <= sources[1]:
            read_columns(plan, r, drive, s, scratch, tally, running)


@inner_kernel
def begin_currents(plan, sweep, constant, phi, direct):
    """Set the currents of what moves in a sweep to those that stay; phi and direct are mutated.

    constant : from `EventsEngine.constants`, of this sample; layers to which nothing is added read it there
    """
    for population in range(plan.moves.shape[1]):
        if plan.moves[sweep, population]:
            a, b = plan.first_unit[population], plan.first_unit[population + 1]
            if population >= plan.layers:
                copy_values(constant[a:b], phi[a:b])
                continue
            fill_values(phi[a:b], 0)
            if plan.mixed[population]:
                copy_values(constant[a:b], direct[a:b])


@inner_kernel
def begin_sweep(plan, sweep, drive, base, s, scratch, running):
    """Begin the currents of a sweep and list the signals that it reads; phi and direct are mutated.

    base : from `EventsEngine.constants`, of the running samples
    """
    rows = len(base)
    for j in running:
        begin_currents(plan, sweep, base[j % rows], scratch.phi[j], scratch.direct[j])
        for layer in range(plan.layers):
            if plan.lists[sweep, layer]:
                list_signals(plan, drive, layer, s, scratch, j)


@inner_kernel
def gather_currents(plan, sweep, drive, base, d, s, scratch, tally, running):
    """Fill phi and direct of what moves in a sweep from the signals sent before; d and s of maps are mutated."""
    begin_sweep(plan, sweep, drive, base, s, scratch, running)
    for ends_in_layers in range(2):
        if ends_in_layers:
            for j in running:
                pool_currents(plan, sweep, drive.noise, scratch.lam[j], d[j], s[j], scratch, j)
        read_stage(plan, ends_in_layers * len(plan.moves) + sweep, (plan.steady_input, plan.channels.size), drive, s,
                   scratch, tally, running)


@inner_kernel
def settled(plan, mean, before, tolerance):
    """Whether, in every layer, the mean over the units moved by less than the tolerance; `before` becomes `mean`."""
    quiet = True
    for layer in range(1, plan.layers):
        a, b = plan.first_unit[layer], plan.first_unit[layer + 1]
        moved = mean.dtype.type(0)
        for j in range(a, b):
            moved += abs(mean[j] - before[j])
        quiet = quiet and moved / (b - a) < tolerance
    copy_values(mean, before)
    return quiet


@inner_kernel
def average(plan, span, t, kept, mean, before):
    """Average `kept` over the window that step t is in; returns whether the sample has settled and may stop."""
    index = t % span.window if span.tolerance > 0 else t - (span.steps - span.window)
    share = mean.dtype.type(1.0 / span.window)
    if index == 0:
        fill_values(mean, 0)
    if index >= 0:
        for j in range(mean.size):
            mean[j] += share * kept[j]
    return span.tolerance > 0 and index == span.window - 1 and settled(plan, mean, before, span.tolerance)


@inner_kernel
def share_of(tally, first, last):
    """The Tally of a range of samples."""
    return Tally(tally.sent[first:last], tally.slices[first:last], tally.firings[first:last], tally.sums[first:last])


@inner_kernel
def set_noise(drive, phase, t, name, noise):
    """Key and first counter of the noise of one sample in one time step; `noise` is mutated.

    Fresh noise has a key for every sample and every four phases, and the first counter tells phases and time steps
    apart; frozen noise has one key and one counter. Keys are mixed as in SplitMix64 (Steele, Lea and Flood, OOPSLA
    2014).
    """
    noise[0], noise[1] = drive.noise, 0
    if drive.fresh:
        z = name * np.uint64(0x9E3779B97F4A7C15) + drive.noise
        z += np.uint64(phase >> 2) * np.uint64(0xD1B54A32D192ED03)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        noise[0] = (z ^ (z >> np.uint64(31))) | np.uint64(1)
        noise[1] = (np.uint64(phase) << np.uint64(62)) | (np.uint64(t) << np.uint64(40))


@kernel
def add_image_currents(plan, drive, batch, s, tally, scratch, first, last):
    """Add the currents that steady inputs drive all the time to `batch.base`; s of the input is mutated.

    Samples first ... last - 1, as many together as `scratch` holds.
    """
    together = len(scratch.running)
    for a in range(first, last, together):
        b = min(a + together, last)
        running, phi, counts = scratch.running[:b - a], scratch.phi, share_of(tally, a, b)
        for j in range(running.size):
            running[j] = j
            set_noise(drive, batch.phase, batch.start[a + j], batch.names[a + j], scratch.noise[j])
            copy_values(batch.images[a + j], s[a + j])
            list_signals(plan, drive, 0, s[a:b], scratch, j)
            fill_values(phi[j], 0)
        for stage in range(plan.stages.size - 1):
            read_stage(plan, stage, (0, 0), drive, s[a:b], scratch, counts, running)
        for j in running:
            for i in range(batch.base.shape[1]):
                batch.base[a + j, i] += phi[j, i]


@inner_kernel
def begin(span, mean, still, scratch):
    """List the samples that move in scratch.running, and what means are compared with; returns their number."""
    count = 0
    for j in range(still.size):
        fill_values(scratch.before[j], np.inf)
        if span.begin > 0:
            copy_values(mean[j], scratch.before[j])
        if still[j] == 0:
            scratch.running[count] = j
            count += 1
    return count


@cache
def time_loop(laws: tuple[Law, ...]) -> Callable[..., None]:
    """Return the compiled time loop of networks with these laws, a tuple of Law; `plan.law` counts in it.

    Their machine code on the disk is identified by the code of these laws, and not kept where that has no identity.
    """
    step = dispatch([law.advance for law in laws])

    def relax_samples(plan, drive, span, batch, units, outcome, tally, scratch, first, last):
        """THE time loop: relax the samples first ... last - 1, each from its own time step, and count the steps made.

        Parts of one relaxation, from span.begin to span.end, continue the mean of the part before, which ended with a
        window where there is a tolerance, and without the samples that are still.

        As many samples as `scratch` holds follow their dynamics in lockstep. The units are mutated; outcome.mean
        receives the average over the last window; the tally is increased. A sample that has settled stands still, and
        is marked so: what it does never depends on the others.
        """
        together, noise, (mean, steps, still) = len(scratch.running), scratch.noise, outcome
        for a in range(first, last, together):
            b = min(a + together, last)
            running, signals, decoded = scratch.running[:b - a], units.s[a:b], units.d[a:b]
            counts, constant = share_of(tally, a, b), batch.base[a:b] if len(batch.base) > 1 else batch.base
            running = running[:begin(span, mean[a:b], still[a:b], scratch)]
            for t in range(span.begin, span.end):
                for j in running:
                    now = batch.start[a + j] + t
                    scratch.lam[j] = drive.lam[now]
                    set_noise(drive, batch.phase, now, batch.names[a + j], noise[j])
                for sweep in range(len(plan.moves)):
                    for j in running:
                        count_signals(plan, sweep, t, signals[j], counts.sent[j])
                    gather_currents(plan, sweep, drive, constant, decoded, signals, scratch, counts, running)
                    for j in running:
                        k = a + j
                        state = units.x[k], units.d[k], units.v[k], units.s[k]
                        move(step, plan, sweep, batch, k, (drive.eps[batch.start[k] + t], scratch.lam[j]), t, state,
                             (scratch.phi[j], scratch.direct[j]))
                count = 0
                for j in running:
                    k = a + j
                    steps[k] = t + 1
                    kept = units.s[k] if span.count_spikes else units.x[k]
                    still[k] = average(plan, span, t, kept, mean[k], scratch.before[j])
                    if still[k] == 0:
                        running[count] = j
                        count += 1
                running = running[:count]

    marks = [law.fingerprint for law in laws]
    return kernel(relax_samples, captured=" ".join(marks) if all(marks) else "")


@kernel
def route_samples(plan, drive, base, states, s, d, scratch, tally, first, last):
    """Send states up to the maps and back through pooling; s (samples, all units) takes what reaches the maps.

    d (samples, all units) is working memory; scratch.largest keeps the positions of the maxima of the last sample
    """
    running, one = scratch.running[:1], d.dtype.type(1)
    running[0] = 0
    for k in range(first, last):
        copy_values(states[k], s[k])
        for sweep in range(len(plan.moves)):
            begin_sweep(plan, sweep, drive, base[k:k + 1] if len(base) > 1 else base, s[k:k + 1], scratch, running)
            read_stage(plan, sweep, (plan.steady_input, plan.channels.size), drive, s[k:k + 1], scratch, tally, running)
        for i in range(plan.pool_map.size):
            pool(plan, i, one, d[k], scratch.phi[0], scratch.direct[0], scratch.largest[0])
            unpool(plan, i, s[k], scratch.largest[0])
