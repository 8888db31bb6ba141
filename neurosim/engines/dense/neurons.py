"""Neurons in PyTorch: one function for every law that ships, with the equations of `neurosim.neurons`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neurosim.network.graph import Layer, Network
from neurosim.neurons import LINEAR, RATE

#: A step size or a prediction factor: one number, or one of every sample, (samples, 1).
Factor = float | Tensor


@dataclass
class Cells:
    """The units of one layer of a batch, see `neurosim.engines.protocol.State`; (samples, units) each.

    x, s : of all; of rate neurons, s is x itself
    d, v : (samples, 0) where the law of the layer has none
    """

    x: Tensor
    d: Tensor
    v: Tensor
    s: Tensor

    @classmethod
    def at_rest(cls, layer: Layer, decodes: bool, zeros: Callable[[int], Tensor]) -> "Cells":
        """Return the cells of a layer at rest; zeros : makes so many columns of zeros."""
        x, plain = zeros(layer.units), layer.law in (RATE, LINEAR)
        return cls(x, zeros(layer.units if decodes or not plain else 0), zeros(0 if plain else layer.units),
                   x if plain else zeros(layer.units))

    def each(self, change: Callable[[Tensor], Tensor]) -> "Cells":
        """Return the cells that a function makes of each tensor; s stays x where it is."""
        x = change(self.x)
        return Cells(x, change(self.d), change(self.v), x if self.s is self.x else change(self.s))

    def write(self, rows: Any, other: "Cells") -> None:
        """Take over the samples of others as those of some rows; MUTATES all four."""
        for own, values in zip((self.x, self.d, self.v, self.s), (other.x, other.d, other.v, other.s)):
            own[rows] = values


class TensorLaws:
    """Advances layers of a network by functions of PyTorch, with the equations of `neurosim.neurons`: for a GPU.

    network : Network, of laws that ship; decodes : whether each layer has decoders
    raises : ValueError for other laws
    """

    def __init__(self, network: Network, decodes: Sequence[bool]) -> None:
        for law in network.laws:
            if law.name not in _ADVANCES:
                raise ValueError(f"neurons: there is no law of {law.name} neurons for a GPU, since they are not among "
                                 'those that ship; write engine.device = "cpu"')
        self._layers, self._decodes = network.layers, decodes

    def advance(self, index: int, cells: Cells, phis: list[Tensor], directs: list[Tensor], eps: Factor,
                lam: Factor) -> None:
        """Advance one layer by one time step; cells are MUTATED, see `CompiledLaws.advance`."""
        layer, phi = self._layers[index], None
        if self._decodes[index] and phis:
            phi = total(phis)
        else:
            directs = directs + phis
        _ADVANCES[layer.law.name](layer, cells, phi, total(directs), eps, lam)

    def count(self, signals: Tensor, sent: Tensor) -> None:
        """Count signals that are not zero; sent : int16 (samples, units), MUTATED."""
        sent += signals != 0


def total(terms: Sequence[Tensor]) -> Tensor:
    """Return the sum of terms, (samples or 1, units) each."""
    found = terms[0]
    for more in terms[1:]:
        found = found + more
    return found


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


def advance_integrators(layer: Layer, cells: Cells, phi: Tensor | None, direct: Tensor, eps: Factor,
                        lam: Factor) -> None:
    """Advance leaky integrators, with or without spikes, by one time step; cells are MUTATED, see `advance_lif`."""
    synapse, membrane, gain, *potentials = layer.parameters
    cells.d.mul_(synapse).add_(direct if phi is None else phi + direct)
    cells.x.mul_(membrane).add_(gain * cells.d)
    if not potentials:
        cells.s.copy_(cells.x)
        return
    threshold, reset = potentials
    cells.s.copy_(cells.x > threshold)
    cells.x.masked_fill_(cells.x > threshold, reset)


def _graded(v: Tensor, most: float) -> Tensor:
    return torch.copysign(torch.ceil(v.abs() - 0.5).clamp(0, most), v)


#: What a sigma-delta modulator with residue v sends, by the name of the law; most : largest spike.
_SPIKES: dict[str, Callable[[Tensor, float], Tensor]] = {
    "spiking": lambda v, most: v > 0.5,
    "ternary": lambda v, most: (v > 0.5).to(v.dtype) - (v < -0.5).to(v.dtype),
    "graded": _graded,
}

#: What advances neurons by the name of their law.
_ADVANCES: dict[str, Callable[..., None]] = {
    "rate": advance_states, "linear": advance_states, "lif": advance_integrators,
    "li": advance_integrators, "events": advance_events,
    **dict.fromkeys(_SPIKES, advance_spikes)}
