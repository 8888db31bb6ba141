"""neurosim train: learn, save, evaluate on all test images, draw."""

import argparse
import json
import sys
from pathlib import Path

DEFAULT = "mnist"


def add_parser(subparsers):
    parser = subparsers.add_parser(
        "train", help="train a network and evaluate it on the test images",
        description="Train a network, save it in a run file (HDF5) and evaluate it on all test images. "
                    "Ctrl-C finishes the batch, saves, and says how to continue.")
    parser.add_argument("config", metavar="PRESET | config.toml", nargs="?", help=f"what to train (default: {DEFAULT})")
    parser.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], dest="assignments",
                        help="change the configuration, for example --set training.epochs=3 seed=7")
    parser.add_argument("--device", metavar="CARD", help="device card of the synapses, by name or as a .toml file; "
                        "\"ideal\" for real numbers (see: neurosim device list)")
    parser.add_argument("--pulses", metavar="RULE", help="how weight changes become pulses: accumulate, stochastic, "
                        "nearest, sign, trains, tiki-taka, write-verify, two-phase")
    parser.add_argument("--out", metavar="run.h5", help="run file to write (default: PRESET.h5 in this folder)")
    parser.add_argument("--force", action="store_true", help="replace the file that --out names")
    parser.add_argument("--resume", metavar="run.h5",
                        help="continue this run, bit for bit as if it had not been interrupted")
    parser.add_argument("--no-figure", action="store_false", dest="figure", help="draw no figure beside the run file")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    add_common(parser)
    parser.set_defaults(run=run)


def add_common(parser):
    """Options that train and evaluate share."""
    parser.add_argument("--threads", metavar="N", type=_threads, help="samples side by side (default: all processors); "
                        "no result depends on it")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")


def _threads(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of threads; give 1 or more")
    return int(text)


def run(arguments):
    from neurosim.cli import INTERRUPTED
    from neurosim.cli.display import choose_display
    from neurosim.cli.watching import Interruption
    display = choose_display(arguments.quiet)
    name, out = _place(arguments)
    training = _begin(arguments, name, out, display)
    with Interruption() as interruption:
        finished = _learn(training, display, interruption)
    try:
        if finished and not interruption.wished:
            _conclude(training, arguments, name, display)
            return 0
    except KeyboardInterrupt:
        finished = True
    display.close()
    print(_stopped(training, finished), file=sys.stderr, flush=True)
    return INTERRUPTED


def _place(arguments):
    """Name of what is trained, and the run file that may be written; raises ValueError."""
    from neurosim.cli import outputs
    if arguments.resume:
        if arguments.out:
            raise ValueError("--resume: the run goes on in its own file; leave --out away")
        name, out = Path(arguments.resume).stem, Path(arguments.resume)
        if not out.is_file():
            raise ValueError(f"--resume {out}: there is no such run file; check the path")
    else:
        name = arguments.config or DEFAULT
        stem = Path(name).stem if name.endswith(".toml") else name
        out = outputs.chosen_path(arguments.out, arguments.force) if arguments.out else outputs.free_path(stem)
    return name, out


def _begin(arguments, name, out, display):
    """Say what is going to happen, build the Training and write its first checkpoint, so that little can fail later."""
    from neurosim.cli import outputs
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
    outputs.refuse_unwritable(out)
    prices_of(config)
    for sentence in (*idle_settings(config), *doubtful_settings(config)):
        display.warn(sentence)
    from neurosim.experiment.recording import forecast
    from neurosim.experiment.training import Training
    training = Training(config, out, arguments.threads, resume=bool(arguments.resume))
    display.line(f"{training.samples} images to learn from, {len(training.data.validation_labels)} to validate with, "
                 f"{len(training.data.test_labels)} to test with")
    if config.record.layers:
        display.line(str(forecast(training.model, config.record, len(training.data.test_labels))))
    if not arguments.resume:
        training.save()
    return training


def _described(config):
    from neurosim.cli.summary import epochs_text
    layers = [f"conv {layer.channels}" if layer.kind == "conv" else f"dense {layer.units}"
              for layer in config.network.layers]
    return (f"{config.neurons.kind} network {', '.join(layers)} on {config.data.name}, "
            f"{epochs_text(config.training.epochs)}, seed {config.seed}")


def _learn(training, display, interruption):
    """Run the training under the eyes of a display; returns whether it is finished."""
    from neurosim.cli.watching import Watcher
    if training.progress.finished:
        display.line("this run is finished")
        return True
    with announced(display):
        return training.run(Watcher(training, display, interruption))


def announced(display):
    """Context that says so when kernels have to be compiled."""
    from neurosim._jit import compilation
    return compilation(lambda: display.line("compiling kernels (once per machine, about 15 s)"))


def _stopped(training, finished):
    progress = training.progress
    place = (f"after epoch {progress.epoch + 1}, batch {progress.batch} of {training.batches}" if not finished
             else "before the evaluation")
    return f"stopped {place}; continue with: neurosim train --resume {training.out}"


def _conclude(training, arguments, name, display):
    """Evaluate, save, draw and print the summary."""
    from neurosim.cli import outcome, outputs
    from neurosim.cli.measures import training_report
    from neurosim.cli.summary import print_training
    result = outcome.kept(training) or outcome.concluded(training, display)
    figure = outputs.figure_path(training.out)
    drawn = arguments.figure and draw(training.out, figure, display)
    report = training_report(training, name, result) | {
        "out": str(training.out), "figure": str(figure) if drawn else None}
    display.close()
    for sentence in report["warnings"]:
        display.warn(sentence)
    if arguments.json:
        print(json.dumps(report))
    else:
        print_training(report)


def draw(run, figure, display):
    """Draw the figure of a run; what keeps it from being drawn is a warning. Returns whether it was drawn."""
    from neurosim.plots import run_figure, save
    try:
        save(run_figure(run), figure)
    except OSError as error:
        display.warn(f"{figure} could not be written: {error.strerror or error}")
        return False
    return True
