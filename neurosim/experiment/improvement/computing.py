"""Computes rows of points, wherever they are computed, until it is wished to stop."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.experiment.improvement import points
from neurosim.experiment.sweep.measures import conclude
from neurosim.experiment.sweep.point import compute
from neurosim.experiment.sweep.running import compute_points, executor_for

if TYPE_CHECKING:
    from neurosim.experiment.config import Config
    from neurosim.experiment.sweep.store import Store


class Computing:
    """Computes points, until it is wished to stop or the time is over; those of other folders are taken over.

    jobs, dask : see `executor_for`; observe : called with the Tally; wished : whether to stop
    measures : function that makes the results of a learnt network, see `compute`
    """

    def __init__(self, jobs: int | None, dask: str | None, observe: Callable, wished: Callable[[], bool],
                 measures: Callable = conclude) -> None:
        self.jobs, self.dask, self.observe, self.wished, self.measures = jobs, dask, observe, wished, measures
        self._stores: dict[Path, Store] = {}

    def __call__(self, folder: Path, config: Config, rows: list[dict[str, Any]]) -> Store:
        """Compute the rows that nobody has computed yet, one at least; returns their Store."""
        sweep, store = points.begin(folder, config, rows)
        points.take_over(sweep, store, [other for where, other in self._stores.items() if where != folder])
        self._stores[folder] = store
        if len(store.rows()) < len(sweep) and not self.wished():
            executor, work = executor_for(partial(compute, conclude=self.measures), self.jobs, self.dask)
            compute_points(sweep, store, work, executor, self.observe, self.wished)
        return store


def done(store: Store) -> list[dict[str, Any]]:
    """Rows of the points that are done."""
    return [row for row in store.rows() if row["state"] == "done"]
