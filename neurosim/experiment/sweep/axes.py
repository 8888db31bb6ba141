"""Axes of a sweep: a key of the configuration and the values that it takes."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.experiment.config import Config
from neurosim.energy.prices import KEYS
from neurosim.experiment.sweep.limits import LIMIT, SCALES
from neurosim.memristor.device import ANCHOR, IMPERFECTIONS, RANGE
from neurosim.memristor.laws import LAWS
from neurosim.streams import stream
from neurosim.tables import abbreviated, nearest
from neurosim.toml import BARE_KEY

_SMALLEST = 1e-150    #: of an end of a range that is not 0; up to its inverse no ratio or difference overflows


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A key and its values: a list of them, or a range from `low` to `high`.

    path : dotted key of the configuration, or several that take the same value, separated by commas
    values : list of plain values; empty for a range
    scale : "linear" or "log", how a range is divided, or drawn from
    points : how many values of a range a grid takes; None where values are drawn
    integer : the key takes integers only; numbers of a range are rounded
    """

    path: str
    values: tuple = ()
    scale: str = ""
    low: float = 0.0
    high: float = 0.0
    points: int | None = None
    integer: bool = False

    def listed(self) -> list:
        """Return all values of a list, or of a range that says how many, in their order."""
        if not self.scale:
            return list(self.values)
        spaced = np.linspace if self.scale == "linear" else np.geomspace
        count: Any = self.points    # a grid has it
        return [self._plain(value) for value in spaced(self.low, self.high, count)]

    def distinct(self) -> list:
        """Return the same without repetition."""
        return list({repr(value): value for value in self.listed()}.values())

    def drawn(self, fractions: np.ndarray) -> list:
        """Return values at fractions in [0, 1) of the axis: the inverse of the uniform or log-uniform distribution."""
        if not self.scale:
            return [self.values[int(fraction * len(self.values))] for fraction in fractions]
        if self.scale == "linear":
            return [self._plain(self.low + (self.high - self.low) * u) for u in fractions]
        return [self._plain(self.low * (self.high / self.low) ** u) for u in fractions]

    def _plain(self, value: Any) -> float:
        return round(float(value)) if self.integer else float(f"{value:.12g}")


def read_axis(path: str, given: Any, drawn: bool, owner: str) -> Axis:
    """Make an Axis of what a sweep file says under one key.

    given : a list, or a table { linear = [a, b], points = n } or { log = [a, b], points = n }
    drawn : whether values are drawn, so that a range takes no points
    owner : words that name the axis in errors
    raises : ValueError
    """
    if not all(BARE_KEY.fullmatch(part) for key in keys_of(path) for part in key.split(".")):
        raise ValueError(f"{owner}: is not a dotted key of the configuration; write for example \"device.c2c\"")
    for key in keys_of(path):
        _refuse_bare(key, owner)
    if isinstance(given, list):
        return Axis(path=path, values=_checked(given, owner))
    if not isinstance(given, dict):
        refuse_dates(given, owner)
        text = abbreviated(given)
        raise ValueError(f"{owner} = {text} is neither a list nor a range; write [{text}], or move it to [fixed]")
    scale = next((scale for scale in SCALES if scale in given), None)
    if scale is None or set(given) - {scale, "points"}:
        raise ValueError(f"{owner}: a range has the keys linear or log, and points; it has {', '.join(given)}")
    low, high = _ends(given[scale], scale, owner)
    points = given.get("points")
    if drawn and points is not None:
        raise ValueError(f"{owner}: points mean nothing where values are drawn; omit them, samples says how many")
    if not drawn and points is None:
        raise ValueError(f"{owner}: points is missing; say how many values, 1 to {LIMIT:,}")
    if not drawn and not (type(points) is int and 1 <= points <= LIMIT):
        raise ValueError(f"{owner}: points = {abbreviated(points)}; say how many values, 1 to {LIMIT:,}")
    return Axis(path=path, scale=scale, low=low, high=high, points=points,
                integer=any(map(takes_integers, keys_of(path))))


def keys_of(path: str) -> list[str]:
    """Return dotted keys that an axis sets."""
    return [key.strip() for key in path.split(",")]


def draw(axes: Sequence[Axis], method: str, samples: int, seed: int) -> list[tuple]:
    """Draw points: list of tuples with one value per axis, without repetition.

    method : "random", independent uniform numbers; "sobol", a Sobol' sequence in as many dimensions as there are axes,
        shifted modulo 1 by one random number per axis; or "saltelli", the rows of `design`
    source : Cranley, Patterson, SIAM J. Numer. Anal. 13:904 (1976), for the shift; scipy.stats.qmc for the sequence
    """
    return list({repr(row): row for row in _rows(axes, method, samples, seed)}.values())


def design(axes: Sequence[Axis], samples: int, seed: int) -> np.ndarray:
    """Return where the rows of Saltelli's design lie among the points of method "saltelli", int (axes + 2, samples).

    A and B, the first two, are the halves of a Sobol' sequence in twice as many dimensions as there are axes; the
    others are A with one column of B, for each axis. Values of lists and of integer keys repeat, so that rows share
    points.

    source : Saltelli et al., Comput. Phys. Commun. 181:259 (2010), doi:10.1016/j.cpc.2009.09.018, Table 2
    """
    indices: dict[str, int] = {}
    rows = [indices.setdefault(repr(row), len(indices)) for row in _rows(axes, "saltelli", samples, seed)]
    return np.array(rows).reshape(len(axes) + 2, samples)


