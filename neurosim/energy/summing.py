"""Everything that follows from one workload and its prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from neurosim.energy.area import area
from neurosim.energy.baselines import baselines, equivalent_bits, spikes_per_synapse
from neurosim.energy.chip import Workload
from neurosim.energy.latency import latency
from neurosim.energy.ledger import Ledger
from neurosim.energy.pricing import ARCHITECTURES, price, price_initial
from neurosim.energy.verdict import BreakEven, break_even, break_even_sentences, verdict_sentences
from neurosim.summaries import Fielded

if TYPE_CHECKING:
    from neurosim.energy.prices import PriceCard


@dataclass(frozen=True, kw_only=True, repr=False)
class Priced(Fielded):
    """One workload in joules, seconds and square metres.

    ledgers, latencies, areas : dict from the way to update to Ledger, Latency and areas by component [m2]
    initial : Ledger of the programming before the first sample, without lines where there was none
    baselines : tuple of Baseline; spikes_per_synapse : both directions [1]
    break_even : BreakEven, None for training and where spikes cost nothing
    """

    workload: Workload
    ledgers: dict
    latencies: dict
    areas: dict
    initial: Ledger
    baselines: tuple
    spikes_per_synapse: float
    break_even: BreakEven | None

    @property
    def first(self) -> Ledger:
        """Ledger of the first way to update, that of an inference."""
        return next(iter(self.ledgers.values()))

    def label(self, kind: str, way: str) -> str:
        """Return "training, digital", or "inference" where there is one way."""
        return f"{kind}, {way}" if len(self.ledgers) > 1 else kind

    def verdict(self) -> Iterator[str]:
        """Yield sentences on who wins and, for an inference, on the break-even."""
        yield from verdict_sentences(self.baselines, self.first.joules)
        if not self.workload.learns and self.first.joules > 0:
            yield from break_even_sentences(cast(BreakEven, self.break_even), equivalent_bits(self.workload))


def by_label(parts: Mapping[str, Priced]) -> dict[str, Ledger]:
    """Ledgers of priced workloads, by kind: dict from "inference", "training, digital" ... to Ledger."""
    return {part.label(kind, way): ledger for kind, part in parts.items() for way, ledger in part.ledgers.items()}


def beside(parts: Mapping[str, Priced]) -> dict[str, dict[str, tuple[float, ...]]]:
    """Bounds of the joules of a sample on other hardware: dict from the label of a first ledger to one by its name."""
    return {part.label(kind, next(iter(part.ledgers))):
            {one.name: tuple(bound / part.workload.samples for bound in one.bounds) for one in part.baselines}
            for kind, part in parts.items()}


def priced(workload: Workload, prices: PriceCard, others: PriceCard) -> Priced:
    """Price a workload: Priced.

    prices, others : PriceCards of the chip and of digital hardware; raises : ValueError
    """
    ways = ARCHITECTURES if workload.learns else ARCHITECTURES[:1]
    ledgers = {way: price(workload, prices, way) for way in ways}
    found = baselines(workload, others, prices)
    return Priced(
        workload=workload, ledgers=ledgers, latencies={way: latency(workload, prices, way) for way in ways},
        areas={way: area(workload.chip, prices, way if workload.learns else None, workload.products) for way in ways},
        initial=price_initial(workload, prices), baselines=found, spikes_per_synapse=spikes_per_synapse(workload),
        break_even=None if workload.learns else break_even(workload, ledgers[ways[0]], found))
