"""What is left of trains once a law has predicted every pulse: white noise, if the law and its noise are right."""

import numpy as np

_LAGS = 10
_FEWEST = 20    #: pairs of residuals at a lag


def correlation(trains):
    """Correlation of residuals with the next one, and the probability that white noise shows as much at any lag.

    trains : list of float arrays, residuals over their deviation [1]; NaN where there is none
    returns : correlation at lag 1, probability; 0, 1 where the trains are too short
    source : Ljung, Box, Biometrika 65:297 (1978), over all trains together
    """
    values = np.concatenate(trains)
    count, square = np.isfinite(values).sum(), np.nansum(values ** 2)
    total, lags, first = 0.0, 0, 0.0
    for lag in range(1, _LAGS + 1):
        products = np.concatenate([train[lag:] * train[:-lag] for train in trains if len(train) > lag] or [[]])
        pairs = np.isfinite(products).sum()
        if pairs < _FEWEST:
            break
        rho = np.nansum(products) / square * count / pairs
        first, total, lags = rho if lag == 1 else first, total + pairs * rho ** 2, lags + 1
    if not lags:
        return 0.0, 1.0
    from scipy.special import chdtrc
    return float(first), float(chdtrc(lags, total))
