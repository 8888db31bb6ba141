"""What a run costs: what it counted, priced, beside other hardware."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.energy import compared, priced
from neurosim.energy.summing import beside, by_label
from neurosim.experiment import pricing

if TYPE_CHECKING:
    from neurosim.energy import Ledger, Priced
    from neurosim.energy.baselines import Baseline
    from neurosim.energy.prices import PriceCard
    from neurosim.plots.style import Axes, Figure


@dataclass(frozen=True)
class Bill:
    """What was counted, times what it costs.

    parts : dict from "inference" and "training", where they were counted, to Priced; prices : PriceCard of the chip
    """

    parts: dict[str, Priced]
    prices: PriceCard

    @property
    def initial(self) -> Ledger | None:
        """Programming before the first sample, a Ledger; None where nothing was programmed."""
        return next((part.initial for part in self.parts.values() if part.initial.lines), None)

    @property
    def node(self) -> str:
        """Node of the chip, in words."""
        return f"{self.prices.node:g} nm" if self.prices.node else "each circuit at its own node"

    def figure(self, name: str, width: float | None = None) -> Figure:
        """Draw energies by component beside other hardware, and maps of where they go.

        name : of the run; width : of the figure [inches]
        """
        from neurosim.plots.energy import energy_figure
        title = f"{name}, {self.prices.name}, {self.node}"
        return energy_figure(by_label(self.parts), beside(self.parts), title, width)

    def panel(self, panel: str, ax: Axes | None = None, width: float | None = None) -> Axes:
        """Draw one panel of the figure, see `neurosim.plots.energy_panel`; returns the axes."""
        from neurosim.plots.energy import energy_panel
        return energy_panel(by_label(self.parts), beside(self.parts), panel, ax, width)

    def report(self) -> dict[str, Any]:
        """Return all of it as plain values, SI units; energies are of one sample, counts of lines of all samples."""
        initial = self.initial
        return {"prices": self.prices.stem, "node_nm": self.prices.node,
                "initial_programming": initial and {"joules": initial.joules,
                                                    "lines": [line.as_dict() for line in initial.lines]},
                **{kind: _plain_part(part) for kind, part in self.parts.items()}}


def bill(path: Path | str, assignments: Sequence[str] = (), card: Path | str | None = None,
         node: float | None = None) -> Bill:
    """Price what a run file has counted; returns Bill.

    assignments : changes of [energy] and [price]; card : of prices, default: that of the run; node : of the chip [nm]
    raises : ValueError
    """
    prices = pricing.prices_of(pricing.repriced_config(path, assignments), card, node)
    others, counted = pricing.prices_elsewhere(prices), pricing.workloads(path, assignments)
    return Bill({kind: priced(workload, prices, others) for kind, workload in counted.items() if workload is not None},
                prices)


def _plain_part(part: Priced) -> dict[str, Any]:
    samples = part.workload.samples
    return {
        "samples": samples, "steps_per_sample": part.workload.steps / samples,
        "spikes_per_synapse": part.spikes_per_synapse, "break_even": part.break_even and vars(part.break_even),
        "verdict": list(part.verdict()),
        "baselines": [_plain_baseline(one, samples, part.first.joules) for one in part.baselines],
        "architectures": {way: {
            "joules_per_sample": ledger.per_sample, "by_component": ledger.by("component"),
            "by_component_and_phase": _nested(ledger.by("component", "phase")),
            "by_layer_and_direction": _nested(ledger.by("where", "direction")),
            "latency_seconds": {**vars(part.latencies[way]), "step": part.latencies[way].step},
            "area_m2": part.areas[way], "notes": list(ledger.notes),
            "lines": [line.as_dict() for line in ledger.lines]} for way, ledger in part.ledgers.items()}}


def _plain_baseline(one: Baseline, samples: int, joules: float) -> dict[str, Any]:
    low, high = one.bounds
    return {**vars(one), "arithmetic_joules_per_sample": one.joules / samples, "joules_per_sample": low / samples,
            "joules_per_sample_without_reuse": high / samples, "over_this_chip": compared(one, joules)}


def _nested(sums: dict) -> dict[str, dict]:
    nested: dict[str, dict] = {}
    for (first, second), value in sums.items():
        nested.setdefault(first, {})[second] = value
    return nested
