"""What figures of a sweep are drawn from: a measure at all points, its statistics over seeds, labels and scales."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.memristor.si_format import quantity
from neurosim.plots.style import scaled
from neurosim.plots.sweeps.words import key_words
from neurosim.tables import abbreviated, nearest

if TYPE_CHECKING:
    from neurosim.plots.sweeps.swept import Swept

#: Names of measures in words.
_WORDS = {"joules_per_inference": "energy per inference", "chip_seconds_per_inference": "time per inference on chip",
          "joules_per_training_sample": "energy per training image",
          "chip_seconds_per_training_sample": "time per training image on chip",
          "steps_per_inference": "length of an inference"}
_PREFIXED = {"S", "s", "J", "V", "W", "F", "Hz", "ohm"}    #: units that take a prefix
_SYMBOLS = {"ohm": "Ω"}
#: Ratio of the largest to the smallest positive value from which on an axis is logarithmic, without zero and with it.
_WIDE = {"log": 30.0, "symlog": 10.0}
_MOST = 1e150    #: of a number along an axis; its inverse is the least that is not 0
_WIDTH = 40    #: letters of a line of the name of an axis
_LETTERS = 28    #: of a word along an axis; of a longer one both ends are shown
_EVEN = 0.3    #: spread of the logarithms of neighbours' ratios, over their mean, up to which they count as equal


@dataclass(frozen=True)
class Points:
    """A measure at the points of a sweep.

    name : of the measure; keys : of the axes, the seed aside
    values : dict from key to its values: along a dimension of a grid, otherwise along the points
    grid : whether the points are all combinations of the values
    found : float (..., seeds), one dimension for each key of a grid, otherwise one of all points; NaN = not done
    """

    name: str
    keys: tuple
    values: dict
    grid: bool
    found: np.ndarray

    @property
    def seeds(self) -> int:
        """How many seeds each point was given."""
        return self.found.shape[-1]

    @property
    def mean(self) -> np.ndarray:
        """Mean over the seeds that are done; NaN where none is."""
        there = np.isfinite(self.found)
        total, count = np.where(there, self.found, 0.0).sum(-1), there.sum(-1)
        return np.where(count, total / np.maximum(count, 1), np.nan)

    @property
    def low(self) -> np.ndarray:
        """Smallest of the seeds."""
        return np.fmin.reduce(self.found, axis=-1)

    @property
    def high(self) -> np.ndarray:
        """Largest of the seeds."""
        return np.fmax.reduce(self.found, axis=-1)

    @property
    def best(self) -> tuple:
        """Index of the smallest mean, a tuple; all measures of a sweep are better when they are smaller."""
        return np.unravel_index(np.nanargmin(self.mean), self.mean.shape)

    def at(self, index: tuple[int, ...]) -> dict[str, Any]:
        """Return the values of the keys at an index of `mean`, a dict."""
        indices = index if self.grid else index * len(self.keys)
        return {key: self.values[key][index] for key, index in zip(self.keys, indices)}

    def numeric(self, key: str) -> bool:
        """Return whether the values of a key are numbers."""
        return self.values[key].dtype.kind in "iuf"


@dataclass(frozen=True)
class Quantity:
    """How something is shown along an axis.

    label : with its unit; title : what figures call it, "" = the label
    factor : what values are divided by; scale : "linear", "log", "symlog", or "text", positions in the order of `words`
    start : end of the linear part of "symlog", in units of the axis
    """

    label: str
    factor: float = 1.0
    scale: str = "linear"
    words: tuple = ()
    start: float = 0.0
    title: str = ""

    def positions(self, values: np.ndarray | Sequence[Any]) -> np.ndarray:
        """Return the coordinates of values."""
        if self.scale == "text":
            return np.array([self.words.index(str(value)) for value in values], float)
        return np.asarray(values, float) / self.factor


def along_an_axis(values: np.ndarray) -> np.ndarray:
    """Return the values of an axis as figures can show them, an array: numbers that no scale can hold become text."""
    values = np.asarray(values)
    if values.dtype.kind not in "iuf":
        return values
    size = np.abs(values.astype(float))
    return values if ((size == 0) | (size >= 1 / _MOST) & (size <= _MOST)).all() else values.astype(str)


def points_of(results: Swept, measure: str) -> Points:
    """Return the points of a measure of SweepResults.

    raises : ValueError when there is no such measure, or no point is done
    """
    if not any(np.isfinite(found).any() for found in results.results.values()):
        raise ValueError(f"sweep {results.name}: no point is done yet; there is nothing to draw")
    if measure not in results.results:
        raise ValueError(f"measure {abbreviated(measure)}: unknown{nearest(measure, results.results)}")
    found, grid = results.results[measure], results.dims[0] != "point"
    if not np.isfinite(found).any():
        raise ValueError(f"sweep {results.name}: no point has a {measure}; choose another measure")
    keys = tuple(key for key in (results.dims if grid else results.axes) if key != "seed")
    found = np.moveaxis(found, results.dims.index("seed"), -1)
    if not keys:    # nothing varies but the seed
        keys, found = ("seed",), np.atleast_2d(found).T if grid else found
    return Points(measure, keys, {key: along_an_axis(results.axes[key]) for key in keys}, grid, found)


def measure_quantity(results: Swept, name: str, values: np.ndarray | Sequence[float]) -> Quantity:
    """Return the quantity of a measure with these values."""
    if name.endswith("error"):
        return Quantity(f"{name.replace('_', ' ')} [%]", 0.01)
    values = np.asarray(values)
    unit, finite = _unit(results, name), values[np.isfinite(values)]
    factor, unit = scaled(finite, _SYMBOLS.get(unit, unit)) if unit in _PREFIXED else (1.0, unit)
    return Quantity(f"{_WORDS.get(name, name.replace('_', ' '))} [{unit}]", factor)


def key_quantity(results: Swept, key: str, values: np.ndarray) -> Quantity:
    """Return the quantity of the key of an axis with these values."""
    values = along_an_axis(values)
    if values.dtype.kind not in "iuf":
        return Quantity(key, scale="text", words=tuple(dict.fromkeys(map(str, values))), title=title_of(key))
    unit = _unit(results, key)
    factor, shown = scaled(values, _SYMBOLS.get(unit, unit)) if unit in _PREFIXED else (1.0, unit)
    scale = _scale(np.unique(values), getattr(results, "scales", {}).get(key, ""))
    positive = values[values > 0]
    start = float(positive.min()) / factor if scale == "symlog" else 0.0
    if key == "seed":
        return Quantity(key, factor, scale, start=start)
    return Quantity(f"{_lines(key)} [{shown}]", factor, scale, start=start, title=f"{title_of(key)} [{shown}]")


def title_of(key: str) -> str:
    """Return a key in words, on lines that fit an axis."""
    return _lines(key_words(key))


def _lines(text: str) -> str:
    return "\n".join(textwrap.wrap(text, _WIDTH))


def value_words(results: Swept, key: str, value: Any) -> str:
    """Return a value of an axis as text, with its unit where that has a prefix."""
    unit = _unit(results, key)
    if isinstance(value, str):
        return clipped(value)
    if unit in _PREFIXED:
        return quantity(float(value), _SYMBOLS.get(unit, unit), 3).replace(" u", " µ")
    return f"{float(value):.3g}"


def clipped(word: str) -> str:
    """Return a word whose middle is left out when it is long."""
    half = _LETTERS // 2
    return str(word) if len(word) <= _LETTERS else f"{word[:half]}…{word[1 - half:]}"


def point_words(results: Swept, values: dict[str, Any]) -> str:
    """Return the values of a point as text, keys by their last part where that distinguishes them."""
    last = ["/".join(part.rpartition(".")[2] for part in key.split(",")) for key in values]
    return ", ".join(f"{key if last.count(short) > 1 else short} {value_words(results, key, value)}"
                     for short, (key, value) in zip(last, values.items()))


def seeds_words(points: Points, barred: bool = True) -> str:
    """Return what is shown of the seeds, with error bars or without."""
    if points.seeds > 1:
        return f"mean{', smallest and largest' if barred else ''} of {points.seeds} seeds"
    return "" if points.keys == ("seed",) else "one seed"


def progress_words(points: Points) -> str:
    """Return how many points are missing, or nothing."""
    missing = points.found.size - np.isfinite(points.found).sum()
    return f"missing points: {missing:,} of {points.found.size:,}" if missing else ""


def bars(points: Points, factor: float) -> np.ndarray:
    """Return the lengths of error bars below and above the mean, in units of the axis, (2, ...)."""
    return np.stack([points.mean - points.low, points.high - points.mean]).clip(0) / factor


def _unit(results: Any, name: str) -> str:
    return getattr(results, "units", {}).get(name, "1")


def _scale(values: np.ndarray, given: str) -> str:
    """Scale on which distinct, rising values are distinguished."""
    if given == "linear" or len(values) < 2 or values[0] < 0 or not given and _arithmetic(values):
        return "linear"
    positive, scale = values[values > 0], "log" if values[0] > 0 else "symlog"
    wide = positive[-1] / positive[0] >= _WIDE[scale]
    return scale if given == "log" or wide or (scale == "log" and _geometric(values)) else "linear"


def _arithmetic(values: np.ndarray) -> bool:
    return len(values) > 2 and np.allclose(np.diff(values), (values[-1] - values[0]) / (len(values) - 1), rtol=0.01)


def _geometric(values: np.ndarray) -> bool:
    ratios = np.diff(np.log(values))
    return len(values) > 2 and ratios.mean() > np.log(1.4) and np.ptp(ratios) < _EVEN * ratios.mean()
