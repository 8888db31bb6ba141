"""Compiled kernels of the time loop."""

import numpy as np

from neurosim._jit import BLOCK, add_products, add_rows, inner_kernel, kernel, pack_nonzero
from neurosim.neurons.rate import advance_rate
from neurosim.neurons.sigma_delta import advance_spiking

#: Fewest channels that are listed position by position; maps with fewer are listed whole.
FEW_CHANNELS = 16


@inner_kernel
def copy_values(source, target):
    """Write `source` to the beginning of `target`, which is mutated."""
    for j in range(source.size):
        target[j] = source[j]


@inner_kernel
def fill_values(target, value):
    """Set every entry of `target`, which is mutated."""
    for j in range(target.size):
        target[j] = value


@inner_kernel
def list_events(plan, population, s, events, starts):
    """List the non-zero signals of one population, position by position; events and starts are mutated."""
    unit, channels = plan.first_unit[population], plan.channels[population]
    units = plan.first_unit[population + 1] - unit
    start, positions = plan.first_start[population], units // channels
    n = unit + 8 * population
    if channels >= FEW_CHANNELS or positions == 1:
        for p in range(positions):
            starts[start + p] = n
            n = pack_nonzero(s, unit, p * channels, (p + 1) * channels, events, n)
        starts[start + positions] = n
        return
    last = pack_nonzero(s, unit, 0, units, events, n)
    p = 0
    for e in range(n, last):
        while p * channels <= events[e]:
            starts[start + p] = e
            p += 1
    for q in range(start + p, start + positions + 1):
        starts[q] = last


@inner_kernel
def read_block(segments, channels, weights, stride, s, unit, out, target):
    """Add the dense products of BLOCK segments that use the same weights to `out`."""
    a, b, c, d = segments[0], segments[1], segments[2], segments[3]
    first = a.first * channels
    add_products(out, (target + a.target, target + b.target, target + c.target, target + d.target), a.length,
                 weights, a.weight + first * stride, stride, s,
                 (unit + first, unit + b.first * channels, unit + c.first * channels, unit + d.first * channels),
                 a.last * channels - first)


@inner_kernel
def read(plan, r, weights, s, scratch, running, out):
    """Add the currents of read r to `out` (samples, all units), by events or, for dense signals, by dense products.

    The running samples take turns at every group of segments, while its weights are in a near cache.
    """
    source, target = plan.read_source[r], plan.first_unit[plan.read_target[r]]
    first_unit, begin, channels = plan.first_unit[source], plan.first_start[source], plan.channels[source]
    end, units = plan.first_start[source + 1] - 1, plan.first_unit[source + 1] - first_unit
    stride = plan.read_stride[r]
    for group in range(plan.read_first[r], plan.read_first[r + 1]):
        for j in running:
            i, stop = plan.group_first[group], plan.group_first[group + 1]
            starts, events, e = scratch.starts[j], scratch.events, j * scratch.events.shape[1]
            unit, o = j * s.shape[1] + first_unit, j * s.shape[1] + target
            if starts[end] - starts[begin] > plan.read_dense[r] * units:
                while i + BLOCK <= stop:
                    read_block(plan.segments[i:i + BLOCK], channels, weights, stride, s, unit, out, o)
                    i += BLOCK
            for segment in plan.segments[i:stop]:
                first, last = starts[begin + segment.first], starts[begin + segment.last]
                if first < last:
                    add_rows(out, o + segment.target, segment.length, weights, segment.weight, stride, s, unit,
                             events, e + first, e + last)


@inner_kernel
def convert(plan, r, drive, current, out):
    """Pass the column sums of read r through the converter, y = clip(step round(i / step)), and add them to `out`."""
    target = plan.read_target[r]
    for j in range(plan.first_unit[target], plan.first_unit[target + 1]):
        out[j] += min(max(np.rint(current[j] / drive.step) * drive.step, drive.lowest), drive.highest)
        current[j] = 0


@inner_kernel
def read_columns(plan, r, drive, s, scratch, running):
    """Add the currents of read r, behind its converter, to phi."""
    if drive.step > 0:
        read(plan, r, drive.weights, s, scratch, running, scratch.current)
        for j in running:
            convert(plan, r, drive, scratch.current[j], scratch.phi[j])
    else:
        read(plan, r, drive.weights, s, scratch, running, scratch.phi)


