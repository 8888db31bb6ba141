"""How sure the intervals are that neurosim prints: 95 % everywhere."""

import math
from statistics import NormalDist

CONFIDENCE = 0.95    #: probability that an interval holds what it is about
UPPER = (1 + CONFIDENCE) / 2    #: the quantile at which a two-sided interval ends
Z = NormalDist().inv_cdf(UPPER)    #: the same of the normal distribution, in standard deviations


def wilson(error: float, samples: int) -> tuple[float, float]:
    """Return 95 % interval of an error rate, two fractions.

    E. B. Wilson, J. Am. Stat. Assoc. 22:209 (1927).
    """
    centre = error + Z ** 2 / (2 * samples)
    half = Z * math.sqrt(error * (1 - error) / samples + Z ** 2 / (4 * samples ** 2))
    return max(0.0, (centre - half) / (1 + Z ** 2 / samples)), min(1.0, (centre + half) / (1 + Z ** 2 / samples))
