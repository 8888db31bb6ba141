"""Numbers that were measured one quantity at a time, added to a card."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.measurements.cycling import read_cycling
from neurosim.measurements.pulsed import read_pulsed
from neurosim.measurements.reading import read
from neurosim.measurements.series import Series, of_trains, read_series
from neurosim.measurements.stated import Stated
from neurosim.measurements.voltage_sweeps import read_sweeps
from neurosim.memristor.device import IMPERFECTIONS, Device, device_path, load_device
from neurosim.memristor.fitting.ageing import drift, read_noise, stuck
from neurosim.memristor.fitting.current_voltage import Curve, current_voltage
from neurosim.memristor.fitting.endurance import Window, endurance
from neurosim.memristor.fitting.measured import Measured
from neurosim.memristor.fitting.step_voltage import Pulses, step_voltage
from neurosim.memristor.fitting.telegraph import telegraph
from neurosim.memristor.si_format import quantity
from neurosim.toml import read_toml, to_toml

if TYPE_CHECKING:
    from neurosim.plots.style import Axes, Figure

Files = Sequence[Path | str]
_NAMED = 3    #: files that the source of a number names
_UNEVEN, _FEW = 0.5, 0.05    #: part by which distances of reads differ, and part of the reads that may


@dataclass(frozen=True, kw_only=True)
class Addition:
    """What files say about one quantity of a card.

    quantity : one of QUANTITIES; base : card that it is added to, name or path
    measured : Measured, the numbers with their intervals, and what was read
    """

    quantity: str
    base: str | Path
    measured: Measured

    def card(self, stem: str) -> tuple[str, Device]:
        """Return text of the card stem.toml with the numbers, and its Device; raises ValueError where it is not sound.
        """
        return added(self.base, self.measured, stem)

    def figure(self, title: str, ax: Axes | None = None, width: float | None = None) -> Figure:
        """Draw what was read and what fits it, on axes or alone [inches]; returns the Figure of matplotlib."""
        from neurosim.plots.series import series_figure, series_panel
        if ax is None:
            return series_figure(title, self.measured, width)
        return series_panel(title, self.measured, ax, width).figure


def addition(quantity: str, files: Files, card: str | Path, stated: Stated) -> Addition:
    """Read files and find what they say of one of QUANTITIES.

    card : that it is to be added to; stated : what the files do not say
    returns : Addition; raises : ValueError
    """
    owner = ", ".join(Path(file).name for file in files[:_NAMED])
    return Addition(quantity=quantity, base=card, measured=QUANTITIES[quantity](files, stated, card, owner))


def added(card: str | Path, found: Measured, stem: str) -> tuple[str, Device]:
    """Put measured numbers on a card in place of those that it has; returns its text, and the Device stem.toml.

    card : name of one that ships, or path; raises : ValueError where the card would not be sound
    """
    table = read_toml(device_path(card))
    for key in found.instead:
        table["values"].pop(key, None)
    for key, value in found.values.items():
        low, high = found.intervals[key]
        label = f"measured_{key}"
        table["sources"][label] = f"measured: {found.source}, 95 % interval {low:.4g} ... {high:.4g}"
        table["values"][key] = {"value": float(value), "unit": IMPERFECTIONS[key].unit, "source": label}
    cited = {number["source"] for number in table["values"].values()}
    table["sources"] = {label: text for label, text in table["sources"].items() if label in cited}
    text = to_toml({**found.texts, **{key: value for key, value in table.items() if key not in found.texts}})
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / f"{stem}.toml"
        draft.write_text(text, encoding="utf-8")
        return text, load_device(draft)


def lines_of(found: Measured) -> Iterator[str]:
    """What was found as lines of text: numbers with intervals, how well they fit, what would tell more."""
    yield found.source
    for key, value in found.values.items():
        unit = IMPERFECTIONS[key].unit
        low, high = (quantity(end, unit, 4) for end in found.intervals[key])
        between = f" ({low} to {high})" if low != high else ""
        yield f"  {key:<12}  {quantity(value, unit, 4)}{between}  {IMPERFECTIONS[key].text}"


def _read_noise(files: Files, stated: Stated, card: str | Path, owner: str) -> Measured:
    return read_noise([one.values for one in read_series(files, stated)], owner)


def _drift(files: Files, stated: Stated, card: str | Path, owner: str) -> Measured:
    pairs = []
    for one in read_series(files, stated):
        if one.times is None:
            raise ValueError(f"{owner}: holds no times; drift needs a column of times after the last pulse, name it "
                             "time or use --columns time ...")
        timed = np.isfinite(one.times)
        pairs.append((one.times[timed], one.values[timed]))
    return drift(pairs, owner)


def _stuck(files: Files, stated: Stated, card: str | Path, owner: str) -> Measured:
    device = load_device(card)
    return stuck([one.values for one in of_trains(read(files, stated))], device["g_min"], device["g_max"], owner)


def _endurance(files: Files, stated: Stated, card: str | Path, owner: str) -> Measured:
    return endurance([Window(one.pulses, one.high - one.low) for one in read_cycling(files, stated)], owner)


def _telegraph(files: Files, stated: Stated, card: str | Path, owner: str) -> Measured:
    series = read_series(files, stated)
    return telegraph([one.values for one in series], [_distance(one, owner) for one in series], owner)


def _distance(series: Series, owner: str) -> float | None:
    """Time from read to read [s], None where it is not known; raises ValueError where it is not the same."""
    if series.times is None or len(series.times) < 2:
        return None
    steps = np.diff(series.times)
    usual = float(np.median(steps))
    if np.mean(np.abs(steps - usual) > _UNEVEN * usual) > _FEW:
        raise ValueError(f"{owner}: reads of {series.label} are not at equal distances in time, {steps.min():g} to "
                         f"{steps.max():g} s; give a trace that was sampled evenly")
    return usual


def _current_voltage(files: Files, stated: Stated, card: str | Path, owner: str) -> Measured:
    return current_voltage([Curve(one.volts, one.amperes) for one in read_sweeps(files, stated)], owner)


def _step_voltage(files: Files, stated: Stated, card: str | Path, owner: str) -> Measured:
    devices = [Pulses(one.volts, one.siemens, one.widths) for one in read_pulsed(files, stated)]
    return step_voltage(devices, load_device(card), owner)


#: What can be measured for itself: functions from files, Stated, card and owner to Measured.
QUANTITIES: dict[str, Callable[[Files, Stated, str | Path, str], Measured]] = {
    "read-noise": _read_noise, "rtn": _telegraph, "drift": _drift, "stuck": _stuck, "endurance": _endurance,
    "iv": _current_voltage, "step-voltage": _step_voltage}
