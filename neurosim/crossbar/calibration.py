"""Ranges of converters: how sums are distributed, and the full scale that costs least of them.

Sums are counted in bins whose edges are powers of two with a few steps between them, so that a range need not be known
before. Within a bin they are taken as equally likely.
"""

from typing import NamedTuple

import numpy as np

#: Bins of one sign: FINE for each of OCTAVES powers of two. The first begins at LEAST and also holds what is smaller.
FINE, OCTAVES, LEAST = 8, 64, 2.0 ** -40
BINS = 2 * FINE * OCTAVES

#: Rounding of a quantiser: to the nearest code (ADC), or down to whole charges given off (integrate and fire).
NEAREST, WHOLE = 0.5, 0.0

_EDGES = LEAST * np.append((2.0 ** np.arange(OCTAVES)[:, None] * (1 + np.arange(FINE) / FINE)).ravel(), 2.0 ** OCTAVES)
#: Full scales that are tried: so many in each octave, from this part of the largest sum on, before the best is refined.
_PER_OCTAVE, _NARROWEST = 6, 2.0 ** -8


class Codes(NamedTuple):
    """The codes of a converter.

        y = step clip(sign(v) floor(|v| / step + rounding), -below, above),   step = full scale / divisions
    """

    divisions: int
    below: int
    above: int
    rounding: float


def codes_of(kind: str, bits: int) -> Codes:
    """Return the Codes of an "adc", in two's complement, or of an "integrate-and-fire" circuit, charges of either sign.
    """
    if kind == "adc":
        half = 2 ** (bits - 1)
        return Codes(half, half, half - 1, NEAREST)
    return Codes(2 ** bits - 1, 2 ** bits - 1, 2 ** bits - 1, WHOLE)


def squared_error(counts: np.ndarray, full: np.ndarray, codes: Codes) -> np.ndarray:
    """Return summed squared error of converting sums with full scales.

        integral from 0 to u of (k(t) - t)^2 dt = k ((1 - r)^3 + r^3) / 3 + (u - k)^3 / 3,   k = min(floor(u + r), top)

    counts : (BINS,), see `bin_of`; full : (scales,) [1]; r : rounding, top : above or below, u in steps
    returns : (scales,)
    """
    step = np.asarray(full, float)[:, None] / codes.divisions
    cell, total = ((1 - codes.rounding) ** 3 + codes.rounding ** 3) / 3, np.zeros(len(step))
    for own, top in zip(np.reshape(counts, (2, -1)), (codes.above, codes.below)):
        used = np.flatnonzero(own)
        if len(used):
            bins = slice(used[0], used[-1] + 1)
            edges = _EDGES[used[0]:used[-1] + 2]
            beyond = edges / step
            code = np.minimum(np.floor(beyond + codes.rounding), top)
            beyond -= code
            integral = np.diff(code * cell + beyond * beyond * beyond / 3)
            total += integral @ (own[bins] / np.diff(edges)) * step[:, 0] ** 3
    return total


def best_full_scale(counts: np.ndarray, codes: Codes) -> float:
    """Return the full scale of the least squared error; NaN where there are no sums.

    counts : (BINS,), see `bin_of`
    """
    counts = np.reshape(counts, (2, -1)).copy()
    counts[:, 0] = 0        # zero is converted exactly
    if not counts.any():
        return np.nan
    largest = _EDGES[1 + np.flatnonzero(counts.any(axis=0))[-1]]
    widest = largest * codes.divisions / max(codes.above, 1)
    tried = np.geomspace(largest * _NARROWEST, widest, 1 + _PER_OCTAVE * round(np.log2(widest / largest / _NARROWEST)))
    for _ in range(3):
        best = int(np.argmin(squared_error(counts, tried, codes)))
        found, tried = tried[best], np.geomspace(tried[max(best - 1, 0)], tried[min(best + 1, len(tried) - 1)], 7)
    return float(found)
