"""Neurons in PyTorch: one function for every law that ships, with the equations of `neurosim.neurons`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neurosim.network.graph import Layer

#: A step size or a prediction factor: one number, or one of every sample, (samples, 1).
Factor = float | Tensor


@dataclass
class Cells:
    """The units of one layer of a batch, see `neurosim.engines.protocol.State`; (samples, units) each.

    x, s : of all; where a layer sends its states, s is x itself
    d, v : (samples, 0) where the law of the layer has none
    """

    x: Tensor
    d: Tensor
    v: Tensor
    s: Tensor

    @classmethod
    def at_rest(cls, layer: Layer, decodes: bool, zeros: Callable[[int], Tensor]) -> "Cells":
        """Return the cells of a layer at rest; zeros : makes so many columns of zeros."""
        x, keeps = zeros(layer.units), not layer.sends_states
        return cls(x, zeros(layer.units if decodes or keeps else 0), zeros(layer.units if keeps else 0),
                   x if layer.sends_states else zeros(layer.units))

    def each(self, change: Callable[[Tensor], Tensor]) -> "Cells":
        """Return the cells that a function makes of each tensor; s stays x where it is."""
        x = change(self.x)
        return Cells(x, change(self.d), change(self.v), x if self.s is self.x else change(self.s))

    def write(self, rows: Any, other: "Cells") -> None:
        """Take over the samples of others as those of some rows; MUTATES all four."""
        for own, values in zip((self.x, self.d, self.v, self.s), (other.x, other.d, other.v, other.s)):
            own[rows] = values


def advance_states(layer: Layer, cells: Cells, phi: Tensor | None, direct: Tensor, eps: Factor, lam: Factor) -> None:
    """Advance neurons that send their states by one time step; cells are MUTATED, see `neurosim.neurons.rate`.

    phi : currents that spikes carry, None where none arrive; direct : what needs no decoder
    """
    drive = direct if phi is None else cells.d.lerp_(phi, lam) + direct
    cells.x.lerp_(drive, eps)
    if layer.law.bounded:
        cells.x.clamp_(layer.low, layer.high)


def advance_spikes(layer: Layer, cells: Cells, phi: Tensor | None, direct: Tensor, eps: Factor, lam: Factor) -> None:
    """Advance sigma-delta neurons by one time step; cells are MUTATED, see `neurosim.neurons.sigma_delta`."""
    low, high = layer.range
    before = cells.x.clamp(low, high)
    if phi is not None:
        cells.d.lerp_(phi, lam)
    cells.x.lerp_(cells.d + direct, eps).clamp_(layer.low, layer.high)
    cells.v.add_((cells.x.clamp(low, high) - (1 - lam) * before) * (1 / lam))
    cells.s.copy_(_SPIKES[layer.law.name](cells.v, high))
    cells.v.sub_(cells.s)


def advance_events(layer: Layer, cells: Cells, phi: Tensor | None, direct: Tensor, eps: Factor, lam: Factor) -> None:
    """Send the events of one time step, `direct`; cells are MUTATED, see `neurosim.network.inputs.events`."""
    cells.s.copy_(direct)
    cells.x.lerp_(cells.s, lam)


def _graded(v: Tensor, most: float) -> Tensor:
    return torch.copysign(torch.ceil(v.abs() - 0.5).clamp(0, most), v)


#: What a sigma-delta modulator with residue v sends, by the name of the law; most : largest spike.
_SPIKES: dict[str, Callable[[Tensor, float], Tensor]] = {
    "spiking": lambda v, most: v > 0.5,
    "ternary": lambda v, most: (v > 0.5).to(v.dtype) - (v < -0.5).to(v.dtype),
    "graded": _graded,
}

#: What advances neurons by the name of their law.
ADVANCES: dict[str, Callable[..., None]] = {
    "rate": advance_states, "linear": advance_states, "events": advance_events,
    **dict.fromkeys(_SPIKES, advance_spikes)}
