"""Figures of run files and of devices. The only place that imports matplotlib, and only when something is drawn."""

from neurosim.plots.ablation import ablation_figure, ablation_panel
from neurosim.plots.devices import device_figure, device_panel
from neurosim.plots.energy import energy_figure, energy_panel
from neurosim.plots.fits import fit_figure, fit_panel
from neurosim.plots.runs import run_figure, run_panel
from neurosim.plots.style import COLOURS, rendered, save, write
from neurosim.plots.sweeps import sweep_figures, sweep_panel

__all__ = ["COLOURS", "ablation_figure", "ablation_panel", "device_figure", "device_panel", "energy_figure",
           "energy_panel", "fit_figure", "fit_panel", "rendered", "run_figure", "run_panel", "save", "sweep_figures",
           "sweep_panel", "write"]
