"""The run file of a training: what is saved, and how a run is found again in it."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.counts import Counts
from neurosim.experiment.chip import card_numbers, card_then
from neurosim.experiment.config import parse_config
from neurosim.experiment.fitness import refuse_misfit
from neurosim.experiment.ledger import (counts_tree, kept_phases, programming_at_first, programming_tree, read_phases,
                                        read_programming)
from neurosim.experiment.overrides import differences
from neurosim.learning.averaging import Average
from neurosim.learning.estimator import FREE
from neurosim.neurons import own_laws
from neurosim.tables import to_table
from neurosim.toml import to_toml
from neurosim.results import paths, provenance, write_run
from neurosim.results.checking import RunOfTraining
from neurosim.results.schema import SCHEMA, described

if TYPE_CHECKING:
    from neurosim.experiment.config import Config
    from neurosim.experiment.model import Model
    from neurosim.experiment.progress import Progress
    from neurosim.network.graph import Network

_MODEL = ("weights", "biases", "velocity", "square", "updates", *Average.groups, "devices", "update", "ranges")
_HISTORY = tuple(name.removeprefix(paths.history("") + "/") for name in SCHEMA
                 if name.startswith(paths.history("") + "/"))
#: Beginnings of keys that what is learnt does not depend on.
_ASIDE = ("data.path:", "synapses.tables:", "training.checkpoint_seconds:", "training.prefetch:",
          "energy.", "price.", "record.")
_SPIKES = ("free", "nudged")    #: of an epoch, by the phases in which they were sent: the free one, and all others


def save(path: Path, config: Config, model: Model, progress: Progress, results: dict | None) -> None:
    """Write a run file as it stands, aside and renamed.

    progress : Progress of the training
    results : tree of Quantity, evaluations of the finished run; empty before
    """
    layers = [layer.name for layer in model.network.layers]
    history = {name: np.array([entry[name] for entry in progress.history], float) for name in _HISTORY}
    ledger = {phase: counts_tree([entry["counts"].get(phase, Counts()) for entry in progress.history])
              for phase in kept_phases(config.learning)}
    programmed = [programming_at_first(model.synapses), *(entry["programming"] for entry in progress.history)]
    tree: dict[str, Any] = {
        paths.MODEL: {group: {name: described(paths.model(group, name), values) for name, values in arrays.items()}
                      for group, arrays in model.stored().items()},
        paths.HISTORY: {name: described(paths.history(name), values) for name, values in history.items()},
        paths.SPIKES: {group: _signals(progress.history, group, layers) for group in _SPIKES},
        paths.LEDGER: ledger | {paths.PROGRAMMING: programming_tree(programmed)},
        paths.RESULTS: results,
        paths.STATES: {name: described(paths.states(name), values)
                       for name, values in progress.start.stored().items()},
        paths.INPUT_SHAPE: described(paths.INPUT_SHAPE, np.array(model.network.layers[0].shape)),
    }
    attributes = {"config": to_toml(config), **provenance(config.seed), "epoch": progress.epoch,
                  "batch": progress.batch, "finished": progress.finished, "partial": progress.partial(),
                  "weights_from": progress.weights_from, **({"data": progress.data} if progress.data else {}),
                  "card": json.dumps(card_numbers(config)), **_own_laws(model.network.laws)}
    write_run(path, tree, attributes)


@contextlib.contextmanager
def opened(path: Path | str) -> Iterator[RunOfTraining]:
    """Open the run file of a training, all of which fits its configuration; yields a RunOfTraining.

    raises : RunFileError that names the file and what is wrong with it
    """
    with RunOfTraining(path) as run:
        refuse_misfit(run, parse_config(run.attributes["config"], f"run file {path}"))
        yield run


def stored_config(path: Path | str, assignments: Sequence[str] = ()) -> Config:
    """Return configuration that a run file holds, with overrides; returns Config."""
    with opened(path) as run:
        return parse_config(run.attributes["config"], f"run file {path}", assignments)


def load_model(path: Path | str, model: Model, calibrated: bool = True) -> None:
    """Restore what a run file holds of its model into a model, which is MUTATED.

    calibrated : with the ranges of its converters
    """
    with opened(path) as run:
        refuse_other_card(run, model.config)
        stored = {group: _arrays(run, group) for group in _MODEL}
        model.restore(stored if calibrated else stored | {"ranges": {}}, f"run file {path}")


def learnt(path: Path | str) -> tuple[dict, dict]:
    """Return weights and biases that a run file holds, two dicts of arrays."""
    with opened(path) as run:
        return _arrays(run, "weights"), _arrays(run, "biases")


def learnt_shapes(path: Path | str) -> tuple:
    """Return the shape of the images of a run file, and a dict from connection to the shape of its weights."""
    with opened(path) as run:
        return (tuple(run[paths.INPUT_SHAPE].data.tolist()),
                {name: tuple(run.shape(paths.model("weights", name))) for name in run.names(paths.model("weights"))})


def load_progress(path: Path | str, progress: Progress) -> None:
    """Take back how far the training of a run file was; MUTATES a Progress."""
    with opened(path) as run:
        told = run.attributes
        progress.epoch, progress.batch, progress.finished = told["epoch"], told["batch"], told["finished"]
        progress.weights_from = told.get("weights_from", "")
        if told.get("data", progress.data) != progress.data:
            raise ValueError(f"resume {path}: the data are not those that it has learnt from (SHA-256 "
                             f"{told['data'][:12]}..., now {progress.data[:12]}...); bring those back, or start a "
                             "new run")
        learning = parse_config(told["config"], f"run file {path}").learning
        progress.history = _history(run, learning)
        try:
            progress.resume_partial(told["partial"], learning)
        except (ValueError, RecursionError) as error:
            raise run.foreign("its attribute partial does not tell how far an epoch was") from error
        stored = run[paths.STATES] if paths.STATES in run else {}
        try:
            progress.start.load({name: quantity.data for name, quantity in stored.items()})
        except ValueError as error:
            raise run.foreign(str(error)) from error


def _history(run: RunOfTraining, learning: Any) -> list[dict]:
    """Return history of a run file as the list of dicts that Progress keeps; learning : Phases of its configuration."""
    columns = {name: run[paths.history(name)].data for name in _HISTORY}
    counts = read_phases(run, learning)
    programming = read_programming(run, paths.programming())
    return [{**{name: float(values[i]) for name, values in columns.items()},
             "counts": {phase: rows[i] for phase, rows in counts.items() if rows[i].samples},
             "programming": programming[1 + i]}
            for i in range(len(columns["train_error"]))]


def refuse_other_config(path: Path | str, config: Config) -> None:
    """Raise ValueError that shows the differences unless `config` is the one that the run file holds.

    What is learnt depends neither on where files are nor on what is saved, priced or recorded.
    """
    found = [text for text in differences(to_table(stored_config(path)), to_table(config))
             if not text.startswith(_ASIDE)]
    if found:
        raise ValueError(f"resume {path}: its configuration differs from the one asked for ({'; '.join(found)}); "
                         "resume without changes, or start a new run with --out")


def decisive(config: Config) -> list[str]:
    """Return the keys and values of a configuration that what is learnt depends on, one text for each."""
    return [text for text in differences({}, to_table(config)) if not text.startswith(_ASIDE)]


def refuse_other_laws(path: Path | str, network: Network) -> None:
    """Raise ValueError where a law of the user's own is not the one that the run file was computed with."""
    with opened(path) as run:
        kept = run.attributes.get("neurons", "")
    if kept != _own_laws(network.laws).get("neurons", ""):
        raise ValueError(f"resume {path}: the code of its neurons ({kept or 'none of your own'}) has changed; resume "
                         "with that of before, or start a new run with --out")


