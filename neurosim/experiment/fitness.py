"""Whether the arrays of a run file belong to its configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.counts import LATER_EVENTS, READ_EVENTS
from neurosim.experiment.ledger import known_phases
from neurosim.network.graph import Network
from neurosim.results import RunFileError, paths
from neurosim.results.schema import RECORDED, SPLITS

if TYPE_CHECKING:
    from neurosim.experiment.config import Config
    from neurosim.results.checking import RunOfTraining


def refuse_misfit(run: RunOfTraining, config: Config) -> None:
    """Raise RunFileError unless layers, connections and their shapes are those of the configuration.

    run : open RunOfTraining; config : the Config that it holds
    """
    network = Network(config.network, tuple(run[paths.INPUT_SHAPE].data.tolist()), config.neurons)
    for group, wanted in (("weights", {c.name: tuple(c.weight_shape) for c in network.connections}),
                          ("biases", {name: values.shape for name, values in network.initial_biases().items()})):
        name = paths.model(group)
        _compare(run, name, {key: tuple(run.shape(f"{name}/{key}")) for key in run.names(name)}, wanted)
    units = {layer.name: layer.units for layer in network.layers}
    for split in SPLITS:
        if paths.evaluation(split) in run:
            found = (run[paths.evaluation(split, key)].data.tolist() for key in ("layers", "units"))
            _compare(run, paths.evaluation(split, "layers"), dict(zip(*found)), units)
            _compare(run, paths.evaluation(split, "outputs"), run.dimension("classes"), network.layers[-1].units)
            _check_ledger(run, paths.evaluation(split, paths.LEDGER), network)
    phases = known_phases(config.learning)
    _refuse_strangers(run, paths.LEDGER, (*phases, paths.PROGRAMMING))
    for phase in phases:
        if paths.ledger(phase) in run:
            _check_ledger(run, paths.ledger(phase), network)
    programmed = set() if config.synapses.ideal else {c.name for c in network.connections}
    connections = paths.programming("connections")
    _compare(run, connections, set(run[connections].data.tolist()), programmed)
    for connection in network.connections if programmed else ():
        name = paths.model("devices", f"{connection.name}.plus.g")
        _compare(run, name, int(np.prod(run.shape(name))), int(np.prod(connection.weight_shape)))
    _check_records(run, units, (*phases, *RECORDED))


def _check_ledger(run: RunOfTraining, group: str, network: Network) -> None:
    """Require counts of every layer, read and kind of event, and at least one step per sample."""
    samples, steps = (run[f"{group}/{name}"].data for name in ("samples", "steps"))
    if np.any(steps < samples):
        raise run.foreign(f"{group}/steps holds less than a step per sample")
    if not samples.any():
        return
    reads = {f"{c.name} {way}" for c in network.connections for way in ("forward", "backward")
             if way == "forward" or network.returns(c)}
    for name, wanted in (("layers", {layer.name for layer in network.layers}), ("reads", reads)):
        _compare(run, f"{group}/{name}", set(run[f"{group}/{name}"].data.tolist()), wanted)
    kinds = set(run[f"{group}/kinds"].data.tolist())
    _compare(run, f"{group}/kinds", kinds, set(READ_EVENTS) - (LATER_EVENTS - kinds))


def _refuse_strangers(run: RunOfTraining, group: str, names: Sequence[str]) -> None:
    """Raise RunFileError where a group holds the phase of another configuration."""
    for name in run.names(group):
        if name not in names:
            _compare(run, group, name, " or ".join(names))


def _check_records(run: RunOfTraining, units: Any, phases: Any) -> None:
    if paths.RECORDS in run:
        _refuse_strangers(run, paths.RECORDS, (*phases, "samples", "labels", "steps"))
    for phase in phases:
        group = paths.records(phase)
        for layer in run.names(group) if group in run else ():
            _compare(run, f"{group}/{layer}", run.dimension(f"units of {layer}"), units.get(layer))


def _compare(run: RunOfTraining, name: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise RunFileError(f"run file {run.path}: {name} does not fit its configuration ({_told(found)}, where "
                           f"{_told(wanted)} belongs); use an unchanged run file")


def _told(value: Any) -> str:
    parts = [f"{key} {item}" for key, item in value.items()] if isinstance(value, dict) else \
        sorted(value) if isinstance(value, set) else [str(value)]
    text = ", ".join(parts) or "nothing"
    return text if len(text) <= 200 else f"{text[:200]}..."
