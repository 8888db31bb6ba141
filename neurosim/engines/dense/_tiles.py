"""Compiled kernels that count reads of tiles on a processor."""

from neurosim._jit import inner_kernel, kernel


@inner_kernel
def occupy(signals, sign, channels, ranges, occupied):
    """Note which ranges of channels carry a signal at which position; `occupied` is mutated.

    signals : (units), position by position; sign : of those that count, 0 = both; ranges : (ranges, 2), first channel,
    one past the last; occupied : (ranges, positions); returns whether all of them do
    """
    everywhere = True
    for r in range(len(ranges)):
        first, last = ranges[r, 0], ranges[r, 1]
        for p in range(occupied.shape[1]):
            unit, end, found = p * channels + first, p * channels + last, False
            while unit < end and not found:
                found = signals[unit] * sign > 0 if sign != 0 else signals[unit] != 0
                unit += 1
            occupied[r, p] = found
            everywhere = everywhere and found
    return everywhere


@kernel
def count_senders(signals, sign, channels, ranges, occupied, counts):
    """Add, for every range of channels, the number of positions where it carries a signal; counts are mutated.

    signals : (samples, units); counts : int64 (samples, ranges); others as in `occupy`
    """
    for k in range(len(signals)):
        occupy(signals[k], sign, channels, ranges, occupied)
        for r in range(len(ranges)):
            for p in range(occupied.shape[1]):
                counts[k, r] += occupied[r, p]


@kernel
def count_positions(signals, sign, channels, ranges, taps, whole, scratch, counts):
    """Add, for every slice, the number of positions of a kernel where one of its taps meets a signal, MUTATING counts.

    taps : int64 (taps, 9), slice by slice: slice, range, first lower position, and by how much that rises from row to
    row and from column to column; first position of the kernel, positions in a row, rows, columns
    whole : int64 (slices), the numbers where all lower positions carry signals, below 0 where they are not known
    scratch : occupied, see `occupy`, and uint8 (positions of the kernel), mutated; others as in `count_senders`
    """
    occupied, marked = scratch
    for k in range(len(signals)):
        if occupy(signals[k], sign, channels, ranges, occupied) and whole[0] >= 0:
            for i in range(whole.size):
                counts[k, i] += whole[i]
            continue
        first = 0
        while first < len(taps):
            one = taps[first, 0]
            for p in range(marked.size):
                marked[p] = 0
            while first < len(taps) and taps[first, 0] == one:
                mark(taps[first], occupied, marked)
                first += 1
            for p in range(marked.size):
                counts[k, one] += marked[p]


@inner_kernel
def mark(tap, occupied, marked):
    """Mark the positions of the kernel where one tap meets a signal; `marked` is mutated."""
    for y in range(tap[7]):
        lower, upper = tap[2] + y * tap[3], tap[5] + y * tap[6]
        for x in range(tap[8]):
            marked[upper + x] |= occupied[tap[1], lower + x * tap[4]]
