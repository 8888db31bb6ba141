"""What was measured on a device: trains of pulses, and tables of the steps that single pulses made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurosim.memristor.device import RANGE
from neurosim.memristor.laws.table import SCORES
from neurosim.summaries import Fielded
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.memristor.device import Device

#: Normal scores of a table in the form that the law "table" reads, and the most nodes it gets along the range.
SCORE_COUNT = 65
NODE_LIMIT = 128
_PROBABILITIES = np.linspace(0, 1, 101)
_UNITS = {"microsiemens": ("uS", 1e-6), "nanosiemens": ("nS", 1e-9), "picosiemens": ("pS", 1e-12)}
_NORMAL = 1000    #: largest value that somebody may have normalised to
_OHMS = 1e12      #: largest resistance that somebody may have measured [ohm]
_FEWEST = 20    #: steps from which one column of a table is made


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PulseTrains(Fielded):
    """Conductances after every pulse of trains in one direction.

    up, down : tuples of float arrays (pulses), one per train of set or reset pulses [S]
    source : where they come from, for cards and errors
    understood : what was read, in one line, empty where they come from no file
    raises : ValueError where a direction is missing, or a value is not a conductance in siemens
    """

    up: Sequence
    down: Sequence
    source: str
    understood: str = ""

    def __post_init__(self) -> None:
        for name in ("up", "down"):
            trains = tuple(np.array(train, float) for train in getattr(self, name))
            object.__setattr__(self, name, trains)
            if not trains or min(map(len, trains)) < 2:
                raise ValueError(f"{self.source}: {name}: a train of two or more pulses is needed in each direction; "
                                 "measure both potentiation and depression")
            check_siemens(np.concatenate(trains), f"{self.source}: {name}")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class StepTable(Fielded):
    """Measured distribution of the step of one pulse at each conductance.

    g : (bins) conductances before the pulse [S], ascending; the outer ones are the ends of the range
    cdf : (probabilities) cumulative probabilities from 0 to 1, ascending
    up, down : (probabilities, bins) change of the conductance [S] that a set or a reset pulse stays below with that
        probability; mostly positive for set, mostly negative for reset pulses
    source : where they come from, for errors
    raises : ValueError for unsorted bins, probabilities that do not ascend, NaN and wrong shapes
    """

    g: np.ndarray
    cdf: np.ndarray
    up: np.ndarray
    down: np.ndarray
    source: str

    def __post_init__(self) -> None:
        for name in ("g", "cdf", "up", "down"):
            object.__setattr__(self, name, np.array(getattr(self, name), float))
        check_bins(self.g, f"{self.source}: conductance bins")
        check_probabilities(self.cdf, f"{self.source}: probability bins")
        for name in ("up", "down"):
            steps, owner = getattr(self, name), f"{self.source}: dG {name}"
            if steps.shape != (self.cdf.size, self.g.size):
                raise ValueError(f"{owner} has the shape {steps.shape} for {self.cdf.size} probabilities and "
                                 f"{self.g.size} conductances; give (probabilities, conductances)")
            check_siemens(np.abs(steps), owner)

    @classmethod
    def from_trains(cls, trains: PulseTrains, bins: int = 32) -> StepTable:
        """Make a table from pulse trains: at each of `bins` conductances, the distribution of the steps around it.

        Steps within half the distance of two bins count, and at least the nearest 20. Read noise is part of the
        steps: where it exceeds them, fit a law instead, which distinguishes the two.
        """
        everything = np.concatenate([*trains.up, *trains.down])
        g = np.linspace(everything.min(), everything.max(), bins)
        tables = [_quantiles(getattr(trains, name), g, f"{trains.source}: {name}") for name in ("up", "down")]
        return cls(g=g, cdf=_PROBABILITIES, up=tables[0], down=tables[1], source=trains.source)

    def mean(self) -> np.ndarray:
        """Return the mean step of set and of reset pulses at each bin, (2, bins) [S]."""
        share = np.diff(self._weights())[:, None]
        return np.array([(share * (s[1:] + s[:-1]) / 2).sum(axis=0) for s in (self.up, self.down)])

    def deviation(self) -> np.ndarray:
        """Return the standard deviation of the step of set and of reset pulses at each bin, (2, bins) [S]."""
        share = np.diff(self._weights())[:, None]
        squares = [(share * (s[1:] ** 2 + s[1:] * s[:-1] + s[:-1] ** 2) / 3).sum(axis=0) for s in (self.up, self.down)]
        return np.sqrt(np.maximum(squares - self.mean() ** 2, 0))

    def shapes(self, noise: bool = True) -> np.ndarray:
        """Parameters of the law "table", float (2, 1 + scores * nodes, 1), see `neurosim.memristor.laws.table.step`.

        Row 0 of the second axis is the number of scores; then come the steps [S] in the direction of the pulse, at
        equal distances over the range from where its train begins. noise : False leaves the mean step alone.
        """
        nodes = np.linspace(self.g[0], self.g[-1], min(max(self.g.size, 2), NODE_LIMIT))
        sides = []
        for steps, mean, sign in zip((self.up, self.down), self.mean(), (1, -1)):
            rows = sign * self._at_scores(steps)[::sign] if noise else sign * mean[None]
            along = np.array([np.interp(nodes, self.g, row)[::sign] for row in rows])
            sides.append(np.concatenate([[len(rows)], along.ravel()]))
        return np.array(sides)[..., None]

    def check_device(self, device: Device) -> None:
        """Raise ValueError unless the range of a Device is that of the table."""
        for key, end in (("g_min", self.g[0]), ("g_max", self.g[-1])):
            if abs(device[key] - end) > 1e-3 * (self.g[-1] - self.g[0]):
                raise ValueError(f"device card {device.stem}.toml: {key} = {device[key]:g} S, but the table "
                                 f"{self.source} ends at {end:g} S; write {key} = {end:g}")

    def _weights(self) -> np.ndarray:
        """Return probabilities stretched to 0 ... 1, so that the outermost rows end the distribution."""
        return (self.cdf - self.cdf[0]) / (self.cdf[-1] - self.cdf[0])

    def _at_scores(self, steps: np.ndarray) -> np.ndarray:
        """Return steps at equally spaced normal scores, (scores, bins)."""
        from scipy.special import ndtr
        probabilities = ndtr(np.linspace(-SCORES, SCORES, SCORE_COUNT))
        return np.array([np.interp(probabilities, self._weights(), column) for column in steps.T]).T


def check_siemens(values: np.ndarray, owner: str) -> None:
    """Raise ValueError unless all of `values` are finite and within what a card allows for a conductance [S]."""
    limit = RANGE["g_max"].high
    if not values.size:
        raise ValueError(f"{owner}: holds no reading; check the columns, and what stands for a missing one")
    if not np.isfinite(values).all():
        index = ", ".join(map(str, np.argwhere(~np.isfinite(values))[0] + 1))
        raise ValueError(f"{owner}: number {index} is NaN or infinite; fill the gap or remove it")
    if values.min() < 0:
        raise ValueError(f"{owner}: {values.min():g} is negative and no conductance; give conductances in "
                         "siemens, normalised data scaled to them")
    if values.max() > limit:
        raise ValueError(f"{owner}: {siemens_advice(values, normalised=False)}")


def siemens_advice(values: np.ndarray, normalised: bool) -> str:
    """Say that values are too large for conductances, and what they may be: only what then fits is advised.

    normalised : whether a range for normalised values, and a unit, may be stated beside the file
    """
    limit, largest, least = RANGE["g_max"].high, float(values.max()), float(values.min())
    found = []
    if 1 / limit <= least <= largest <= _OHMS:
        found.append(f"if they are in ohms, {'use --unit ohm' if normalised else 'write 1/R'} ({1 / largest:.3g} to "
                     f"{1 / least:.3g} S)")
    found += [f"if they are in {name}, {f'use --unit {unit}' if normalised else f'multiply by {factor:g}'} "
              f"({largest * factor:g} S)" for name, (unit, factor) in _UNITS.items()
              if largest * factor <= limit][:1 if largest < 1e4 else 2]
    if normalised and largest <= _NORMAL:
        found.insert(0 if largest <= 2 else len(found), "if they are normalised, give g_min and g_max [S]")
    advice = "; ".join(found) or "no usual unit brings them there, correct the file"
    return f"{largest:g} S exceeds {limit:g} S; conductances are in siemens: {advice}"


def check_bins(g: np.ndarray, owner: str) -> None:
    """Raise ValueError unless `g` (bins) are ascending conductances [S]."""
    if g.ndim != 1 or g.size < 2:
        raise ValueError(f"{owner}: the shape is {g.shape}; give a list of two or more conductances")
    check_siemens(g, owner)
    _check_ascending(g, owner)


def check_probabilities(cdf: np.ndarray, owner: str) -> None:
    """Raise ValueError unless `cdf` (probabilities) ascends and lies within 0 ... 1."""
    if cdf.ndim != 1 or cdf.size < 2 or not np.isfinite(cdf).all():
        raise ValueError(f"{owner}: give a list of two or more finite numbers")
    if cdf.min() < 0 or cdf.max() > 1:
        raise ValueError(f"{owner}: they run from {cdf.min():g} to {cdf.max():g}; probabilities lie between 0 and 1")
    _check_ascending(cdf, owner)


def _check_ascending(values: np.ndarray, owner: str) -> None:
    falls = np.flatnonzero(np.diff(values) <= 0)
    if falls.size:
        k = falls[0] + 1
        raise ValueError(f"{owner}: number {k + 1} ({values[k]:g}) does not exceed number {k} ({values[k - 1]:g}); "
                         "sort them in ascending order, without repetition, and the dG with them")


def _quantiles(trains: tuple[np.ndarray, ...], g: np.ndarray, owner: str) -> np.ndarray:
    """Return the quantiles of the steps of `trains` around the conductances `g`, (probabilities, bins) [S]."""
    before = np.concatenate([train[:-1] for train in trains])
    steps = np.concatenate([np.diff(train) for train in trains])
    if steps.size < _FEWEST:
        raise ValueError(f"{owner}: {counted(steps.size, 'step is', 'steps are')} too few for a table; "
                         f"give {_FEWEST} or more")
    columns = []
    for centre in g:
        distance = np.abs(before - centre)
        reach = max((g[1] - g[0]) / 2, np.partition(distance, _FEWEST - 1)[_FEWEST - 1])
        columns.append(np.quantile(steps[distance <= reach], _PROBABILITIES))
    return np.array(columns).T
