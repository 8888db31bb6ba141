"""neurosim evaluate --ablate: which imperfection costs how much accuracy, as a table, a figure and JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.cli.numbers import count
from neurosim.cli.idle import refuse_idle
from neurosim.cli.terminal import command
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.experiment.ablation import Ablation


def add_options(parser: ArgumentParser) -> None:
    """Add the options of `neurosim evaluate` that belong to --ablate."""
    from neurosim.cli.files import add_force, add_look
    group = parser.add_argument_group(
        "ablation", "The ablation measures how well the trained network transfers to a chip: weights and biases are "
                    "written by write-verify to new chips of the same configuration, converters are calibrated on "
                    "training images, and each imperfection is switched on alone and off alone. The run's own chip, as "
                    "stored, is shown for comparison. Add imperfections that the run lacks with --set.")
    group.add_argument("--ablate", action="store_true", help="switch every imperfection on alone and off alone")
    group.add_argument("--samples", metavar="N", type=count(), help="first images of the split (default: 1000)")
    group.add_argument("--out", metavar="FIGURE", help="figure to write, .png, .svg or .pdf "
                       "(default: run-ablation.png next to the run file)")
    group.add_argument("--no-figure", action="store_true", help="write no figure")
    add_look(group)
    add_force(group)


def refuse_options(arguments: Namespace) -> None:
    """Raise ValueError for an option of the ablation that has no effect without it."""
    refuse_idle(arguments, ("--samples", "--out", "--no-figure", "--width", "--force"),
                "belongs to --ablate; add --ablate or omit it")


def run_ablation(arguments: Namespace) -> int:
    """Do what `neurosim evaluate --ablate` asks for; returns the exit code."""
    import time

    from neurosim.cli.files import figure_beside
    from neurosim.experiment.ablation import ablate
    from neurosim.experiment.ablation_text import ablation_report
    from neurosim.experiment.pipeline.display import announced, choose_display
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
        from neurosim.plots import write
        write(ablation_figure(found, f"{Path(arguments.run_file).name}, first "
                              f"{counted(found.samples, f'{arguments.split} image')}", arguments.width), output)
    for sentence in found.warnings:
        display.warn(sentence)
    if arguments.json:
        print(json.dumps({"run_file": str(arguments.run_file), "split": arguments.split,
                          "assignments": arguments.assignments, "seconds": seconds, "figure": output and str(output),
                          **ablation_report(found)}))
    else:
        print("\n".join(_text(found, arguments, output, seconds)))
    return 0


def _text(found: Ablation, arguments: Namespace, output: Path | None, seconds: float) -> Iterator[str]:
    from neurosim.experiment.ablation_text import ablation_lines
    from neurosim.experiment.pipeline.summary import duration
    yield (f"{arguments.run_file}: after {counted(found.epochs, 'epoch')}, transferred to fresh chips, first "
           f"{counted(found.samples, f'{arguments.split} image')}, in {duration(seconds)}")
    yield ""
    yield from ablation_lines(found)
    if output:
        yield f"\nfigure  {output}"
    yield f"{'' if output else chr(10)}next    {_next(found, arguments)}"


def _next(found: Ablation, arguments: Namespace) -> str:
    """Return the same with more images where the largest cost is not certain, or with another chip."""
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
