"""Compiled kernels of reads: from the signals of a population to the currents of another one."""

import numpy as np

from neurosim._jit import (BLOCK, add_products, add_row_pairs, add_rows, add_scaled, add_short_rows, inner_kernel,
                           kernel, look_up, merge_flags, pack_nonzero, scale_and_shift)
from neurosim._jit.random import QUANTILES, draw_bin, normal_at
from neurosim.crossbar.calibration import BINS, FINE, LEAST
from neurosim.engines.events.signals import ZERO_OR_ONE

#: Fewest channels that are listed position by position; maps with fewer are listed whole.
FEW_CHANNELS = 16

#: Bits of a float32: position of the exponent's last bit, its highest part that separates bins, and the first bin's.
_SHIFT = 23 - int(np.log2(FINE))
_FIRST = int(np.float32(LEAST).view(np.int32)) >> _SHIFT


@inner_kernel
def fill_values(target, value):
    """Set every entry of `target`, which is mutated."""
    for j in range(target.size):
        target[j] = value


@inner_kernel
def copy_values(source, target):
    """Write `source` to the beginning of `target`, which is mutated."""
    for j in range(source.size):
        target[j] = source[j]


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
def read_block(segments, weights, stride, s, unit, out, target):
    """Add the dense products of BLOCK segments that use the same weights to `out`."""
    a, b, c, d = segments[0], segments[1], segments[2], segments[3]
    add_products(out, (target + a.target, target + b.target, target + c.target, target + d.target), a.length,
                 weights, a.weight + a.unit * stride, stride, s,
                 (unit + a.unit, unit + b.unit, unit + c.unit, unit + d.unit), a.units)


@inner_kernel
def read_whole(plan, r, drive, s, scratch, running, out):
    """Add the currents of read r to `out` (samples, all units), by events or, for dense signals, by dense products.

    The running samples take turns at every group of segments, while its weights are in a near cache.
    """
    weights, step = drive.weights, drive.grid[r]
    if plan.read_offsets[r] < plan.read_offsets[r + 1]:
        for j in running:
            read_in_groups(plan, r, weights, s[j], scratch.starts[j], scratch.events[j], out[j])
        return
    source, target = plan.read_source[r], plan.first_unit[plan.read_target[r]]
    first_unit, begin, end = plan.first_unit[source], plan.first_start[source], plan.first_start[source + 1] - 1
    units, stride = plan.first_unit[source + 1] - first_unit, plan.read_stride[r]
    for group in range(plan.read_first[r], plan.read_first[r + 1]):
        for j in running:
            i, stop = plan.group_first[group], plan.group_first[group + 1]
            starts, events, e = scratch.starts[j], scratch.events, j * scratch.events.shape[1]
            unit, o = j * s.shape[1] + first_unit, j * out.shape[1] + target
            if starts[end] - starts[begin] > plan.read_dense[r] * units:
                while i + BLOCK <= stop:
                    read_block(plan.segments[i:i + BLOCK], weights, stride, s, unit, out, o)
                    i += BLOCK
            for segment in plan.segments[i:stop]:
                first, last = starts[begin + segment.first], starts[begin + segment.last]
                if first < last and step > 0:
                    add_short_rows(out, o + segment.target, segment.length, step, drive.short, segment.weight, stride,
                                   s, unit, events, (e + first, e + last))
                elif first < last:
                    add_rows(out, o + segment.target, segment.length, weights, segment.weight, stride, s, unit,
                             events, (e + first, e + last))


@inner_kernel
def read_in_groups(plan, r, weights, s, starts, events, out):
    """Add the currents of read r to `out` (all units) of one sample, where channels meet only those of their group."""
    source, target, stride = plan.read_source[r], plan.first_unit[plan.read_target[r]], plan.read_stride[r]
    begin, unit, offsets = plan.first_start[source], plan.first_unit[source], plan.group_offsets[plan.read_offsets[r]:]
    for segment in plan.segments[plan.group_first[plan.read_first[r]]:plan.group_first[plan.read_first[r + 1]]]:
        first, base = target + segment.target, segment.weight
        for e in events[starts[begin + segment.first]:starts[begin + segment.last]]:
            signal, o, w = s[unit + e], first + offsets[e], base + e * stride
            for c in range(segment.length):
                out[o + c] += signal * weights[w + c]


