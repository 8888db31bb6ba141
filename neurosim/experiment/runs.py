"""The run file of a training: what is saved, and how a run is found again in it."""

import json

import numpy as np

from neurosim.experiment.chip import card_numbers, card_then
from neurosim.experiment.config import parse_config
from neurosim.experiment.ledger import (PHASES, counts_tree, programming_at_first, programming_tree, read_counts,
                                        read_programming)
from neurosim.experiment.overrides import differences
from neurosim.tables import to_table
from neurosim.toml import to_toml
from neurosim.results import Quantity, RunFile, RunFileError, provenance, write_run

_MODEL = {
    "weights": "weights of a connection: (C_out, C_in, k, k) or (out, in)",
    "biases": "biases of a layer, one per channel or unit",
    "velocity": "momentum of the optimiser",
    "devices": "state of the devices: conductances, pulses received, time of the last pulse, and what programming cost",
    "update": "registers of the pulse rule, in pulses",
    "ranges": "full scale of the converters: one number per slice of tiles, in units of weights",
}
_DEVICE_UNITS = {"g": "S", "touched": "s", "time": "s"}
_HISTORY = {
    "train_error": "fraction of wrong answers in the free phases of training",
    "validation_error": "fraction of wrong answers on the validation set after the epoch",
    "rate_scale": "factor on the learning rates at the end of the epoch",
    "seconds": "duration of the epoch, validation included",
    "samples_per_second": "training samples per second",
    "free_steps": "mean time steps of the free phase, training",
}
#: Spikes of an epoch, by the phases in which they were sent.
_SPIKES = {"free": ("free",), "nudged": ("continued", "nudge+", "nudge-")}
_UNITS = {"seconds": "s", "samples_per_second": "1/s"}


def save(path, config, model, progress, results):
    """Write a run file as it stands, aside and renamed.

    progress : Progress of the training
    results : tree of Quantity, evaluations of the finished run; empty before
    """
    layers = [layer.name for layer in model.network.layers]
    tree = {
        "model": {group: {name: Quantity(values, _unit(group, name), _MODEL[group])
                          for name, values in arrays.items()} for group, arrays in model.stored().items()},
        "history": {name: Quantity(np.array([entry[name] for entry in progress.history], float),
                                   _UNITS.get(name, "1"), text)
                    for name, text in _HISTORY.items()},
        "spikes": {group: _signals(progress.history, phases, layers) for group, phases in _SPIKES.items()},
        "ledger": {phase: counts_tree([entry["counts"][phase] for entry in progress.history]) for phase in PHASES}
        | {"programming": programming_tree([programming_at_first(model.synapses),
                                            *(entry["programming"] for entry in progress.history)])},
        "results": results,
        "input_shape": Quantity(np.array(model.network.layers[0].shape), "1", "shape of the prepared images"),
    }
    attributes = {"config": to_toml(config), **provenance(config.seed), "epoch": progress.epoch,
                  "batch": progress.batch, "finished": progress.finished, "partial": progress.partial(),
                  "weights_from": progress.weights_from,
                  "card": json.dumps(card_numbers(config))}
    write_run(path, tree, attributes)


def stored_config(path, assignments=()):
    """Configuration that a run file holds, with overrides; returns Config."""
    with RunFile(path) as run:
        return parse_config(_text(run, path), f"run file {path}", assignments)


def load_model(path, model):
    """Restore weights, biases and momentum of a run file into a model; returns the attributes of the file."""
    with RunFile(path) as run:
        for group in ("weights", "biases", "velocity"):
            if f"model/{group}" not in run:
                raise RunFileError(f"run file {path}: holds no model/{group}; it was not written by neurosim train")
        model.restore({group: {name: run[f"model/{group}/{name}"].data for name in run.names(f"model/{group}")}
                       if f"model/{group}" in run else {} for group in _MODEL})
        _refuse_other_card(path, run.attributes.get("card", "{}"), model.config)
        return dict(run.attributes)


def learnt(path):
    """Weights and biases that a run file holds, two dicts of arrays."""
    with RunFile(path) as run:
        return tuple({name: run[f"model/{group}/{name}"].data for name in run.names(f"model/{group}")}
                     for group in ("weights", "biases"))


def learnt_shapes(path):
    """Shape of the images of a run file, and a dict from connection to the shape of its weights."""
    with RunFile(path) as run:
        return (tuple(run["input_shape"].data.tolist()),
                {name: tuple(run.shape(f"model/weights/{name}")) for name in run.names("model/weights")})


def load_history(path):
    """History of a run file as the list of dicts that Progress keeps."""
    with RunFile(path) as run:
        columns = {name: run[f"history/{name}"].data for name in _HISTORY}
        counts = {phase: read_counts(run, f"ledger/{phase}") for phase in PHASES}
        programming = read_programming(run, "ledger/programming")
        return [{**{name: float(values[i]) for name, values in columns.items()},
                 "counts": {phase: rows[i] for phase, rows in counts.items()}, "programming": programming[1 + i]}
                for i in range(len(columns["train_error"]))]


def refuse_other_config(path, config):
    """Raise ValueError that shows the differences unless `config` is the one that the run file holds."""
    found = differences(to_table(stored_config(path)), to_table(config))
    if found:
        raise ValueError(f"resume {path}: its configuration differs from the one asked for ({'; '.join(found)}); "
                         "resume without changes, or start a new run with --out")


def _refuse_other_card(path, kept, config):
    """Raise ValueError when the device card is not the one that the run began with."""
    kept, now = card_then(json.loads(kept)), json.loads(json.dumps(card_numbers(config)))
    if kept and now and kept != now:
        found = "; ".join(differences(kept, now))
        raise ValueError(f"run file {path}: the card {config.synapses.device} is not the one that it was written with "
                         f"({found}); bring the old card back, or change numbers with --set device.KEY=")


def _signals(history, phases, layers):
    signals = [[sum(entry["counts"][phase].signals.get(name, 0) for phase in phases) for name in layers]
               for entry in history]
    return Quantity(np.array(signals, np.int64).reshape(-1, len(layers)), "1",
                    f"signals sent during {' and '.join(phases)} phases of an epoch, one column per layer: "
                    f"{', '.join(layers)}")


def _unit(group, name):
    return _DEVICE_UNITS.get(name.rpartition(".")[2], "1") if group == "devices" else "1"


def _text(run, path):
    text = run.attributes.get("config")
    if not isinstance(text, str):
        raise RunFileError(f"run file {path}: holds no configuration; it was not written by neurosim train")
    return text
