"""Shapes of convolution and pooling, and the fold of average pooling into the kernel before it.

Maps have shape (H, W, C) and their units are counted in that order. Kernels have shape (C_out, C_in, k, k).
"""

import numpy as np


def convolved(size: int, kernel: int, stride: int, padding: int) -> int:
    """Return the length of a convolved axis: floor((size + 2 padding - kernel) / stride) + 1.

    May be <= 0 where nothing fits.
    """
    return (size + 2 * padding - kernel) // stride + 1


def folded_size(kernel: int, stride: int, pool: int) -> tuple[int, int]:
    """Return kernel size and stride of one convolution that equals a convolution and then an average over pool x pool.
    """
    return kernel + (pool - 1) * stride, stride * pool


def fold_average(kernels: np.ndarray, stride: int, pool: int) -> np.ndarray:
    """Fold average pooling into the kernels: conv(., fold(K)) = average(conv(., K)), exactly, at stride * pool.

        fold(K)[.., y, x] = 1/F^2 sum over the F x F shifts (p, q) of K[.., y - p stride, x - q stride]

    kernels : (C_out, C_in, k, k); returns (C_out, C_in, k + (F - 1) stride, same), in memory taps before channels
    """
    taps, size = kernels.transpose(2, 3, 1, 0).copy(), kernels.shape[-1]    # channels side by side: long vectors
    larger = folded_size(size, stride, pool)[0]
    folded = np.zeros((larger, larger, *taps.shape[2:]), kernels.dtype)
    for y, x in _shifts(stride, pool):
        folded[y:y + size, x:x + size] += taps
    folded /= kernels.dtype.type(pool * pool)
    return folded.transpose(3, 2, 0, 1)


def unfold_average(folded: np.ndarray, size: int, stride: int, pool: int) -> np.ndarray:
    """Adjoint of `fold_average`: carries a gradient with respect to folded kernels back to the kernels of that size."""
    total = sum(folded[..., y:y + size, x:x + size] for y, x in _shifts(stride, pool))
    return total / folded.dtype.type(pool * pool)


def _shifts(stride: int, pool: int) -> list[tuple[int, int]]:
    return [(p * stride, q * stride) for p in range(pool) for q in range(pool)]


def convolution_taps(lower: tuple[int, ...], upper: tuple[int, ...], kernel: int, stride: int,
                     padding: int) -> tuple[np.ndarray, ...]:
    """List every pair of positions that a convolution joins, and through which tap.

    lower, upper : (height, width) of the two maps
    returns : int64 arrays (upper position, lower position, tap row, tap column), one per pair inside the lower map
    """
    y, x, ky, kx = np.indices((*upper, kernel, kernel)).reshape(4, -1)
    row, column = stride * y + ky - padding, stride * x + kx - padding
    inside = (0 <= row) & (row < lower[0]) & (0 <= column) & (column < lower[1])
    pairs = y * upper[1] + x, row * lower[1] + column, ky, kx
    return tuple(values[inside] for values in pairs)


def pooling_regions(height: int, width: int, pool: int) -> np.ndarray:
    """Return positions under each pooled position: int64 (pooled positions, pool^2), row-major.

    Odd remainders are dropped.
    """
    rows, columns = height // pool, width // pool
    y, x, p, q = np.indices((rows, columns, pool, pool))
    return ((y * pool + p) * width + x * pool + q).reshape(rows * columns, pool * pool)
