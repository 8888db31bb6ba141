"""neurosim record: every time step of a few test images, kept in a run file."""

from __future__ import annotations

import dataclasses
import json
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.cli.numbers import count
from neurosim.cli.terminal import command

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser(
        "record", help="record rasters and state traces of layers in a run file",
        description="Relax the first test images of a run step by step and store what the named layers did in the "
                    "group 'records' of the run file, replacing an earlier recording. Options that are not given are "
                    "taken from the section [record] of the run; where that names no layers, all are recorded.")
    parser.add_argument("run_file", metavar="run.h5", help="run file of neurosim train, finished or not")
    parser.add_argument("--layers", metavar="LAYER", nargs="+",
                        help="layers to record, for example input conv1 output (default: see above)")
    parser.add_argument("--samples", metavar="N", type=count(), help="number of test images")
    parser.add_argument("--phases", choices=("free", "all"), help="the free phase alone, or those of the estimator too")
    parser.add_argument("--traces", action="store_true", default=None, help="keep the states beside the spikes")
    parser.add_argument("--data-path", metavar="FOLDER", help="where the data set is now, if it has moved")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    import time

    from neurosim.experiment.pipeline.again import recorded
    from neurosim.experiment.pipeline.display import choose_display
    from neurosim.results import paths
    moved = [f"data.path={arguments.data_path}"] if arguments.data_path else []
    begin = time.perf_counter()
    kept, options = recorded(arguments.run_file, chosen(arguments), choose_display(arguments.json), moved)
    seconds = time.perf_counter() - begin
    if arguments.json:
        print(json.dumps(dataclasses.asdict(kept) | {"bytes": kept.bytes, "phases": options.phases,
                                                     "seconds": seconds, "out": arguments.run_file}))
    else:
        print(f"{arguments.run_file}: group {paths.RECORDS} written in {seconds:.1f} s\n"
              f"next    {command('report', Path(arguments.run_file))}")
    return 0


def chosen(arguments: Namespace) -> dict[str, Any]:
    """Return what the command line says in place of the section [record]: a dict of fields of RecordOptions."""
    given = {name: getattr(arguments, name) for name in ("layers", "samples", "phases", "traces")}
    given = {name: value for name, value in given.items() if value is not None}
    return given | ({"layers": tuple(arguments.layers)} if arguments.layers else {})
