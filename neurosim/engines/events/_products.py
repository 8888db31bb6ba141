"""Compiled kernel of Hebbian products."""

from neurosim._jit import add_rows, kernel, pack_nonzero
from neurosim.engines.events._reads import copy_values


@kernel
def hebbian_rows(lower, upper, length, pairs, block_rows, first, last, out, scratch):
    """Accumulate the weight gradient of one forward read for its row blocks first ... last - 1.

        out[block, c, :] = sum over pairs (source, target) of the block and n of
            lower[source, c, n] upper[g, target, n, :],   g the group of channel c

    lower : (positions, channels, n) signed states; upper : (groups, targets n length); pairs : see `Read.pairs`
    out : flat rows, MUTATED; scratch : working memory, (terms) as lower and int32 (terms + 8)
    Zero states are skipped; the order of the sum is pairs, then n.
    """
    n, group = lower.shape[2], block_rows // len(upper)
    (pair_first, pair_source, pair_target), (signal, events) = pairs, scratch
    for block in range(first, last):
        for c in range(block_rows):
            count = 0
            for pair in range(pair_first[block], pair_first[block + 1]):
                base = pair_target[pair] * n
                copy_values(lower[pair_source[pair], c], signal[base:base + n])
                count = pack_nonzero(signal, 0, base, base + n, events, count)
            add_rows(out, (block * block_rows + c) * length, length, upper[c // group], 0, length, signal, 0, events,
                     (0, count))
