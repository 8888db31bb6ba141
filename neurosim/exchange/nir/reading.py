"""A NIR graph as a network of neurosim with its weights: a feedforward one, whose layers are followed over time.

Signals pass from the Input node to the Output node along the edges, which may split and meet in front of neurons. A
matrix or a kernel without neurons behind it is a layer of linear ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from neurosim.exchange.nir.files import DT, checked_step
from neurosim.exchange.nir.flows import LINKS, WEIGHTED, Flow
from neurosim.exchange.nir.neurons import SILENT, SPIKING, integrator_of
from neurosim.network.graph import ConnectionSpec, LayerSpec, NetworkSpec, Neurons

_NAME = 40    #: characters of the name of a layer


@dataclass(frozen=True, eq=False)
class Imported:
    """A graph as a network.

    spec, neurons : for `Network`, whose input has `shape`, (H, W, C) or (units,)
    weights, biases : by connection and by layer; notes : list of what became something else, sentences
    """

    spec: NetworkSpec
    neurons: Neurons
    shape: tuple[int, ...]
    weights: dict[str, np.ndarray]
    biases: dict[str, np.ndarray]
    notes: list[str]


def imported(graph: Any, dt: float | None = None) -> Imported:
    """Return a nir.NIRGraph as Imported.

    dt : time step [s]; None = that which neurosim has noted in the graph, or 1e-4, as snnTorch has it
    raises : ValueError that names a node which cannot be carried, a cycle, or what is missing
    """
    return _Reader(graph, (_noted(graph) or DT) if dt is None else checked_step(dt)).network()


@dataclass
class _Reader:
    graph: Any
    dt: float
    layers: list[LayerSpec] = field(default_factory=list)
    connections: list[ConnectionSpec] = field(default_factory=list)
    weights: dict[str, np.ndarray] = field(default_factory=dict)
    biases: dict[str, np.ndarray] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    shape: tuple[int, ...] = ()

    def network(self) -> Imported:
        """Follow the signals of the graph; returns Imported."""
        nodes, flows = self.graph.nodes, dict[str, Flow]()
        before = {name: [a for a, b in self.graph.edges if b == name] for name in nodes}
        self._check()
        for name in _in_order(self.graph):
            entering = [flows[source] for source in before[name] if source in flows]
            found = self._passed(nodes[name], name, entering)
            if found is not None:
                flows[name] = found
        spec = NetworkSpec(input="analog", feedforward=True, layers=tuple(self.layers),
                           connections=tuple(self.connections))
        return Imported(spec, Neurons(kind="linear", epsilon=1.0, lam=1.0), self.shape, self.weights, self.biases,
                        self.notes)

    def _check(self) -> None:
        """Raise ValueError for nodes that cannot be carried, and where input, output or weights are missing."""
        kinds = {name: type(node).__name__ for name, node in self.graph.nodes.items()}
        known = (*LINKS, *SPIKING, *SILENT, "Input", "Output")
        for name, kind in kinds.items():
            if kind not in known:
                raise ValueError(f"NIR node {name}: a {kind} cannot be carried; neurosim reads {', '.join(known)}")
        for end in ("Input", "Output"):
            if (count := list(kinds.values()).count(end)) != 1:
                raise ValueError(f"NIR graph: has {count} {end} nodes; neurosim reads graphs with one")
        for edge in self.graph.edges:
            if unknown := [name for name in edge if name not in kinds]:
                raise ValueError(f"NIR graph: an edge names {unknown[0]}, not a node; export the network again")
        if not set(kinds.values()) & set(WEIGHTED):
            raise ValueError("NIR graph: has no weights; export one with Affine, Linear or Conv2d nodes")

    def _passed(self, node: Any, name: str, entering: list[Flow]) -> Flow | None:
        """Return the Flow behind a node, None behind the last one and where nothing enters."""
        kind = type(node).__name__
        if kind == "Input":
            return self._input(node, name)
        if not entering:
            return None
        if kind == "Output":
            self._output(entering)
            return None
        if kind in LINKS:
            return self._linked(node, name, entering)
        law, parameters = integrator_of(node, name, self.dt)
        return self._layer(entering, name, law, parameters)

    def _input(self, node: Any, name: str) -> Flow:
        shape = tuple(int(n) for n in np.ravel(node.input_type["input"]))
        if len(shape) not in (1, 3) or min(shape) < 1:
            raise ValueError(f"NIR node {name}: an input of shape {shape} is neither (units,) nor (channels, rows, "
                             "columns)")
        self.shape = shape if len(shape) == 1 else (*shape[1:], shape[0])
        return Flow("input", shape, shape)

    def _linked(self, node: Any, name: str, entering: list[Flow]) -> Flow:
        """Pass one Flow on; weights behind weights, and sums of several, stand behind a layer of linear neurons."""
        flow = entering[0]
        if len(entering) > 1 or type(node).__name__ in WEIGHTED and flow.spec is not None:
            flow = self._layer(entering, f"{name}_in", "linear", {})
        before = flow
        flow = LINKS[type(node).__name__](flow, node, name)
        if before.pool > 1 and flow.pool == 1:
            self.notes.append(f"pooling in front of {name} is part of its weights, {before.pool ** 2} times as many")
        return flow

    def _output(self, entering: list[Flow]) -> None:
        """End the network with the layer that sends the outputs."""
        unfinished = [flow for flow in entering if flow.spec is not None]
        if unfinished or len(entering) > 1:
            self._layer(entering, "output", "linear", {})
        elif self.layers and entering[0].source != self.layers[-1].name or entering[0].pool > 1:
            raise ValueError("NIR graph: pooling, or another layer, stands behind the outputs; let a matrix or neurons "
                             "be the last node")

    def _layer(self, entering: list[Flow], node: str, law: str, parameters: dict[str, float]) -> Flow:
        """Add a layer with the connections into it; returns the Flow of what it sends."""
        name, (first, *others) = self._free(node), entering
        biases: Any = 0
        for flow in entering:
            if flow.spec is None:
                raise ValueError(f"NIR node {node}: gets the signals of {flow.source} without weights; put a Linear or "
                                 "a Conv2d node in front of it")
            if flow.shape != first.shape:
                raise ValueError(f"NIR node {node}: adds up signals of shapes {first.shape} and {flow.shape}")
            if (connection := f"{flow.source}-{name}") in self.weights:
                raise ValueError(f"NIR node {node}: has two ways from {flow.source}; add up their weights")
            self.weights[connection], biases = flow.weights, biases + flow.bias
        assert first.spec is not None
        self.biases[name] = biases
        self.layers.append(replace(first.spec, name=name, neurons=law, parameters=parameters))
        for flow in others:
            assert flow.spec is not None
            own = {key: getattr(flow.spec, key) for key in ConnectionSpec.__dataclass_fields__
                   if key not in ("source", "target")}
            self.connections.append(ConnectionSpec(source=flow.source, target=name, **own))
        return Flow(name, first.shape, first.shape, flat=first.flat)

    def _free(self, node: str) -> str:
        """A name for a layer that neurosim allows and that there is not yet."""
        wanted = re.sub("[^A-Za-z0-9_]", "_", node)[:_NAME] or "layer"
        taken, name, number = {"input", *(layer.name for layer in self.layers)}, wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted[:_NAME - 6]}_{number}"
        return name


def _in_order(graph: Any) -> list[str]:
    """Names of the nodes, each behind all that enter it; raises ValueError where signals go round in a cycle."""
    edges = list(dict.fromkeys(map(tuple, graph.edges)))
    entering = {name: sum(end == name for _, end in edges) for name in graph.nodes}
    found = [name for name, count in entering.items() if not count]
    for name in found:    # which grows on the way
        for end in (end for begin, end in edges if begin == name):
            entering[end] -= 1
            found += [end] if not entering[end] else []
    if waiting := [name for name in graph.nodes if name not in found]:
        inside = [name for name in waiting if any(begin == name and end in waiting for begin, end in edges)]
        raise ValueError(f"NIR graph: signals go round in a cycle through {', '.join(inside[:5])}; neurosim reads "
                         "graphs whose signals flow one way")
    return found


def _noted(graph: Any) -> float | None:
    """The time step that neurosim has noted in a graph [s]."""
    value = (graph.metadata or {}).get("dt") if isinstance(graph.metadata, dict) else None
    return float(value) if isinstance(value, (int, float, np.number)) and 0 < float(value) < np.inf else None
