"""Which engine `engine.kind = "auto"` stands for: the faster one of those that can do what is asked for."""

import importlib
import importlib.util
from typing import Literal

from neurosim.network.spec import LayerSpec, Neurons, NetworkSpec, layer_neurons, one_pass

_WHOLE = ("rate", "linear")     # neurons whose layers the engine "dense" computes at once, and that hardly ever rest


def faster_kind(spec: NetworkSpec, neurons: Neurons, device: str = "auto",
                weights: str = "float32") -> Literal["events", "dense"]:
    """Return "dense" or "events", whichever follows a network faster on this machine.

    "dense" where PyTorch is installed, all layers send states, and a GPU is at hand or every connection is a dense one
    or one with max pooling; "events" otherwise. These are the winners of the table "Rate networks by both engines" in
    benchmarks/README.md: spikes are few, and convolutions without max pooling gain more from the zeros of their states.

    device, weights : see `EngineOptions`; whole numbers are weights of "events" alone
    """
    if one_pass(spec, neurons):
        return "dense"
    states = all(_sends_states(layer, neurons, layer is spec.layers[-1]) for layer in spec.layers)
    if weights != "float32" or not has_torch() or not states:
        return "events"
    reads_all = all(edge.kind == "dense" or edge.pool == "max" for edge in (*spec.layers, *spec.connections))
    return "dense" if reads_all or (device != "cpu" and _has_gpu()) else "events"


def has_torch() -> bool:
    """Return whether PyTorch is installed; imports nothing."""
    return importlib.util.find_spec("torch") is not None


def _has_gpu() -> bool:
    return bool(importlib.import_module("neurosim.engines.dense.hardware").hardware().is_gpu)


def _sends_states(layer: LayerSpec, neurons: Neurons, last: bool) -> bool:
    return layer_neurons(layer, neurons, last).law.name in _WHOLE
