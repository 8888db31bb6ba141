"""Engines: what computes the dynamics of a network. They are chosen here, and know nothing of each other."""

import importlib
from dataclasses import dataclass
from typing import Any, Literal

from neurosim.engines.protocol import Engine, Nudge, Products, Record, State
from neurosim.network.graph import Network

__all__ = ["Engine", "EngineOptions", "Nudge", "Products", "Record", "State", "make_engine"]

#: Where the class of each engine is, imported when it is asked for.
_HOMES = {"events": ("neurosim.engines.events.engine", "EventsEngine")}


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    """The section [engine].

    kind : "events", compiled loops that add up weight rows of the signals that are not zero
    deterministic : training gives the same bits on any number of processes: blocks of the batch, the same for all
        numbers, relax by themselves, and their products are added in order, see `neurosim.learning.sharing`
    """

    kind: Literal["events"] = "events"
    deterministic: bool = False


def make_engine(network: Network, options: EngineOptions = EngineOptions(), **more: Any) -> Engine:
    """Return the engine of EngineOptions for a network; `more` are arguments of its class, for example threads."""
    module, name = _HOMES[options.kind]
    return getattr(importlib.import_module(module), name)(network, **more)
