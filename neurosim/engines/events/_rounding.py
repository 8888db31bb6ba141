"""Compiled kernel of weights on a grid."""

import numpy as np

from neurosim._jit import LARGEST, kernel


@kernel
def round_weights(values, step, short):
    """Round `values` to whole multiples of a step, at most LARGEST of them, which `short` takes; both are MUTATED."""
    most = values.dtype.type(LARGEST)
    for i in range(values.size):
        whole = min(max(np.rint(values[i] / step), -most), most)
        short[i] = np.int16(whole)
        values[i] = whole * step
