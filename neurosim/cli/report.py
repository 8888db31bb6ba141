"""neurosim report: one HTML page that shows and explains a run, or a sweep."""

from __future__ import annotations

import contextlib
import json
import math
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.experiment.config import Config
    from neurosim.experiment.sweep.store import Store
    from neurosim.report.facts import Facts
    from neurosim.report.sweep.facts import SweepFacts
    import numpy as np

ENDINGS = (".html", ".htm")


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser(
        "report", help="write one self-contained HTML page about a run or a sweep",
        description="Write one HTML page about a finished run: what was run, learning curves, errors, weights and "
                    "conductances, pulses and wear, firing rates, rasters, energy with its sources, and how to repeat "
                    "it. Or about a sweep, finished or not: what was swept, its figures, and a table of all points "
                    "that can be sorted. The page needs no network. Run file and folder are not changed.")
    parser.add_argument("what", metavar="run.h5 | FOLDER", help="run file of neurosim train, or folder of neurosim "
                        "sweep")
    parser.add_argument("-o", "--output", metavar="PAGE",
                        help="page to write, .html (default: run.html or FOLDER.html beside it)")
    parser.add_argument("--title", metavar="TEXT", help="title of the page (default: the name of the run or sweep)")
    parser.add_argument("--prices", metavar="CARD", help="for a run: price card that ships (isaac-32nm, neurram-130nm) "
                        "or a .toml file (default: that of the run)")
    parser.add_argument("--force", action="store_true", help="replace a page that is there")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    from neurosim.cli.outputs import chosen_path
    from neurosim.results.atomic_write import atomic_write
    with chosen_path("--output", arguments.output or _beside(Path(arguments.what)), ENDINGS, arguments.force) as output:
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
    from neurosim.report import report
    facts = gathered(arguments.what, arguments.title, arguments.prices)
    return {"run_file": arguments.what, "prices": facts.prices.stem}, report(arguments.what, facts)


def _of_sweep(arguments: Namespace) -> tuple[dict[str, str], str]:
    from neurosim.report.sweep import sweep_report
    if arguments.prices:
        raise ValueError(f"--prices {arguments.prices}: the points of a sweep have been priced as their configuration "
                         "says; leave --prices away")
    return {"folder": arguments.what}, sweep_report(gathered_sweep(arguments.what, arguments.title))


def gathered(path: Path | str, title: str | None = None, card: str | None = None) -> Facts:
    """What a report needs to know of a run file beside the file; returns Facts.

    title : of the page, default: the name of the file; card : of the prices, default: that of the run
    raises : ValueError
    """
    from neurosim.cli.measures import wilson
    from neurosim.experiment.chip import card_device
    from neurosim.experiment.pricing import prices_elsewhere, prices_of, workloads
    from neurosim.experiment.runs import opened, refuse_other_card, stored_config
    from neurosim.network.graph import Network
    from neurosim.report import Facts
    from neurosim.report.facts import refuse_unevaluated
    config, name = stored_config(path), Path(path).name
    with opened(path) as kept:
        refuse_unevaluated(kept)
        interval = wilson(float(kept["results/test/error"].data), len(kept["results/test/labels"].data))
        shape = tuple(kept["input_shape"].data.tolist())
        refuse_other_card(kept, config)
    network = Network(config.network, shape, config.neurons)
    weights = network.initial_weights(config.seed)
    devices, why_not = _programmed(path, config, network, weights)
    prices = prices_of(config, card)
    return Facts(name=name, title=title or f"Report of {name}", interval=interval, device=card_device(config),
                 initial_weights=weights, initial_devices=devices, devices_unknown=why_not,
                 workloads=workloads(path), prices=prices, elsewhere=prices_elsewhere(prices))


def gathered_sweep(folder: Path | str, title: str | None = None) -> SweepFacts:
    """What a report needs to know of the folder of a sweep; returns SweepFacts.

    title : of the page, default: the name of the sweep
    raises : ValueError
    """
    from neurosim.cli.sweep.show import surveyed
    from neurosim.experiment.sweep.store import Store
    from neurosim.experiment.sweep.table import results_of
    from neurosim.report.sweep import SweepFacts
    store = Store.open(folder)
    survey = surveyed(store)
    states = store.states(survey.rows)
    return SweepFacts(folder=Path(folder).resolve().name, title=title or f"Sweep {store.description['name']}",
                      about=store.description, states={**vars(states), "waiting": states.waiting},
                      results=results_of(store, survey), rows=survey.rows, origin=_origin(store, survey.rows))


def _origin(store: Store, rows: list) -> dict[str, Any]:
    """Attributes of the run file of the best point that has one that can be read; {} where none has."""
    from neurosim.results import RunFile, RunFileError
    done = [row for row in rows if row["state"] == "done" and store.run_path(row["id"]).is_file()]
    for row in sorted(done, key=lambda row: row["results"].get("test_error", math.inf)):
        with contextlib.suppress(RunFileError), RunFile(store.run_path(row["id"])) as run:
            return dict(run.attributes)
    return {}


def _programmed(path: Path | str, config: Config, network: Any, weights: dict[str, np.ndarray]) -> tuple[dict, str]:
    """Conductances that the initial programming left, built again: dict as in the run file, and why there are none.

    It is deterministic; whether it is the one of the run shows in the pulses and conductances that the run counted.
    """
    from neurosim.experiment.chip import make_synapses, tiling
    from neurosim.experiment.ledger import programming_at_first, read_programming
    from neurosim.experiment.runs import opened
    if config.synapses.ideal:
        return {}, ""
    try:
        synapses = make_synapses(config, network, weights, network.floorplans(tiling(config)))
        synapses.write(weights)
        synapses.begin()
    except ValueError as error:
        return {}, str(error)
    with opened(path) as run:
        kept, source = read_programming(run, "ledger/programming")[0], run.attributes.get("weights_from")
    if source:
        return {}, f"the weights of {source} were written to the devices before they learnt"
    if kept != programming_at_first(synapses):
        return {}, "this version of neurosim programs the devices with other pulses than the run counted"
    return synapses.stored(), ""


def _beside(what: Path) -> str:
    """Path of the page beside a run file or the folder of a sweep, as text."""
    if not what.is_dir():
        return str(what.with_suffix(".html"))
    folder = what if what.name not in ("", "..") else what.resolve()
    return str(folder.with_name(f"{folder.name}.html"))
