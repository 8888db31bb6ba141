"""neurosim report: one HTML page that shows and explains a run, or a sweep."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser(
        "report", help="write one self-contained HTML page about a run or a sweep",
        description="Write one HTML page about a finished run: configuration, learning curves, errors, weights and "
                    "conductances, pulses and wear, firing rates, rasters, energy with its sources, and how to repeat "
                    "it. Or about a sweep, finished or not: what was varied, its figures, and a sortable table of all "
                    "points. The page needs no network. Run file and folder are not changed.")
    parser.add_argument("what", metavar="run.h5 | FOLDER", help="run file of neurosim train, or folder of neurosim "
                        "sweep")
    parser.add_argument("-o", "--output", metavar="PAGE",
                        help="page to write, .html (default: run.html or FOLDER.html next to it)")
    parser.add_argument("--title", metavar="TEXT", help="title of the page (default: the name of the run or sweep)")
    parser.add_argument("--prices", metavar="CARD", help="for a run: card with the energy per event, one that ships "
                                                         "(isaac-32nm, neurram-130nm) or a .toml file (default: that "
                                                         "of the run)")
    parser.add_argument("--force", action="store_true", help="replace a page that is there")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    from neurosim.results.atomic_write import atomic_write
    from neurosim.results.outputs import PAGES, chosen_path
    with chosen_path("--output", arguments.output or _beside(Path(arguments.what)), PAGES, arguments.force) as output:
        if not Path(arguments.what).exists():
            raise ValueError(f"{arguments.what}: is not there; give a run file of neurosim train, or the folder of a "
                             "sweep")
        what, page = (_of_sweep if Path(arguments.what).is_dir() else _of_run)(arguments)
        atomic_write(output, page.encode())
    size = len(page.encode())
    if arguments.json:
        print(json.dumps({**what, "out": str(output), "bytes": size}))
    else:
        from neurosim.experiment.recording import readable_bytes
        print(f"{output}  {readable_bytes(size)}, open it in any browser")
    return 0


def _of_run(arguments: Namespace) -> tuple[dict[str, str], str]:
    from neurosim.experiment.pipeline.facts import gathered
    from neurosim.report import report
    facts = gathered(arguments.what, arguments.title, arguments.prices)
    return {"run_file": arguments.what, "prices": facts.prices.stem}, report(arguments.what, facts)


def _of_sweep(arguments: Namespace) -> tuple[dict[str, str], str]:
    from neurosim.cli.sweep.show import surveyed
    from neurosim.experiment.pipeline.facts import gathered_sweep
    from neurosim.experiment.sweep.store import Store
    from neurosim.report.sweep import sweep_report
    if arguments.prices:
        raise ValueError(f"--prices {arguments.prices}: the points of a sweep have been priced as their configuration "
                         "says; omit --prices")
    store = Store.open(arguments.what)
    return {"folder": arguments.what}, sweep_report(gathered_sweep(store, surveyed(store), arguments.title))


def _beside(what: Path) -> str:
    """Return the path of the page beside a run file or the folder of a sweep, as text."""
    if not what.is_dir():
        return str(what.with_suffix(".html"))
    folder = what if what.name not in ("", "..") else what.resolve()
    return str(folder.with_name(f"{folder.name}.html"))
