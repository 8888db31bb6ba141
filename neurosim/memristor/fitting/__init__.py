"""Fit the laws of response to measured pulse trains, and write the card of the simplest that predicts as well as any.

    trains = read_pulses("measured.csv")
    best, *others = fit(trains)
    Path("mine.toml").write_text(best.card_text("My device", "measured by me", Programming(...)), encoding="utf-8")
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from neurosim._jit import side_by_side, thread_count
from neurosim.memristor.device import IMPERFECTIONS, RANGE, Device, with_defaults
from neurosim.memristor.fitting.card import card_text
from neurosim.memristor.fitting.choice import ranked, tied
from neurosim.memristor.fitting.model import NOISE, SIGNS
from neurosim.memristor.fitting.profile import intervals
from neurosim.memristor.fitting.residuals import Outlier, correlation, outliers
from neurosim.memristor.fitting.search import Optimum, best, held_out
from neurosim.memristor.fitting.starts import smoothed, visited
from neurosim.memristor.laws import LAWS
from neurosim.tables import nearest
from neurosim.whole import counted, whole

__all__ = ["FITTED", "Fit", "FitError", "Programming", "fit", "ranked", "tied"]

#: Laws of the package that can be fitted: those with a guess.
FITTED = tuple(name for name, law in LAWS.items() if law.guess)
_FEWEST = 50    #: pulses in each direction
_VAGUE = 10     #: times which the ends of an interval lie apart, or over the number, from which it says nothing
_WIDE = 0.5     #: width of the interval of an end of the range, over the range, from which it says nothing
_FOLDS = 50    #: most parts in which pulses are held out
_CORRELATED = 0.01    #: probability below which residuals count as correlated


class FitError(ValueError):
    """No law could be fitted to trains that hold what a fit needs."""


@dataclass(frozen=True, kw_only=True)
class Programming:
    """Pulses with which trains were measured: voltages [V], durations [s], and where these numbers come from.

    source : of all that `sources`, a dict by key, does not name
    """

    set_voltage: float
    set_width: float
    reset_voltage: float
    reset_width: float
    read_voltage: float
    source: str = "assumed"
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """A law fitted to pulse trains.

    law : one of FITTED; source : name of the file of the trains
    values : dict from key of a card to number (tuple of numbers for the nodes of the piecewise law), SI units; noise
        that the trains do not show is absent
    memory : pulses over which write noise is remembered, and the part of its variance that is; 0, 0 where none is. A
        card has no such number: its write noise is that of both parts
    numbers : how many numbers the law has that trains must tell, noise aside
    log_likelihood : per pulse, of one conductance given those before [nat, conductance over the range of the trains]
    blocks : of blocks of pulses by fits to the other blocks, the same as above but not per pulse (blocks) [nat]
    limited : keys of numbers at the end of what a card allows
    correlation : of residuals with those of the next pulse [1], and probability that white noise shows as much
    outliers : reads far from what is expected, list of Outlier, the furthest first
    curves : dict from "up" and "down" to the noise-free curves through the trains, list of (pulses) [S]
    trains : PulseTrains
    profile : function that finds the intervals
    """

    law: str
    source: str
    values: dict
    memory: tuple
    numbers: int
    log_likelihood: float
    blocks: np.ndarray
    limited: tuple
    correlation: tuple
    outliers: list
    curves: dict
    trains: Any
    profile: Callable

    @property
    def held_out(self) -> float:
        """Log-likelihood per pulse of pulses that took no part in a fit [nat, conductance over the range]."""
        return float(self.blocks.sum()) / sum(map(len, (*self.trains.up, *self.trains.down)))

    @cached_property
    def intervals(self) -> dict:
        """Dict from the keys of `values` to the 95 % interval (low, high), a tuple of these for nodes; takes seconds.

        An end is None where the trains do not set it, see `fitting.profile`.
        """
        return self.profile()

    @property
    def undetermined(self) -> list[str]:
        """Keys of numbers that the trains leave open: an end of the interval is missing, or it says next to nothing."""
        span = self.values["g_max"] - self.values["g_min"]
        pairs = {key: found if isinstance(self.values[key], tuple) else (found,)
                 for key, found in self.intervals.items()}
        return [key for key, found in pairs.items() if any(_says_nothing(key, pair, span) for pair in found)]

    def remarks(self) -> list[str]:
        """Return what a reader must know before trusting the numbers, sentences in a list."""
        found = []
        if self.undetermined:
            found.append(f"the trains do not determine {_listed(self.undetermined)}: other values explain them as "
                         "well, or no end of their intervals was found; let trains run over more of the range, or fit "
                         "a law with fewer numbers")
        if self.limited:
            found.append(f"{_listed(self.limited)} {'lies' if len(self.limited) == 1 else 'lie'} at the end of what "
                         "the law or a card allows; another law may fit better")
        rho, chance = self.correlation
        if chance < _CORRELATED:
            found.append(f"residuals are correlated from pulse to pulse (lag 1: {rho:+.2f}; white noise shows as much "
                         f"once in {_rarity(chance)} fits): the law or its noise misses something, and intervals may "
                         "be too narrow")
        if self.outliers:
            found.append(_outlier_sentence(self.outliers, self.trains))
        return found

    def residual(self, direction: str, window: int = 1) -> float:
        """Return root mean square distance of the noise-free curves from the trains of "up" or "down" [S].

        window : pulses over which the trains are smoothed first, by a moving average
        """
        pairs = zip(getattr(self.trains, direction), self.curves[direction])
        distances = [smoothed(train, window) - curve[window // 2:][:len(train) - window + 1]
                     for train, curve in pairs if len(train) >= window]
        if not distances:
            raise ValueError(f"{self.source}: no {direction} train has {window} pulses; smooth over fewer")
        return math.sqrt(np.mean(np.concatenate(distances) ** 2))

    def card_text(self, name: str, citation: str, programming: Programming) -> str:
        """Return TOML text of a card that `neurosim.memristor.device.load_device` reads.

        name, citation : of the device; programming : Programming. Each fitted number has its 95 % interval as source.
        """
        told = {key: f"fitted to {self.source}, {self._confidence(key)}" for key in self.values}
        return card_text(self.law, self.values, told, name, citation, programming)

    def _confidence(self, key: str) -> str:
        unit = {**RANGE, **LAWS[self.law].keys, **IMPERFECTIONS}[key].unit
        found = self.intervals[key] if isinstance(self.values[key], tuple) else (self.intervals[key],)
        unit = "" if unit == "1" else f" {unit}"
        text = f"95 % interval {', '.join(map(_ends, found))}{unit}"
        if key == "write_noise" and self.memory[0]:
            text += f"; {self.memory[1]:.0%} of its variance is remembered over {self.memory[0]:.3g} pulses"
        return text


def refuse_folds(folds: int, owner: str = "folds") -> None:
    """Raise ValueError, which begins with `owner`, unless pulses can be held out in so many parts."""
    whole(folds, owner, 2, _FOLDS, least="so that nothing would be held out",
          most="where every part is fitted by itself and tells no more")


def fit(trains: Any, laws: Sequence[str] = FITTED, folds: int = 5) -> list[Fit]:
    """Fit laws to pulse trains; returns a list of Fit, the chosen one first, see `fitting.choice`.

    Law, noise of steps and noise of reads are found together by maximum likelihood, see `fitting._filtering`; laws are
    compared by the likelihood of blocks of pulses that took no part in a fit. A law that cannot be fitted is left out.

    trains : PulseTrains; laws : names of laws that have a guess; folds : parts in which pulses are held out, 2 to 50
    raises : ValueError for unknown laws, and trains that are too short or do not move; FitError where no law is left
    """
    for law in laws:
        if law not in LAWS or LAWS[law].guess is None:
            raise ValueError(f"law {law!r} cannot be fitted{nearest(law, FITTED)}")
    if not laws:
        raise ValueError(f"laws: none is named; give some of {', '.join(FITTED)}")
    refuse_folds(folds)
    for side in SIGNS:
        count = sum(map(len, getattr(trains, side)))
        if count < _FEWEST:
            raise ValueError(f"{trains.source}: {side}: {counted(count, 'pulse is', 'pulses are')} too few for a fit; "
                             f"measure {_FEWEST} or more in each direction")
    visited(trains)
    found = side_by_side(lambda law: _attempt(law, trains, folds), list(laws), thread_count())
    fits = [one for one in found if one is not None]
    if not fits:
        raise FitError(f"{trains.source}: {_listed(laws)} cannot be fitted to these trains; "
                       "plot them and leave out pulses that no device of this kind can make")
    return ranked(fits)


def _attempt(law: str, trains: Any, folds: int) -> Fit | None:
    """Return a Fit, or None where arithmetic fails, or what it found is not a device that a card can hold."""
    try:
        with np.errstate(all="ignore"):
            found = _fit(law, trains, folds)
        Device(stem="", name="", law=law, citation="", sources={},
               values=with_defaults({**dict.fromkeys(RANGE, 1.0), **found.values}))
    except (ArithmeticError, ValueError):    # of numpy and scipy; what a user can mend was checked before
        return None
    return found if math.isfinite(found.held_out) and math.isfinite(found.log_likelihood) else None


def _fit(law: str, trains: Any, folds: int) -> Fit:
    optimum = best(law, trains)
    values, model = optimum.values, optimum.model
    card, memory = _on_card(values)
    in_ranges = math.log(np.ptp(np.concatenate([*trains.up, *trains.down])))
    blocks = held_out(optimum, folds)
    apart = {side: model.joined[side].ends[1:-1] for side in SIGNS}
    rests = [train for side, each in model.surprises(values).items() for train in np.split(each, apart[side])]
    distances = {side: np.split(each, apart[side]) for side, each in model.distances(values).items()}
    return Fit(law=law, source=Path(trains.source).name, values=card, memory=memory,
               numbers=sum(parameter.key not in NOISE for parameter in model.parameters),
               log_likelihood=model.log_likelihood(values)[0] / model.pulses + in_ranges,
               blocks=blocks + in_ranges * model.pulses / blocks.size,
               limited=tuple(key for key in model.at_limits(optimum.coordinates) if key in card),
               correlation=correlation(rests), outliers=outliers(distances), curves=model.noise_free(values),
               trains=trains, profile=lambda: _card_intervals(optimum, card))


def _card_intervals(optimum: Optimum, card: dict) -> dict:
    try:
        with np.errstate(all="ignore"):
            known = intervals(optimum)
    except (ArithmeticError, ValueError):
        known = {}
    nothing = (None, None)
    return {key: tuple(known.get((key, index), nothing) for index in range(len(value))) if isinstance(value, tuple)
            else known.get((key, None), nothing) for key, value in card.items()}


def _on_card(values: dict) -> tuple[dict, tuple]:
    """Return values that a card holds, and (memory, part of the variance of the write noise that is remembered)."""
    card = {key: value for key, value in values.items() if key not in ("memory_share", "memory")}
    return card, (values.get("memory", 0.0), values.get("memory_share", 0.0))


def _says_nothing(key: str, pair: tuple, span: float) -> bool:
    low, high = pair
    if low is None or high is None:
        return True
    if key in RANGE:
        return high - low > _WIDE * span
    return high > _VAGUE * low if low > 0 else low < 0 and high - low > _VAGUE * max(1.0, abs(low + high) / 2)


def _ends(pair: tuple) -> str:
    low, high = pair
    if low is None and high is None:
        return "not determined"
    if low is None or high is None:
        return f"below {high:.4g}" if low is None else f"above {low:.4g}"
    return f"{low:.4g} ... {high:.4g}"


def _outlier_sentence(outliers: list[Outlier], trains: Any) -> str:
    first, more = outliers[0], len(outliers) - 1
    word, several = ("set", trains.up) if first.direction == "up" else ("reset", trains.down)
    train = f" of train {first.train}" if len(several) > 1 else ""
    others = f", and {more} more {'lie' if more > 1 else 'lies'} too far off" if more else ""
    value = several[first.train - 1][first.pulse - 1]
    return (f"the read after {word} pulse {first.pulse}{train}, {value:.4g} S, lies {first.deviations:.1f} standard "
            f"deviations from what the fit expects{others}: noise is not normal, or a read went wrong and should be "
            "left out, since it widens the noise")


def _rarity(chance: float) -> str:
    return f"{1 / chance:,.0f}" if chance > 1e-6 else "a million"


def _listed(words: Iterable[str]) -> str:
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
