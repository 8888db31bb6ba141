"""How sure the intervals are that neurosim prints: 95 % everywhere."""

from statistics import NormalDist

CONFIDENCE = 0.95    #: probability that an interval holds what it is about
UPPER = (1 + CONFIDENCE) / 2    #: the quantile at which a two-sided interval ends
Z = NormalDist().inv_cdf(UPPER)    #: the same of the normal distribution, in standard deviations
