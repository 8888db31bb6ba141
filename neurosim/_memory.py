"""Arrays that begin where a line of the cache begins."""

import numpy as np

#: Bytes that the caches of most processors hold and move as one.
LINE = 64


def aligned_zeros(shape: int | tuple[int, ...], dtype: np.dtype | type) -> np.ndarray:
    """Return an array of zeros that begins where a line of the cache begins.

    A vector register as wide as a line fills more slowly from two lines than from one. NumPy aligns to 16 bytes.
    """
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.zeros(size + LINE, np.uint8)
    first = -memory.ctypes.data % LINE
    return memory[first:first + size].view(dtype).reshape(shape)


def whole_lines(count: int, dtype: np.dtype | type) -> int:
    """Return the smallest number of entries, at least `count`, that fills whole lines of the cache; int."""
    entries = LINE // np.dtype(dtype).itemsize
    return -(-count // entries) * entries
