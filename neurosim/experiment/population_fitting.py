"""A card from measured trains of several devices: a law is chosen on one of them, and fitted to each."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.experiment.card_fitting import CardFit, fitted
from neurosim.measurements.types import PulseTrains
from neurosim.memristor.device import Device, load_device
from neurosim.memristor.fitting import Programming, fit
from neurosim.memristor.fitting.measured import to_halve
from neurosim.memristor.fitting.population import Population, population
from neurosim.memristor.fitting.verdict import goodness_of_devices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neurosim.experiment.pipeline.display import Silence
    from neurosim.measurements.reading import Reading
    from neurosim.plots.style import Axes, Figure

_MOST, _FOLDS = 64, 2    #: devices that are fitted one by one, and parts held out where the law is known


def fitted_measurement(measured: Reading | PulseTrains, laws: Sequence[str], folds: int, display: Silence) -> CardFit:
    """Fit what was measured, device by device where there are several; returns CardFit, see `fitted`."""
    if isinstance(measured, PulseTrains):
        return fitted(measured, laws, folds, display)
    return fitted_devices(measured, laws, folds, display) if len(measured.devices) > 1 else \
        fitted(measured.trains, laws, folds, display)


def fitted_devices(reading: Reading, laws: Sequence[str], folds: int, display: Silence) -> PopulationFit:
    """Choose a law on the device with the most pulses, and fit it to every device of a Reading; returns PopulationFit.

    raises : ValueError for more than 64 devices, and for a device without trains of both directions or with too few
        pulses; FitError where a law cannot be fitted
    """
    devices = {label: reading.trains_of(label) for label in reading.devices}
    if len(devices) > _MOST:
        raise ValueError(f"{reading.trains.source}: {len(devices)} devices are more than the {_MOST} that are fitted "
                         "one by one; give the files of fewer")
    largest = max(devices, key=lambda label: sum(map(len, (*devices[label].up, *devices[label].down))))
    first = fitted(devices[largest], laws, folds, display)
    fits = {}
    for done, (label, trains) in enumerate(devices.items()):
        display.advance("fitting", done, len(devices), f"device {label}")
        fits[label] = first.best if label == largest else fit(trains, laws=[first.best.law], folds=_FOLDS)[0]
    display.close()
    return PopulationFit(reading.trains, first.fits, first.failed, population(fits), largest)


@dataclass(frozen=True)
class PopulationFit(CardFit):
    """What trains of several devices say; `fits` are those of the device on which the law was chosen.

    trains : PulseTrains of all devices; devices : Population; chosen_on : label of that device
    """

    devices: Population
    chosen_on: str

    @property
    def values(self) -> dict[str, Any]:
        """Means and spreads by key, SI units; tuples for nodes."""
        return self.devices.values

    @property
    def intervals(self) -> dict[str, Any]:
        """Their 95 % intervals (low, high), tuples of these for nodes."""
        return self.devices.intervals

    @property
    def goodness(self) -> str:
        """How well the law describes the devices."""
        return goodness_of_devices(self.devices.fits)

    @property
    def advice(self) -> str:
        """Number of devices that would halve the intervals of the spreads."""
        return to_halve(len(self.devices.fits) - 1, "devices", "the spreads")

    def remarks(self) -> list[str]:
        """Return sentences on what the trains do not tell, of the device on which the law was chosen and of all."""
        return [f"law chosen on device {self.chosen_on}, fitted to {len(self.devices.fits)} devices, one by one",
                *super().remarks(), *self.devices.remarks]

    def report(self) -> dict[str, Any]:
        """Return all of it as plain values, SI units."""
        each = {label: {key: {"value": value, "interval": fit.intervals[key]} for key, value in fit.values.items()}
                for label, fit in self.devices.fits.items()}
        return super().report() | {"devices": each, "chosen_on": self.chosen_on}

    def card(self, stem: str, name: str, citation: str, programming: Programming) -> tuple[str, Device]:
        """Return the text of the card stem.toml, and the Device that it reads back as.

        Raises ValueError where it cannot be.
        """
        text = self.devices.card_text(name, citation, programming)
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(folder) / f"{stem}.toml"
            draft.write_text(text, encoding="utf-8")
            return text, load_device(draft)

    def figure(self, device: Device, panel: str | None = None, ax: Axes | None = None,
               width: float | None = None) -> Figure:
        """Draw the trains of all devices, the fit of each, and devices of the card; as `CardFit.figure` does."""
        from neurosim.plots import fit_figure, fit_panel
        fits = self.devices.fits.values()
        trains = PulseTrains(up=[train for fit in fits for train in fit.trains.up],
                             down=[train for fit in fits for train in fit.trains.down], source=self.trains.source)
        curves = {side: [curve for fit in fits for curve in fit.curves[side]] for side in ("up", "down")}
        scores = {found.law: found.held_out for found in self.fits}
        if panel is None and ax is None:
            return fit_figure(device, trains, curves, scores, self.ties,
                              [self.goodness, self.advice, *self.remarks()], width)
        return fit_panel(device, trains, curves, scores, panel or "response", ax, width, self.ties).figure
