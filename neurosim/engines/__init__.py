"""Engines: what computes the dynamics of a network. They are chosen here, and know nothing of each other."""

import importlib
from dataclasses import dataclass
from typing import Any, Literal

from neurosim.engines.choice import faster_kind, has_torch
from neurosim.engines.protocol import Engine, Nudge, Products, Record, State
from neurosim.network.graph import Network
from neurosim.network.spec import one_pass
from neurosim.tables import check_kinds

__all__ = ["Engine", "EngineOptions", "Nudge", "Products", "Record", "State", "faster_kind",
           "make_engine"]

#: Where the class of each engine is, imported when it is asked for.
_HOMES = {"events": ("neurosim.engines.events.engine", "EventsEngine"),
          "dense": ("neurosim.engines.dense.engine", "DenseEngine")}
_DENSE = ("device", "precision", "deterministic")


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    """The section [engine].

    kind : "events", compiled loops that add up weight rows of the signals that are not zero, or "dense", whole layers
        at once in PyTorch, on the processor or on a GPU: for states, which hardly ever are zero (pip install
        'neurosim-ep[torch]'); "auto", the faster one of those that can do what is asked for, see `faster_kind`. A run
        file holds the one that it was
    device : of "dense": "cpu", "cuda", or "auto", a GPU where there is one
    precision : of "dense": what is multiplied: "float32", "tf32" (on a GPU, 10 bits behind the point) or "bfloat16" (7
        bits); sums and states are float32 anyway
    weights : of "events": what is added up for spikes of one size: "float32", or "int16", whole numbers of 11 bits and
        a sign on a grid of the largest weight of a connection, which is faster where weights leave a near cache; see
        `neurosim.engines.events.rows.Rows`
    deterministic : training gives the same bits on any number of processes: blocks of the batch, the same for all
        numbers, relax by themselves, and their products are added in order, see `neurosim.learning.sharing`; and, of
        "dense" on a GPU, only algorithms that add up in the same order every time, which are slower
    """

    kind: Literal["auto", "events", "dense"] = "events"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["float32", "tf32", "bfloat16"] = "float32"
    weights: Literal["float32", "int16"] = "float32"
    deterministic: bool = False

    def __post_init__(self) -> None:
        check_kinds(self, "engine")


def make_engine(network: Network, options: EngineOptions = EngineOptions(), **more: Any) -> Engine:
    """Return the engine of EngineOptions for a network; `more` are arguments of its class, for example threads.

    raises : ValueError where PyTorch is not installed, or the engine cannot do what is asked for
    """
    kind = options.kind
    if kind == "auto":
        kind = faster_kind(network.spec, network.neurons, options.device, options.weights)
    module, name = _HOMES[kind]
    if one_pass(network.spec, network.neurons) and kind != "dense":
        raise ValueError(f'network.feedforward: "{kind}" follows networks over many time steps, and one pass is all '
                         'that there is; write engine.kind = "dense"')
    if kind == "dense" and options.weights != "float32":
        raise ValueError('engine.weights: "int16" is what the engine "events" may add up; omit it, or write '
                         'engine.precision = "bfloat16"')
    if kind == "events":
        more = {"weights": options.weights} | more
    if kind == "dense":
        more = {key: getattr(options, key) for key in _DENSE} | more
        if not has_torch():
            raise ValueError('engine.kind: "dense" computes with PyTorch, which is not installed; run pip install '
                             "'neurosim-ep[torch]', or write engine.kind = \"events\"")
    return getattr(importlib.import_module(module), name)(network, **more)
