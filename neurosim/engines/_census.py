"""Compiled kernel of counts: what units sent, over the samples of a record."""

from neurosim._jit import kernel


@kernel
def add_samples(sent, total):
    """Add uint16 (samples, units) to int64 (units), which is mutated."""
    for b in range(sent.shape[0]):
        row = sent[b]
        for u in range(total.size):
            total[u] += row[u]
