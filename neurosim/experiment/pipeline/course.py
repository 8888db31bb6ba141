"""The course of a training that people follow: what is said, begun, learnt, kept and drawn, in this order."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.engines.ranks import ALONE, Ranks
from neurosim.experiment.pipeline.conclusion import assisted, completed
from neurosim.experiment.pipeline.display import announced
from neurosim.experiment.pipeline.measures import training_report
from neurosim.experiment.pipeline.watching import ProgressObserver, Together
from neurosim.experiment.pricing import prices_of
from neurosim.experiment.recording import forecast
from neurosim.experiment.remarks import doubtful_settings, idle_settings
from neurosim.experiment.training import Training
from neurosim.results import outputs
from neurosim.results.atomic_write import atomic_write
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.experiment.config import Config
    from neurosim.experiment.observer import Observer
    from neurosim.experiment.pipeline.display import Silence
    from neurosim.experiment.pipeline.interruption import Interruption


def begin(config: Config, name: str, out: Path, display: Silence, *, resume: bool = False, force: bool = False,
          threads: int | None = None, ranks: Ranks = ALONE) -> Training:
    """Say what is going to happen, and build the Training, so that little can fail later.

    name : of what is trained; out : its run file; resume, force, threads, ranks : as of Training
    raises : ValueError
    """
    display.line(f"{'continuing' if resume else 'training'} {name}: {_described(config)}; run file {out}")
    prices_of(config)
    for sentence in (*idle_settings(config), *doubtful_settings(config)):
        display.warn(sentence)
    training = Training(config, out, threads, resume, force, ranks=ranks)
    display.line(f"{counted(training.samples, 'image')} to learn from, {len(training.data.validation_labels):,} to "
                 f"validate with, {len(training.data.test_labels):,} to test with")
    if config.record.layers:
        display.line(str(forecast(training.model, config.record, len(training.data.test_labels))))
    return training


def learn(training: Training, display: Silence, interruption: Interruption, *others: Observer) -> bool:
    """Run a training under the eyes of a display, and of other Observers; returns whether it is finished."""
    if training.progress.finished:
        display.line("this run is finished")
        return True
    with announced(display):
        return training.run(Together(ProgressObserver(training, display, interruption), *others))


def conclude(training: Training, name: str, display: Silence,
             figure: Callable[[Path], Path | None]) -> dict[str, Any] | None:
    """Evaluate, save, record and draw, whatever of it is still missing, as the rank that writes.

    figure : function that draws the figure of a run file and returns where it is, or None
    returns : the report of `measures.training_report` with "out" and "figure"; None for other ranks
    """
    if not training.sharing.writes:
        assisted(training)
        return None
    outcome = completed(training, display)
    drawn = figure(training.out)
    report = training_report(training, name, outcome) | {"out": str(training.out), "figure": drawn and str(drawn)}
    display.close()
    for sentence in report["warnings"]:
        display.warn(sentence)
    return report


def stopped(training: Training, saved: bool, again: str) -> str:
    """Return the sentence about a training that was stopped.

    saved : as it is now, and not at its last checkpoint; again : what makes it continue
    """
    progress = training.progress
    if progress.finished:
        moment = "after learning, before the summary; continue with"
    elif saved:
        epochs = training.config.training.epochs
        moment = f"after {progress.epoch:,} of {counted(epochs, 'epoch')}; continue with"
        if progress.batch:
            moment = (f"in epoch {progress.epoch + 1:,} of {epochs:,}, after {progress.batch:,} of "
                      f"{counted(training.batches, 'batch', 'batches')}; continue with")
    elif training.out.is_file():
        moment = "immediately; continue from the last checkpoint with"
    else:
        return "stopped before the first batch was learnt; nothing was written"
    return f"stopped {moment}: {again}"


def draw(run: Path, force: bool, display: Silence) -> Path | None:
    """Draw the figure of a run next to it; what keeps it from being drawn is a warning.

    A file of that name that holds something else is left alone, and the figure gets a free name, unless `force`.

    returns : Path of the figure, None where it was not drawn
    """
    from neurosim.plots import rendered, run_figure
    wanted = outputs.figure_path(run)
    drawing = rendered(run_figure(run), wanted.suffix)
    if outputs.holds(wanted, drawing):
        return wanted
    stem, endings = str(wanted.with_suffix("")), (wanted.suffix,)
    reservation = contextlib.nullcontext(wanted) if force else outputs.free_path(stem, endings)
    try:
        with reservation as figure:
            atomic_write(figure, drawing)
    except ValueError as error:
        display.warn(str(error))
        return None
    return figure


def _described(config: Config) -> str:
    layers = [f"{layer.neurons} {layer.kind} {layer.channels or layer.units}".strip()
              for layer in config.network.layers]
    return (f"{config.neurons.kind} network {', '.join(layers)} on {config.data.name}, "
            f"{counted(config.training.epochs, 'epoch')}, seed {config.seed}")
