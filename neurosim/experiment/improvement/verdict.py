"""What came of an improvement, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from neurosim.experiment.improvement.outcome import RESOLUTION
from neurosim.experiment.improvement.statistics import seeds_needed
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.experiment.improvement.outcome import Contrast, Improvement, Joint, Remedy

#: What pulse rules do, said behind an error.
RULES = {"accumulate": "with a register", "stochastic": "rounded stochastically",
         "nearest": "rounded to the nearest pulse", "sign": "with one pulse in the direction of every change",
         "trains": "by trains of pulses", "tiki-taka": "by Tiki-Taka", "write-verify": "by write-verify",
         "two-phase": "by trains of either phase"}
#: What an imperfection is called inside a sentence, where its name alone says too little.
SAID = {"pulse rule": "the rule", "unequal steps": "unequal steps (nonlinearity and asymmetry)",
        "programming noise": "programming noise (cycle to cycle)", "device spread": "spread from device to device"}
_HOPELESS = 0.8    #: of the error of guessing, beyond which a network has learnt nothing


def verdict(found: Improvement, rule: str = "") -> list[str]:
    """Say what costs most, what else can be distinguished from chance, and what cannot; returns sentences.

    rule : pulse rule of the configuration
    """
    parts = _learnt(found), _costs(found, rule), _joint(found), _hidden(found), _rest(found), _told(found)
    return [sentence for part in parts for sentence in part]


def points(difference: float) -> str:
    """Return a difference of errors: "2.4 points"."""
    return f"{100 * difference:.1f} point{'' if f'{100 * abs(difference):.1f}' == '1.0' else 's'}"


def _learnt(found: Improvement) -> Iterator[str]:
    if found.together.off > _HOPELESS * found.chance:
        yield (f"Even without any imperfection {found.images:,} images end at {found.together.off:.1%}: that is hardly "
               "learning, and what follows says little; give a larger budget, or check the configuration.")


def _costs(found: Improvement, rule: str) -> Iterator[str]:
    for number, remedy in enumerate(found.costly):
        name, words = _named(remedy), ("costs most" if len(found.remedies) > 1 else "costs")
        begin = f"{name[0].upper()}{name[1:]} {words}" if number == 0 else f"Then {name}"
        yield f"{begin}: {_pair(remedy, rule)} ({_interval(remedy.among)})."
    for remedy in found.remedies[::-1]:
        if remedy.among.difference.told and remedy.among.difference.mean < 0:
            yield (f"Without {_named(remedy)} the chip is worse: {_pair(remedy, rule)} "
                   f"({_interval(remedy.among)}).")


def _named(remedy: Remedy) -> str:
    """Return what is removed, and what needs it and is off for that."""
    name, others = SAID.get(remedy.name, remedy.name), " and ".join(remedy.among.others)
    return f"{name} ({others} off)" if others else name


def _pair(remedy: Remedy, rule: str) -> str:
    on, off = f"{remedy.among.on:.1%}", f"{remedy.among.off:.1%}"
    if remedy.name == "pulse rule" and rule in RULES:
        return f"{on} {RULES[rule]}, {off} {RULES['accumulate']}"
    return f"{on} with, {off} without"


def _interval(contrast: Contrast | Joint) -> str:
    one = contrast.difference
    return f"{points(one.mean)}, 95 % interval {100 * one.low:.1f} to {100 * one.high:.1f}"


def _joint(found: Improvement) -> Iterator[str]:
    """Yield what goes with either of two imperfections that cost something, so that their costs do not add up."""
    costly = {remedy.name for remedy in found.costly}
    for one in found.joint:
        if costly.issuperset(one.names) and one.difference.told and one.difference.mean > 0:
            first, second = (SAID.get(name, name) for name in one.names)
            both, *without, neither = (f"{error:.1%}" for error in one.errors)
            yield (f"{first[0].upper()}{first[1:]} and {second} share {_interval(one)}, which come from both at once "
                   f"and go with either: {both} with both, {without[0]} without {first}, {without[1]} without "
                   f"{second}, {neither} without both.")


def _hidden(found: Improvement) -> Iterator[str]:
    """Yield what costs alone, and can be removed without a gain while the others are there."""
    hidden = [remedy for remedy in found.remedies if remedy.alone.difference.told and remedy.alone.difference.mean > 0
              and not remedy.among.difference.told]
    if hidden:
        listed = ", ".join(f"{SAID.get(remedy.name, remedy.name)} ({points(remedy.alone.difference.mean)})"
                           for remedy in hidden)
        yield f"On an otherwise ideal chip these cost accuracy too, which the others hide: {listed}."


def _rest(found: Improvement) -> Iterator[str]:
    vague = [remedy for remedy in found.remedies if not remedy.among.difference.told]
    if not vague:
        return
    seeds, size = len(found.seeds), points(RESOLUTION)
    if len(vague) == len(found.remedies):
        begin = f"No imperfection can be distinguished from chance with {seeds} seeds"
    else:
        begin = f"Nothing else can be distinguished from chance with {seeds} seeds"
    if found.needed is None:
        yield f"{begin}: for {size} more test images than {found.samples:,} would be needed, whatever the seeds."
    elif found.needed <= seeds:
        yield f"{begin}, which were enough to see {size} in four of five cases."
    else:
        yield f"{begin}: {found.needed} would be needed to see {size}."
    yield from _nearly(found, vague)
    together = found.together.difference
    if len(vague) == len(found.remedies) and len(vague) > 1:
        yield (f"All together cost {points(together.mean)}, {found.together.on:.1%} instead of "
               f"{found.together.off:.1%}." if together.told else
               "All together cannot be distinguished from chance either.")


def _nearly(found: Improvement, vague: list[Remedy]) -> Iterator[str]:
    """Yield the largest cost that only the number of comparisons leaves to chance, and the seeds that would tell."""
    remedy = max(vague, key=lambda one: one.among.difference.mean)
    one = remedy.among.difference
    if one.low > 0 and (seeds := seeds_needed(one.mean, one.scatter, one.images, found.compared)):
        yield (f"What comes closest is {_named(remedy)} ({_interval(remedy.among)}): among {found.compared} "
               f"differences that may still be chance, which {max(seeds, one.seeds + 1)} seeds would tell.")


def _told(found: Improvement) -> Iterator[str]:
    if len(found.seeds) < found.planned:
        yield (f"Only {counted(found.seeds, 'seed is', 'seeds are')} complete of {found.planned}; the same command "
               "continues with the others.")
    for sentence in found.failed:
        yield f"Left out, because it could not learn: {sentence}."
