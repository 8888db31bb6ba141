"""Compiled kernels of the time loop and of the Hebbian products."""

import numpy as np

from neurosim._jit import add_products, add_rows, inner_kernel, kernel, pack_nonzero
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
def read(plan, r, weights, s, events, starts, out):
    """Add the currents of read r to `out` (all units), by events or, for dense signals, by dense products."""
    source = plan.read_source[r]
    s_first, begin = plan.first_unit[source], plan.first_start[source]
    channels, length, w = plan.channels[source], plan.read_length[r], plan.read_weights[r]
    o = plan.first_unit[plan.read_target[r]]
    units = plan.first_unit[source + 1] - s_first
    count = starts[plan.first_start[source + 1] - 1] - starts[begin]
    first, others = plan.read_blocks[r], plan.read_others[r]
    targets = plan.target_segments[plan.read_first[r]:plan.read_first[r + 1]]
    if count <= plan.read_dense[r] * units:
        others = first
    for i in range(first, others, 4):
        a, b, c, d = plan.order[i], plan.order[i + 1], plan.order[i + 2], plan.order[i + 3]
        ka, kb, kc, kd = targets[a], targets[b], targets[c], targets[d]
        for k in range(targets[a + 1] - ka):
            unit = plan.segment_from[ka + k] * channels
            add_products(out, (o + a * length, o + b * length, o + c * length, o + d * length), length,
                         weights, w + (unit + plan.segment_shift[ka + k]) * length, s,
                         (s_first + unit, s_first + plan.segment_from[kb + k] * channels,
                          s_first + plan.segment_from[kc + k] * channels,
                          s_first + plan.segment_from[kd + k] * channels),
                         plan.segment_to[ka + k] * channels - unit)
    for i in range(others, plan.read_blocks[r + 1]):
        t = plan.order[i]
        for k in range(targets[t], targets[t + 1]):
            add_rows(out, o + t * length, length, weights, w + plan.segment_shift[k] * length, s, s_first, events,
                     starts[begin + plan.segment_from[k]], starts[begin + plan.segment_to[k]])


@inner_kernel
def convert(plan, r, drive, current, out):
    """Pass the column sums of read r through the converter, y = clip(step round(i / step)), and add them to `out`."""
    target = plan.read_target[r]
    for j in range(plan.first_unit[target], plan.first_unit[target + 1]):
        out[j] += min(max(np.rint(current[j] / drive.step) * drive.step, drive.lowest), drive.highest)
        current[j] = 0


@inner_kernel
def read_columns(plan, r, drive, s, scratch):
    """Add the currents of read r, behind its converter, to phi."""
    if drive.step > 0:
        read(plan, r, drive.weights, s, scratch.events, scratch.starts, scratch.current)
        convert(plan, r, drive, scratch.current, scratch.phi)
    else:
        read(plan, r, drive.weights, s, scratch.events, scratch.starts, scratch.phi)


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
def gather_currents(plan, drive, lam, d, s, scratch):
    """Fill phi and direct from the signals of the step before; d and s of the maps are mutated."""
    fill_values(scratch.phi, 0)
    copy_values(scratch.base, scratch.direct)
    for population in range(plan.layers):
        list_events(plan, population, s, scratch.events, scratch.starts)
    routed = 0
    for r in range(plan.read_source.size):
        source, target = plan.read_source[r], plan.read_target[r]
        if target < plan.layers and routed == 0:
            routed = 1
            for i in range(plan.pool_map.size):
                pool(plan, i, lam, d, scratch.phi, scratch.direct, scratch.largest)
                unpool(plan, i, s, scratch.largest)
                list_events(plan, plan.pool_map[i], s, scratch.events, scratch.starts)
        if plan.analog_input and source == 0 and target < plan.layers:
            continue
        read_columns(plan, r, drive, s, scratch)