@inner_kernel
def pool(plan, i, lam, d, phi, direct, largest):
    """Pool the decoded currents of map i into its layer and remember which position was the largest."""
    unit, channels = plan.first_unit[plan.pool_map[i]], plan.channels[plan.pool_map[i]]
    keep, gain = d.dtype.type(0), d.dtype.type(1)
    if plan.pool_decoded[i]:
        keep, gain = d.dtype.type(1) - lam, lam
    for j in range(unit, plan.first_unit[plan.pool_map[i] + 1]):
        d[j] = keep * d[j] + gain * phi[j]
    size, share = plan.pool_size[i], d.dtype.type(1) / d.dtype.type(plan.pool_size[i])
    out = direct if plan.pool_direct[i] else phi
    upper = plan.first_unit[plan.pool_target[i]]
    for w in range(plan.pool_first[i], plan.pool_first[i + 1], size):
        for c in range(channels):
            best = plan.windows[w]
            total = d[unit + best * channels + c]
            for position in plan.windows[w + 1:w + size]:
                value = d[unit + position * channels + c]
                if plan.pool_largest[i] == 0:
                    total += value
                elif value > total:
                    best, total = position, value
            out[upper] += total if plan.pool_largest[i] else total * share
            largest[upper] = best
            upper += 1


@inner_kernel
def unpool(plan, i, s, largest):
    """Send the signals of a pooled layer back to map i: to the largest position, or alike to all; s is mutated."""
    unit, channels = plan.first_unit[plan.pool_map[i]], plan.channels[plan.pool_map[i]]
    for j in range(unit, plan.first_unit[plan.pool_map[i] + 1]):
        s[j] = 0
    size, factor = plan.pool_size[i], plan.pool_backward[i]
    upper = plan.first_unit[plan.pool_target[i]]
    for w in range(plan.pool_first[i], plan.pool_first[i + 1], size):
        for c in range(channels):
            if s[upper] != 0:
                for position in plan.windows[w:w + size]:
                    if plan.pool_largest[i] == 0 or position == largest[upper]:
                        s[unit + position * channels + c] = factor * s[upper]
            upper += 1


@inner_kernel
def gather_currents(plan, drive, lam, d, s, scratch, running):
    """Fill phi and direct of the running samples from the signals of the step before; d and s of maps are mutated."""
    for j in running:
        fill_values(scratch.phi[j], 0)
        copy_values(scratch.base[j], scratch.direct[j])
        for population in range(plan.layers):
            list_events(plan, population, s[j], scratch.events[j], scratch.starts[j])
    routed = 0
    for r in range(plan.read_source.size):
        if plan.read_target[r] < plan.layers:
            if routed == 0:
                routed = 1
                for j in running:
                    pool_currents(plan, lam[j], d[j], s[j], scratch, j)
            if plan.analog_input and plan.read_source[r] == 0:
                continue
        read_columns(plan, r, drive, s, scratch, running)


@inner_kernel
def pool_currents(plan, lam, d, s, scratch, j):
    """Pool the currents of every map of sample j and list what its layer sends back to it."""
    for i in range(plan.pool_map.size):
        pool(plan, i, lam, d, scratch.phi[j], scratch.direct[j], scratch.largest[j])
        unpool(plan, i, s, scratch.largest[j])
        list_events(plan, plan.pool_map[i], s, scratch.events[j], scratch.starts[j])


@inner_kernel
def constant_currents(plan, drive, images, s, scratch, running):
    """Set base to the bias plus, for an analog input, the currents that the images drive all the time."""
    for j in running:
        copy_values(drive.bias, scratch.base[j])
    if plan.analog_input == 0:
        return
    for j in running:
        copy_values(images[j], s[j])
        list_events(plan, 0, s[j], scratch.events[j], scratch.starts[j])
        fill_values(scratch.phi[j], 0)
    for r in range(plan.read_source.size):
        if plan.read_source[r] == 0 and plan.read_target[r] < plan.layers:
            read_columns(plan, r, drive, s, scratch, running)
    for j in running:
        base, phi = scratch.base[j], scratch.phi[j]
        for i in range(base.size):
            base[i] += phi[i]


