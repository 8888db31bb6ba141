"""An assessment in words: what limits the device, how good it must become, where it stands, what was assumed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from neurosim.experiment.chip import card_device
from neurosim.experiment.imperfections import present
from neurosim.experiment.improvement.verdict import RULES as RULE_WORDS
from neurosim.experiment.improvement.verdict import SAID, points
from neurosim.experiment.improvement.verdict import verdict as costs
from neurosim.memristor.device import IMPERFECTIONS
from neurosim.memristor.si_format import quantity
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.experiment.assessment.findings import Assessment, Standing
    from neurosim.experiment.assessment.parts import Need

_LARGE_RATIO = 100    #: on/off ratio of which nobody asks what it costs
#: Numbers of a card that are none where it does not name them, and what is assumed then.
_ASSUMED = {
    "no noise from pulse to pulse": ("c2c", "c2c_additive", "c2c_scaled", "c2c_range", "c2c_slope", "write_noise"),
    "no spread from device to device": ("step_spread", "step_spread_log", "asymmetry_spread", "g_min_spread",
                                        "g_max_spread", "shape_spread"),
    "no stuck cells": ("stuck_on", "stuck_off", "stuck_anywhere", "stuck_value"),
    "endless endurance": ("endurance",), "no drift": ("drift", "drift_spread", "relaxation"),
    "reads without noise": ("read_noise", "rtn_amplitude", "flicker"),
}


def verdict(found: Assessment) -> list[str]:
    """Return sentences: errors by rule, what limits the device under each rule, what it needs, and where it stands."""
    return [*_errors(found), *_limits(found), *needs(found), *_place(found)]


def rule_words(rule: str) -> str:
    """Return what a pulse rule does: "with a register"."""
    return RULE_WORDS.get(rule, rule)


def _errors(found: Assessment) -> Iterator[str]:
    best = found.rules[0]
    others = ", ".join(f"{one.error:.1%} {rule_words(one.rule)}" for one in found.rules[1:])
    yield (f"{best.name} ends at {best.error:.1%} wrong answers {rule_words(best.rule)}"
           f"{f'; {others}' if others else ''}.")


def _limits(found: Assessment) -> Iterator[str]:
    for rule, improvement in found.improvements.items():
        words = rule_words(rule)
        yield from (f"{words[0].upper()}{words[1:]}: {sentence[0].lower()}{sentence[1:]}" if number == 0 else sentence
                    for number, sentence in enumerate(costs(improvement, rule)))


def needs(found: Assessment) -> list[str]:
    """Return what the numbers of the card must become, one sentence for each imperfection and rule."""
    return [_need(one, found.question.loss) for one in found.needs]


def _need(one: Need, loss: float) -> str:
    name, begin = SAID.get(one.name, one.name), f"For a loss of {points(loss)} {rule_words(one.rule)}"
    if one.part is None:
        least = f"{one.parts[-2]:.0%}"
        return (f"{begin}, less than {least} of {name} may be left: {_numbers(one.now)} now, of which {least} still "
                f"costs {points(one.costs[-2])}.")
    if one.part == 1:
        return f"{begin}, {name} may stay as it is: {_numbers(one.now)}."
    listed = "; ".join(f"{key} from {_value(key, one.now[key])} to {_value(key, value)}"
                       for key, value in one.needed.items() if value != one.now[key])
    return f"{begin}, {one.part:.0%} of {name} may be left: {listed}{_ratio(one)}."


def _ratio(one: Need) -> str:
    if "device.g_min" not in one.needed:
        return ""
    before, after = (values["device.g_max"] / values["device.g_min"] for values in (one.now, one.needed))
    return f", an on/off ratio of {after:.3g} instead of {before:.3g}"


def _numbers(values: dict[str, float]) -> str:
    return ", ".join(f"{key} {_value(key, value)}" for key, value in values.items() if value)


def _value(key: str, value: float) -> str:
    entry = IMPERFECTIONS.get(key.removeprefix("device."))
    unit = "S" if key in ("device.g_min", "device.g_max") else entry.unit if entry else "1"
    return f"{value:.3g}" if unit == "1" else quantity(value, unit, 3)


def _place(found: Assessment) -> Iterator[str]:
    ranked = list(found.standings)
    own = next((number for number, one in enumerate(ranked) if one.own), None)
    if own is None or len(ranked) < 2:
        return
    yield (f"Among {len(ranked)} devices {rule_words(ranked[own].rule)}, it is number {own + 1}: "
           f"{_beside(ranked, own)}.")


def _beside(ranked: list[Standing], own: int) -> str:
    parts = [f"{word} {ranked[number].name} ({ranked[number].error:.1%})"
             for word, number in (("behind", own - 1), ("before", own + 1)) if 0 <= number < len(ranked)]
    seeds = len(ranked[own].errors)
    return f"{' and '.join(parts)}; errors of single seeds differ by {points(_scatter(ranked, own))}, of {seeds} seeds"


def _scatter(ranked: list[Standing], own: int) -> float:
    return max(ranked[own].errors) - min(ranked[own].errors)


def assumptions(found: Assessment) -> list[str]:
    """Return what was assumed, one sentence each."""
    config, question = found.config, found.question
    device = card_device(config)
    assert device is not None
    data, readout, array = config.data, config.readout, config.array
    missing = [words for words, keys in _ASSUMED.items() if not any(device[key] for key in keys)]
    epochs = config.training.epochs
    told = [f"The network is {question.network}, which learns {data.train_samples:,} images of {data.name} "
            f"{'once' if epochs == 1 else f'{epochs} times'} and classifies {data.test_samples:,}; a larger one may "
            "ask for more."]
    told += [f"The card says nothing else, so that these were assumed: {', '.join(missing)}."] if missing else []
    if device["g_max"] < _LARGE_RATIO * device["g_min"] and "on/off ratio" not in present(config):
        told.append(f"An on/off ratio of {device['g_max'] / device['g_min']:.3g} costs nothing here: weights are "
                    "differences of conductances, and there is nothing that grows with what they have in common: no "
                    "noise of reads, no drift, no wires.")
    told.append("Wires have no resistance." if not array.wired else "Wires have a resistance.")
    told.append("Sums are converted without loss." if readout.kind == "ideal" else
                f"Sums are converted by {readout.kind} of {counted(readout.bits, 'bit')}.")
    told.append("Reads are noisy." if readout.noise != "off" else "Reads have no noise, nor that of the circuit.")
    shelf = config.synapses.shelf_seconds
    told.append(f"The test comes {quantity(shelf, 's', 3)} after the last pulse." if shelf else
                "The test comes right after learning.")
    stored = "pairs of devices" if config.synapses.mapping == "pair" else "single devices"
    told.append(f"Weights are stored in {stored}, at {device['temperature']:g} K.")
    return told
