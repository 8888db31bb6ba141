"""Results of sweeps with numbers that are given, as `neurosim.open_sweep` would return them."""

import numpy as np
import pytest

from neurosim.experiment.sweep.table import SweepResults


def _results(method, dims, axes, results, scales, design):
    states = np.where(np.isfinite(next(iter(results.values()))), "done", "")
    return SweepResults("a sweep", method, dims, {key: np.asarray(values) for key, values in axes.items()},
                        results, states, np.full(states.shape, "0" * 16), {}, scales, design)


@pytest.fixture
def grid_of():
    """Function from axes and arrays (..., seeds) to the results of a grid."""
    def make(axes, scales=None, **results):
        seeds = next(iter(results.values())).shape[-1]
        return _results("grid", (*axes, "seed"), {**axes, "seed": range(seeds)}, results, scales or {}, None)
    return make


@pytest.fixture
def points_at():
    """Function from a method, axes and arrays (points, seeds) to the results of a sweep that is not a grid."""
    def make(method, axes, scales=None, design=None, **results):
        seeds = next(iter(results.values())).shape[-1]
        return _results(method, ("point", "seed"), {**axes, "seed": range(seeds)}, results, scales or {}, design)
    return make
