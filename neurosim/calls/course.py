"""A training that a call begins or continues, up to the end of its run file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from neurosim import _signals
from neurosim.calls.callbacks import Callbacks
from neurosim.calls.showing import Shown, interactive
from neurosim.experiment.pipeline import course
from neurosim.experiment.pipeline.interruption import Interruption

if TYPE_CHECKING:
    from neurosim.calls.run import Run
    from neurosim.experiment.config import Config
    from neurosim.experiment.pipeline.display import Silence
    from neurosim.experiment.training import Training


def follow(run: Run, config: Config, name: str, callbacks: Sequence[object], progress: bool, *, resume: bool = False,
           force: bool = False, threads: int | None = None) -> None:
    """Train the network of a Run, and evaluate and save it at the end.

    Where it is stopped, by a signal or by a callback, the run file holds what was learnt. At a prompt and in a notebook
    that is all; elsewhere a signal is a KeyboardInterrupt, as it would be of any other call.

    name : of what is trained; resume, force, threads : as of Training
    raises : what a callback has raised, once the run is saved; KeyboardInterrupt; ValueError
    """
    display, own = Shown(progress), Callbacks(callbacks)
    training = course.begin(config, name, run.path, display, resume=resume, force=force, threads=threads)
    with _signals.listening():
        try:
            with Interruption() as interruption:
                finished = course.learn(training, display, interruption, own)
            if own.error is None and finished and not interruption.code:
                course.conclude(training, name, display, lambda path: None)
                return
            end: BaseException | None = KeyboardInterrupt() if interruption.code else None
        except KeyboardInterrupt as error:
            if not run.path.is_file():
                raise
            end = error
    display.close()
    own.raise_error(_stopped(training, run, saved=True))
    _say(training, run, display, end)


def _say(training: Training, run: Run, display: Silence, end: BaseException | None) -> None:
    told = _stopped(training, run, saved=end is None or training.progress.finished or bool(training.progress.batch))
    if end is not None and not interactive():
        end.add_note(told)
        raise end
    display.line(told)


def _stopped(training: Training, run: Run, saved: bool) -> str:
    return course.stopped(training, saved, f"neurosim.open_run({str(run.path)!r}).resume()")