@inner_kernel
def add_up(plan, r, drive, s, scratch, j, i):
    """Add up the driven sums of read r from sum i on, as long as there is room, one behind the other.

    scratch.line, variance, listed and offsets are mutated
    returns : the sum to continue, how many sums were driven, how many lines they have
    """
    source, stride = plan.read_source[r], plan.read_stride[r]
    begin, unit = np.uint64(plan.first_start[source]), j * s.shape[1] + plan.first_unit[source]
    starts, events, e = scratch.starts[j], scratch.events, j * scratch.events.shape[1]
    power = s if plan.sends[source] == ZERO_OR_ONE else scratch.power
    filled, count, stop = 0, 0, plan.read_sums[r + 1]
    fill_values(scratch.line, 0)
    fill_values(scratch.variance, 0)
    while i < stop and filled + plan.sums[i].length <= scratch.line.size:
        one = plan.sums[i]
        driven = 0
        for a in range(np.uint64(one.addend_first), np.uint64(one.addend_last)):
            addend = plan.addends[a]
            first, last = starts[begin + np.uint64(addend.first)], starts[begin + np.uint64(addend.last)]
            if first < last:
                driven = 1
                if drive.noise:
                    add_row_pairs((scratch.line, scratch.variance), filled, one.length,
                                  (drive.weights, drive.variances), addend.weight, stride, (s, power), unit, events,
                                  (e + first, e + last))
                else:
                    add_rows(scratch.line, filled, one.length, drive.weights, addend.weight, stride, s, unit, events,
                             (e + first, e + last))
        if driven:
            scratch.listed[count], scratch.offsets[count] = i, filled
            filled, count = filled + one.length, count + 1
        i += 1
    return i, count, filled


@inner_kernel
def draw_bins(one, offset, noise, scratch):
    """Draw where the table of normal numbers is read for every line of one sum; bins and parts are mutated."""
    o, key = np.uint64(offset), noise[0]
    x = (noise[1] + np.uint64(one.number)) * key
    for c in range(np.uint64(one.length)):
        scratch.bins[o + c], scratch.parts[o + c] = draw_bin(key, x)
        x += key


@inner_kernel
def add_noise(drive, one, offset, scratch):
    """Add the normal numbers that were looked up, of its own variance for every line of one sum; line is mutated."""
    first, o, line = np.uint64(one.line), np.uint64(offset), scratch.line
    for c in range(np.uint64(one.length)):
        spread = np.sqrt(scratch.variance[o + c] + drive.variance_floor[first + c])
        line[o + c] += spread * line.dtype.type(normal_at(scratch.quantiles[o + c], scratch.parts[o + c]))


