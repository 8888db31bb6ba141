"""Sobol' indices of a sweep as a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurosim.experiment.sweep.sensitivity import Sensitivity
    from neurosim.experiment.sweep.table import SweepResults


def indices_of(results: SweepResults, measure: str) -> tuple[Sensitivity | None, str]:
    """Return sensitivity, or None and why there is none where somebody may expect it."""
    if results.method not in ("sobol", "saltelli"):
        return None, ""
    try:
        return results.sensitivity(measure), ""
    except ValueError as error:
        return None, str(error)


def plain(indices: Sensitivity) -> dict[str, Any]:
    """Return the indices as plain values."""
    return {"samples": indices.samples, "axes": {
        name: {"first": first, "first_interval": alone, "total": total, "total_interval": together}
        for name, first, alone, total, together in _rows(indices)}}


def _rows(indices: Sensitivity) -> Iterable[tuple]:
    return zip(indices.names, *(array.tolist() for array in (indices.first, indices.first_interval, indices.total,
                                                             indices.total_interval)))


def print_indices(indices: Sensitivity) -> None:
    """Print a table of the indices."""
    from neurosim.cli.terminal import print_table
    print(f"\nshare of the variance of {indices.measure}: alone, and with all interactions; 95 % intervals")
    print_table([["axis", "first order", "interval", "total", "interval"],
                 *([name, f"{first:.2f}", _ends(alone), f"{total:.2f}", _ends(together)]
                   for name, first, alone, total, together in _rows(indices))])
    print(f"{indices.remark}\n" if indices.remark else "")


def _ends(interval: Any) -> str:
    return f"{interval[0]:.2f} ... {interval[1]:.2f}"
