"""What the pages about runs and sweeps are made from."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.confidence import wilson
from neurosim.experiment.chip import card_device, make_synapses, tiling
from neurosim.experiment.ledger import programming_at_first, read_programming
from neurosim.experiment.pricing import prices_elsewhere, prices_of, workloads
from neurosim.experiment.runs import opened, refuse_other_card, stored_config
from neurosim.experiment.sweep.table import results_of
from neurosim.network.graph import Network
from neurosim.report import Facts
from neurosim.report.facts import refuse_unevaluated
from neurosim.report.sweep import SweepFacts
from neurosim.results import RunFile, RunFileError, paths

if TYPE_CHECKING:
    import numpy as np

    from neurosim.experiment.config import Config
    from neurosim.experiment.sweep.store import Store, Survey


def gathered(path: Path | str, title: str | None = None, card: Path | str | None = None) -> Facts:
    """Return what a report needs to know of a run file beside the file; returns Facts.

    title : of the page, default: the name of the file; card : of the prices, default: that of the run
    raises : ValueError
    """
    config, name = stored_config(path), Path(path).name
    with opened(path) as kept:
        refuse_unevaluated(kept)
        error, labels = (kept[paths.evaluation("test", name)].data for name in ("error", "labels"))
        interval = wilson(float(error), len(labels))
        shape = tuple(kept[paths.INPUT_SHAPE].data.tolist())
        refuse_other_card(kept, config)
    network = Network(config.network, shape, config.neurons)
    weights = network.initial_weights(config.seed)
    devices, why_not = programmed(path, config, network, weights)
    prices = prices_of(config, card)
    return Facts(name=name, title=title or f"Report of {name}", interval=interval, device=card_device(config),
                 initial_weights=weights, initial_devices=devices, devices_unknown=why_not,
                 workloads=workloads(path), prices=prices, elsewhere=prices_elsewhere(prices))


def gathered_sweep(store: Store, survey: Survey, title: str | None = None) -> SweepFacts:
    """Return what a report needs to know of the folder of a sweep; returns SweepFacts.

    store : of the folder; survey : its rows; title : of the page, default: the name of the sweep
    """
    states = store.states(survey.rows)
    return SweepFacts(folder=store.folder.resolve().name, title=title or f"Sweep {store.description['name']}",
                      about=store.description, states={**vars(states), "waiting": states.waiting},
                      results=results_of(store, survey), rows=survey.rows, origin=_origin(store, survey.rows))


def _origin(store: Store, rows: list) -> dict[str, Any]:
    """Return the attributes of the run file of the best point that has one that can be read; {} where none has."""
    done = [row for row in rows if row["state"] == "done" and store.run_path(row["id"]).is_file()]
    for row in sorted(done, key=lambda row: row["results"].get("test_error", math.inf)):
        with contextlib.suppress(RunFileError), RunFile(store.run_path(row["id"])) as run:
            return dict(run.attributes)
    return {}


def programmed(path: Path | str, config: Config, network: Network, weights: dict[str, np.ndarray]) -> tuple[dict, str]:
    """Conductances that the initial programming left, built again: dict as in the run file, and why there are none.

    It is deterministic; whether it is the one of the run shows in the pulses and conductances that the run counted.
    """
    if config.synapses.ideal:
        return {}, ""
    try:
        synapses = make_synapses(config, network, weights, network.floorplans(tiling(config)))
        synapses.write(weights)
        synapses.begin()
    except ValueError as error:
        return {}, str(error)
    with opened(path) as run:
        kept, source = read_programming(run, paths.programming())[0], run.attributes.get("weights_from")
    if source:
        return {}, f"the weights of {source} were written to the devices before they learnt"
    if kept != programming_at_first(synapses):
        return {}, "this version of neurosim programs the devices with other pulses than the run counted"
    return synapses.stored(), ""