def _own_laws(laws: Any) -> dict:
    """Return what tells which code laws of the user's own had, an attribute of a run file; {} where there are none."""
    found = [f"{law.name} {law.fingerprint or 'without a fingerprint'}" for law in laws if law.name in own_laws()]
    return {"neurons": ", ".join(found)} if found else {}


def refuse_existing(path: Path | str) -> None:
    """Raise ValueError when something stands where a new run is to be written."""
    if os.path.lexists(path):
        raise ValueError(f"run file {path}: already exists; choose another name, continue it with resume = True, or "
                         "replace it with force = True")


def refuse_other_card(run: RunOfTraining, config: Config) -> None:
    """Raise ValueError when the card of a configuration is not the one that an open run file was written with."""
    now = json.loads(json.dumps(card_numbers(config)))
    try:
        kept = card_then(json.loads(run.attributes.get("card", "{}")))
    except (ValueError, RecursionError):
        kept = None
    if not isinstance(kept, dict) or not all(_is_plain(value) for value in kept.values()):
        raise run.foreign("its attribute card does not hold the numbers of a device card")
    found = differences(*({key: card[key] for key in kept if key in now} for card in (kept, now)))
    if found:
        told = "; ".join(found[:3]) + (f"; and {len(found) - 3} more" if len(found) > 3 else "")
        raise ValueError(f"run file {run.path}: the card {config.synapses.device} is not the one that it was written "
                         f"with ({told}); bring the old card back, or change numbers with --set device.KEY=")


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float)) or isinstance(value, list) and all(
        isinstance(number, (int, float)) for number in value)


def _arrays(run: RunOfTraining, group: str) -> dict:
    name = paths.model(group)
    return {key: quantity.data for key, quantity in run[name].items()} if name in run else {}


def _signals(history: list[dict], group: str, layers: Sequence[str]) -> Any:
    signals = [[sum(counts.signals.get(name, 0) for phase, counts in entry["counts"].items()
                    if (phase == FREE) == (group == "free")) for name in layers] for entry in history]
    return described(paths.spikes(group), np.array(signals, np.int64).reshape(-1, len(layers)),
                     f": {', '.join(layers)}")
