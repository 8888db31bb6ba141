"""What `neurosim train` does: a course of training, alone or as one of several ranks."""

from __future__ import annotations

import contextlib
import json
import sys
from argparse import Namespace
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim import _signals
from neurosim.cli.idle import refuse_idle
from neurosim.cli.summary import print_training
from neurosim.cli.terminal import command
from neurosim.cli.train import DEFAULT
from neurosim.engines.ranks import RankLost, threads_of
from neurosim.experiment.config import load_config
from neurosim.experiment.pipeline import course
from neurosim.experiment.pipeline.display import Muted, choose_display
from neurosim.experiment.pipeline.interruption import Interruption
from neurosim.experiment.runs import stored_config
from neurosim.learning.sharing import Sharing
from neurosim.results import outputs
from neurosim.results.reservation import reserved

if TYPE_CHECKING:
    from neurosim.engines.ranks import Ranks
    from neurosim.experiment.pipeline.display import Silence
    from neurosim.experiment.training import Training


def run(arguments: Namespace, ranks: Ranks) -> int:
    """Train as the arguments say; returns the exit code."""
    silent = not Sharing(ranks).writes
    display = Muted() if silent else choose_display(arguments.quiet)
    name, reservation = _reservation(arguments, silent)
    with reservation as path:
        out = Path(Sharing(ranks).gather(str(path))[0])
        training = _begin(arguments, name, out, display, ranks)
        with _signals.listening():
            try:
                with Interruption(*[""] * silent) as interruption:
                    finished = course.learn(training, display, interruption)
                code = max(training.sharing.gather(interruption.code))
                if finished and not code:
                    _conclude(training, arguments, name, display)
                    return 0
                display.close()
                _part(training)
                return code
            except KeyboardInterrupt as end:
                display.close()
                if ranks.speaks():
                    print(_stopped(training, saved=False), file=sys.stderr, flush=True)
                return getattr(end, "code", _signals.INTERRUPTED)
            except RankLost as lost:
                raise RankLost(f"{lost}; {_stopped(training, saved=False)}") from lost


def _reservation(arguments: Namespace, silent: bool) -> tuple[str, AbstractContextManager[Path]]:
    """Name of what is trained, and a context within which its run file is nobody else's; raises ValueError.

    silent : another rank writes that file, and has reserved it
    """
    if arguments.resume:
        if arguments.out:
            raise ValueError("--resume: the run continues in its own file; omit --out")
        path = Path(arguments.resume)
        if not path.is_file():
            raise ValueError(f"--resume {arguments.resume}: there is no such run file; check the path")
        return path.stem, contextlib.nullcontext(path) if silent else reserved(path)
    if not arguments.out:
        refuse_idle(arguments, ("--force",), "a run file with a default name replaces none; name the one to replace "
                                             "with --out, or omit --force")
    name = arguments.config or DEFAULT
    if silent:
        return name, contextlib.nullcontext(Path())
    if arguments.out:
        return name, outputs.chosen_path("--out", arguments.out, outputs.RUNS, arguments.force,
                                         f", continue it with --resume {arguments.out},")
    return name, outputs.free_path(Path(name).stem if name.endswith(".toml") else name, (outputs.RUNS[0], ".png"))


def _begin(arguments: Namespace, name: str, out: Path, display: Silence, ranks: Ranks) -> Training:
    assignments = [*arguments.assignments, *(f"synapses.{key}={getattr(arguments, key)}"
                                             for key in ("device", "pulses") if getattr(arguments, key))]
    if arguments.resume and not arguments.config:
        config = stored_config(out, assignments)
    else:
        config = load_config(arguments.config if arguments.resume else name, assignments)
    return course.begin(config, name, out, display, resume=bool(arguments.resume), force=arguments.force,
                        threads=arguments.threads or threads_of(ranks), ranks=ranks)


def _stopped(training: Training, saved: bool) -> str:
    return course.stopped(training, saved, command("train", "--resume", training.out))


def _part(training: Training) -> None:
    """Say that the training was stopped, and end no rank before it is said: launchers end all when one has ended."""
    if training.sharing.writes:
        print(_stopped(training, saved=True), file=sys.stderr, flush=True)
    if training.sharing.ranks.size > 1:
        _signals.ignore()
        training.sharing.gather(None)


def _conclude(training: Training, arguments: Namespace, name: str, display: Silence) -> None:
    report = course.conclude(training, name, display, lambda path: course.draw(path, arguments.force, display)
                             if arguments.figure else None)
    if report is None:
        return
    if arguments.json:
        print(json.dumps(report))
    else:
        print_training(report)
