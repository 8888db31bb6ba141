"""Random telegraph noise from traces of reads: the distance of two levels, their occupation, and the noise on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim.confidence import Z
from neurosim.memristor.fitting.measured import Course, Measured, check_reads, judged, to_halve
from neurosim.memristor.fitting.population import mean
from neurosim.whole import counted

_FEWEST = 100       #: reads of a trace
_APART = 2.0        #: standard deviations of the noise by which two levels lie apart, so that reads form two heaps
_GAIN = 10.0        #: log-likelihood by which two levels must be likelier than one [nat]
_ROUNDS, _STILL = 500, 1e-9    #: rounds of the search, and the gain per read at which it ends
_SEEN = 3.0         #: standard deviations of white noise from which on a correlation is one
_SURE = 50.0        #: log odds that are as good as certain
_STEP = 1e-3        #: of the second differences of the likelihood [standard deviations, 1]
_LEAST = 1e-9       #: noise over the mean below which a trace has none, as one that a converter has rounded


@dataclass(frozen=True, eq=False)
class Levels:
    """Two levels of one trace, relative to its mean.

    low, high : levels; noise : standard deviation on both; upper : part of the reads at the upper one
    lag : correlation of the state from one read to the next; covariance : of (low, high, ln noise, logit upper)
    """

    low: float
    high: float
    noise: float
    upper: float
    lag: float
    covariance: np.ndarray

    @property
    def apart(self) -> float:
        """Distance of the levels over the mean conductance."""
        return self.high - self.low


def telegraph(traces: Sequence[np.ndarray], seconds: Sequence[float | None], owner: str) -> Measured:
    """Distance of the two levels of telegraph noise over the conductance, probability of the upper, and white noise.

    Reads are a mixture of two normal distributions of one width, fitted by expectation and maximisation (Dempster,
    Laird, Rubin, J. R. Stat. Soc. B 39:1 (1977)); that a state lasts, with the correlation lambda from read to read,
    widens the interval of its probability p by (1 + lambda) / (1 - lambda) against independent reads. Of several
    traces, one of a device each, the card gets the root mean square of the distances, those without two levels
    counting as 0, for it is the variance p (1 - p) (distance)^2 that reads get.

    traces : list of float (reads) [S], at equal distances in time; seconds : that distance of each, None = not known
    raises : ValueError for short traces, and where none has two levels
    """
    check_reads(traces, owner)
    if min(map(len, traces)) < _FEWEST:
        raise ValueError(f"{owner}: a trace has {min(map(len, traces))} reads; give {_FEWEST} or more of every device")
    relative = [trace / trace.mean() for trace in traces]
    levels = [levels_of(trace) for trace in relative]
    seen = [found for found in levels if found is not None]
    if not seen:
        raise ValueError(f"{owner}: no trace has two levels that lie {_APART:g} standard deviations apart; put the "
                         "noise on the card as read-noise")
    found = _of_one(seen[0]) if len(traces) == 1 else _of_several(levels, relative)
    remarks = [] if len(seen) == len(traces) else [
        f"{len(seen)} of {len(traces)} traces have two levels; rtn_amplitude is the root mean square of all"]
    remarks += [_dwell_sentence(levels, seconds)]
    rests = [trace - _line(trace, own) for trace, own in zip(relative, levels) if own is not None]
    longest = max(map(len, traces))
    advice = to_halve(len(traces), "devices", "rtn_amplitude") if len(traces) > 1 else \
        to_halve(longest, "reads of the trace", "rtn_probability")
    return Measured({key: value for key, (value, _) in found.items()},
                    {key: interval for key, (_, interval) in found.items()},
                    f"{counted(sum(map(len, traces)), 'read')} of {counted(traces, 'device')}, {owner}",
                    judged(rests, "two levels"), advice, remarks,
                    [Course(np.arange(1, len(trace) + 1), trace, _line(trace, own))
                     for trace, own in zip(relative, levels)])


def levels_of(trace: np.ndarray) -> Levels | None:
    """Find two levels of a trace (reads) over its mean; None where it does not show two."""
    if trace.std() < _LEAST:
        return None
    low, high = np.quantile(trace, (0.1, 0.9))
    parameters = np.array([low, high, math.log(max(trace.std() / 2, _LEAST)), 0.0])
    before = -math.inf
    for _ in range(_ROUNDS):
        likelihood, part = _expected(parameters, trace)
        weight = part.sum()
        if likelihood - before < _STILL * len(trace) or not 1 < weight < len(trace) - 1:
            break
        before, share = likelihood, weight / len(trace)
        low, high = float((1 - part) @ trace) / (len(trace) - weight), float(part @ trace) / weight
        square = float((1 - part) @ np.square(trace - low) + part @ np.square(trace - high)) / len(trace)
        parameters = np.array([low, high, math.log(max(square, _LEAST ** 2)) / 2, math.log(share / (1 - share))])
    low, high, noise, odds = parameters
    alone = float(np.sum(-0.5 * np.square((trace - trace.mean()) / trace.std()) - math.log(trace.std())))
    if high - low < _APART * math.exp(noise) or likelihood < alone + _GAIN:
        return None
    upper, lag = 1 / (1 + math.exp(-odds)), _lag(trace)
    covariance = np.linalg.inv(_information(parameters, trace))
    covariance[3, 3] += 2 * lag / (1 - lag) / (len(trace) * upper * (1 - upper))
    return Levels(float(low), float(high), math.exp(noise), upper, lag, covariance)


def _expected(parameters: np.ndarray, trace: np.ndarray) -> tuple[float, np.ndarray]:
    """Log-likelihood of independent reads but for a constant, and the probability of the upper level at each."""
    low, high, noise, odds = parameters
    lower, upper = (-0.5 * np.square((trace - level) / math.exp(noise)) - noise for level in (low, high))
    lower, upper = lower - np.logaddexp(0, odds), upper - np.logaddexp(0, -odds)
    both = np.logaddexp(lower, upper)
    return float(both.sum()), np.exp(upper - both)


def _information(parameters: np.ndarray, trace: np.ndarray) -> np.ndarray:
    """Negative second derivatives of the log-likelihood, (4, 4), by differences."""
    step = np.array([math.exp(parameters[2]), math.exp(parameters[2]), 1.0, 1.0]) * _STEP
    found = np.empty((4, 4))
    for row in range(4):
        for column in range(row + 1):
            corners = [sign * other * _expected(parameters + sign * step * (np.arange(4) == row)
                                                + other * step * (np.arange(4) == column), trace)[0]
                       for sign in (1, -1) for other in (1, -1)]
            found[row, column] = found[column, row] = -sum(corners) / (4 * step[row] * step[column])
    return found


def _lag(trace: np.ndarray) -> float:
    """Correlation of the state from read to read, by the decay of the covariance of reads: white noise has none."""
    rest, longest = trace - trace.mean(), len(trace) // 4
    transformed = np.fft.rfft(rest, 2 * len(rest))
    covariance = np.fft.irfft(transformed * transformed.conj())[:longest]
    if covariance[1] < _SEEN * covariance[0] / math.sqrt(len(trace)):
        return 0.0
    below = np.flatnonzero(covariance[1:] < covariance[1] / math.e)
    end = int(below[0]) + 1 if below.size else longest - 1
    ratio = float(covariance[2:end + 2].sum() / covariance[1:end + 1].sum()) if end + 2 <= longest else 0.999
    return min(max(ratio, 0.0), 1 - 1 / len(trace))


def _line(trace: np.ndarray, levels: Levels | None) -> np.ndarray:
    """The likelier level at every read given all reads, float (reads).

    Forward and backward through the chain (Rabiner, Proc. IEEE 77:257 (1989)), in logarithms of odds.
    """
    if levels is None:
        return np.ones(len(trace))
    middle = (levels.low + levels.high) / 2
    told = (levels.apart / levels.noise ** 2 * (trace - middle)).tolist()
    rising, falling = levels.upper * (1 - levels.lag), (1 - levels.upper) * (1 - levels.lag)

    def before(odds: Sequence[float], up: float, down: float) -> list[float]:
        """Log odds of every read from those before it, where the state rises and falls with these probabilities."""
        found, now = [], math.log(levels.upper / (1 - levels.upper))
        for own in odds:
            found.append(now)
            ratio = math.exp(min(max(now + own, -_SURE), _SURE))
            now = math.log((ratio * (1 - down) + up) / (ratio * down + 1 - up))
        return found
    past, future = before(told, rising, falling), before(told[::-1], rising, falling)[::-1]
    odds = np.array(past) + np.array(future) + np.array(told) - math.log(levels.upper / (1 - levels.upper))
    return np.where(odds > 0, levels.high, levels.low)


def _of_one(levels: Levels) -> dict[str, tuple[float, tuple[float, float]]]:
    """Numbers of a card with their intervals, from one trace."""
    covariance, odds = levels.covariance, math.log(levels.upper / (1 - levels.upper))
    moves = levels.apart * levels.upper * (1 - levels.upper) * math.sqrt(covariance[3, 3])    # of the mean, relative
    half = Z * math.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1] + (levels.apart * moves) ** 2)
    wide, noise = Z * math.sqrt(covariance[3, 3]), (0.0, (0.0, 0.0))
    if levels.noise > 2 * _LEAST:    # otherwise no read shows any
        ratio = math.exp(Z * math.sqrt(covariance[2, 2] + moves ** 2))
        noise = levels.noise, (levels.noise / ratio, levels.noise * ratio)
    return {"rtn_amplitude": (levels.apart, (max(levels.apart - half, 0.0), levels.apart + half)),
            "rtn_probability": (levels.upper, (1 / (1 + math.exp(wide - odds)), 1 / (1 + math.exp(-wide - odds)))),
            "read_noise": noise}


def _of_several(levels: Sequence[Levels | None],
                traces: Sequence[np.ndarray]) -> dict[str, tuple[float, tuple[float, float]]]:
    """The same from traces of several devices: distances and noise by their squares, since variances add up."""
    squares = {"rtn_amplitude": [own.apart ** 2 if own else 0.0 for own in levels],
               "read_noise": [own.noise ** 2 if own else float(trace.var()) for own, trace in zip(levels, traces)]}
    found = {}
    for key, values in squares.items():
        middle, (low, high) = mean(np.array(values))
        found[key] = math.sqrt(middle), (math.sqrt(max(low, 0.0)), math.sqrt(high))
    upper = [own.upper for own in levels if own is not None]
    if len(upper) == 1:
        return found | {"rtn_probability": _of_one(next(own for own in levels if own))["rtn_probability"]}
    middle, (low, high) = mean(np.array(upper))
    return found | {"rtn_probability": (middle, (max(low, 0.0), min(high, 1.0)))}


def _dwell_sentence(levels: Sequence[Levels | None], seconds: Sequence[float | None]) -> str:
    """How long a state lasts, in the middle of the traces; the spectrum is flat below the corner frequency."""
    pairs = [(1 / max((1 - own.upper) * (1 - own.lag), 1e-12), 1 / max(own.upper * (1 - own.lag), 1e-12))
             for own in levels if own is not None]
    high, low = np.median(np.array(pairs), axis=0)
    times = [each for own, each in zip(levels, seconds) if own is not None and each]
    unit, factor = ("s", float(np.median(times))) if times else ("reads", 1.0)
    corner = (1 / high + 1 / low) / (2 * math.pi * factor)
    said = f", so that its spectrum falls above {corner:.3g} Hz" if times else ""
    return (f"the upper state lasts {high * factor:.3g} {unit} and the lower one {low * factor:.3g} {unit} in the "
            f"mean{said}; a card draws the state again in every read")
