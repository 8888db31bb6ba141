"""Likelihood of pulse trains under a law: an extended Kalman filter along each train.

Between pulses the conductance G is hidden; a pulse moves it, a read finds it off by the write noise, of which a part a
may be remembered over some pulses (random telegraph noise, relaxation):

    G(k + 1) = clip(G(k) + sign (step(x(k)) + (c2c |step| + c2c_additive) xi))
    y(k) = G(k) + a(k) + write_noise eta
    a(k + 1) = phi a(k) + sqrt(1 - phi^2) memory_noise zeta,   phi = exp(-1 / memory)

Noise of steps adds up over a train, write noise does not; that is the difference between them. Where a train begins is
unknown: its first conductance is the one of highest likelihood, by Gauss-Newton steps on the innovations (Rosenberg,
Annals of Economic and Social Measurement 2:399 (1973); Durbin, Koopman, Time Series Analysis by State Space Methods,
2nd ed., 5.7).

Near an end of the range the conductance is a mixture of three: cut off at the lower end, inside, cut off at the upper
end. The density of the next value is exact for a normal conductance before the cut; what is left of the three is taken
for normal by its mean and variance before the next pulse. Where reads are exact, an end of the
range that lies at a single value, whichever it is, gains as much as the read is better than a step; the first read at
each end tells where it is, and what it gains is taken back.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from neurosim._jit import kernel

FAR, INSIDE = 0, 2    #: numbers of cases, see `filter_loop`
_REACH = 5.0          #: of an end of the range [standard deviations]
_TURNS = 2    #: Gauss-Newton steps of the first conductance
_FORGOTTEN = 1e-10    #: part of what is known of the first conductance that a pulse must add


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
    typical: float          #: deviation of a step as the trains show it without a law, 0 if unknown [S]


@kernel
def clipped(mean, variance, low, high):
    """Mean and variance of a normal variable cut off at both ends [S], and the part of it that is not.

    Exact for one end; the two ends are many deviations apart, or the variable lies at neither.
    """
    kept, deviation = 1.0, math.sqrt(variance)
    for side in (-1.0, 1.0):
        beyond = mean - high if side > 0 else low - mean
        if beyond > _REACH * deviation:
            return (high if side > 0 else low), 0.0, 0.0
        if beyond > -_REACH * deviation:
            score = beyond / deviation
            inside = 0.5 * math.erfc(score / math.sqrt(2.0))
            density = math.exp(-0.5 * score * score) / math.sqrt(2.0 * math.pi)
            shift = beyond * inside - deviation * density
            square = (beyond * beyond + variance) * inside - beyond * deviation * density
            mean = (high if side > 0 else low) + side * shift
            variance = max(square - shift * shift, 0.0)
            kept, deviation = kept * inside, math.sqrt(variance)
    return mean, variance, kept


@kernel
def _normal(score):
    """Standard normal density, and probability of what lies above."""
    return math.exp(-0.5 * score * score) / math.sqrt(2.0 * math.pi), 0.5 * math.erfc(score / math.sqrt(2.0))


@kernel
def _truncated(mean, variance, low, high):
    """Probability of low < x < high, and mean and variance of a normal variable x within."""
    deviation = math.sqrt(max(variance, 1e-300))
    first, last = (low - mean) / deviation, (high - mean) / deviation
    (a, above_low), (b, above_high) = _normal(first), _normal(last)
    mirrored = first > 0.0    # the difference of two small tails, not of two numbers close to 1
    inside = above_low - above_high if mirrored else _normal(-last)[1] - _normal(-first)[1]
    if inside < 1e-14:
        return max(inside, 1e-300), min(max(mean, low), high), 0.0
    shift = (a - b) / inside
    spread = 1.0 - shift * shift
    spread += (first * a if a > 0.0 else 0.0) / inside - (last * b if b > 0.0 else 0.0) / inside
    return inside, mean + deviation * shift, variance * min(max(spread, 0.0), 1.0)


@kernel
def cut_off(g, a, gg, ga, aa, noise, value, low, high):
    """Read a conductance that may be cut off by the ends of the range.

    g, a, gg, ga, aa : means and covariances of the conductance before it is cut off [S] and of the remembered noise
    noise : variance of the forgotten noise [S^2]; value : that was read [S]
    returns : log-density of the value [nat], means and covariances after it was read, probability that nothing was
        cut, and of the likeliest of the three: its number, innovation [S] and variance of that [S^2]
    """
    share = ga / gg
    rest = aa - share * ga
    kept = rest / (rest + noise)
    left = kept * noise
    most, total, inside = -math.inf, 0.0, 0.0
    branch, likeliest, width = INSIDE, 0.0, 1.0
    mean_g, mean_a, square_g, product, square_a = 0.0, 0.0, 0.0, 0.0, 0.0
    for side in (-1, 0, 1):
        cut = low if side < 0 else high
        if side == 0:
            innovation, spread, covariance = value - g - a, gg + 2.0 * ga + aa + noise, gg + ga
            begin, end = low, high
        else:
            innovation, spread, covariance = value - cut - a, aa + noise, ga
            begin, end = (-math.inf, low) if side < 0 else (high, math.inf)
        part, mean, variance = _truncated(g + covariance / spread * innovation,
                                          gg - covariance * covariance / spread, begin, end)
        weight = math.log(part) - 0.5 * (innovation * innovation / spread + math.log(2.0 * math.pi * spread))
        if weight < most - 40.0:
            continue
        scaled = math.exp(weight - most) if weight <= most else 1.0
        if weight > most:
            fade = math.exp(most - weight)
            total, inside, mean_g, mean_a = fade * total, fade * inside, fade * mean_g, fade * mean_a
            square_g, product, square_a, most = fade * square_g, fade * product, fade * square_a, weight
            branch, likeliest, width = INSIDE + side, innovation, spread
        lasting = share * (1.0 - kept) - (kept if side == 0 else 0.0)    # slope of the remembered noise by h
        seen = a + share * (mean - g)
        noise_mean = seen + kept * (value - (mean if side == 0 else cut) - seen)
        centre = mean if side == 0 else cut
        total += scaled
        inside += scaled if side == 0 else 0.0
        mean_g += scaled * centre
        mean_a += scaled * noise_mean
        square_g += scaled * ((variance if side == 0 else 0.0) + (centre - g) ** 2)
        product += scaled * ((lasting * variance if side == 0 else 0.0) + (centre - g) * noise_mean)
        square_a += scaled * (lasting * lasting * variance + left + noise_mean * noise_mean)
    mean_g, mean_a = mean_g / total, mean_a / total
    off = mean_g - g
    return (most + math.log(total), mean_g, mean_a, max(square_g / total - off * off, 0.0),
            product / total - off * mean_a, max(square_a / total - mean_a * mean_a, 0.0), inside / total,
            branch, likeliest, width)


@kernel
def _settled(near, g, gg, ga, dg, low, high):
    """Mean, variance, covariance and derivative of a conductance, cut off if that is sure, and in which case it is."""
    if near or low <= g <= high:
        return g, gg, ga, dg, FAR
    return min(max(g, low), high), 0.0, 0.0, 0.0, INSIDE - 1 if g < low else INSIDE + 1


@kernel
def _read(g, a, gg, ga, aa, innovation, spread):
    """Log-density of a value [nat], and means and covariances after it was read, far from the ends of the range."""
    g_share, a_share = (gg + ga) / spread, (ga + aa) / spread
    density = -0.5 * (innovation * innovation / spread + math.log(2.0 * math.pi * spread))
    return (density, g + g_share * innovation, a + a_share * innovation, gg - g_share * (gg + ga),
            ga - g_share * (ga + aa), aa - a_share * (ga + aa))


@kernel
def _free(free, inside, lower):
    """Probabilities that no value so far was cut off at the lower and at the upper end, after one more value."""
    return (free[0] * inside, free[1]) if lower else (free[0], free[1] * inside)


@kernel
def _drawn(hypothesis):
    """What an end of the range gains by lying at a value that may be any, beyond what a step would gain [nat]."""
    noise = math.hypot(hypothesis.observation, hypothesis.lasting)
    return max(math.log(hypothesis.typical / noise), 0.0)


@cache
def filter_loop(law: Callable) -> Callable:
    """Compile the filter of one law; returns the kernel."""

    @kernel
    def filter_trains(trains, hypothesis, predicted, densities, innovations, variances, branches):
        """Log-likelihood of the counted values, half the log-determinant of what is known of first conductances, and
        what is taken back for an end that lies at a single value [nat, values in S]; the last five are MUTATED.

        predicted : conductance after each pulse as expected before it is read [S]; without noise of steps, the
            noise-free curve through the train, (pulses)
        densities : log-density of each counted value [nat], 0 where it is not counted
        innovations, variances : how far a counted value lies from what was expected [S], and the variance of that
            [S^2]; 0 and 1 where a value is not counted
        branches : FAR where the ends of the range are far, else in which of three cases the innovation is: cut off at
            the lower end, INSIDE - 1, not cut off, INSIDE, or cut off at the upper end, INSIDE + 1
        """
        sign, low, high, scale, shape, relative, additive, observation, lasting, phi, _ = hypothesis
        span, likelihood, known = high - low, 0.0, 0.0
        noise, free = observation * observation, (1.0, 1.0)
        for t in range(len(trains.ends) - 1):
            first, last = trains.ends[t], trains.ends[t + 1]
            begin = min(max(trains.values[first], low), high)
            for turn in range(_TURNS + 1):
                g, a, gg, ga, aa = begin, 0.0, 0.0, 0.0, lasting * lasting    # means and covariances
                dg, da, top, bottom = 1.0, 0.0, 0.0, 1e-300    # dg, da: derivatives by begin
                for k in range(first, last):
                    x = (g - low) / span if sign > 0 else (high - g) / span
                    step = scale * law(x, 0.0, shape, 0)
                    slope = 1.0 + (scale * law(x + 1e-5, 0.0, shape, 0) - step) / (1e-5 * span)
                    gg = slope * slope * gg + (relative * abs(step) + additive) ** 2
                    g += sign * step
                    a *= phi
                    ga *= slope * phi
                    aa = phi * phi * aa + (1.0 - phi * phi) * lasting * lasting
                    dg *= slope
                    da *= phi
                    reach = _REACH * math.sqrt(gg)
                    near = low - reach < g < low + reach or high - reach < g < high + reach
                    g, gg, ga, dg, branch = _settled(near, g, gg, ga, dg, low, high)
                    predicted[k] = min(max(g, low), high)
                    densities[k], innovations[k], variances[k], branches[k] = 0.0, 0.0, 1.0, FAR
                    if not trains.seen[k]:
                        g, gg, kept = clipped(g, gg, low, high)
                        ga *= kept
                        dg *= kept
                        continue
                    value = trains.values[k]
                    spread = gg + 2.0 * ga + aa + noise
                    innovation = value - g - a
                    g_share, a_share = (gg + ga) / spread, (ga + aa) / spread
                    inside, shown, width = 1.0 if branch == FAR else 0.0, innovation, spread
                    if near:
                        density, g, a, gg, ga, aa, inside, branch, shown, width = cut_off(
                            g, a, gg, ga, aa, noise, value, low, high)
                    else:
                        density, g, a, gg, ga, aa = _read(g, a, gg, ga, aa, innovation, spread)
                        g = min(max(g, low), high)
                    gain = dg + da
                    top += inside * gain * innovation / spread
                    bottom += inside * gain * gain / spread
                    dg = inside * (dg - g_share * gain)
                    da -= a_share * gain
                    if turn == _TURNS and trains.counted[k]:
                        densities[k] = density
                        likelihood += density
                        innovations[k], variances[k], branches[k] = shown, width, branch
                        free = _free(free, inside, predicted[k] - low < high - predicted[k])
                    if turn < _TURNS and dg * dg + da * da < _FORGOTTEN * spread * bottom:
                        break
                if turn < _TURNS:
                    begin = min(max(begin + top / bottom, low), high)
            known += 0.5 * math.log(bottom)
        return likelihood, known, (2.0 - free[0] - free[1]) * _drawn(hypothesis)

    return filter_trains
