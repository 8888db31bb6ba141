"""What all optimisers have in common: rates, decay, a limit on the gradient, and a memory that is saved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from neurosim.network.connections.connection import less_mean_of_unit
from neurosim.summaries import Summarised, Summary

if TYPE_CHECKING:
    from neurosim.learning.optimiser import OptimiserOptions


class Optimiser(Summarised):
    """Rates and memory of every parameter.

    name : in a configuration; remembers : names of the groups of arrays, one of each for every parameter
    ignores : keys of the section that mean nothing to it
    options : OptimiserOptions; rates : dict from the name of a connection or layer to its rate
    weights, biases : dicts of arrays, whose shapes and kinds matter
    state : dict of dicts of arrays, MUTATED by `step`; save it to resume
    """

    name: ClassVar[str]
    remembers: ClassVar[tuple[str, ...]]
    ignores: ClassVar[tuple[str, ...]] = ()

    def __init__(self, options: OptimiserOptions, rates: dict[str, float], weights: dict[str, np.ndarray],
                 biases: dict[str, np.ndarray]) -> None:
        self.options, self.rates, self._weights = options, rates, frozenset(weights)
        self._decays = {**dict.fromkeys(weights, options.weight_decay), **dict.fromkeys(biases, options.bias_decay)}
        self.state: dict[str, dict[str, np.ndarray]] = {
            group: {name: np.zeros_like(values) for name, values in {**weights, **biases}.items()}
            for group in self.remembers}

    def summary(self) -> Summary:
        """Return the Summary: the rate of every parameter, and what is remembered of it."""
        rows = [("parameter", "rate"), *((name, f"{rate:.4g}") for name, rate in self.rates.items())]
        return Summary(heading=f"Optimiser {self.name}, remembers {' and '.join(self.remembers) or 'nothing'}",
                       rows=rows, words=1)

    def step(self, gradients: dict[str, np.ndarray], parameters: dict[str, np.ndarray],
             scale: float = 1.0) -> dict[str, np.ndarray]:
        """Turn gradients into changes at `scale` times the rates; returns a dict of arrays, and MUTATES the state.

        gradients : dict of arrays; parameters : dict of the arrays that decay; one that is missing does not
        """
        if self.options.centralise:
            gradients = {name: less_mean_of_unit(gradient) if name in self._weights else gradient
                         for name, gradient in gradients.items()}
        clip, changes = self._clip(gradients), {}
        for name, gradient in gradients.items():
            decay = self._decays[name] if name in parameters else 0.0
            limited = gradient * gradient.dtype.type(clip)
            changes[name] = self.change(name, limited, decay, parameters.get(name, limited), scale * self.rates[name])
        return changes

    def change(self, name: str, gradient: np.ndarray, decay: float, parameter: np.ndarray, rate: float) -> np.ndarray:
        """Return the change of one parameter, an array of its own; its part of the state is MUTATED.

        gradient : behind the limit of the norm; decay : of the parameter [1]; rate : learning rate now [1]
        """
        raise NotImplementedError

    def _clip(self, gradients: dict[str, np.ndarray]) -> float:
        if not self.options.clip_norm:
            return 1.0
        norm = math.sqrt(sum(float(np.sum(np.square(g, dtype=np.float64))) for g in gradients.values()))
        return min(1.0, self.options.clip_norm / norm) if norm > 0 else 1.0
