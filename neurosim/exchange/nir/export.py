"""A network with its weights as a NIR graph, and what is lost on the way.

What a feedforward network of "lif", "li" and (with eps = 1) "linear" neurons behind an analog input computes, the graph
computes too. Of a network that learns by equilibrium propagation the graph is the way up alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurosim.exchange.nir.files import DT, checked_step, library
from neurosim.exchange.nir.neurons import integrator_node
from neurosim.network.connections import Connection
from neurosim.network.graph import Layer, Network
from neurosim.neurons import LI, LIF, LINEAR

_SIGMA_DELTA = ("spiking", "ternary", "graded")
#: Integrate-and-fire neuron that is nearest to a sigma-delta modulator: what exceeds 1/2 is sent and taken off.
_MODULATOR = {"synapse": 0.0, "membrane": 1.0, "gain": 1.0, "threshold": 0.5, "reset": -0.5}


def graph_of(network: Network, weights: dict[str, np.ndarray], biases: dict[str, np.ndarray], *, steps: int = 1,
             dt: float = DT) -> tuple[Any, list[str]]:
    """Return a network as a nir.NIRGraph, maps as (C, H, W), and what is lost, a list of str.

    weights, biases : by connection and by layer; steps : of a free phase, where schedules of eps and lam are read
    dt : time step [s], which time constants are multiples of
    raises : ValueError for what no graph can say
    """
    return _Writer(network, weights, biases, steps, checked_step(dt)).graph()


@dataclass
class _Writer:
    network: Network
    weights: dict[str, np.ndarray]
    biases: dict[str, np.ndarray]
    steps: int
    dt: float
    nodes: dict[str, Any] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    losses: dict[str, list[str]] = field(default_factory=dict)

    def graph(self) -> tuple[Any, list[str]]:
        """Return the graph, and sentences about what is lost."""
        nir, network = library(), self.network
        if network.normalised:
            raise ValueError(f"{network.normalised[0]}: NIR has no node that normalises currents; train without "
                             "network.batch_norm to export it")
        first, *above = network.layers
        self.nodes["input"] = nir.Input(input_type=np.array(_shape(first)))
        exits = {first.name: ["input"]}
        for layer in above:
            exits[layer.name] = self._layer(nir, layer, exits)
        self._put("output", nir.Output(output_type=np.array(_shape(above[-1]))), exits[above[-1].name])
        graph = nir.NIRGraph(nodes=self.nodes, edges=self.edges, metadata={"origin": "neurosim", "dt": self.dt})
        return graph, [*self._of_the_whole(), *(f"{text} ({', '.join(names)})" for text, names in self.losses.items())]

    def _of_the_whole(self) -> list[str]:
        network, found = self.network, []
        back = [connection.name for connection in network.connections if network.returns(connection)]
        if back:
            found.append(f"signals flow up alone: what flows back along {', '.join(back)} is missing")
        if network.input != "analog":
            found.append("images enter as they are, not coded as spikes" if network.source.encodes else
                         "events are read in the step in which they enter, not in the next one")
        return found

    def _layer(self, nir: Any, layer: Layer, exits: dict[str, list[str]]) -> list[str]:
        """Add the connections into a layer and its neurons; returns the nodes that send its signals."""
        ends: list[str] = []
        for connection in self.network.connections:
            if connection.upper == layer.name:
                ends.append(self._connection(nir, connection, layer, exits[connection.lower], first=not ends))
        neurons = self._neurons(nir, layer)
        if neurons is None:
            return ends
        return [self._put(layer.name, neurons, ends)]

    def _connection(self, nir: Any, connection: Connection, layer: Layer, sources: list[str], first: bool) -> str:
        """Add the nodes of a connection; first : it brings the bias of the layer. returns : the last of them"""
        name = f"{connection.lower}_{connection.upper}"
        weights = np.asarray(self.weights[connection.name])
        bias = np.asarray(self.biases[layer.name] if first else np.zeros(layer.biases, weights.dtype))
        if connection.kind == "dense":
            return self._dense(nir, connection, name, weights, bias, sources)
        if connection.routes:
            raise ValueError(f"{connection.name}: NIR has no maximum pooling; average where the network is to be "
                             "exported")
        if connection.groups > 1:    # nir takes the second axis of weights for all channels that enter
            self._lose("groups of channels became kernels with zeros between them", layer)
            weights = _ungrouped(weights, connection.groups)
        kernel = nir.Conv2d(input_shape=connection.low_shape[:2], weight=weights, stride=connection.stride,
                            padding=connection.padding, dilation=1, groups=1, bias=bias)
        end = self._put(name, kernel, sources)
        if connection.pool == "none":
            return end
        size = np.full(2, connection.pool_size)
        return self._put(f"{name}_pool", nir.AvgPool2d(kernel_size=size, stride=size, padding=np.zeros(2, int)), [end])

    def _dense(self, nir: Any, connection: Connection, name: str, weights: np.ndarray, bias: np.ndarray,
               sources: list[str]) -> str:
        lower = self.network.layers[self.network.index(connection.lower)]
        if len(self.network.layers[self.network.index(connection.upper)].shape) == 3:
            raise ValueError(f"{connection.name}: a dense connection into a map would have to be unflattened, for "
                             "which NIR has no node; leave it out")
        if len(lower.shape) == 3:    # units of maps follow each other channel by channel
            height, width, channels = lower.shape
            weights = weights.reshape(-1, height, width, channels).transpose(0, 3, 1, 2).reshape(len(weights), -1)
            flat = nir.Flatten(input_type=np.array(_shape(lower)), start_dim=0, end_dim=-1)
            sources = [self._put(f"{name}_flat", flat, sources)]
        return self._put(name, nir.Affine(weight=np.ascontiguousarray(weights), bias=bias), sources)

    def _put(self, name: str, node: Any, sources: list[str]) -> str:
        while name in self.nodes:
            name += "_"
        self.nodes[name] = node
        self.edges += [(source, name) for source in sources]
        return name

    def _neurons(self, nir: Any, layer: Layer) -> Any:
        """The node of the neurons of a layer; None where they send the currents as they are."""
        law, output = layer.law, layer is self.network.layers[-1]
        if law in (LIF, LI):
            parameters = dict(zip(law.parameters, layer.parameters))
            return integrator_node(nir, parameters, _shape(layer), self.dt, layer.name)
        if law is LINEAR or output and law.name in (*_SIGMA_DELTA, "rate"):
            return self._leaky_node(nir, layer)
        if law.name not in _SIGMA_DELTA:
            raise ValueError(f"{layer.name}: NIR has no {law.name} neurons, whose states are sent as they are clipped; "
                             'train with neurons.kind = "lif", or "spiking", to export it')
        self._lose("sigma-delta neurons became integrate-and-fire ones that forget what exceeds their threshold, "
                   "without prediction and without a clip of their states", layer)
        if law.name != "spiking":
            self._lose("spikes are 0 or 1, and were of both signs", layer)
        return integrator_node(nir, _MODULATOR, _shape(layer), self.dt, layer.name)

    def _leaky_node(self, nir: Any, layer: Layer) -> Any:
        """States that follow their decoded currents, x = (1 - eps) x + eps (d + b), without a clip."""
        epsilons, lams = (values.astype(float).tolist() for values in
                          self.network.neurons.schedules(self.steps, np.float64))
        decodes = self.network.decodes(layer.name)
        eps, lam = epsilons[-1], lams[-1] if decodes else 1.0
        if len(set(epsilons)) > 1 or decodes and len(set(lams)) > 1:
            self._lose(f"eps = {eps:.3g} and lam = {lam:.3g} stay as they are in step {self.steps}", layer)
        if layer.law.bounded:
            self._lose("states are not clipped", layer)
        if layer.law.name in _SIGMA_DELTA:
            self._lose("outputs are potentials to be averaged over the last steps, and no spikes", layer)
        if lam < 1:
            self._lose("biases are decoded like currents", layer)
        if eps == 1 and lam == 1:
            return None
        parameters = {"synapse": 1 - lam, "membrane": 1 - eps, "gain": eps * lam}
        return integrator_node(nir, parameters, _shape(layer), self.dt, layer.name)

    def _lose(self, text: str, layer: Layer) -> None:
        self.losses.setdefault(text, []).append(layer.name)


def _ungrouped(weights: np.ndarray, groups: int) -> np.ndarray:
    """Kernels (C_out, C_in, k, k) in place of those of groups of channels, (C_out, C_in / groups, k, k)."""
    size, own = len(weights) // groups, weights.shape[1]
    whole = np.zeros((len(weights), groups * own, *weights.shape[2:]), weights.dtype)
    for group in range(groups):
        whole[group * size:(group + 1) * size, group * own:(group + 1) * own] = weights[group * size:(group + 1) * size]
    return whole


def _shape(layer: Layer) -> tuple[int, ...]:
    """Shape of a layer, channels first."""
    return layer.shape if len(layer.shape) == 1 else (layer.shape[2], *layer.shape[:2])
