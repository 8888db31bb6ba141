"""An improvement as text for people, and as plain values for JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from neurosim.alignment import aligned
from neurosim.experiment.improvement.verdict import verdict
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.experiment.ablation import Ablation
    from neurosim.experiment.improvement.outcome import Contrast, Improvement, Remedy

_WIDTH = 118


def lines(found: Improvement, transfer: Ablation | None = None, rule: str = "") -> Iterator[str]:
    """Yield the verdict, and a table of what it rests on.

    transfer : what the imperfections cost without retraining; rule : pulse rule of the configuration
    """
    for sentence in verdict(found, rule):
        yield from textwrap.wrap(sentence, _WIDTH)
    yield ""
    carried = {effect.name: f"{effect.among.cost:+.2%}" for effect in transfer.effects} if transfer else {}
    head: list[tuple[str, ...]] = [("", "removed", "", "", "", "alone", "", "", ""),
                                   ("imperfection", *("error", "costs", "95 % interval", "p (Holm)") * 2)]
    rows = [_row(remedy) for remedy in found.remedies]
    if transfer:
        head = [(*head[0], "written only"), (*head[1], "costs")]
        rows = [(*row, carried.get(remedy.name, "-")) for row, remedy in zip(rows, found.remedies)]
    yield from aligned([*head, *rows], indent="  ")
    yield ""
    for text in _remarks(found, transfer):
        yield from textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _row(remedy: Remedy) -> tuple[str, ...]:
    mark = "*" if remedy.among.others or remedy.alone.others else ""
    return (remedy.name + mark, f"{remedy.among.off:.2%}", *_cost(remedy.among), f"{remedy.alone.on:.2%}",
            *_cost(remedy.alone))


def _cost(contrast: Contrast) -> tuple[str, str, str]:
    one = contrast.difference
    chance = "< 0.001" if one.holm < 0.001 else f"{one.holm:.3f}"
    return f"{one.mean:+.2%}", f"{one.low:+.2%} to {one.high:+.2%}", chance


def _remarks(found: Improvement, transfer: Ablation | None) -> Iterator[str]:
    epochs = f" {found.epochs} times" if found.epochs > 1 else ""
    yield (f"All imperfections {found.together.on:.2%}, none {found.together.off:.2%}: every chip was retrained, "
           f"{counted(found.images, 'image')}{epochs} with {counted(found.seeds, 'seed')}, and classified "
           f"{found.samples:,}.")
    yield ("costs: what the imperfection adds to the error, among all others and alone. Seeds are compared in pairs, "
           "and intervals are of other seeds and other test images; the scatter of few seeds is shrunk towards that of "
           f"all (Smyth 2004). {counted(found.compared, 'difference was', 'differences were')} compared; p (Holm) "
           "below 0.05 holds for all of them together.")
    if transfer:
        yield ("written only: what it adds where a learnt network is written to a fresh chip that does not learn, "
               f"{counted(transfer.samples, 'image')}; see evaluate --ablate.")
    for remedy in found.remedies:
        if remedy.alone.others:
            yield f"* {remedy.name} alone: beside {' and '.join(remedy.alone.others)}, on in both."
        if remedy.among.others:
            yield f"* {remedy.name} removed: {' and '.join(remedy.among.others)} off in both."


def plain(found: Improvement, transfer: Ablation | None = None, rule: str = "") -> dict[str, Any]:
    """Return the same as plain values; errors are fractions."""
    carried = {effect.name: asdict(effect.among) for effect in transfer.effects} if transfer else {}
    return {"verdict": verdict(found, rule), "seeds": list(found.seeds), "images": found.images,
            "epochs": found.epochs, "samples": found.samples, "compared": found.compared,
            "seeds_needed": found.needed, "failed": list(found.failed), "together": _contrast(found.together),
            "joint": [{"names": list(one.names), "errors": list(one.errors), **asdict(one.difference),
                       "told": one.difference.told} for one in found.joint],
            "imperfections": [{"name": remedy.name, "off": remedy.changes, "taken_away": _contrast(remedy.among),
                               "alone": _contrast(remedy.alone), "written_only": carried.get(remedy.name)}
                              for remedy in found.remedies]}


def _contrast(contrast: Contrast) -> dict[str, Any]:
    return {"on": contrast.on, "off": contrast.off, "others": list(contrast.others), **asdict(contrast.difference),
            "told": contrast.difference.told}
