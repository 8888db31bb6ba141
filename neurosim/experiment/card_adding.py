"""Numbers that were measured one quantity at a time, added to a card."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.cards import card_path
from neurosim.measurements.reading import read
from neurosim.measurements.series import Series, of_trains, read_series
from neurosim.memristor.device import IMPERFECTIONS, Device, load_device
from neurosim.memristor.fitting.ageing import Measured, drift, read_noise, stuck
from neurosim.toml import read_toml, to_toml

if TYPE_CHECKING:
    from neurosim.measurements.stated import Stated
    from neurosim.plots.style import Axes, Figure

QUANTITIES = ("read-noise", "drift", "stuck")
_NAMED = 3    #: files that the source of a number names


@dataclass(frozen=True, kw_only=True)
class Addition:
    """What files say about one quantity of a card.

    quantity : one of QUANTITIES; base : card that it is added to, name or path
    series : list of Series that were read; measured : Measured, the numbers with their intervals
    """

    quantity: str
    base: str | Path
    series: list[Series]
    measured: Measured

    def card(self, stem: str) -> tuple[str, Device]:
        """Return text of the card stem.toml with the numbers, and its Device; raises ValueError where it is not sound.
        """
        return added(self.base, self.measured, stem)

    def figure(self, title: str, ax: Axes | None = None, width: float | None = None) -> Figure:
        """Draw the reads and what fits them, on axes or alone [inches]; returns the Figure of matplotlib."""
        from neurosim.plots.series import series_figure, series_panel
        reads, lines = [one.values for one in self.series], self.measured.lines
        times = [one.times for one in self.series if one.times is not None] if self.quantity == "drift" else None
        if ax is None:
            return series_figure(title, reads, lines, times, width)
        return series_panel(title, reads, lines, times, ax).figure


def addition(quantity: str, files: Sequence[str | Path], card: str | Path, stated: Stated) -> Addition:
    """Measure one of QUANTITIES in files; card : that it is to be added to; stated : what the files do not say.

    returns : Addition; raises : ValueError
    """
    series = of_trains(read(files, stated)) if quantity == "stuck" else read_series(files, stated)
    owner = ", ".join(Path(file).name for file in files[:_NAMED])
    return Addition(quantity=quantity, base=card, series=series, measured=_measured(quantity, series, card, owner))


def _measured(quantity: str, series: list[Series], card: str | Path, owner: str) -> Measured:
    if quantity == "read-noise":
        return read_noise([one.values for one in series], owner)
    if quantity == "stuck":
        device = load_device(card)
        return stuck([one.values for one in series], device["g_min"], device["g_max"], owner)
    pairs = [(one.times, one.values) for one in series if one.times is not None]
    if len(pairs) < len(series):
        raise ValueError(f"{owner}: holds no times; drift needs a column of times after the last pulse, name it time "
                         "or use --columns time ...")
    return drift(pairs, owner)


def added(card: str | Path, found: Measured, stem: str) -> tuple[str, Device]:
    """Put measured numbers on a card in place of those that it has; returns its text, and the Device stem.toml.

    card : name of one that ships, or path; raises : ValueError where the card would not be sound
    """
    table = read_toml(card_path(card))
    for key, value in found.values.items():
        low, high = found.intervals[key]
        label = f"measured_{key}"
        table["sources"][label] = f"measured: {found.source}, 95 % interval {low:.4g} ... {high:.4g}"
        table["values"][key] = {"value": float(value), "unit": IMPERFECTIONS[key].unit, "source": label}
    cited = {number["source"] for number in table["values"].values()}
    table["sources"] = {label: text for label, text in table["sources"].items() if label in cited}
    text = to_toml(table)
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / f"{stem}.toml"
        draft.write_text(text, encoding="utf-8")
        return text, load_device(draft)