@inner_kernel
def bin_of(value):
    """Bin of `neurosim.crossbar.calibration` that a sum belongs to: its exponent and first binary digits, and its sign.

    Negative sums have the second half of the bins; sums that are too large, or NaN, the last of their half.
    """
    half, bits = np.int32(BINS // 2), np.float32(value).view(np.int32)
    index = ((bits & np.int32(0x7FFFFFFF)) >> np.int32(_SHIFT)) - np.int32(_FIRST)
    return min(max(index, np.int32(0)), half - np.int32(1)) + (half if bits < 0 else np.int32(0))


@kernel
def count_sums(line, first, length, counts):
    """Add one for every line of one sum to the count of its bin; `counts` is mutated."""
    for c in range(np.uint64(first), np.uint64(first + length)):
        counts[bin_of(line[c])] += 1


@inner_kernel
def quantise(drive, r, one, line, offset):
    """Replace v by clip(step sign(v) floor(|v| / step + rounding), low, high); `line` is mutated."""
    step, low, high = drive.step[one.slice], drive.lowest[one.slice], drive.highest[one.slice]
    inverse, rounding, o = line.dtype.type(1) / step, drive.rounding[r], np.uint64(offset)
    for c in range(np.uint64(one.length)):
        value = np.copysign(np.floor(abs(line[o + c]) * inverse + rounding), line[o + c]) * step
        line[o + c] = min(max(value, low), high)


@inner_kernel
def sum_codes(drive, one, line, offset):
    """Sum of the codes of one converted sum, without signs."""
    inverse, codes, o = line.dtype.type(1) / drive.step[one.slice], np.int64(0), np.uint64(offset)
    for c in range(np.uint64(one.length)):
        codes += np.int64(np.rint(abs(line[o + c]) * inverse))
    return codes


@inner_kernel
def convert(plan, r, drive, scratch, tally, j, count, filled):
    """Pass the sums that were added up through gains, noise and quantiser; scratch.line and the tally are mutated."""
    listed, offsets, line = scratch.listed, scratch.offsets, scratch.line
    for k in range(count):
        one = plan.sums[listed[k]]
        scale_and_shift(line, offsets[k], one.length, drive.gain, drive.offset, one.line)
    if drive.noise:
        for k in range(count):
            draw_bins(plan.sums[listed[k]], offsets[k], scratch.noise[j], scratch)
        look_up(QUANTILES, scratch.bins, scratch.quantiles, filled)
        for k in range(count):
            add_noise(drive, plan.sums[listed[k]], offsets[k], scratch)
    if drive.observe:
        for k in range(count):
            one = plan.sums[listed[k]]
            count_sums(line, offsets[k], one.length, tally.sums[j, one.slice])
    for k in range(count):
        one = plan.sums[listed[k]]
        if drive.step[one.slice] > 0:
            quantise(drive, r, one, line, offsets[k])
            if drive.rounding[r] == 0:
                tally.firings[j, r] += sum_codes(drive, one, line, offsets[k])


@inner_kernel
def deliver(delivery, share, line, offset, phi, target):
    """Add what one delivery takes of the lines of a sum to phi, which is mutated."""
    add_scaled(phi, target + delivery.target, delivery.length, share, line, offset + delivery.line)


@inner_kernel
def read_tiles(plan, r, drive, s, scratch, tally, j, phi):
    """Add what the converters of read r deliver for sample j to `phi`: a sum that nothing drives is not read.

    Unsigned indices, here and in what it calls, let the compiler make vector loops of ranges inside an array.
    """
    share, target = plan.read_share[r], plan.first_unit[plan.read_target[r]]
    line = scratch.line
    i = plan.read_sums[r]
    while i < plan.read_sums[r + 1]:
        i, count, filled = add_up(plan, r, drive, s, scratch, j, i)
        convert(plan, r, drive, scratch, tally, j, count, filled)
        for k in range(count):
            one = plan.sums[scratch.listed[k]]
            for d in range(one.delivery_first, one.delivery_last):
                deliver(plan.deliveries[d], share, line, scratch.offsets[k], phi, target)


@inner_kernel
def occupy(plan, population, starts, occupied):
    """Note which cells of a population send anything; `occupied` is mutated."""
    first, last = plan.first_start[population], plan.first_start[population + 1] - 1
    own, now, after = occupied[first:last], starts[first:last], starts[first + 1:last + 1]
    for k in range(own.size):
        own[k] = now[k] < after[k]


@inner_kernel
def count_slices(plan, r, starts, occupied, marked, counts):
    """Add the number of kernel positions at which each slice of read r is read to `counts`; `marked` is mutated."""
    begin = plan.first_start[plan.read_source[r]]
    for i in range(plan.read_slices[r], plan.read_slices[r + 1]):
        one = plan.slices[i]
        if one.tap_first == one.tap_last:
            counts[i] += starts[begin + one.first] < starts[begin + one.last]
            continue
        read = marked[:one.positions]
        fill_values(read, 0)
        for tap in plan.slice_taps[one.tap_first:one.tap_last]:
            mark_positions(tap, begin, occupied, read)
        total = 0
        for w in range(read.size):
            total += read[w]
        counts[i] += total


@inner_kernel
def mark_positions(tap, begin, occupied, read):
    """Mark the kernel positions at which one tap has an occupied cell; `read` is mutated."""
    for y in range(tap.rows):
        w, cell = tap.position + y * tap.position_row, begin + tap.cell + y * tap.cell_row
        if tap.cell_column == 1:
            merge_flags(read, w, occupied, cell, tap.columns)
        else:
            for x in range(tap.columns):
                read[w + x] |= occupied[cell + x * tap.cell_column]
