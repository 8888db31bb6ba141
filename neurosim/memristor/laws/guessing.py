"""What first guesses of several laws share: straight lines and amplitudes through measured steps."""

import numpy as np


def least_step(steps: np.ndarray) -> float:
    """Return the least size that a guess gives to a step, a part of the mean of (points) steps."""
    return 0.05 * np.abs(steps).mean()


def amplitude(basis: np.ndarray, steps: np.ndarray, signed: bool = False) -> tuple[float, float]:
    """Return the factor on basis (points) that comes closest to steps, and the sum of squares that is left.

    signed : the factor may be negative or small
    """
    factor = basis @ steps / max(basis @ basis, 1e-300)
    factor = factor if signed else max(factor, least_step(steps))
    return factor, np.sum((factor * basis - steps) ** 2)


def line(x: np.ndarray, steps: np.ndarray) -> tuple[float, float]:
    """Return the first step and its relative decrease over the range, at most 1, of a straight line through steps."""
    first, slope = np.linalg.lstsq(np.stack([np.ones_like(x), x], axis=1), steps)[0]
    first = max(first, least_step(steps))
    return first, min(-slope / first, 1.0)