def _rows(axes: Sequence[Axis], method: str, samples: int, seed: int) -> Iterable[tuple]:
    """Return the rows of values as they are drawn, an iterator over tuples."""
    if method == "random":
        fractions = np.stack([stream(seed, "sweep", axis.path).random(samples) for axis in axes], axis=1)
    elif method == "sobol":
        fractions = _sequence([(axis.path,) for axis in axes], samples, seed)
    else:
        names: list[tuple[str, ...]] = [(axis.path, *half) for half in ((), ("B",)) for axis in axes]
        first, second = np.split(_sequence(names, samples, seed), 2, axis=1)
        mixed = [np.where(np.arange(len(axes)) == index, second, first) for index in range(len(axes))]
        fractions = np.concatenate([first, second, *mixed])
    return zip(*(axis.drawn(column) for axis, column in zip(axes, fractions.T.tolist())))


def _sequence(names: Sequence[tuple[str, ...]], samples: int, seed: int) -> np.ndarray:
    """Return the first points of a Sobol' sequence, a column per name, each shifted by a random number of that name."""
    from scipy.stats import qmc
    sequence = qmc.Sobol(len(names), scramble=False).random_base2(max(0, math.ceil(math.log2(samples))))
    shift = np.array([stream(seed, "sweep", *name).random() for name in names])
    return (sequence[:samples] + shift) % 1.0


def takes_integers(path: str) -> bool:
    """Return whether the key `path` of the configuration takes an integer and no other number."""
    kinds = types_of_key(path)
    return int in kinds and float not in kinds


def types_of_key(path: str) -> set:
    """Return types that the key `path` of the configuration may have, a set; empty for a key that there is not."""
    kinds: set = {Config}
    for part in path.split("."):
        kinds = {inner for kind in kinds for inner in _inside(kind, part)}
    return kinds


def _inside(kind: Any, part: Any) -> tuple:
    """Return the types of what stands under the key `part` of a value of the type `kind`."""
    if dataclasses.is_dataclass(kind):
        found = typing.get_type_hints(kind).get(part)
    else:
        arguments = typing.get_args(kind)
        found = {dict: arguments[-1:], tuple: arguments[:1]}.get(typing.get_origin(kind), (None,))[0]
    if typing.get_origin(found) in (typing.Union, types.UnionType):
        return typing.get_args(found)
    return () if found is None else (found,)


def _refuse_bare(key: str, owner: str) -> None:
    """Raise ValueError for the last part of a key alone, and say whose it may be."""
    if "." in key or key in Config.__dataclass_fields__:
        return
    options = {name: kind for name, kind in typing.get_type_hints(Config).items() if dataclasses.is_dataclass(kind)}
    sections = {"device": [*RANGE, *ANCHOR, *IMPERFECTIONS, *(name for law in LAWS.values() for name in law.keys)],
                "price": KEYS,
                **{name: kind.__dataclass_fields__ for name, kind in options.items()}}
    known = [f"{section}.{name}" for section, names in sections.items() for name in names]
    found = [name for name in known if name.partition(".")[2] == key]
    raise ValueError(f"{owner}: is not a key of the configuration{nearest(found[0] if found else key, known)}")


def _checked(values: Any, owner: str) -> tuple:
    if not values:
        raise ValueError(f"{owner}: the list is empty, so that the sweep has no points; give at least one value")
    if len(values) > LIMIT:
        raise ValueError(f"{owner}: {len(values):,} values exceed {LIMIT:,}; give fewer")
    for value in values:
        refuse_dates(value, owner)
    return tuple(values)


def refuse_dates(value: Any, owner: str) -> None:
    """Raise ValueError for dates and times, which TOML knows and no configuration."""
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        refuse_dates(inner, owner)
    if not isinstance(value, (bool, int, float, str, list, dict)):
        raise ValueError(f"{owner}: {value} is a date or a time, which no key takes; write a number or a text")


def _ends(ends: Any, scale: str, owner: str) -> tuple[float, float]:
    plain = isinstance(ends, list) and len(ends) == 2 and all(type(end) in (int, float) for end in ends)
    if not plain or not all(-math.inf < end < math.inf for end in ends):
        raise ValueError(f"{owner}: {scale} = {abbreviated(ends)}; give two finite numbers, the ends of the range")
    if scale == "log" and not (ends[0] > 0 and ends[1] > 0):
        raise ValueError(f"{owner}: log = {abbreviated(ends)}; ends of a logarithmic range must be positive, or use "
                         "linear")
    if not all(end == 0 or _SMALLEST <= abs(end) <= 1 / _SMALLEST for end in ends):
        raise ValueError(f"{owner}: {scale} = {abbreviated(ends)}; ends of a range are 0, or {_SMALLEST:g} to "
                         f"{1 / _SMALLEST:g} without their sign")
    return float(ends[0]), float(ends[1])
