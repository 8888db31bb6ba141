"""neurosim evaluate --ablate: which imperfection costs how much accuracy, as a table, a figure and JSON."""

from __future__ import annotations

import json
import textwrap
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.alignment import aligned
from neurosim.cli.terminal import command

if TYPE_CHECKING:
    from neurosim.experiment.ablation import Ablation, Effect, Side

_WIDTH = 118
_CHIPS = {"own": "the run's own chip, as it is stored", "numbers": "learnt weights as numbers, no circuit",
          "none": "fresh chip, no imperfection", "all": "fresh chip, all imperfections"}


def add_options(parser: ArgumentParser) -> None:
    """Options of `neurosim evaluate` that belong to --ablate."""
    from neurosim.cli.files import add_force
    group = parser.add_argument_group(
        "ablation", "What is measured is the transfer of the learnt network: its weights and biases are written by "
        "write-verify to fresh chips of the configuration, converters are calibrated on training images, and each "
        "imperfection is switched on alone and off alone. The run's own chip, as it is stored, stands beside. "
        "Imperfections that the run lacks can be put on the chip with --set.")
    group.add_argument("--ablate", action="store_true", help="switch every imperfection on alone and off alone")
    group.add_argument("--samples", metavar="N", type=int, help="first images of the split (default: 1000)")
    group.add_argument("--out", metavar="FIGURE", help="figure to write, .png, .svg or .pdf "
                       "(default: run-ablation.png beside the run file)")
    group.add_argument("--no-figure", action="store_true", help="write no figure")
    add_force(group)


def refuse_options(arguments: Namespace) -> None:
    """Raise ValueError for an option of the ablation that has no effect without it."""
    for name in ("samples", "out", "no_figure", "force"):
        if getattr(arguments, name):
            raise ValueError(f"--{name.replace('_', '-')}: belongs to --ablate; add --ablate or leave it away")


def run_ablation(arguments: Namespace) -> int:
    """Do what `neurosim evaluate --ablate` asks for; returns the exit code."""
    import time

    from neurosim.cli.display import choose_display
    from neurosim.cli.files import figure_beside, write_figure
    from neurosim.cli.train import announced
    from neurosim.experiment.ablation import ablate
    output, display = figure_beside(arguments, "ablation"), choose_display(arguments.quiet)

    def observe(title: str, number: int, evaluations: int, done: int, images: int) -> None:
        display.advance(f"{number} of {evaluations}, {title}", done, images, "")

    begin = time.perf_counter()
    with announced(display):
        found = ablate(arguments.run_file, arguments.assignments, 1000 if arguments.samples is None
                       else arguments.samples, arguments.split, arguments.threads, observe)
    display.close()
    seconds = time.perf_counter() - begin
    if output:
        from neurosim.plots.ablation import ablation_figure
        write_figure(ablation_figure(found, f"{Path(arguments.run_file).name}, first {found.samples:,} "
                                            f"{arguments.split} images"), output)
    for sentence in found.warnings:
        display.warn(sentence)
    if arguments.json:
        print(json.dumps(_plain(found, arguments, output, seconds)))
    else:
        print("\n".join(_text(found, arguments, output, seconds)))
    return 0


def _plain(found: Ablation, arguments: Namespace, output: Path | None, seconds: float) -> dict:
    """The report as plain values; errors are fractions."""
    from neurosim.cli.measures import wilson
    return {"run_file": str(arguments.run_file), "split": arguments.split, "samples": found.samples,
            "epochs": found.epochs, "assignments": arguments.assignments, "seconds": seconds,
            "figure": output and str(output), "warnings": list(found.warnings),
            "chips": {chip: {"error": error, "interval": list(wilson(error, found.samples))}
                      for chip, error in found.errors.items()},
            "imperfections": [{"name": effect.name, "cost": effect.cost, "off": effect.changes,
                               "alone": vars(effect.alone), "among_all": vars(effect.among)}
                              for effect in found.effects]}


def _text(found: Ablation, arguments: Namespace, output: Path | None, seconds: float) -> Iterator[str]:
    from neurosim.cli.measures import wilson
    from neurosim.cli.summary import duration, epochs_text
    yield (f"{arguments.run_file}: after {epochs_text(found.epochs)}, transferred to fresh chips, first "
           f"{found.samples:,} {arguments.split} images, in {duration(seconds)}")
    yield ""
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
    if output:
        yield f"\nfigure  {output}"
    yield f"{'' if output else chr(10)}next    {_next(found, arguments)}"


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
            yield from _wrapped(f"* {effect.name} off: takes {' and '.join(effect.among.others)} with it.")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _next(found: Ablation, arguments: Namespace) -> str:
    """The same with more images where the largest cost is not certain, or with another chip."""
    from neurosim.experiment.runs import stored_config
    words = [command("evaluate", Path(arguments.run_file), "--ablate")]
    if arguments.split != "test":
        words.append(f"--split {arguments.split}")
    wanted = 1000 if arguments.samples is None else arguments.samples
    largest, more = found.effects[0], found.samples == wanted
    vague = min(largest.alone.low, largest.among.low) <= 0 and more
    samples = 10 * wanted if vague else wanted
    if samples != 1000:
        words.append(f"--samples {samples}")
    kept = [word for word in arguments.assignments if vague or not word.startswith("seed=")]
    seed = [] if vague else [f"seed={stored_config(arguments.run_file, arguments.assignments).seed + 1}"]
    if kept or seed:
        words.append(f"--set {' '.join(map(_quoted, kept + seed))}")
    return f"{' '.join(words)}    ({'more images' if vague else 'another chip'})"


def _quoted(word: str) -> str:
    import shlex
    return shlex.quote(word)
