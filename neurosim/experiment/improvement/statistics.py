"""Differences beyond chance: chips that are retrained with several seeds are compared in pairs, on the same images.

Seeds and images are crossed: every chip of a pair learns with every seed and classifies every image. With delta[s, i]
what it adds to the errors of seed s on image i (-1, 0 or 1), its mean has the variance

    var = S / n + max(0, B - C),

S the variance of the means of seeds, B that of the means of images over their number, C that of the rest over n M; n
seeds, M images. So another set of seeds and another set of images of the same kind are both in the intervals
(Cornfield, Tukey, Ann. Math. Stat. 27:907 (1956); Clark, J. Verbal Learn. Verbal Behav. 12:335 (1973)). Degrees of
freedom are Satterthwaite's (Biometrics Bull. 2:110 (1946)).

A few seeds say little of S. Those of all pairs are therefore moved towards their common value, as far as they are alike
beyond chance: S~ = (d0 S0 + (n - 1) S) / (d0 + n - 1), with d0 + n - 1 degrees of freedom; d0 = 0 where they are as
different as they seem, and larger where chance alone makes them different (Smyth, Stat. Appl. Genet. Mol. Biol. 3:3
(2004), doi:10.2202/1544-6115.1027). With that alone a pair that scatters more than the others is distinguished from
chance too often, in 11 to 18 % of families of 12 pairs with 3 seeds whose scatter differs by factors of 2 to 4 where 5
% are meant: so d0 is 4 at most, and S~ never below S, which brings that to 1 to 5 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim.confidence import CONFIDENCE, UPPER
from neurosim.whole import counted

POWER = 0.8    #: probability with which what is there shall be seen
_MOST_PRIOR = 4.0    #: degrees of freedom that all pairs together may lend to one
_MOST_SEEDS = 1000    #: beyond which seeds are not answer


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What one thing adds to an error, on the mean over seeds and images.

    mean : [1]; low, high : 95 % interval; p : probability of more than this by chance where nothing is added
    holm : the same where it is the smallest of several, see `holm`
    seeds : how many it is the mean over; scatter : standard deviation from seed to seed, S~ [1]
    images : variance that no number of seeds removes, of the images
    """

    mean: float
    low: float
    high: float
    p: float
    holm: float
    seeds: int
    scatter: float
    images: float

    @property
    def told(self) -> bool:
        """Whether it can be distinguished from chance, all that was compared considered."""
        return self.holm <= 1 - CONFIDENCE


@dataclass(frozen=True)
class _Crossed:
    """Mean of delta, S, max(0, B - C), and the numbers of seeds and images."""

    mean: float
    scatter: float
    images: float
    sizes: tuple[int, int]


def differences(compared: Sequence[tuple[np.ndarray, np.ndarray]], groups: int) -> list[Difference]:
    """Compare pairs of chips that have learnt with the same seeds.

    compared : pairs (with it, without it) of bool (seeds, images), which answers were wrong, or of sums of such; two
        seeds at least
    groups : how many different chips they come from, which limits the degrees of freedom that they share
    returns : a Difference for each
    """
    crossed = [_crossed(on.astype(float) - off) for on, off in compared]
    moved = _moved(crossed, groups)
    found = [_tested(one, *pooled) for one, pooled in zip(crossed, moved)]
    together = holm([p for *_, p in found])
    return [Difference(mean=one.mean, low=low, high=high, p=p, holm=adjusted, seeds=one.sizes[0],
                       scatter=math.sqrt(pooled), images=one.images)
            for one, (pooled, _), (low, high, p), adjusted in zip(crossed, moved, found, together)]


def holm(probabilities: Sequence[float]) -> list[float]:
    """Return probabilities with which the family of all tests goes wrong when each of them decides.

    Holm, Scand. J. Stat. 6:65 (1979): the k-th smallest of m times m - k + 1, and no less than the one before.
    """
    order = np.argsort(probabilities, kind="stable")
    factors = len(order) - np.arange(len(order))
    raised = np.minimum(np.maximum.accumulate(np.asarray(probabilities, float)[order] * factors), 1)
    found = np.empty(len(order))
    found[order] = raised
    return found.tolist()


