"""How large noise is, before any law is known: from the second differences of trains."""

import math
from typing import Any

import numpy as np


def noise_guess(trains: Any) -> tuple[float, float]:
    """Return standard deviations (of a step, of the write noise) [S], from the variance and covariance of steps."""
    changes = [np.diff(train, 2) for train in (*trains.up, *trains.down)]
    variance = np.mean(np.concatenate([change ** 2 for change in changes]))
    covariance = np.mean(np.concatenate([change[2:] * change[:-2] for change in changes if len(change) > 2]))
    write = max(covariance, 0.01 * variance)           # second differences: variance 2 Q + 6 R, covariance R at lag 2
    step = max((variance - 6 * write) / 2, 0.01 * variance)
    return math.sqrt(step), math.sqrt(write)
