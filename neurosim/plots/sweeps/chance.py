"""Whether the points of a sweep differ by more than their seeds do."""

from __future__ import annotations

import numpy as np

SIGNIFICANT = 0.05    #: probability below which differences are not called chance


def chance(found: np.ndarray) -> float:
    """Return the probability of differences like these among points that all have one mean.

        F = seeds sum_i (m_i - m)^2 / (points - 1)  over  sum_ij (x_ij - m_i - s_j + m)^2 / ((points - 1)(seeds - 1)),

    the two-way analysis of variance without repetition: what a seed does to all points alike is taken off.

    found : float (..., seeds), NaN = not done; only seeds that are done everywhere count, and points that have any
    returns : float; NaN where there are fewer than two points or two such seeds
    source : R. A. Fisher, Statistical Methods for Research Workers (Oliver and Boyd, 1925), chapter VIII
    """
    from scipy.special import fdtrc
    rows = found.reshape(-1, found.shape[-1])
    rows = rows[np.isfinite(rows).any(axis=1)]
    rows = rows[:, np.isfinite(rows).all(axis=0)] if len(rows) else rows
    points, seeds = rows.shape
    if points < 2 or seeds < 2:
        return float("nan")
    means, mean = rows.mean(axis=1), rows.mean()
    rest = rows - means[:, None] - rows.mean(axis=0) + mean
    between = seeds * ((means - mean) ** 2).sum() / (points - 1)
    within = (rest ** 2).sum() / ((points - 1) * (seeds - 1))
    if within <= 1e-24 * max(abs(mean), 1e-300) ** 2:    # rounding
        return 0.0 if between > 1e-24 * mean ** 2 else 1.0
    return float(fdtrc(points - 1, (points - 1) * (seeds - 1), between / within))


def chance_words(found: np.ndarray) -> str:
    """Return a sentence where the whole range of the points may be chance; "" where it is not, or nothing is known."""
    probability = chance(found)
    if not probability > SIGNIFICANT:
        return ""
    return f"cannot be distinguished: they differ no more than seeds do (F test, p = {probability:.2g})"