@inner_kernel
def advance(plan, eps, lam, beta, image, y, state, phi, direct):
    """Advance every layer of one sample by one step from its currents; the state and `direct` are mutated."""
    x, d, v, s = state
    one, zero = x.dtype.type(1), x.dtype.type(0)
    if plan.analog_input == 0:
        n = image.size
        advance_spiking(x[:n], d[:n], v[:n], s[:n], phi[:n], image, one, lam, zero, one)
    first = plan.first_unit[plan.layers - 1]
    for j in range(y.size):
        direct[first + j] += beta * (y[j] - x[first + j])
    for layer in range(1, plan.layers):
        a, b = plan.first_unit[layer], plan.first_unit[layer + 1]
        if plan.spiking:
            advance_spiking(x[a:b], d[a:b], v[a:b], s[a:b], phi[a:b], direct[a:b], eps, lam, plan.low[layer],
                            plan.high[layer])
        else:
            advance_rate(x[a:b], s[a:b], phi[a:b], direct[a:b], eps, plan.low[layer], plan.high[layer])


@inner_kernel
def count_signals(plan, t, starts, activity):
    """Add the number of signals that each position sent to `activity`; an analog input sends once, at t = 0."""
    for population in range(plan.analog_input if t > 0 else 0, plan.layers):
        begin, end = plan.first_start[population], plan.first_start[population + 1]
        sent, own = activity[begin:end], starts[begin:end]
        for i in range(sent.size - 1):
            sent[i] += own[i + 1] - own[i]


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
    place = t % span.window if span.tolerance > 0 else t - (span.steps - span.window)
    share = mean.dtype.type(1.0 / span.window)
    if place == 0:
        fill_values(mean, 0)
    if place >= 0:
        for j in range(mean.size):
            mean[j] += share * kept[j]
    return span.tolerance > 0 and place == span.window - 1 and settled(plan, mean, before, span.tolerance)


@inner_kernel
def relax_together(plan, drive, span, beta, images, targets, start, state, mean, activity, steps, scratch):
    """THE time loop: relax samples in lockstep, each from its time step `start`, and count the steps made.

    state (x, d, v, s), each (samples, all units), is mutated; mean (samples, units) receives the average over the last
    window; activity (samples, starts) is increased by the number of non-zero signals that each position sent. A sample
    that has settled stands still: what it does never depends on the others.
    """
    x, d, v, s = state
    kept = s if span.count_spikes else x
    running = scratch.running[:len(images)]
    for j in range(running.size):
        running[j] = j
        fill_values(scratch.before[j], np.inf)
    constant_currents(plan, drive, images, s, scratch, running)
    if plan.analog_input:
        for j in running:
            copy_values(images[j], x[j])
    for t in range(span.steps):
        for j in running:
            scratch.lam[j] = drive.lam[start[j] + t]
        gather_currents(plan, drive, scratch.lam, d, s, scratch, running)
        count = 0
        for j in running:
            count_signals(plan, t, scratch.starts[j], activity[j])
            advance(plan, drive.eps[start[j] + t], scratch.lam[j], beta, images[j], targets[j],
                    (x[j], d[j], v[j], s[j]), scratch.phi[j], scratch.direct[j])
            steps[j] = t + 1
            if not average(plan, span, t, kept[j], mean[j], scratch.before[j]):
                running[count] = j
                count += 1
        running = running[:count]


@kernel
def relax_samples(plan, drive, span, beta, images, targets, start, x, d, v, s, mean, activity, steps, scratch,
                  first, last):
    """Relax the samples first ... last - 1, as many together as `scratch` holds; arrays have one row per sample."""
    together = len(scratch.running)
    for a in range(first, last, together):
        b = min(a + together, last)
        relax_together(plan, drive, span, beta, images[a:b], targets[a:b], start[a:b],
                       (x[a:b], d[a:b], v[a:b], s[a:b]), mean[a:b], activity[a:b], steps[a:b], scratch)
