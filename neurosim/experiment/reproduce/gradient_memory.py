"""Memory that one gradient of one batch takes, by equilibrium propagation or by backpropagation."""

import importlib.util
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

import numpy as np

from neurosim.crossbar import IdealSynapses
from neurosim.engines import EngineOptions, make_engine
from neurosim.learning.phases import Phases
from neurosim.learning.rule import gradient, study
from neurosim.network.graph import Network


def refuse_without_torch() -> None:
    """Raise ValueError where PyTorch is not installed."""
    if importlib.util.find_spec("torch") is None:
        raise ValueError('this recipe goes back through the steps of the engine "dense", which computes with PyTorch; '
                         "run pip install 'neurosim-ep[torch]'")


def ready(network: Network, images: np.ndarray, targets: np.ndarray, phases: Phases,
          seed: int) -> tuple[Any, Callable[[], object]]:
    """Return the engine "dense" at the first weights of a seed, and what makes the gradient of all images at once."""
    engine = make_engine(network, EngineOptions(kind="dense", device="cpu"), threads=1, together=len(images))
    engine.load(IdealSynapses(network.initial_weights(seed)).effective(), network.initial_biases())
    return engine, lambda: gradient(engine, study(engine, images, targets, phases))


class Metered(Protocol):
    """An engine that counts the memory of its tensors."""

    def metered(self) -> AbstractContextManager: ...


def peak_of_tensors(engine: Metered, make: Callable[[], object]) -> float:
    """Return the largest memory of the tensors that `make` has at one time, beyond weights [MiB]."""
    with engine.metered() as meter:
        make()
    most: int = meter.most
    return most / 2 ** 20