def seeds_needed(effect: float, scatter: float, images: float = 0.0, comparisons: int = 1,
                 power: float = POWER) -> int | None:
    """Return how many seeds show a difference beyond chance with a probability, by the noncentral t distribution.

    effect : the difference [1]; scatter : its standard deviation from seed to seed [1]; images : see Difference
    comparisons : in all; the first of Holm's limits is taken, 5 % over their number
    returns : the smallest number of two or more; None where more seeds do not help, but more images would
    """
    from scipy.stats import nct, t
    for seeds in range(2, _MOST_SEEDS + 1):
        error = math.sqrt(scatter ** 2 / seeds + images)
        if error == 0:
            return seeds
        degrees = seeds - 1
        limit = t.isf((1 - CONFIDENCE) / (2 * comparisons), degrees)
        if nct.sf(limit, degrees, abs(effect) / error) >= power:
            return seeds
    return None


def _crossed(delta: np.ndarray) -> _Crossed:
    seeds, images = delta.shape
    if seeds < 2 or images < 2:
        raise ValueError(f"seeds: {counted(seeds, 'seed')} and {counted(images, 'image')} cannot show what is due to "
                         "chance; take at least 2 of each")
    of_seeds, of_images, mean = delta.mean(axis=1), delta.mean(axis=0), float(delta.mean())
    rest = delta - of_seeds[:, None] - of_images + mean
    residual = float(np.sum(rest ** 2)) / ((seeds - 1) * (images - 1)) / images    # what it adds to S
    scatter = max(float(np.var(of_seeds, ddof=1)), residual)
    shared = max(0.0, float(np.var(of_images, ddof=1)) / images - residual / seeds)
    return _Crossed(mean, scatter, shared, (seeds, images))


def _moved(crossed: list[_Crossed], groups: int) -> list[tuple[float, float]]:
    """S~ and its degrees of freedom for each; those without any scatter stay as they are."""
    noisy = [one for one in crossed if one.scatter > 0]
    by_seeds = {one.sizes[0] for one in noisy}
    if len(noisy) < 2 or len(by_seeds) > 1:
        return [(one.scatter, one.sizes[0] - 1.0) for one in crossed]
    degrees = by_seeds.pop() - 1
    prior, common = prior_of([one.scatter for one in noisy], degrees)
    prior = min(prior, _MOST_PRIOR)
    total = min(prior + degrees, max(groups - 1, 1) * degrees)
    return [(max(one.scatter, (prior * common + degrees * one.scatter) / (prior + degrees)), total)
            if one.scatter > 0 else (0.0, degrees) for one in crossed]


def prior_of(variances: Sequence[float], degrees: int) -> tuple[float, float]:
    """Return how many degrees of freedom the common value of several variances is worth, and that value.

    e = ln S - psi(d / 2) + ln(d / 2),   psi'(d0 / 2) = var(e) - psi'(d / 2)
    ln S0 = mean(e) + psi(d0 / 2) - ln(d0 / 2)

    variances : two or more, each with so many degrees of freedom d
    source : Smyth (2004), section 6.2
    """
    from scipy.special import digamma, polygamma
    logs = np.log(variances) - digamma(degrees / 2) + math.log(degrees / 2)
    beyond = float(np.var(logs, ddof=1)) - float(polygamma(1, degrees / 2))
    if beyond <= 0:    # no more different than chance makes them
        return math.inf, float(np.exp(logs.mean()))
    half = _inverse_trigamma(beyond)
    return 2 * half, float(np.exp(logs.mean() + digamma(half) - math.log(half)))


def _inverse_trigamma(value: float) -> float:
    from scipy.optimize import brentq
    from scipy.special import polygamma
    # psi'(x) lies between 1 / x and 1 / x + 1 / x^2
    low, high = 0.5 / value, 1 / value + 1 / math.sqrt(value) + 1
    return float(brentq(lambda x: float(polygamma(1, x)) - value, low, high, xtol=1e-14, rtol=1e-12))


def _tested(one: _Crossed, pooled: float, degrees: float) -> tuple[float, float, float]:
    """Return the ends of the interval, and p."""
    from scipy.stats import t
    seeds, images = one.sizes
    parts = pooled / seeds, one.images
    error = math.sqrt(sum(parts))
    if error == 0:
        return one.mean, one.mean, 0.0 if one.mean else 1.0
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / degrees + parts[1] ** 2 / (images - 1))
    half = float(t.ppf(UPPER, freedom)) * error
    return one.mean - half, one.mean + half, float(2 * t.sf(abs(one.mean) / error, freedom))
