"""Networks that come from a NIR graph and go to one: run files out, and run files in, as if nothing were learnt yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.engines.choice import has_torch
from neurosim.exchange import nir
from neurosim.exchange.nir.files import DT
from neurosim.experiment.config import Config, parse_config
from neurosim.experiment.runs import learnt, learnt_shapes, stored_config
from neurosim.experiment.training import Training
from neurosim.network.graph import Network
from neurosim.network.spec import one_pass
from neurosim.tables import to_table
from neurosim.toml import to_toml

if TYPE_CHECKING:
    from neurosim.exchange.nir import Imported

#: Time steps of an imported network unless the user says so, and the rate at which it learns further.
STEPS, _RATE = 25, 3e-3
#: Sections of a configuration that an imported network keeps.
_KEPT = ("seed", "data", "training", "energy", "price")


def graph_of_run(path: Path | str, dt: float = DT) -> tuple[bytes, list[str]]:
    """Return the network of a run file as the file of a NIR graph, and what is lost, a list of str.

    dt : time step of the graph [s]
    raises : ValueError
    """
    config, (shape, _), (weights, biases) = stored_config(path), learnt_shapes(path), learnt(path)
    network = Network(config.network, shape, config.neurons)
    graph, losses = nir.graph_of(network, weights, biases, steps=config.learning.relaxed_steps, dt=dt)
    if not config.synapses.ideal:
        losses.append(f"the devices of {config.synapses.device} became the weights that they stand for")
    return nir.graph_bytes(graph), losses


def config_of(found: Imported, table: Mapping[str, Any], owner: str, assignments: Sequence[str] = (),
              steps: int = STEPS) -> Config:
    """Return the Config under which an imported network is evaluated and learns further, by backpropagation.

    table : of a configuration, of which data, training and prices are kept; owner, assignments : as of `parse_config`
    steps : time steps in which spikes are counted
    """
    events = table.get("data", {}).get("name") == "events"
    spec = replace(found.spec, input="events" if events else "analog")
    spiking = spec.layers[-1].neurons == "lif"
    at_once = one_pass(spec, found.neurons)
    learning = {"rule": "bptt", "loss": "squared-error" if spiking else "cross-entropy",
                "state": "mean" if at_once else "spike-count", "free_steps": 1 if at_once else steps,
                "window": 1 if at_once else steps}
    whole = {key: table[key] for key in _KEPT if key in table} | {
        "network": to_table(spec), "neurons": to_table(found.neurons), "learning": learning,
        "optimiser": {"kind": "adamw", "rates": _RATE}, "engine": {"kind": "dense" if has_torch() else "events"}}
    return parse_config(to_toml(whole), owner, assignments)


def begin_imported(found: Imported, config: Config, source: str, out: Path | str, force: bool = False,
                   threads: int | None = None) -> Training:
    """Write a run file with the network of a graph, before its first epoch; returns the Training.

    source : name of the graph; out, force, threads : as of Training
    raises : ValueError where data or configuration do not fit the graph
    """
    training = Training(config, out, threads, force=force)
    shape = training.model.network.layers[0].shape
    weights = {name: np.asarray(values, np.float32) for name, values in found.weights.items()}
    if len(found.shape) == 1 and np.prod(shape) == found.shape[0]:
        weights = {name: _channels_last(values, shape) if name.startswith("input-") else values
                   for name, values in weights.items()}
    elif shape != found.shape:
        raise ValueError(f"{source}: takes images of shape {found.shape}, rows, columns and channels, and the data "
                         f"have {shape}; choose data that fit, or pad them with data.pad")
    training.model.write(weights, {name: np.asarray(values, np.float32) for name, values in found.biases.items()},
                         source)
    training.progress.weights_from = Path(source).name
    training.save()
    return training


def _channels_last(weights: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Weights of flattened images, which count channel by channel elsewhere, (out, C H W), as (out, H W C)."""
    height, width, channels = shape
    return weights.reshape(-1, channels, height, width).transpose(0, 2, 3, 1).reshape(len(weights), -1)