@inner_kernel
def constant_currents(plan, drive, image, s, scratch):
    """Set base to the bias plus, for an analog input, the currents that the image drives all the time."""
    copy_values(drive.bias, scratch.base)
    if plan.analog_input == 0:
        return
    copy_values(image, s)
    list_events(plan, 0, s, scratch.events, scratch.starts)
    fill_values(scratch.phi, 0)
    for r in range(plan.read_source.size):
        if plan.read_source[r] == 0 and plan.read_target[r] < plan.layers:
            read_columns(plan, r, drive, s, scratch)
    for j in range(scratch.base.size):
        scratch.base[j] += scratch.phi[j]


@inner_kernel
def advance(plan, eps, lam, beta, image, y, state, scratch):
    """Advance every layer by one step from the currents that are gathered; the state is mutated."""
    x, d, v, s = state
    one, zero = x.dtype.type(1), x.dtype.type(0)
    if plan.analog_input == 0:
        n = image.size
        advance_spiking(x[:n], d[:n], v[:n], s[:n], scratch.phi[:n], image, one, lam, zero, one)
    first = plan.first_unit[plan.layers - 1]
    for j in range(y.size):
        scratch.direct[first + j] += beta * (y[j] - x[first + j])
    for layer in range(1, plan.layers):
        a, b = plan.first_unit[layer], plan.first_unit[layer + 1]
        if plan.spiking:
            advance_spiking(x[a:b], d[a:b], v[a:b], s[a:b], scratch.phi[a:b], scratch.direct[a:b], eps, lam,
                            plan.low[layer], plan.high[layer])
        else:
            advance_rate(x[a:b], s[a:b], scratch.phi[a:b], scratch.direct[a:b], eps, plan.low[layer], plan.high[layer])


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
def relax_sample(plan, drive, span, beta, image, y, start, state, mean, activity, scratch):
    """THE time loop: relax one sample from time step `start` and return the number of steps made.

    state (x, d, v, s), each (all units), is mutated; mean (units) receives the average over the last window; activity
    (starts) is increased by the number of non-zero signals that each position sent.
    """
    x, d, v, s = state
    kept = s if span.count_spikes else x
    share = x.dtype.type(1.0 / span.window)
    constant_currents(plan, drive, image, s, scratch)
    if plan.analog_input:
        copy_values(image, x)
    fill_values(scratch.before, np.inf)
    for t in range(span.steps):
        if span.tolerance > 0:
            place = t % span.window
        else:
            place = t - (span.steps - span.window)
        gather_currents(plan, drive, drive.lam[start + t], d, s, scratch)
        for population in range(plan.analog_input if t > 0 else 0, plan.layers):
            for i in range(plan.first_start[population], plan.first_start[population + 1] - 1):
                activity[i] += scratch.starts[i + 1] - scratch.starts[i]
        advance(plan, drive.eps[start + t], drive.lam[start + t], beta, image, y, state, scratch)
        if place == 0:
            fill_values(mean, 0)
        if place >= 0:
            for j in range(mean.size):
                mean[j] += share * kept[j]
        if span.tolerance > 0 and place == span.window - 1 and settled(plan, mean, scratch.before, span.tolerance):
            return t + 1
    return span.steps


@kernel
def relax_samples(plan, drive, span, beta, images, targets, start, x, d, v, s, mean, activity, steps, scratch,
                  first, last):
    """Relax the samples first ... last - 1 one after the other; arrays have one row per sample and are mutated."""
    for b in range(first, last):
        steps[b] = relax_sample(plan, drive, span, beta, images[b], targets[b], start[b], (x[b], d[b], v[b], s[b]),
                                mean[b], activity[b], scratch)


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
            add_rows(out, (block * block_rows + c) * length, length, upper, 0, signal, 0, events, 0, count)


@kernel
def route_samples(plan, drive, means, s, d, scratch, first, last):
    """Send mean states up to the maps and back through pooling; s (samples, all units) takes what reaches the maps."""
    for b in range(first, last):
        copy_values(means[b], s[b])
        gather_currents(plan, drive, means.dtype.type(1), d[b], s[b], scratch)
