"""What a run costs on the chip, as tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.calls.overrides import assignments_of
from neurosim.calls.tables import Table
from neurosim.energy.summing import by_label
from neurosim.experiment.energy_bill import Bill, bill
from neurosim.summaries import Summarised, Summary

if TYPE_CHECKING:
    from pandas import DataFrame

    from neurosim.energy import Priced
    from neurosim.plots.style import Axes, Figure

_FIELDS = ("component", "where", "phase", "direction", "event", "count", "unit_price", "source")


class Energy(Summarised):
    """Joules, seconds and square metres of the events that a run has counted; a call estimates them with another card.

        run.energy.by_component, run.energy(prices="neurram-130nm", node=22).by_phase

    bill : Bill; joules_per_inference, joules_per_training_sample : [J], None where nothing of it was counted
    """

    def __init__(self, path: Path, found: Bill | None = None) -> None:
        self._path, self.bill = path, found or bill(path)

    def __call__(self, prices: str | Path | None = None, node: float | None = None, **overrides: Any) -> Energy:
        """Estimate the same with another card or other assumptions; returns Energy.

        prices : card with the energy per event, one that ships or a .toml file; node : of the chip [nm]
        overrides : keys of [energy] and [price], as energy={"half_select": 0.5} or price={"leakage": 0}
        raises : ValueError, also for other keys
        """
        return Energy(self._path, bill(self._path, assignments_of(overrides), prices, node))

    @property
    def joules_per_inference(self) -> float | None:
        """Energy of one inference [J]."""
        return self._per_sample("inference")

    @property
    def joules_per_training_sample(self) -> float | None:
        """Energy of learning from one sample, with the update that was simulated [J]."""
        return self._per_sample("training")

    @property
    def by_component(self) -> Table:
        """Joules of one sample by component of the chip, a column for each workload and way to update."""
        return self._by("component")

    @property
    def by_connection(self) -> Table:
        """The same by connection or layer."""
        return self._by("where")

    @property
    def by_phase(self) -> Table:
        """The same by phase."""
        return self._by("phase")

    @property
    def lines(self) -> Table:
        """Every line: count x unit price = joules of all samples, with its source."""
        rows = [(label, line) for label, ledger in by_label(self.bill.parts).items() for line in ledger.lines]
        return Table({"workload": [label for label, _ in rows],
                      **{name: [getattr(line, name) for _, line in rows] for name in _FIELDS},
                      "joules": [line.joules for _, line in rows]}, {"unit_price": "J", "joules": "J"})

    @property
    def times(self) -> Table:
        """Seconds of one sample and square metres of the chip, by workload and way to update."""
        rows = [(part.label(kind, way), part.latencies[way], sum(part.areas[way].values()))
                for kind, part in self.bill.parts.items() for way in part.ledgers]
        return Table({"workload": [label for label, *_ in rows], "seconds": [pace.sample for _, pace, _ in rows],
                      "step": [pace.step for _, pace, _ in rows], "slowest": [pace.slowest for _, pace, _ in rows],
                      "area": [area for *_, area in rows]}, {"seconds": "s", "step": "s", "area": "m2"})

    @property
    def report(self) -> dict[str, Any]:
        """All of it as plain values, what `neurosim energy --json` prints."""
        return self.bill.report()

    def plot(self, panel: str | None = None, ax: Axes | None = None, width: float | None = None) -> Figure:
        """Draw energies beside other hardware; returns the Figure of matplotlib.

        panel : "components", "baselines", "map inference" ..., on `ax` or alone; None = all; width : [inches]
        raises : ValueError for axes without a panel
        """
        from neurosim.plots.style import refuse_axes_alone
        refuse_axes_alone(ax, panel, "components")
        return self.bill.figure(self._path.name, width) if panel is None else self.bill.panel(panel, ax, width).figure

    def to_frame(self) -> DataFrame:
        """Return `lines` as a DataFrame of pandas."""
        return self.lines.to_frame()

    def _per_sample(self, kind: str) -> float | None:
        part: Priced | None = self.bill.parts.get(kind)
        return None if part is None else part.ledgers.get(part.workload.simulated, part.first).per_sample

    def _by(self, name: str) -> Table:
        sums = {label: ledger.by(name) for label, ledger in by_label(self.bill.parts).items()}
        names = list(dict.fromkeys(one for found in sums.values() for one in found))
        return Table({name: names, **{label: [found.get(one, 0.0) for one in names] for label, found in sums.items()}},
                     dict.fromkeys(sums, "J"))

    def summary(self) -> Summary:
        """Return the Summary: joules of one sample by component."""
        return replace(self.by_component.summary(), heading=f"energy per sample, card {self.bill.prices.stem}, "
                                                            f"{self.bill.node}")
