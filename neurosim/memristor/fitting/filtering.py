"""Likelihood of pulse trains under a law: an extended Kalman filter along each train.

Between pulses the conductance G is hidden; a pulse moves it, a read finds it off by the write noise, of which a part a
may be remembered over some pulses (random telegraph noise, relaxation):

    G(k + 1) = clip(G(k) + sign (step(x(k)) + (c2c |step| + c2c_additive) xi))
    y(k) = G(k) + a(k) + write_noise eta
    a(k + 1) = phi a(k) + sqrt(1 - phi^2) memory_noise zeta,   phi = exp(-1 / memory)

Noise of steps adds up over a train, write noise does not; that is what tells them apart. Where a train begins is
unknown: its first conductance is the one of highest likelihood, by Gauss-Newton steps on the innovations (Rosenberg,
Annals of Economic and Social Measurement 2:399 (1973); Durbin, Koopman, Time Series Analysis by State Space Methods,
2nd ed., 5.7).
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from neurosim._jit import kernel

_FAR = 5.0    #: standard deviations
_TURNS = 2    #: Gauss-Newton steps of the first conductance


class Trains(NamedTuple):
    """Trains of one direction, one after the other."""

    values: np.ndarray      #: (pulses) conductance after each pulse [S]
    ends: np.ndarray        #: (trains + 1) where trains begin and end, int64
    seen: np.ndarray        #: (pulses) whether the filter may use the value, bool
    counted: np.ndarray     #: (pulses) whether its likelihood counts, bool


class Hypothesis(NamedTuple):
    """Law and noise of one direction."""

    sign: float             #: 1 for set, -1 for reset pulses
    low: float              #: range [S]
    high: float             #: [S]
    scale: float            #: of a step [S]
    shape: np.ndarray       #: (parameters, 1) of the law
    relative: float         #: deviation of a step over the step [1]
    additive: float         #: deviation of a step [S]
    observation: float      #: deviation of a value, forgotten by the next [S]
    lasting: float          #: deviation of a value, remembered for a while [S]
    phi: float              #: part of it that is left after one pulse [1]


@kernel
def clipped(mean, variance, low, high):
    """Mean and variance of a normal variable cut off at both ends [S], and the part of it that is not.

    Exact for one end; the two ends are many deviations apart, or the variable lies at neither.
    """
    kept, deviation = 1.0, math.sqrt(variance)
    for side in (-1.0, 1.0):
        beyond = mean - high if side > 0 else low - mean
        if beyond > _FAR * deviation:
            return (high if side > 0 else low), 0.0, 0.0
        if beyond > -_FAR * deviation:
            score = beyond / deviation
            inside = 0.5 * math.erfc(score / math.sqrt(2.0))
            density = math.exp(-0.5 * score * score) / math.sqrt(2.0 * math.pi)
            shift = beyond * inside - deviation * density
            square = (beyond * beyond + variance) * inside - beyond * deviation * density
            mean = (high if side > 0 else low) + side * shift
            variance = max(square - shift * shift, 0.0)
            kept, deviation = kept * inside, math.sqrt(variance)
    return mean, variance, kept


@cache
def filter_loop(law):
    """Compile the filter of one law; returns the kernel."""

    @kernel
    def filter_trains(trains, hypothesis, predicted, innovations, variances):
        """Log-likelihood of the counted values [nat, values in S]; the last three, (pulses), are MUTATED.

        predicted : conductance after each pulse as expected before it is read [S]; without noise of steps, the
            noise-free curve through the train
        innovations, variances : how far a counted value lies from what was expected [S], and the variance of that
            [S^2]; 0 and 1 where a value is not counted
        """
        sign, low, high, scale, shape, relative, additive, observation, lasting, phi = hypothesis
        span, total = high - low, 0.0
        for t in range(len(trains.ends) - 1):
            first, last = trains.ends[t], trains.ends[t + 1]
            begin = min(max(trains.values[first], low), high)
            for turn in range(_TURNS + 1):
                g, a, gg, ga, aa = begin, 0.0, 0.0, 0.0, lasting * lasting    # means and covariances
                dg, da, top, bottom, likelihood = 1.0, 0.0, 0.0, 1e-300, 0.0    # dg, da: derivatives by begin
                for k in range(first, last):
                    x = (g - low) / span if sign > 0 else (high - g) / span
                    step = scale * law(x, 0.0, shape, 0)
                    slope = 1.0 + (scale * law(x + 1e-5, 0.0, shape, 0) - step) / (1e-5 * span)
                    gg = slope * slope * gg + (relative * abs(step) + additive) ** 2
                    g, gg, kept = clipped(g + sign * step, gg, low, high)
                    slope *= kept
                    a *= phi
                    ga *= slope * phi
                    aa = phi * phi * aa + (1.0 - phi * phi) * lasting * lasting
                    dg *= slope
                    da *= phi
                    predicted[k], innovations[k], variances[k] = g, 0.0, 1.0
                    if trains.seen[k]:
                        spread = gg + 2.0 * ga + aa + observation * observation
                        innovation = trains.values[k] - g - a
                        gain = dg + da
                        top += gain * innovation / spread
                        bottom += gain * gain / spread
                        if turn == _TURNS and trains.counted[k]:
                            innovations[k], variances[k] = innovation, spread
                            likelihood -= 0.5 * (innovation * innovation / spread + math.log(2 * math.pi * spread))
                        g_share, a_share = (gg + ga) / spread, (ga + aa) / spread
                        g = min(max(g + g_share * innovation, low), high)
                        a += a_share * innovation
                        gg, ga, aa = gg - g_share * (gg + ga), ga - g_share * (ga + aa), aa - a_share * (ga + aa)
                        dg -= g_share * gain
                        da -= a_share * gain
                if turn < _TURNS:
                    begin = min(max(begin + top / bottom, low), high)
            total += likelihood
        return total

    return filter_trains
