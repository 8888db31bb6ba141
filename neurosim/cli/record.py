"""neurosim record: every time step of a few test images, kept in a run file."""

from __future__ import annotations

import dataclasses
import json
from argparse import Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.experiment.config import RecordOptions


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser(
        "record", help="keep rasters and state traces of chosen layers in a run file",
        description="Relax the first test images of a run step by step and keep in the run file, in the group records, "
                    "what chosen layers did, in place of an earlier recording. What is not said here is taken from the "
                    "section [record] of the run.")
    parser.add_argument("run_file", metavar="run.h5", help="run file of neurosim train, finished or not")
    parser.add_argument("--layers", metavar="LAYER", nargs="+", help="layers to record, for example input conv1 output")
    parser.add_argument("--samples", metavar="N", type=int, help="number of test images")
    parser.add_argument("--phases", choices=("free", "all"), help="the free phase alone, or those of the estimator too")
    parser.add_argument("--traces", action="store_true", default=None, help="keep the states beside the spikes")
    parser.add_argument("--data-path", metavar="FOLDER", help="where the data set is now, if it has moved")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    import time

    from neurosim.experiment.pipeline.display import announced, choose_display
    from neurosim.experiment import recording
    from neurosim.experiment.changes import restored
    from neurosim.results import paths
    display = choose_display(arguments.json)
    moved = [f"data.path={arguments.data_path}"] if arguments.data_path else []
    training, _ = restored(arguments.run_file, moved, threads=1)
    options = chosen(training.config.record, arguments)
    expected = recording.forecast(training.model, options, len(training.data.test_labels))
    display.line(str(expected))
    begin = time.perf_counter()
    with announced(display), training.model.shelved():
        recording.record(arguments.run_file, training.model, options, training.data.test_images,
                         training.data.test_labels, training.measured)
    seconds = time.perf_counter() - begin
    display.close()
    if arguments.json:
        print(json.dumps(dataclasses.asdict(expected) | {"bytes": expected.bytes, "phases": options.phases,
                                                         "seconds": seconds, "out": arguments.run_file}))
    else:
        print(f"{arguments.run_file}: group {paths.RECORDS} written in {seconds:.1f} s")
    return 0


def chosen(stored: RecordOptions, arguments: Namespace) -> RecordOptions:
    """The stored RecordOptions with what the command line says in its place."""
    given = {name: getattr(arguments, name) for name in ("layers", "samples", "phases", "traces")}
    given = {name: value for name, value in given.items() if value is not None}
    if arguments.layers:
        given["layers"] = tuple(arguments.layers)
    return dataclasses.replace(stored, **given)
