"""Fit a device card to measured pulse trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.calls.showing import Shown
from neurosim.calls.tables import Table
from neurosim.experiment.card_fitting import CardFit, chosen_laws, stated_programming, write_card
from neurosim.experiment.card_fitting_text import law_lines, said, value_lines
from neurosim.experiment.population_fitting import fitted_measurement
from neurosim.measurements.reading import Reading, read
from neurosim.measurements.stated import Stated
from neurosim.measurements.types import PulseTrains
from neurosim.memristor.fitting import refuse_folds
from neurosim.results import outputs
from neurosim.summaries import Printed
from neurosim.tables import abbreviated
from neurosim.whole import counted

if TYPE_CHECKING:
    from pandas import DataFrame

    from neurosim.memristor.device import Device
    from neurosim.plots.style import Axes, Figure

Measured = PulseTrains | str | Path | Sequence    #: trains, or files of them


class DeviceFit(Printed):
    """A device card that was fitted.

    device : the Device; law : its law of response; remarks : sentences on what the trains do not tell
    fit : CardFit, all laws with their numbers; path : of the card, None where it was not written
    """

    def __init__(self, fit: CardFit, device: Device, path: Path | None) -> None:
        self.fit, self.device, self.path = fit, device, path
        self.law, self.remarks = fit.best.law, fit.remarks()

    @property
    def values(self) -> Table:
        """Numbers of the law with their 95 % intervals, one row for each; NaN where an end is not determined."""
        rows = [(key, *row) for key, value in self.fit.values.items()
                for row in _rows(value, self.fit.intervals[key])]
        nothing = float("nan")
        return Table({"key": [key for key, *_ in rows], "value": [value for _, value, _ in rows],
                      **{name: [nothing if ends[place] is None else ends[place] for *_, ends in rows]
                         for place, name in enumerate(("low", "high"))}})

    @property
    def laws(self) -> Table:
        """All laws, the chosen one first: log-likelihood of held-out pulses and of all, per pulse [nat], and rms."""
        found = self.fit.report()["laws"]
        return Table({name: [law[name] for law in found] for name in found[0]},
                     {"residual_up": "S", "residual_down": "S"})

    def plot(self, *, panel: str | None = None, ax: Axes | None = None, width: float | None = None) -> Figure:
        """Draw what was measured and the fit; returns the Figure of matplotlib.

        panel : "response", "residuals", "steps" or "laws", on `ax` or alone; None = all; width : [inches]
        """
        return self.fit.figure(self.device, panel, ax, width)

    def to_frame(self) -> DataFrame:
        """Return `values` as a DataFrame of pandas."""
        return self.values.to_frame()

    def lines(self) -> list[str]:
        """Return the lines that `neurosim device fit` prints."""
        report = self.fit.report()
        return [*law_lines(report), "", *value_lines(report),
                *(f"{word}: {sentence}" for word, sentence in said(report))]


def fit_device(measured: Measured, out: str | Path | None = None, *, name: str | None = None,
               citation: str | None = None, laws: Sequence[str] = (), folds: int = 5,
               set_pulse: tuple[float, float] | None = None, reset_pulse: tuple[float, float] | None = None,
               read_voltage: float | None = None, stated: Stated | None = None, force: bool = False,
               progress: bool = True) -> DeviceFit:
    """Fit the laws of response to conductances measured after each pulse, as `neurosim device fit` does.

        found = neurosim.fit_device("measured.csv", out="mine.toml")
        run = neurosim.train("mnist-small", device="mine.toml")

    measured : file or files, whose devices are fitted one by one; PulseTrains; or (up, down), each a train or a list of
        trains of conductances [S]
    out : card to write, .toml; None writes none; force : replace a card that is there
    name, citation : of the device, and who measured it
    laws : fit these alone; folds : parts of the pulses that are held out
    set_pulse, reset_pulse : voltage [V] and duration [s]; read_voltage : [V]; by default what the files say, and
        where they say nothing it is assumed
    stated : Stated, what is known about the files beside their contents
    returns : DeviceFit
    raises : ValueError
    """
    refuse_folds(folds)
    path = None if out is None else outputs.checked_output("out", out, outputs.CARDS)
    if path is not None:
        outputs.refuse_replacing("out", str(out), [path], force)
    wanted, trains = chosen_laws(laws, "laws:"), _trains(measured, _stated(stated, read_voltage))
    found = fitted_measurement(trains, wanted, folds, Shown(progress))
    of_file = trains.pulses if isinstance(trains, Reading) else None
    programming = stated_programming(set_pulse, reset_pulse, read_voltage, of_file)
    told = citation or f"measured: {found.trains.source}", programming
    if path is None:
        _, device = found.card("fitted", name or "fitted", *told)
    else:
        device = write_card(found, path, None, name or path.stem, *told)
    return DeviceFit(found, device, path)


def _stated(stated: Stated | None, read_voltage: float | None) -> Stated:
    """Return what is known about files with the voltage of a call; raises ValueError where `stated` has another one."""
    if stated is None or read_voltage is None:
        return stated or Stated(read_voltage=read_voltage)
    if stated.read_voltage not in (None, read_voltage):
        raise ValueError(f"read_voltage: is {read_voltage:g} V, and that of stated {stated.read_voltage:g} V; give one")
    return replace(stated, read_voltage=read_voltage)


def _trains(measured: Measured, stated: Stated) -> Reading | PulseTrains:
    if isinstance(measured, PulseTrains):
        return measured
    if isinstance(measured, (str, Path)):
        return read([measured], stated)
    if not hasattr(measured, "__len__") or not len(measured):
        raise ValueError(f"measured: {abbreviated(measured)} holds no trains; give a file, files or (up, down)")
    if all(isinstance(file, (str, Path)) for file in measured):
        return read(list(measured), stated)
    if len(measured) != 2:
        raise ValueError(f"measured: {counted(measured, 'array is', 'arrays are')} no trains; give a file, or "
                         "(up, down), each a train or a list of trains of conductances [S]")
    up, down = ([side] if not len(side) or not hasattr(side[0], "__len__") else list(side) for side in measured)
    return PulseTrains(up=up, down=down, source="arrays")


def _rows(value: float | tuple, interval: tuple) -> list[tuple]:
    return list(zip(value, interval)) if isinstance(value, tuple) else [(value, interval)]
