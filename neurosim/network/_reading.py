"""Compiled kernels of reads: from the signals of a population to the currents of another one."""

import numpy as np

from neurosim._jit import BLOCK, add_products, add_rows, inner_kernel, pack_nonzero
from neurosim.memristor.noise import standard_normal

#: Fewest channels that are listed position by position; maps with fewer are listed whole.
FEW_CHANNELS = 16


@inner_kernel
def fill_values(target, value):
    """Set every entry of `target`, which is mutated."""
    for j in range(target.size):
        target[j] = value


@inner_kernel
def add_scaled(factor, source, target):
    """Add factor times `source` to `target`, which is mutated."""
    for j in range(target.size):
        target[j] += factor * source[j]


@inner_kernel
def list_events(plan, population, s, events, starts):
    """List the non-zero signals of one population, cell by cell; events and starts are mutated."""
    unit, channels, part = plan.first_unit[population], plan.channels[population], plan.part[population]
    units = plan.first_unit[population + 1] - unit
    start, positions = plan.first_start[population], units // channels
    n = unit + 8 * population
    if channels >= FEW_CHANNELS or positions == 1 or part < channels:
        first = 0
        for p in range(positions):
            end = first + channels
            while first < end:
                starts[start] = n
                start += 1
                last = min(first + part, end)
                n = pack_nonzero(s, unit, first, last, events, n)
                first = last
        starts[start] = n
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
def read_block(segments, channels, parts, weights, stride, s, unit, out, target):
    """Add the dense products of BLOCK segments that use the same weights to `out`."""
    a, b, c, d = segments[0], segments[1], segments[2], segments[3]
    first = a.first // parts * channels
    add_products(out, (target + a.target, target + b.target, target + c.target, target + d.target), a.length,
                 weights, a.weight + first * stride, stride, s,
                 (unit + first, unit + b.first // parts * channels, unit + c.first // parts * channels,
                  unit + d.first // parts * channels), a.last // parts * channels - first)


@inner_kernel
def read_whole(plan, r, weights, s, scratch, running, out):
    """Add the currents of read r to `out` (samples, all units), by events or, for dense signals, by dense products.

    The running samples take turns at every group of segments, while its weights are in a near cache.
    """
    source, target = plan.read_source[r], plan.first_unit[plan.read_target[r]]
    first_unit, begin, channels = plan.first_unit[source], plan.first_start[source], plan.channels[source]
    end, units = plan.first_start[source + 1] - 1, plan.first_unit[source + 1] - first_unit
    stride, parts = plan.read_stride[r], plan.parts[source]
    for group in range(plan.read_first[r], plan.read_first[r + 1]):
        for j in running:
            i, stop = plan.group_first[group], plan.group_first[group + 1]
            starts, events, e = scratch.starts[j], scratch.events, j * scratch.events.shape[1]
            unit, o = j * s.shape[1] + first_unit, j * s.shape[1] + target
            if starts[end] - starts[begin] > plan.read_dense[r] * units:
                while i + BLOCK <= stop:
                    read_block(plan.segments[i:i + BLOCK], channels, parts, weights, stride, s, unit, out, o)
                    i += BLOCK
            for segment in plan.segments[i:stop]:
                first, last = starts[begin + segment.first], starts[begin + segment.last]
                if first < last:
                    add_rows(out, o + segment.target, segment.length, weights, segment.weight, stride, s, unit,
                             events, e + first, e + last)


@inner_kernel
def add_noise(line, variance, floor, key, counter):
    """Add a normal number of its own variance to every line; `line` is mutated."""
    for c in range(line.size):
        line[c] += np.sqrt(variance[c] + floor[c]) * line.dtype.type(standard_normal(key, counter + np.uint64(c)))


@inner_kernel
def quantise(line, step, low, high, rounding):
    """Replace v by clip(step sign(v) floor(|v| / step + rounding), low, high); returns the sum of |codes|."""
    inverse, codes = line.dtype.type(1) / step, np.int64(0)
    for c in range(line.size):
        value = np.copysign(np.floor(abs(line[c]) * inverse + rounding), line[c]) * step
        value = min(max(value, low), high)
        line[c] = value
        codes += np.int64(np.rint(abs(value) * inverse))
    return codes


@inner_kernel
def convert(plan, drive, r, one, key, counter, scratch, tally, j):
    """Pass one sum through noise, errors and quantiser of read r; scratch.line and the tally are mutated."""
    first, last = one.line, one.line + one.length
    line, variance, floor = scratch.line[:one.length], scratch.variance[:one.length], drive.floor[first:last]
    gain, offset = drive.gain[first:last], drive.offset[first:last]
    for c in range(line.size):
        line[c] = gain[c] * line[c] + offset[c]
    if drive.noise:
        add_noise(line, variance, floor, key, counter + np.uint64(one.number))
    if drive.observe:
        for c in range(line.size):
            tally.largest[j, one.slice] = max(tally.largest[j, one.slice], abs(line[c]))
    step = drive.step[one.slice]
    if step > 0:
        tally.firings[j, r] += quantise(line, step, drive.lowest[one.slice], drive.highest[one.slice],
                                        drive.rounding[r])


@inner_kernel
def read_tiles(plan, r, drive, s, scratch, tally, noise, j):
    """Add what the converters of read r deliver for sample j to phi: a sum that nothing drives is not read.

    noise : key and first counter
    """
    source = plan.read_source[r]
    begin, stride, share = plan.first_start[source], plan.read_stride[r], plan.read_share[r]
    unit, target = j * s.shape[1] + plan.first_unit[source], plan.first_unit[plan.read_target[r]]
    starts, events, e, phi = scratch.starts[j], scratch.events, j * scratch.events.shape[1], scratch.phi[j]
    power = s if plan.spiking and (source > 0 or plan.analog_input == 0) else scratch.power
    for i in range(plan.read_sums[r], plan.read_sums[r + 1]):
        one = plan.sums[i]
        driven = False
        for addend in plan.addends[one.addend_first:one.addend_last]:
            first, last = starts[begin + addend.first], starts[begin + addend.last]
            if first == last:
                continue
            if not driven:
                driven = True
                fill_values(scratch.line[:one.length], 0)
                if drive.noise:
                    fill_values(scratch.variance[:one.length], 0)
            add_rows(scratch.line, 0, one.length, drive.weights, addend.weight, stride, s, unit, events, e + first,
                     e + last)
            if drive.noise:
                add_rows(scratch.variance, 0, one.length, drive.variances, addend.weight, stride, power, unit, events,
                         e + first, e + last)
        if driven:
            convert(plan, drive, r, one, noise[0], noise[1], scratch, tally, j)
            for delivery in plan.deliveries[one.delivery_first:one.delivery_last]:
                o, a = target + delivery.target, delivery.line
                add_scaled(share, scratch.line[a:a + delivery.length], phi[o:o + delivery.length])


@inner_kernel
def occupy(plan, population, starts, occupied):
    """Note which cells of a population send anything; `occupied` is mutated."""
    first, last = plan.first_start[population], plan.first_start[population + 1] - 1
    own, now, after = occupied[first:last], starts[first:last], starts[first + 1:last + 1]
    for k in range(own.size):
        own[k] = now[k] < after[k]


@inner_kernel
def count_slices(plan, r, starts, occupied, window, counts):
    """Add the number of windows in which each slice of read r is read to `counts`; `window` is mutated."""
    begin = plan.first_start[plan.read_source[r]]
    for i in range(plan.read_slices[r], plan.read_slices[r + 1]):
        one = plan.slices[i]
        if one.tap_first == one.tap_last:
            counts[i] += starts[begin + one.first] < starts[begin + one.last]
            continue
        read = window[:one.windows]
        fill_values(read, 0)
        for tap in plan.slice_taps[one.tap_first:one.tap_last]:
            mark_windows(tap, begin, occupied, read)
        total = 0
        for w in range(read.size):
            total += read[w]
        counts[i] += total


@inner_kernel
def mark_windows(tap, begin, occupied, read):
    """Mark the windows that one tap has an occupied cell in; `read` is mutated."""
    for y in range(tap.rows):
        w, cell = tap.window + y * tap.window_row, begin + tap.cell + y * tap.cell_row
        row = read[w:w + tap.columns]
        if tap.cell_column == 1:
            cells = occupied[cell:cell + tap.columns]
            for x in range(row.size):
                row[x] |= cells[x]
        else:
            for x in range(row.size):
                row[x] |= occupied[cell + x * tap.cell_column]
