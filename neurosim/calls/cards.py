"""Device cards and measurements as calls: list, check, read, complete, import and export."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.calls.tables import Table
from neurosim.cards import card_names
from neurosim.exchange.checking import findings
from neurosim.experiment import card_exchange
from neurosim.experiment.card_adding import QUANTITIES, Addition, addition
from neurosim.experiment.chip import measured_table
from neurosim.measurements.reading import Reading, read
from neurosim.measurements.stated import Stated
from neurosim.memristor.derived import summary, travel_text
from neurosim.memristor.device import Device, load_device
from neurosim.results import outputs
from neurosim.results.atomic_write import atomic_write
from neurosim.summaries import Summarised, Summary
from neurosim.tables import nearest

if TYPE_CHECKING:
    from neurosim.plots.style import Axes, Figure


def devices() -> Table:
    """List the devices that ship: law of response, range [S], on/off ratio, pulses across the range, noise, source."""
    found = [summary(load_device(name)) for name in card_names()]
    nothing = float("nan")
    return Table({"name": [one["name"] for one in found], "law": [one["law"] for one in found],
                  "g_min": [one["g_min"] for one in found], "g_max": [one["g_max"] for one in found],
                  "on_off_ratio": [one["on_off_ratio"] or nothing for one in found],
                  "pulses": [travel_text(one["travel"]) for one in found],
                  "step_noise": [nothing if one["step_noise_of_range"] is None else one["step_noise_of_range"]
                                 for one in found],
                  "source": [one["source"] for one in found]}, {"g_min": "S", "g_max": "S"})


def check_device(card: str | Path | Device) -> Table:
    """List what a card assumes, leaves out, has beyond what is published, and cites badly.

        neurosim.check_device("my-device.toml")

    returns : Table with kind ("assumed", "missing", "unusual", "source"), key and text; no rows where there is nothing
    raises : ValueError where the card cannot be used
    """
    found = findings(card if isinstance(card, Device) else load_device(card))
    return Table({name: [getattr(one, name) for one in found] for name in ("kind", "key", "text")})


def read_measurement(*files: str | Path, stated: Stated | None = None) -> Reading:
    """Read what instruments wrote after each pulse, as `neurosim device read` does.

        neurosim.read_measurement("set.txt", "reset.txt", stated=Stated(unit="kohm")).trains

    files : of one measurement; stated : Stated of `neurosim.measurements.stated`, what the files do not say
    returns : Reading, whose `trains` `neurosim.fit_device` takes; raises : ValueError
    """
    if not files:
        raise ValueError("read_measurement: no file is named; give one or more")
    return read(list(files), stated or Stated())


class CardChange(Summarised):
    """A card to which measured numbers were added.

    device : the Device; values, intervals : dicts by key, SI units and 95 % intervals; goodness, advice : how well it
        fits, and the measurement that would tell more; remarks : sentences
    """

    def __init__(self, found: Addition, device: Device, title: str) -> None:
        self.found, self.device, self._title = found, device, title
        measured = found.measured
        self.values, self.intervals, self.remarks = measured.values, measured.intervals, measured.remarks
        self.goodness, self.advice = measured.goodness, measured.advice

    def plot(self, ax: Axes | None = None, width: float | None = None) -> Figure:
        """Draw the reads and what fits them, on axes or alone [inches]; returns the Figure of matplotlib."""
        return self.found.figure(self._title, ax, width)

    def summary(self) -> Summary:
        """Return the Summary: each number with its interval."""
        rows = [("key", "value", "low", "high"),
                *((key, *(f"{number:.4g}" for number in (value, *self.intervals[key])))
                  for key, value in self.values.items())]
        return Summary(heading=f"Device {self.device.stem}, {self.found.measured.source}", rows=rows, words=1,
                       remarks=[self.goodness, *self.remarks, self.advice])


def add_to_device(quantity: str, files: Sequence[str | Path] | str | Path, card: str | Path, out: str | Path, *,
                  stated: Stated | None = None, force: bool = False) -> CardChange:
    """Put a measured quantity on a card, as `neurosim device add` does.

        neurosim.add_to_device("read-noise", "reads.csv", card="mine.toml", out="mine-2.toml")

    quantity : "read-noise", "rtn", "drift", "stuck", "endurance", "iv" or "step-voltage"
    files : what was measured, see `neurosim device add --help`
    card : to begin with; out : card to write, .toml; force : replace a card that is there
    stated : Stated, what the files do not say
    returns : CardChange; raises : ValueError
    """
    if quantity not in QUANTITIES:
        raise ValueError(f"quantity {quantity!r}: unknown{nearest(quantity, QUANTITIES)}")
    path = _card("out", out, force)
    named = [files] if isinstance(files, (str, Path)) else list(files)
    found = addition(quantity, named, card, stated or Stated())
    text, device = found.card(path.stem)
    atomic_write(path, text.encode())
    return CardChange(found, device, f"{path.stem}: {quantity}")


def import_device(file: str | Path, out: str | Path, *, origin: str | None = None, data: str | None = None,
                  g_min: float | None = None, g_max: float | None = None, name: str | None = None,
                  citation: str | None = None, set_pulse: tuple[float, float] | None = None,
                  reset_pulse: tuple[float, float] | None = None, read_voltage: float | None = None,
                  force: bool = False) -> Device:
    """Make a card of a device of aihwkit, NeuroSim or CrossSim, as `neurosim device import` does.

    file : of the other simulator, or a folder with CrossSim's tables; out : card to write, .toml; its note says what a
        card cannot hold
    origin : "aihwkit", "neurosim" or "crosssim"; None = from what the file holds; data : which device of Cell.cpp
    g_min, g_max : conductances [S] of w_min and w_max of aihwkit
    set_pulse, reset_pulse : voltage [V] and duration [s], read_voltage : [V], where the file gives none
    returns : Device; raises : ValueError
    """
    path = _card("out", out, force)
    draft = card_exchange.draft_of(Path(file), origin, data=data, g_min=g_min, g_max=g_max)
    card_exchange.complete(draft, set_pulse, reset_pulse, read_voltage)
    text = card_exchange.card_of(draft, path.name, name or path.stem, citation)
    atomic_write(path, text.encode())
    return load_device(path)


def export_device(card: str | Path | Device, to: str, out: str | Path, *, tables: str | Path = ".",
                  force: bool = False) -> list[str]:
    """Write a card for aihwkit, NeuroSim or CrossSim, as `neurosim device export` does.

    to : "aihwkit" (.json), "neurosim" (.cpp) or "crosssim" (a folder, which is made); out : file or folder to write
    tables : folder of the measured steps of a card of the law "table"; force : replace what is there
    returns : what the other simulator cannot do, list of str; raises : ValueError
    """
    device = card if isinstance(card, Device) else load_device(card)
    place = card_exchange.place_of("out", out, to)
    found, losses = card_exchange.texts_of(device, measured_table(device, tables, "tables"), to, place)
    outputs.refuse_replacing("out", str(out), list(found), force)
    card_exchange.write(found)
    return losses


def _card(option: str, out: str | Path, force: bool) -> Path:
    path = outputs.checked_output(option, out, outputs.CARDS)
    outputs.refuse_replacing(option, str(out), [path], force)
    return path
