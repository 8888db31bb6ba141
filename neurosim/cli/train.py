"""neurosim train: learn, save, evaluate on all test images, draw."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from argparse import ArgumentParser, Namespace
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim import _signals
from neurosim.cli.terminal import command

if TYPE_CHECKING:
    from neurosim.cli.display import Silence
    from neurosim.cli.parsers import Parsers
    from neurosim.cli.progress import Interruption
    from neurosim.engines.ranks import Ranks
    from neurosim.experiment.config import Config
    from neurosim.experiment.training import Training

DEFAULT = "mnist"


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser(
        "train", help="train a network and evaluate it on the test images",
        description="Train a network, save it in a run file (HDF5) and evaluate it on all test images. "
                    "Ctrl-C and SIGTERM finish the batch, save, and say how to continue.")
    parser.add_argument("config", metavar="PRESET | config.toml", nargs="?", help=f"what to train (default: {DEFAULT})")
    parser.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], dest="assignments",
                        help="change the configuration, for example --set training.epochs=3 seed=7")
    parser.add_argument("--device", metavar="CARD", help="device card of the synapses, by name or as a .toml file; "
                        "\"ideal\" for real numbers (see: neurosim device list)")
    parser.add_argument("--pulses", metavar="RULE", help="how weight changes become pulses: accumulate, stochastic, "
                        "nearest, sign, trains, tiki-taka, write-verify, two-phase")
    parser.add_argument("--out", metavar="run.h5", help="run file to write (default: PRESET.h5 in this folder)")
    parser.add_argument("--force", action="store_true", help="replace the file that --out names, and its figure")
    parser.add_argument("--resume", metavar="run.h5",
                        help="continue this run, bit for bit as if it had not been interrupted")
    parser.add_argument("--no-figure", action="store_false", dest="figure", help="draw no figure beside the run file")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    add_common(parser)
    parser.set_defaults(run=run)


def add_common(parser: ArgumentParser) -> None:
    """Options that train and evaluate share."""
    parser.add_argument("--threads", metavar="N", type=_threads, help="samples side by side (default: all processors); "
                        "no result depends on it")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")


def _threads(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of threads; give 1 or more")
    return int(text)


def run(arguments: Namespace) -> int:
    from neurosim.cli import USER_ERROR
    from neurosim.engines.ranks import joined
    with joined() as ranks:
        try:
            return _train(arguments, ranks)
        except (ValueError, OSError, MemoryError, KeyboardInterrupt) as error:
            if ranks.speaks():
                raise
            return getattr(error, "code", USER_ERROR)


def _train(arguments: Namespace, ranks: Ranks) -> int:
    from neurosim.cli.display import Muted, choose_display
    from neurosim.cli.progress import Interruption
    from neurosim.engines.ranks import RankLost
    from neurosim.learning.sharing import Sharing
    silent = not Sharing(ranks).writes
    display = Muted() if silent else choose_display(arguments.quiet)
    name, reservation = _reservation(arguments, silent)
    with reservation as reserved:
        out = Path(Sharing(ranks).gather(str(reserved))[0])
        training = _begin(arguments, name, out, display, ranks)
        with _signals.listening():
            try:
                with Interruption(*[""] * silent) as interruption:
                    finished = _learn(training, display, interruption)
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
    from neurosim.cli import outputs
    from neurosim.results.reservation import reserved
    if arguments.resume:
        if arguments.out:
            raise ValueError("--resume: the run goes on in its own file; leave --out away")
        path = Path(arguments.resume)
        if not path.is_file():
            raise ValueError(f"--resume {arguments.resume}: there is no such run file; check the path")
        return path.stem, contextlib.nullcontext(path) if silent else reserved(path)
    name = arguments.config or DEFAULT
    if silent:
        return name, contextlib.nullcontext(Path())
    if arguments.out:
        return name, outputs.chosen_path("--out", arguments.out, outputs.RUNS, arguments.force,
                                         f", continue it with --resume {arguments.out},")
    return name, outputs.free_path(Path(name).stem if name.endswith(".toml") else name, (outputs.RUNS[0], ".png"))


def _begin(arguments: Namespace, name: str, out: Path, display: Silence, ranks: Ranks) -> Training:
    """Say what is going to happen and build the Training, so that little can fail later."""
    from neurosim.experiment.config import load_config
    from neurosim.experiment.remarks import doubtful_settings, idle_settings
    from neurosim.experiment.pricing import prices_of
    from neurosim.experiment.runs import stored_config
    for key in ("device", "pulses"):
        if getattr(arguments, key):
            arguments.assignments.append(f"synapses.{key}={getattr(arguments, key)}")
    if arguments.resume and not arguments.config:
        config = stored_config(out, arguments.assignments)
    else:
        config = load_config(name if not arguments.resume else arguments.config, arguments.assignments)
    display.line(f"{'continuing' if arguments.resume else 'training'} {name}: {_described(config)}; run file {out}")
    prices_of(config)
    for sentence in (*idle_settings(config), *doubtful_settings(config)):
        display.warn(sentence)
    from neurosim.experiment.recording import forecast
    from neurosim.experiment.training import Training
    training = Training(config, out, arguments.threads or _own_threads(ranks), resume=bool(arguments.resume),
                        force=arguments.force, ranks=ranks)
    display.line(f"{training.samples} images to learn from, {len(training.data.validation_labels)} to validate with, "
                 f"{len(training.data.test_labels)} to test with")
    if config.record.layers:
        display.line(str(forecast(training.model, config.record, len(training.data.test_labels))))
    return training


def _own_threads(ranks: Ranks) -> int | None:
    """Threads of one of several ranks on this machine; None = as many as there are processors."""
    if ranks.size == 1:
        return None
    from neurosim._jit import thread_count
    from neurosim.engines.ranks import local
    return max(1, thread_count() // local()[1])


def _described(config: Config) -> str:
    from neurosim.cli.summary import epochs_text
    layers = [f"{layer.neurons} {layer.kind} {layer.channels or layer.units}".strip()
              for layer in config.network.layers]
    return (f"{config.neurons.kind} network {', '.join(layers)} on {config.data.name}, "
            f"{epochs_text(config.training.epochs)}, seed {config.seed}")


def _learn(training: Training, display: Silence, interruption: Interruption) -> bool:
    """Run the training under the eyes of a display; returns whether it is finished."""
    from neurosim.cli.progress import ProgressObserver
    if training.progress.finished:
        display.line("this run is finished")
        return True
    with announced(display):
        return training.run(ProgressObserver(training, display, interruption))


def announced(display: Silence) -> AbstractContextManager[None]:
    """Context that says so when kernels have to be compiled."""
    from neurosim._jit import compilation
    return compilation(lambda: display.line("compiling kernels (once per machine, about 15 s)"))


def _part(training: Training) -> None:
    """Say that the training was stopped, and end no rank before it is said: launchers end all when one has ended."""
    if training.sharing.writes:
        print(_stopped(training, saved=True), file=sys.stderr, flush=True)
    if training.sharing.ranks.size > 1:
        _signals.ignore()
        training.sharing.gather(None)


def _stopped(training: Training, saved: bool) -> str:
    progress = training.progress
    if progress.finished:
        moment = "after learning, before the summary; continue with"
    elif saved:
        moment = f"after epoch {progress.epoch + 1}, batch {progress.batch} of {training.batches}; continue with"
    elif training.out.is_file():
        moment = "at once; continue from the last checkpoint with"
    else:
        return "stopped before the first batch was learnt; nothing was written"
    return f"stopped {moment}: {command('train', '--resume', training.out)}"


def _conclude(training: Training, arguments: Namespace, name: str, display: Silence) -> None:
    """Evaluate, save, record, draw, whatever of it is still missing, and print the summary, as the rank that writes."""
    from neurosim.cli import outcome
    if not training.sharing.writes:
        outcome.assisted(training)
        return
    from neurosim.cli.measures import training_report
    from neurosim.cli.summary import print_training
    result = outcome.completed(training, display)
    figure = draw(training.out, arguments.force, display) if arguments.figure else None
    report = training_report(training, name, result) | {"out": str(training.out), "figure": figure and str(figure)}
    display.close()
    for sentence in report["warnings"]:
        display.warn(sentence)
    if arguments.json:
        print(json.dumps(report))
    else:
        print_training(report)


def draw(run: Path, force: bool, display: Silence) -> Path | None:
    """Draw the figure of a run beside it; what keeps it from being drawn is a warning.

    A file of that name that holds something else is left alone, and the figure gets a free name, unless `force`.

    returns : Path of the figure, None where it was not drawn
    """
    from neurosim.cli import outputs
    from neurosim.plots import rendered, run_figure
    from neurosim.results.atomic_write import atomic_write
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
