"""The results of a sweep as an xarray Dataset, and as a DataFrame of pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pandas import DataFrame

    from neurosim.experiment.sweep.table import SweepResults


def dataset(results: SweepResults) -> Any:
    """Make an xarray.Dataset of SweepResults; see `SweepResults.to_xarray`."""
    try:
        import xarray
    except ImportError as error:
        raise ValueError('to_xarray: xarray is not installed; write pip install "neurosim-ep[analysis]"') from error
    dims, arrays = results.dims, {**results.results, "state": results.states, "id": results.ids}
    if dims[0] == "point" and len(results.axes["seed"]) == len(results.states) > results.states.shape[-1]:
        dims, arrays = dims[:1], {name: array[:, 0] for name, array in arrays.items()}    # the seed is drawn as well
    units = results.units
    coordinates = {key: ((key if key in dims else "point",), values, _units(units, key))
                   for key, values in results.axes.items()}
    return xarray.Dataset({name: (dims, array, _units(units, name)) for name, array in arrays.items()}, coordinates,
                          {"name": results.name, "method": results.method})


def frame(results: SweepResults) -> DataFrame:
    """Make a DataFrame of SweepResults, a row for each point; see `SweepResults.to_frame`."""
    try:
        import pandas
    except ImportError as error:
        raise ValueError('to_frame: pandas is not installed; write pip install "neurosim-ep[analysis]"') from error
    places = np.indices(results.states.shape).reshape(results.states.ndim, -1)
    at = dict(zip(results.dims, places))
    lengths = dict(zip(results.dims, results.states.shape))
    keys = {key: values[at[key if len(values) == lengths.get(key) else "point"]]
            for key, values in results.axes.items()}
    columns = {**keys, "state": results.states.ravel(), "id": results.ids.ravel(),
               **{name: values.ravel() for name, values in results.results.items()}}
    return pandas.DataFrame(columns)


def _units(units: dict[str, str], name: str) -> dict:
    return {"units": units[name]} if name in units else {}
