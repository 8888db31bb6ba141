"""What the report of a sweep is made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.plots.sweeps.points import measure_quantity, points_of

if TYPE_CHECKING:
    from neurosim.plots.sweeps.points import Quantity


_LONGEST = 60    #: characters of a value that figures and sentences show


@dataclass(frozen=True, kw_only=True)
class SweepFacts:
    """What the packages above know of a sweep, handed to the report.

    folder : name of its folder; title : of the page, any text
    about : dict, the content of sweep.json
    states : number of points by state, dict: total, done, failed, running, interrupted, waiting
    results : SweepResults, or anything with its attributes
    rows : list of dicts, one per point that is done or has failed: index, id, state, point, results, error, seconds
    origin : attributes of the run file of the best point; {} where there is none
    measure : name of the result by which points are compared, smaller is better
    """

    folder: str
    title: str
    about: dict
    states: dict
    results: Any
    rows: list
    origin: dict
    measure: str = "test_error"

    @cached_property
    def points(self) -> Any:
        """Points of the measure, for figures and statistics; None where no point is done."""
        found = self.results.results.get(self.measure)
        return None if found is None or not np.isfinite(found).any() else points_of(self.results, self.measure)

    @cached_property
    def quantity(self) -> Quantity:
        """Label and factor of the measure."""
        return measure_quantity(self.results, self.measure, self.points.found)

    @property
    def name(self) -> str:
        """Of the sweep."""
        return self.about["name"]

    @property
    def word(self) -> str:
        """The measure in words."""
        return self.quantity.label.partition(" [")[0]

    @property
    def unit(self) -> str:
        """Of the measure, as its values are shown."""
        return self.quantity.label.partition("[")[2].rstrip("]")

    def shown(self, value: float) -> str:
        """Return a value of the measure with its unit: "2.57%"."""
        if self.unit == "%":
            return f"{value:.2%}"
        return f"{value / self.quantity.factor:.4g}{'' if self.unit == '1' else f' {self.unit}'}"

    def difference(self, value: float) -> str:
        """Return a difference of two values of the measure with its unit."""
        return f"{100 * value:.2f} percentage points" if self.unit == "%" else self.shown(value)

    def spread(self, index: tuple) -> str:
        """Mean of the measure at a point with the range of its seeds, as text."""
        points = self.points
        there = int(np.isfinite(points.found[index]).sum())
        if there == 1:
            one = "one seed" if points.seeds == 1 else f"one of {points.seeds} seeds"
            return f"{self.shown(points.mean[index])} ({one})"
        of = f"{there} of {points.seeds} seeds" if there < points.seeds else f"{there} seeds"
        low, high = (self.shown(values[index]) for values in (points.low, points.high))
        return f"{self.shown(points.mean[index])} (mean of {of}, {low} to {high})"


def brief(results: Any) -> Any:
    """Return SweepResults whose texts are short enough for figures and sentences; those that are cut are numbered."""
    def cut(values: np.ndarray) -> np.ndarray:
        if values.dtype.kind != "U":
            return values
        distinct = list(dict.fromkeys(values.tolist()))
        return np.array([value if len(value) <= _LONGEST else f"{value[:_LONGEST]}… ({distinct.index(value) + 1})"
                         for value in values.tolist()])
    return replace(results, axes={key: cut(np.asarray(values)) for key, values in results.axes.items()})
