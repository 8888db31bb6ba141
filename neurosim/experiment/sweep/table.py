"""The results of a sweep: labelled arrays, and CSV."""

from __future__ import annotations

import contextlib
import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.experiment.sweep import sensitivity
from neurosim.experiment.sweep.store import Store
from neurosim.results.atomic_write import atomic_write
from neurosim.summaries import Summarised, Summary
from neurosim.toml import value_text
from neurosim.whole import counted

if TYPE_CHECKING:
    from pandas import DataFrame

    from neurosim.experiment.sweep.sensitivity import Sensitivity
    from neurosim.experiment.sweep.store import Survey


_LISTED, _FAILED = 8, 3    #: values of an axis, and failed points, that a summary shows


@dataclass(frozen=True, repr=False)
class SweepResults(Summarised):
    """The results of a sweep as arrays with named dimensions.

        sweep = neurosim.open_sweep("c2c")
        sweep["test_error"]                   # (len(axes["device.c2c"]), len(axes["seed"]))

    name, method : of the sweep
    dims : names of the dimensions: the keys of the axes of a grid, or "point" where the method is not a grid; then
        "seed", unless that is an axis itself
    axes : dict from key to the values along its dimension; keys of axes that are not a grid lie along "point"
    results : dict from name to float array in `dims`; NaN where a point is not done
    states : array of str in `dims`: "done", "failed", or "" for a point without a row
    ids : array of str in `dims`, names of the run files points/ID.h5; "" for a point without a row
    errors : dict from id to the text of what failed
    scales : dict from key to "linear" or "log", how its range was divided or drawn from, or "" for a list
    damaged : dict from the name of a file of a row that does not count to what is wrong with it
    design : indices along "point" of the rows of Saltelli's design, int (axes + 2, samples); None for other methods
    """

    name: str
    method: str
    dims: tuple
    axes: dict
    results: dict
    states: np.ndarray
    ids: np.ndarray
    errors: dict
    scales: dict = field(default_factory=dict)
    design: np.ndarray | None = None
    damaged: dict = field(default_factory=dict)

    def __getitem__(self, name: str) -> np.ndarray:
        """A result by its name, float in `dims`; raises KeyError."""
        return self.results[name]

    def summary(self) -> Summary:
        """Return the Summary: how far the sweep is, its axes, and the names of its results."""
        counts = {state: int((self.states == state).sum()) for state in ("done", "failed")}
        rows = [("axis", "values"), *((key, _listed(values)) for key, values in self.axes.items())]
        failed = [f"failed: {name}: {text}" for name, text in list(self.errors.items())[:_FAILED]]
        return Summary(heading=f"Sweep {self.name} ({self.method}): {counts['done']:,} of "
                               f"{counted(self.states.size, 'point')} done, {counts['failed']:,} failed", rows=rows,
                       remarks=[f"results over ({', '.join(self.dims)}): {', '.join(self.results) or 'none yet'}",
                                *failed])

    @property
    def units(self) -> dict:
        """Dict from the keys of `axes` and the names of `results` to their units; "1" for fractions and counts."""
        from neurosim.experiment.sweep.units import unit_of    # not above: devices bring kernels with them
        return {name: unit_of(name) for name in (*self.axes, *self.results) if name != "seed"}

    def sensitivity(self, measure: str = "test_error") -> Sensitivity:
        """Return first-order and total Sobol' indices of a measure; returns Sensitivity.

        raises : ValueError when the method is not "saltelli", or points are missing
        """
        return sensitivity.of_results(self, measure)

    def to_xarray(self) -> Any:
        """The same as an xarray.Dataset: results, states and ids over `dims`, axes as coordinates, units as attributes.

        raises : ValueError when xarray is not installed
        """
        from neurosim.experiment.sweep.labelled import dataset
        return dataset(self)

    def to_frame(self) -> DataFrame:
        """Return the same as a pandas.DataFrame with a row for each point: values of the axes, state, id, results.

        raises : ValueError when pandas is not installed
        """
        from neurosim.experiment.sweep.labelled import frame
        return frame(self)


def open_sweep(folder: Path | str) -> SweepResults:
    """Read the results of a sweep, finished or not, with numpy alone; returns SweepResults.

    folder : the one that `neurosim sweep` wrote to
    raises : ValueError when there is no sweep in it
    """
    return results_of(store := Store.open(folder), store.survey())


def results_of(store: Store, survey: Survey) -> SweepResults:
    """Return the same of a Store whose rows have been read."""
    about, rows = store.description, survey.rows
    shape, total = _dims(about), about["points"]
    indices = np.array([row["index"] for row in rows], int)
    names = list(dict.fromkeys(name for row in rows for name in row["results"]))

    def spread(values: Any, fill: Any, dtype: Any) -> np.ndarray:
        flat = np.full(total, fill, dtype)
        flat[indices] = values
        return flat.reshape(tuple(shape.values()))

    results = {name: spread([row["results"].get(name, math.nan) for row in rows], math.nan, float) for name in names}
    axes = {key: _values(values) for key, values in about["axes"].items()}
    axes.setdefault("seed", _values(about["seeds"]))
    states, ids = (spread([row[key] for row in rows], "", "U16") for key in ("state", "id"))
    return SweepResults(about["name"], about["method"], tuple(shape), axes, results, states, ids,
                        {row["id"]: row["error"] for row in rows if row["state"] == "failed"},
                        about["scales"], np.array(about["design"]) if "design" in about else None, survey.damaged)


def table_rows(store: Store, rows: list[dict]) -> Iterator[list]:
    """Yield the points with a row as lists of cells, numbers and text; the first is the header."""
    about = store.description
    keys = list(dict.fromkeys(["seed", *about["axes"]]))
    names = list(dict.fromkeys(name for row in rows for name in row["results"]))
    yield ["index", "id", "state", *keys, *names, "seconds", "error"]
    for row in rows:
        yield [row["index"], row["id"], row["state"], *(_cell(row["point"][key]) for key in keys),
               *(row["results"].get(name, "") for name in names), row["seconds"], row["error"]]


def write_csv(store: Store, rows: list[dict], path: Path) -> None:
    """Write all points with a row as CSV (RFC 4180), UTF-8; raises ValueError when it cannot be written."""
    text = io.StringIO()
    csv.writer(text).writerows(table_rows(store, rows))
    atomic_write(path, text.getvalue().encode())


def _listed(values: np.ndarray) -> str:
    """Return the values along an axis, shortened."""
    shown = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in values[:_LISTED].tolist()]
    return ", ".join([*shown, *([f"... {len(values):,} in all"] if len(values) > _LISTED else [])])


def _dims(about: dict[str, Any]) -> dict:
    """Return dict from dimension to length."""
    *lengths, repeats = about["shape"]
    names = list(about["axes"]) if about["method"] == "grid" else ["point"]
    return dict(zip(names, lengths)) | ({} if "seed" in names else {"seed": repeats})


def _values(values: Any) -> np.ndarray:
    kinds = {type(value) for value in values}
    if kinds == {int} and all(abs(value) < 2 ** 63 for value in values):
        return np.array(values)
    with contextlib.suppress(OverflowError):    # of an integer beyond all floats
        if kinds <= {int, float}:
            return np.array([float(value) for value in values])
    return np.array([str(_cell(value)) for value in values])


def _cell(value: Any) -> Any:
    """Return numbers and text as they are, everything else as TOML."""
    return value if isinstance(value, (int, float, str)) and not isinstance(value, bool) else value_text(value)
