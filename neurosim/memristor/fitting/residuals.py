"""What is left of trains once a law has predicted every pulse: white noise, if the law and its noise are right."""

from typing import NamedTuple

import numpy as np

_LAGS = 10
_FEWEST = 20    #: pairs of residuals at a lag
_RARE = 1e-3    #: probability that normal noise shows any residual as large as one that counts as an outlier


class Outlier(NamedTuple):
    """A read far from what is expected: direction, number of its train and of its pulse, from 1, and deviations [1]."""

    direction: str
    train: int
    pulse: int
    deviations: float


def outliers(trains: dict[str, list]) -> list[Outlier]:
    """Return reads that normal noise does not explain, list of Outlier, the furthest first.

    trains : dict from "up" and "down" to a list of float arrays, residuals over their deviation [1]
    """
    from scipy.special import ndtri
    count = sum(len(train) for side in trains.values() for train in side)
    limit = -float(ndtri(0.5 * _RARE / max(count, 1)))
    found = [Outlier(side, number, int(index) + 1, float(abs(train[index])))
             for side, several in trains.items() for number, train in enumerate(several, 1)
             for index in np.flatnonzero(np.abs(train) > limit)]
    return sorted(found, key=lambda one: -one.deviations)


def correlation(trains: list[np.ndarray]) -> tuple[float, float]:
    """Return correlation of residuals with the next one, and the probability that white noise shows as much at any lag.

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
