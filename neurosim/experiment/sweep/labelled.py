"""The results of a sweep as an xarray Dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


def _units(units: dict[str, str], name: str) -> dict:
    return {"units": units[name]} if name in units else {}
