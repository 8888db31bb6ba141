"""Chip against baselines: who wins and by how much, and the spike rate at which they are equal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurosim.memristor.si_format import quantity
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.energy.baselines import Baseline
    from neurosim.energy.chip import Workload
    from neurosim.energy.ledger import Ledger

#: Components that are paid for in every time step, whether anything is sent or not.
_SILENT = ("neurons", "sram", "leak")


def compared(baseline: Baseline, joules: float) -> tuple[float, float] | None:
    """Return baseline over chip, at best and at worst: two ratios, or None where the chip takes nothing."""
    low, high = baseline.bounds
    return (low / joules, high / joules) if joules > 0 else None


def verdict(found: tuple[Baseline, ...], joules: float) -> dict[str, dict[str, tuple]]:
    """Return who wins, and by how much.

    found : Baselines; joules : of all samples on this chip [J]
    returns : dict from "less", "more" and "either" to {name: (smallest, largest ratio)}: the chip takes less than these
        at their best, more than these at their worst, or it depends on what they reuse
    """
    sorted_out: dict[str, dict[str, tuple]] = {"less": {}, "more": {}, "either": {}}
    for one in found:
        ratios = compared(one, joules)
        if ratios is not None:
            side = "less" if ratios[0] > 1 else "more" if ratios[1] < 1 else "either"
            sorted_out[side][one.name] = ratios
    return sorted_out


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """At which spike rate a chip takes as much as something else.

    rate : spikes of a unit in a time step of this run [1]; silent : what the chip takes without any spike [J]
    rates : dict from baseline to the rates at which the chip equals it at best and at worst [1]; None where no rate is
        low enough
    """

    rate: float
    silent: float
    rates: dict


def break_even(workload: Workload, ledger: Ledger, found: tuple[Baseline, ...]) -> BreakEven | None:
    """Spike rate below which this chip beats the dense networks; BreakEven of one sample, or None without spikes.

    What events cost is taken to go with the spike rate: E(r) = E_silent + (E - E_silent) r / r_0, so that
    r = r_0 (E_other - E_silent) / (E - E_silent). Reads of tiles saturate, so that lower rates cost a little more.

    ledger : Ledger of the workload; found : its Baselines, of which those that make passes are compared
    """
    chances = workload.steps * sum(workload.chip.layers.values())
    rate = sum(counts.signals.get(layer, 0) for counts in workload.phases.values()
               for layer in workload.chip.layers) / chances if chances else 0.0
    parts = ledger.by("component")
    silent = sum(parts.get(name, 0.0) for name in _SILENT)
    events = sum(joules for name, joules in parts.items() if name not in _SILENT)
    if not (rate > 0 and events > 0):
        return None

    def at(joules: float) -> float | None:
        left = joules / workload.samples - silent
        return rate * left / events if left > 0 else None
    return BreakEven(rate=rate, silent=silent, rates={one.name: tuple(map(at, one.bounds))
                                                      for one in found if one.passes})


def verdict_sentences(found: tuple[Baseline, ...], joules: float) -> Iterator[str]:
    """Yield the verdict in words; arguments as for `verdict`."""
    sides = verdict(found, joules)
    for side, beginning in (("less", "this chip takes less than"), ("more", "this chip takes more than")):
        if sides[side]:
            yield f"{beginning} {'; '.join(_told(name, ratios) for name, ratios in sides[side].items())}"
    if sides["either"]:
        yield f"it depends on what they reuse: {'; '.join(_ranged(*one) for one in sides['either'].items())}"
    if not found or joules <= 0:
        yield "this chip needs no energy with this card, so that no ratio can be given"


def break_even_sentences(found: BreakEven, bits: int) -> Iterator[str]:
    """Yield the break-even of a run in words.

    found : BreakEven, or None; bits : of the equivalent quantised network
    """
    if found is None:
        yield "no break-even: what this chip takes does not depend on its spikes"
        return
    name = f"quantised network of {counted(bits, 'bit')}"
    best, worst = found.rates[name]
    silent = f"{quantity(found.silent, 'J', 3)} of this chip are paid for without a single spike"
    if best is None and worst is None:
        yield f"no break-even with the {name}: {silent}, more than it takes at worst"
    else:
        yield (f"break-even with the {name}, in spikes of a unit in a time step: {_below(best)} against it at best, "
               f"{_below(worst)} at worst; this run has {found.rate:.2%}; {silent}")


def _below(rate: float) -> str:
    if rate is None:
        return "no rate is low enough"
    return f"below {rate:.2%}" if rate < 1 else "at any rate"


def _told(name: str, ratios: tuple[float, float]) -> str:
    """Return "name (2 to 3 times)": how many times the larger is the smaller."""
    factors = sorted(ratio if ratio >= 1 else 1 / ratio if ratio > 0 else float("inf") for ratio in ratios)
    return f"{name} ({' to '.join(dict.fromkeys(f'{factor:.3g}' for factor in factors))} times)"


def _ranged(name: str, ratios: tuple[float, float]) -> str:
    return f"{name} ({' to '.join(f'{ratio:.3g}' for ratio in ratios)} times this chip)"
