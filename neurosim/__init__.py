"""Spiking convolutional networks that learn by equilibrium propagation.

    from neurosim import Training, load_config

The public names below are imported when they are first used.
"""

import importlib

__version__ = "0.2.0"

_HOMES = {
    "train": "calls.training", "open_run": "calls.run", "Run": "calls.run",
    "Config": "experiment.config", "load_config": "experiment.config", "Model": "experiment.model",
    "Training": "experiment.training", "evaluate": "experiment.evaluation",
    "Network": "network.graph", "Neurons": "network.graph", "ConnectionSpec": "network.graph", "conv": "network.graph",
    "dense": "network.graph", "EventsEngine": "engines.events.engine",
    "Nudge": "engines",
    "Schedule": "neurons", "IdealSynapses": "crossbar", "Tiling": "crossbar", "Readout": "crossbar",
    "Conversion": "crossbar", "Wires": "crossbar.wires", "effective_conductances": "crossbar.wires",
    "Counts": "counts", "load_prices": "energy", "price": "energy",
    "Phases": "learning.phases", "run_phases": "learning.phases", "gradient": "learning.rule",
    "OptimiserOptions": "learning.optimiser", "make_optimiser": "learning.optimiser", "EngineOptions": "engines",
    "make_engine": "engines",
    "Device": "memristor.device", "load_device": "memristor.device", "DeviceArray": "memristor.array",
    "Response": "memristor.response", "DeviceSynapses": "crossbar.devices", "Placement": "crossbar.devices",
    "RunFile": "results", "read_run": "results", "run_figure": "plots", "open_sweep": "experiment.sweep.table",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
