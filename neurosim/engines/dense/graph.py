"""A network with its weights loaded, as tensors: links, max pooling, biases, and the currents that signals drive."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from neurosim.engines.dense.compiled import CompiledLaws
from neurosim.engines.dense.hardware import Hardware
from neurosim.engines.dense.links import MaxPooling, link
from neurosim.engines.dense.neurons import Cells, Factor, TensorLaws, total
from neurosim.engines.dense.normalisation import Normalisation
from neurosim.engines.dense.state import DenseState
from neurosim.network.graph import Network

#: What is told of a read: the place of its connection, whether it goes forwards, and the signals.
Note = Callable[[int, bool, Tensor], None]


class Laws(Protocol):
    """What advances the layers of a network, see `neurosim.engines.dense.compiled.CompiledLaws`."""

    def advance(self, index: int, cells: Cells, phis: list[Tensor], directs: list[Tensor], eps: Factor,
                lam: Factor) -> None:
        """Advance one layer by one time step; cells are MUTATED."""

    def count(self, signals: Tensor, sent: Tensor) -> None:
        """Count signals that are not zero; sent : int16 (samples, units), MUTATED."""


class Currents:
    """Terms of the currents into the layers, lists by layer of lists of (samples or 1, units).

    phi : what spikes carry; direct : what needs no decoder
    """

    def __init__(self, layers: int) -> None:
        self.phi: list[list[Tensor]] = [[] for _ in range(layers)]
        self.direct: list[list[Tensor]] = [[] for _ in range(layers)]

    def add(self, bypasses: bool, layer: int, values: Tensor) -> None:
        """Add currents into a layer, which others may be added to: nobody else reads them."""
        self._terms(bypasses, layer).append(values)

    def flow(self, bypasses: bool, layer: int, way: Callable[[Tensor, Tensor | None], Tensor], signals: Tensor) -> None:
        """Add the currents that signals drive into a layer; way : of a link, which may add them to those of another."""
        terms = self._terms(bypasses, layer)
        found = way(signals, terms[-1] if terms else None)
        if not terms or found is not terms[-1]:
            terms.append(found)

    def _terms(self, bypasses: bool, layer: int) -> list[Tensor]:
        return (self.direct if bypasses else self.phi)[layer]


@dataclass
class Constants:
    """What stays during a relaxation: by layer, biases (1, units) with the currents of a steady input (samples, units).

    maps : currents of a steady input in front of max pooling, dict by place of the connection
    """

    layers: list[Tensor]
    maps: dict[int, Tensor] = field(default_factory=dict)

    def rows(self, chosen: Any) -> "Constants":
        """Return what stays of some samples."""
        return Constants([one if len(one) == 1 else one[chosen] for one in self.layers],
                         {place: one[chosen] for place, one in self.maps.items()})


class DenseGraph:
    """Links of all connections, both ways.

    network : Network; hardware : Hardware; dtype : of states
    """

    def __init__(self, network: Network, hardware: Hardware, dtype: np.dtype) -> None:
        self.network, self.hardware, self.dtype = network, hardware, dtype
        self.type = torch.float64 if dtype == np.float64 else torch.float32
        self.links = [link(c, hardware.multiplied(self.type)) for c in network.connections]
        self.ends = [(network.index(c.lower), network.index(c.upper)) for c in network.connections]
        self.pools = {place: MaxPooling(c) for place, c in enumerate(network.connections) if c.routes}
        self.decodes = [network.decodes(layer.name) for layer in network.layers]
        self.steady, self.returns = network.source.steady, [network.returns(c) for c in network.connections]
        #: the first unit of each layer among those of all, and one past the last
        self.first = np.cumsum([0, *(layer.units for layer in network.layers)]).tolist()
        states = [layer.sends_states for layer in network.layers]
        self.laws: Laws = (TensorLaws(network, self.decodes) if hardware.is_gpu else
                           CompiledLaws(network, self.decodes, dtype))
        #: whether currents need no decoder: by connection, forwards and backwards
        self.bypasses = [(states[lower] and self.decodes[upper] or pool is not None and (states[lower] or pool.decoded),
                          states[upper] and self.decodes[lower])
                         for (lower, upper), pool in zip(self.ends, map(self.pools.get, range(len(self.ends))))]
        self.biases = [self.zeros(1, layer.units) for layer in network.layers[1:]]
        self.normalisations: dict[int, Normalisation] = {}

    def tensor(self, values: Any) -> Tensor:
        """Return a copy of an array as a tensor of the type of the states, where the engine computes."""
        return torch.from_numpy(np.array(values, self.dtype, order="C")).to(self.hardware.device)

    def zeros(self, *shape: int) -> Tensor:
        """Return a tensor of zeros."""
        return torch.zeros(shape, dtype=self.type, device=self.hardware.device)

    def load(self, forward: dict[str, np.ndarray], backward: dict[str, np.ndarray],
             biases: dict[str, np.ndarray]) -> None:
        """Take over weights, dicts by connection, and biases, dict by layer."""
        for one in self.links:
            ahead, back = (np.asarray(side[one.connection.name], self.dtype) for side in (forward, backward))
            one.load(ahead, back, self.tensor)
        self.biases = [self.tensor(np.tile(biases[layer.name], layer.units // layer.biases))[None]
                       for layer in self.network.layers[1:]]
        self.normalisations = {self.network.index(name): Normalisation(*(
            self.tensor(biases[f"{name}.{kind}"]) for kind in ("scale", "mean", "variance")))
            for name in self.network.normalised}

    def rest(self, samples: int) -> DenseState:
        """Return a state of zeros."""
        cells = [Cells.at_rest(layer, decodes, lambda units: self.zeros(samples, units))
                 for layer, decodes in zip(self.network.layers, self.decodes)]
        return DenseState(cells, [self.zeros(samples, pool.units) for pool in self.pools.values()],
                          np.zeros(samples, np.int64), np.zeros(samples, np.uint64))

    def constants(self, images: Tensor | None) -> Constants:
        """Return the Constants of a relaxation; images : of a steady input, None for others."""
        found = Constants([self.zeros(1, self.network.layers[0].units), *self.biases])
        if images is None:
            return found
        for place, (one, (lower, upper)) in enumerate(zip(self.links, self.ends)):
            if lower == 0 and place in self.pools:
                found.maps[place] = one.forward(images)
            elif lower == 0:
                found.layers[upper] = one.forward(images).add_(found.layers[upper])
        return found

    def currents(self, state: DenseState, constants: Constants, lam: Factor, moving: Sequence[int],
                 note: Note) -> Currents:
        """Return the Currents of what was sent, into the layers that move now; maps of the state are MUTATED.

        Connections come from the top down: what flows back over a stride adds to nothing, and comes first.

        note : is told of every read
        """
        found = Currents(len(self.network.layers))
        for place, (one, (lower, upper)) in reversed(list(enumerate(zip(self.links, self.ends)))):
            up, back = upper in moving, lower in moving and self.returns[place]
            ahead, signals, route = state.cells[lower].s, state.cells[upper].s, None
            constant = lower == 0 and self.steady
            if up and not constant:
                note(place, True, ahead)
            if place in self.pools:
                if up:
                    self._reach(place, state, constants, lam)
                pooled, route = self.pools[place].forward(state.maps[list(self.pools).index(place)])
                if up:
                    found.add(self.bypasses[place][0], upper, pooled)
            elif up and not constant:
                found.flow(self.bypasses[place][0], upper, one.forward, ahead)
            if back:
                signals = signals if route is None else self.pools[place].backward(signals, route)
                note(place, False, signals)
                found.flow(self.bypasses[place][1], lower, one.backward, signals)
        return found

    def _reach(self, place: int, state: DenseState, constants: Constants, lam: Factor) -> None:
        """Let currents in front of max pooling continue to what is sent now; MUTATES the maps of the state."""
        lower, _ = self.ends[place]
        now = constants.maps[place] if place in constants.maps else self.links[place].forward(state.cells[lower].s)
        decodes = self.pools[place].decoded and not self.network.layers[lower].sends_states
        self.keep(state.maps, list(self.pools).index(place), now, lam if decodes else 1.0)

    def keep(self, maps: list[Tensor], index: int, now: Tensor, lam: Factor) -> None:
        """Let the currents of one of the maps continue by lam to what they are now; MUTATES it."""
        if isinstance(lam, float) and lam == 1:
            maps[index].copy_(now)
        else:
            maps[index].lerp_(now, lam)

    def normalised(self, index: int, terms: list[Tensor]) -> list[Tensor]:
        """Return what becomes of the terms of the currents into a normalised layer, and its bias."""
        bias = self.biases[index - 1]
        return [self.normalisations[index](total(terms) - bias), bias]

    def sent(self, signals: Sequence[Tensor], at: Sequence[Tensor]) -> list[Tensor]:
        """Return what signals send along all connections, both ways, by layer; at : what routes max pooling."""
        found = [torch.zeros_like(one) for one in signals]
        for place, (one, (lower, upper)) in enumerate(zip(self.links, self.ends)):
            ahead, back = one.forward(signals[lower]), signals[upper]
            if place in self.pools:
                pool = self.pools[place]
                _, route = pool.forward(one.forward(at[lower]))
                ahead, back = pool.along(ahead, route), pool.backward(back, route)
            found[upper] += ahead
            if lower > 0:
                found[lower] += one.backward(back)
        return found

    def unpooled(self, place: int, lower: Tensor, upper: Tensor) -> Tensor:
        """Return upper states as the map behind the kernel has them: where max pooling found the largest current."""
        if place not in self.pools:
            return upper
        pool = self.pools[place]
        return pool.backward(upper, pool.forward(self.links[place].forward(lower))[1])
