"""What an ablation found, as text for people and as plain values."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from neurosim.alignment import aligned
from neurosim.confidence import wilson

if TYPE_CHECKING:
    from neurosim.experiment.ablation import Ablation, Effect, Side

_WIDTH = 118
_CHIPS = {"own": "the run's own chip, as it is stored", "numbers": "learnt weights as numbers, no circuit",
          "none": "fresh chip, no imperfection", "all": "fresh chip, all imperfections"}


def ablation_report(found: Ablation) -> dict[str, Any]:
    """Return an Ablation as plain values; errors are fractions."""
    return {"samples": found.samples, "epochs": found.epochs, "warnings": list(found.warnings),
            "chips": {chip: {"error": error, "interval": list(wilson(error, found.samples))}
                      for chip, error in found.errors.items()},
            "imperfections": [{"name": effect.name, "cost": effect.cost, "off": effect.changes,
                               "alone": vars(effect.alone), "among_all": vars(effect.among)}
                              for effect in found.effects]}


def ablation_lines(found: Ablation) -> Iterator[str]:
    """Yield errors of the chips, costs of the imperfections, and what they mean."""
    rows = [("", "error", "95 % interval")]
    for chip, text in _CHIPS.items():
        low, high = wilson(found.errors[chip], found.samples)
        rows.append((text, f"{found.errors[chip]:.2%}", f"{low:.2%} to {high:.2%}"))
    yield from aligned(rows, indent="  ")
    yield ""
    yield from aligned([("", "on alone", "", "", "off alone", "", ""),
                        ("imperfection", "error", "costs", "95 % interval", "error", "costs", "95 % interval"),
                        *(_row(effect) for effect in found.effects)], indent="  ")
    yield ""
    yield from _remarks(found)


def _row(effect: Effect) -> tuple[str, ...]:
    mark = "*" if effect.alone.others or effect.among.others else ""
    alone, among = effect.alone, effect.among
    return (effect.name + mark, f"{alone.on:.2%}", *_cost(alone), f"{among.off:.2%}", *_cost(among))


def _cost(side: Side) -> tuple[str, str]:
    return f"{side.cost:+.2%}", f"{side.low:+.2%} to {side.high:+.2%}"


def _remarks(found: Ablation) -> Iterator[str]:
    yield from _wrapped("costs: what the imperfection adds to the error; on alone, to a chip without any other; off "
                        "alone, to the chip with all others. Sorted by the mean of the two.")
    yield from _wrapped("Intervals of costs compare the same images in pairs (Bonett, Price 2012), those of errors are "
                        "Wilson's; another chip of the same kind is not in them.")
    for effect in found.effects:
        if effect.alone.others:
            yield from _wrapped(f"* {effect.name} alone: beside {' and '.join(effect.alone.others)}, on in both.")
        if effect.among.others:
            yield from _wrapped(f"* {effect.name} off: {' and '.join(effect.among.others)} off in both.")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
