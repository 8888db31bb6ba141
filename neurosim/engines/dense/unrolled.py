"""Backpropagation through the time steps of a relaxation; the weights of both ways of a connection are one parameter.

Every step makes new tensors in place of changing those of the step before, so that PyTorch can go back through them.
The memory that this takes grows with the number of steps gone back through.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from neurosim.engines.dense.graph import DenseGraph
from neurosim.engines.dense.loop import FORCES, Relaxation
from neurosim.engines.dense.neurons import Cells, Factor, total
from neurosim.engines.dense.outcome import Outcome, Span, average
from neurosim.engines.dense.surrogate import Surrogate
from neurosim.engines.protocol import Descent, Products
from neurosim.network.graph import Layer, Network

#: Laws of sigma-delta modulators, whose spikes a surrogate stands for.
_SIGMA_DELTA = ("spiking", "ternary", "graded")


class UnrolledLaws:
    """Advances layers of a network by functions that make new tensors, with the equations of `neurosim.neurons`.

    network : Network, of laws that ship; decodes : whether each layer has decoders; surrogate : Surrogate of its spikes
    raises : ValueError for other laws
    """

    def __init__(self, network: Network, decodes: Sequence[bool], surrogate: Surrogate) -> None:
        for law in network.laws:
            if law.name not in (*_SIGMA_DELTA, "rate", "linear", "lif", "li", "events"):
                raise ValueError(f'learning.rule: "bptt" knows no derivative of {law.name} neurons, since they are not '
                                 'among those that ship; write learning.rule = "ep"')
        self._layers, self._decodes, self._surrogate = network.layers, decodes, surrogate

    def advance(self, index: int, cells: Cells, phis: list[Tensor], directs: list[Tensor], eps: Factor,
                lam: Factor) -> None:
        """Advance one layer by one time step, see `CompiledLaws.advance`; cells get new tensors.

        Events are what enters, and are kept as they are.
        """
        layer = self._layers[index]
        if layer.law.name == "events":
            cells.s = total(directs)
            cells.x = torch.lerp(cells.x, cells.s, lam)
            return
        if layer.law.remembers:
            self._integrate(layer, cells, total([*phis, *directs]))
            return
        if self._decodes[index]:
            if phis:
                cells.d = torch.lerp(cells.d, total(phis), lam)
            phis = [cells.d]
        before, after = cells.x, torch.lerp(cells.x, total([*phis, *directs]), eps)
        cells.x = after.clamp(layer.low, layer.high) if layer.law.bounded else after
        cells.s = cells.x if layer.sends_states else self._spikes(layer, cells, before, lam)

    def _integrate(self, layer: Layer, cells: Cells, current: Tensor) -> None:
        """Advance leaky integrators, see `neurosim.neurons.integrate_and_fire`; gradients pass their reset, too."""
        synapse, membrane, gain, *potentials = layer.parameters
        cells.d = synapse * cells.d + current
        cells.x = membrane * cells.x + gain * cells.d
        if not potentials:
            cells.s = cells.x
            return
        threshold, reset = potentials
        cells.s = self._surrogate.send(cells.x - threshold + 0.5, 0, 1)
        cells.x = cells.x * (1 - cells.s) + reset * cells.s

    def _spikes(self, layer: Layer, cells: Cells, before: Tensor, lam: Factor) -> Tensor:
        low, high = layer.range
        residue = cells.v + (cells.x.clamp(low, high) - (1 - lam) * before.clamp(low, high)) * (1 / lam)
        signals = self._surrogate.send(residue, low, high)
        cells.v = residue - signals
        return signals

    def count(self, signals: Tensor, sent: Tensor) -> None:
        """Count signals that are not zero; sent : int16 (samples, units), MUTATED."""
        sent += signals.detach() != 0


class UnrolledGraph(DenseGraph):
    """A DenseGraph whose weights and biases are the leaves of a graph of gradients.

    graph : DenseGraph, whose numbers it takes over; surrogate : Surrogate of its spikes
    leaves : list of tensors: the kernel of every link, the biases of every layer, the scale of every normalised one
    averaged : dict of what this batch adds to averages, by name
    """

    def __init__(self, graph: DenseGraph, surrogate: Surrogate) -> None:
        self.__dict__.update(graph.__dict__)
        layers, self.laws = self.network.layers[1:], UnrolledLaws(self.network, self.decodes, surrogate)
        kernels = [_leaf(one.kernel) for one in graph.links]
        biases = [_leaf(one[0, :layer.biases]) for one, layer in zip(graph.biases, layers)]
        scales = {index: _leaf(one.scale) for index, one in graph.normalisations.items()}
        self.leaves = [*kernels, *biases, *scales.values()]
        self.normalisations = {index: replace(one, scale=scales[index]) for index, one in graph.normalisations.items()}
        self.averaged: dict[str, Tensor] = {}
        self.links = [one.with_kernel(kernel) for one, kernel in zip(graph.links, kernels)]
        self.biases = [bias.repeat(layer.units // layer.biases)[None] for bias, layer in zip(biases, layers)]

    def normalised(self, index: int, terms: list[Tensor]) -> list[Tensor]:
        """Return the terms of the currents into a layer, normalised over the batch; see `DenseGraph.normalised`."""
        bias, name = self.biases[index - 1], self.network.layers[index].name
        found, of = self.normalisations[index].of_batch(total(terms) - bias)
        self.averaged |= {f"{name}.{kind}": values for kind, values in of.items()}
        return [found, bias]

    def keep(self, maps: list[Tensor], index: int, now: Tensor, lam: Factor) -> None:
        """Put in place of the currents of one of the maps what they continue to by lam."""
        maps[index] = now if isinstance(lam, float) and lam == 1 else torch.lerp(maps[index], now, lam)


def unroll(part: Relaxation, descent: Descent, outcome: Outcome) -> Tensor:
    """Relax the samples of one part; returns the mean of their outputs over the window, (samples, classes).

    part : of an UnrolledGraph; outcome : of its samples, MUTATED
    """
    span = Span(descent.steps, descent.window, 0.0, descent.average)
    total = torch.zeros(())
    for t in range(span.steps):
        with torch.set_grad_enabled(t >= span.steps - descent.last):
            part.step(t)
            if span.place(t) >= 0:
                output = part.state.cells[-1]
                total = total + (output.s if span.average == "spikes" else output.x)
        with torch.no_grad():
            average(outcome.mean, part, span, t)
    outcome.made[:] = span.steps
    return total / span.window


def gradients(graph: UnrolledGraph, outputs: Tensor, targets: Tensor, descent: Descent, samples: int) -> list[Tensor]:
    """Return the gradient of the loss, divided by `samples`, with respect to the leaves of a graph.

    outputs : what `unroll` returned; targets : of these samples, (samples, classes)
    """
    force = FORCES[descent.loss.name](outputs.detach(), targets)
    found = torch.autograd.grad(outputs, graph.leaves, -force / samples, allow_unused=True)
    return [torch.zeros_like(leaf) if one is None else one for leaf, one in zip(graph.leaves, found)]


def products(graph: DenseGraph, parts: list[list[Tensor]], averaged: dict[str, Tensor]) -> Products:
    """Return the gradients of parts of the samples, added up in their order, as Products; averaged : dict by name."""
    total = [sum(ones[1:], start=ones[0]) for ones in zip(*parts)]
    weights = {one.connection.name: one.weights_of(found).cpu().numpy() for one, found in zip(graph.links, total)}
    network = graph.network
    names = [*(layer.name for layer in network.layers[1:]), *(f"{name}.scale" for name in network.normalised)]
    biases = {name: np.asarray(found.cpu()) for name, found in zip(names, total[len(graph.links):])}
    return Products(weights, biases, {name: np.asarray(values.cpu()) for name, values in averaged.items()})


def _leaf(values: Tensor) -> Tensor:
    """Return a tensor of these numbers that gradients are asked for; numbers made in inference mode are copied."""
    return values.clone().requires_grad_()
