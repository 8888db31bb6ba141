"""Figures of run files and of devices. The only place that imports matplotlib, and only when something is drawn."""

from neurosim.plots.devices import device_figure
from neurosim.plots.fits import fit_figure
from neurosim.plots.runs import run_figure, run_panel
from neurosim.plots.style import COLOURS, rendered, save, write

__all__ = ["COLOURS", "device_figure", "fit_figure", "rendered", "run_figure", "run_panel", "save", "write"]
